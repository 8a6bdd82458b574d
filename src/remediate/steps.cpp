// SPDX-License-Identifier: Apache-2.0
#include "remediate/steps.hpp"

#include "base/digest.hpp"
#include "playbook/platform.hpp"
#include "store/campaign_rows.hpp"
#include "store/vault_rows.hpp"
#include "survey/answers.hpp"
#include "transport/looks.hpp"
#include "transport/reboot.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace douse::remediate {
namespace {

using model::NeedsHands;
using model::StepEvent;
using playbook::Outcome;
using transport::StepResult;

constexpr Millis look_time = std::chrono::seconds{30};
constexpr Millis grace = std::chrono::seconds{30};       // beyond a step's own timeout, for a slow link to say how it ended
constexpr Millis stays_fresh = std::chrono::seconds{5};  // an answer that decides whether a step is skipped
constexpr Millis file_time = std::chrono::minutes{10};
constexpr Millis pause_between = std::chrono::milliseconds{500};
const std::string during_restart = "during a restart: ";
constexpr std::string_view reboot_prefix = "reboot:";  // the journal's name for a step's restart

StepsEnd interrupted(std::string because) {
    return {.kind = StepsEnd::Kind::interrupted, .because = std::move(because)};
}

StepsEnd failed(std::string because, NeedsHands obstacle = NeedsHands::step_failed) {
    return {.kind = StepsEnd::Kind::failed, .because = std::move(because), .obstacle = obstacle};
}

transport::StepAction action_of(const playbook::Action& action, const playbook::Playbook& playbook) {
    struct {
        const playbook::Playbook& playbook;
        transport::StepAction operator()(const playbook::Remove& r) const {
            if (r.job) return transport::RemoveJob{std::string(r.job->text())};
            return transport::RemoveFile{r.file};
        }
        transport::StepAction operator()(const playbook::Stop& s) const { return transport::StopProcess{s.process, s.path}; }
        transport::StepAction operator()(const playbook::Install& i) const {
            const playbook::File* file = playbook.file(i.file);
            return transport::InstallPackage{i.package, i.version, file == nullptr ? "" : transport::file_place(file->sha256, file->name)};
        }
        transport::StepAction operator()(const playbook::Restart& r) const { return transport::RestartService{r.service}; }
    } visitor{playbook};
    return std::visit(visitor, action);
}

}  // namespace

Steps::Steps(Setting setting) : at_(std::move(setting)) {}

Result<void> Steps::enter() {
    std::vector<const playbook::Check*> checks;
    for (const playbook::Step& step : at_.playbook.plan) {
        for (const auto& [id, verdict] : step.skip_if) {
            if (std::ranges::none_of(checks, [&](const playbook::Check* check) { return check->id == id; })) checks.push_back(at_.playbook.check(id));
        }
    }
    return enter_asking(survey::looks_of(checks));
}

Result<void> Steps::enter_asking(std::span<const model::Look> looks) {
    session_.reset();
    TRY(Entered entered, enter_machine(at_.store, at_.transport, at_.permit, at_.attempt.asset, at_.addresses, looks, at_.login_deadline, at_.stop));
    platform_ = playbook::platform_of(at_.playbook, entered.answers.machine);
    session_ = std::move(entered.session);
    on_entering_.reset();
    if (!looks.empty()) on_entering_ = std::move(entered.answers);
    fresh_until_ = base::deadline_in(stays_fresh);
    return {};
}

Result<void> Steps::reconnect(Deadline deadline) {
    for (;;) {
        auto entered = enter_asking({});
        if (entered || entered.error().code == ErrorCode::cancelled || base::left_until(deadline).count() == 0) return entered;
        if (!base::wait_unless_stopped(pause_between, at_.stop)) return fail(ErrorCode::cancelled, "Douse is ending");
    }
}

Result<Steps::Ended> Steps::begin(const std::string& step, int run, const std::string& said) {
    return at_.store.write([&](store::Tx& tx) -> Result<Ended> {
        TRY(Ended refused, at_.may_not_begin(tx));
        if (refused) return refused;
        TRY(store::append_step(
            tx, {.attempt = at_.attempt.id, .step = step, .run = run, .event = StepEvent::started, .exit_code = {}, .said = said, .at = tx.now()}));
        return Ended{};
    });
}

Result<void> Steps::journal(const std::string& step, int run, StepEvent event, std::optional<int64_t> code, const std::string& said) {
    return at_.store.write([&](store::Tx& tx) {
        return store::append_step(
            tx, {.attempt = at_.attempt.id, .step = step, .run = run, .event = event, .exit_code = code, .said = said, .at = tx.now()});
    });
}

Result<StepsEnd> Steps::run() {
    TRY(put_files_early());
    bool any = false;
    for (const playbook::Step& step : at_.playbook.plan) {
        if (!step.applies_to(platform_)) continue;
        any = true;
        TRY(Ended ended, run_step(step));
        if (ended) return std::move(*ended);
    }
    if (!any)
        return failed(platform_.empty() ? "its platform could not be read" : "no step of the plan is for platform " + platform_,
                      NeedsHands::not_for_this);
    return StepsEnd{};
}

Result<Steps::Ended> Steps::run_step(const playbook::Step& step) {
    TRY(const std::vector<model::StepRow> rows, at_.store.read([&](store::Tx& tx) { return store::steps_of(tx, at_.attempt.id); }));
    const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const model::StepRow& row) { return row.step == step.id; });
    if (last == rows.rend()) {
        std::string why;
        TRY(const bool skip, need_not_run(step, why));
        if (skip) {
            TRY(journal(step.id, 1, StepEvent::skipped, {}, why));
            return Ended{};
        }
        TRY(Ended refused, put_files(step));
        if (refused) return refused;
        TRY(Ended called_off, begin(step.id, 1, ""));
        if (called_off) return called_off;
        return start_and_wait(step, 1);
    }
    switch (last->event) {
        case StepEvent::skipped: return Ended{};
        case StepEvent::started: return start_and_wait(step, last->run);
        case StepEvent::ended: return after_end(step, last->run, {.code = last->exit_code.value_or(0), .said = last->said}, {});
    }
    return Ended{};
}

Result<Steps::Ended> Steps::start_and_wait(const playbook::Step& step, int run) {
    on_entering_.reset();  // what was seen before a step says nothing of the machine after it
    const transport::StepJob job = job_of(step, run);
    const Deadline deadline = base::deadline_in(step.timeout + grace);
    for (;;) {
        const auto result = transport::start_step(*session_, job, deadline, at_.stop);
        if (result && result->state == StepResult::State::ended) {
            TRY(journal(step.id, run, StepEvent::ended, result->code, result->said));
            return after_end(step, run, *result, result->reboot_pending);
        }
        if (result && result->state == StepResult::State::fate_unknown) return settle(step, run, *result);
        if (at_.stop.stop_requested()) return Ended(interrupted("Douse is ending; step " + step.id + " goes on"));
        if (base::left_until(deadline).count() == 0) {
            return Ended({.kind = StepsEnd::Kind::fate_unknown,
                          .because = fmt::format("step {}: no end within {} s", step.id, (step.timeout + grace).count() / 1000)});
        }
        if (result) continue;  // not_started or still running: start_step is asked again
        const Error& error = result.error();
        if (error.code == ErrorCode::cancelled) {
            return Ended(interrupted(fmt::format("step {}: {}", step.id, error.sentence)));
        }
        if (error.code == ErrorCode::unsupported) {
            // Not a matter of the connection: asking the same shell again would say the same.
            return Ended(
                {.kind = StepsEnd::Kind::fate_unknown, .because = fmt::format("step {}: {}", step.id, error.sentence), .needs_a_person = true});
        }
        const bool connection = error.code == ErrorCode::unreachable || error.code == ErrorCode::timed_out || error.effect == Effect::unknown;
        if (!connection) {
            const NeedsHands obstacle = transport::obstacle_of(error);
            return Ended(
                failed(fmt::format("step {}: {}", step.id, error.sentence), obstacle == NeedsHands::none ? NeedsHands::step_failed : obstacle));
        }
        if (const auto back = reconnect(deadline); !back) {
            const bool cut = back.error().code == ErrorCode::cancelled;
            return Ended({.kind = cut ? StepsEnd::Kind::interrupted : StepsEnd::Kind::fate_unknown,
                          .because = fmt::format("step {}: {}", step.id, cut ? back.error().sentence : error.sentence)});
        }
        base::wait_unless_stopped(pause_between, at_.stop);
    }
}

// The step began, its process is gone, and there is no end: it may have done all, something or nothing.
Result<Steps::Ended> Steps::settle(const playbook::Step& step, int run, const transport::StepResult& result) {
    const std::string because = fmt::format("step {} began and left no end: {}", step.id, result.said);
    switch (step.retry.when) {
        case playbook::RetryClass::never: return Ended({.kind = StepsEnd::Kind::fate_unknown, .because = because, .needs_a_person = true});
        case playbook::RetryClass::ask: {
            std::string why;
            TRY(const bool satisfied, need_not_run(step, why));
            if (satisfied) {
                TRY(journal(step.id, run, StepEvent::skipped, {}, "its end is unknown, and the machine shows that it did its work: " + why));
                return reboot_if_asked(step, false, {});
            }
            break;
        }
        case playbook::RetryClass::safe: break;
    }
    return run_again(step, run, because, Millis{0});
}

Result<Steps::Ended> Steps::run_again(const playbook::Step& step, int run, const std::string& because, Millis wait) {
    if (run > step.retry.limit) return Ended(failed(because));
    if (!base::wait_unless_stopped(wait, at_.stop)) return Ended(interrupted(because));
    TRY(Ended called_off, begin(step.id, run + 1, because));
    if (called_off) return called_off;
    return start_and_wait(step, run + 1);
}

Result<Steps::Ended> Steps::after_end(const playbook::Step& step, int run, const transport::StepResult& result, std::optional<bool> restart_waits) {
    const int64_t code = result.code;
    const std::string& said = result.said;
    if (result.disk_short || (code == transport::code_disk_short && step.exit.empty())) {
        return Ended(failed(fmt::format("step {}: {}", step.id, said), NeedsHands::disk_full));
    }
    Outcome outcome = Outcome::done;
    if (step.exit.empty()) {
        if (code != 0) return Ended(failed(fmt::format("step {} failed with code {}: {}", step.id, code, said)));
    } else {
        const auto listed = step.exit.find(code);
        if (listed == step.exit.end())
            return Ended(failed(fmt::format("step {} failed with code {}, which its table doesn't list: {}", step.id, code, said)));
        outcome = listed->second;
    }
    switch (outcome) {
        case Outcome::done:
        case Outcome::already: return reboot_if_asked(step, false, restart_waits);
        case Outcome::done_reboot:
        case Outcome::rebooting: return reboot_if_asked(step, true, restart_waits);
        case Outcome::retry: return run_again(step, run, fmt::format("step {} is still busy after {} runs: {}", step.id, run, said), step.retry.wait);
        case Outcome::not_for_this: return Ended(failed(fmt::format("step {}: {}", step.id, said), NeedsHands::not_for_this));
    }
    return Ended{};
}

Result<std::string> Steps::boot_id() {
    TRY(const transport::LookAnswers answers, transport::look(*session_, {}, base::deadline_in(look_time), at_.stop));
    if (answers.machine.boot_id.empty()) return fail(ErrorCode::unsupported, "the machine has no boot id");
    return answers.machine.boot_id;
}

// `asked`: the exit code asked for a restart. `restart_waits`: what the machine said about it with the step's end; if nothing, it is
// asked.
Result<Steps::Ended> Steps::reboot_if_asked(const playbook::Step& step, bool asked, std::optional<bool> restart_waits) {
    if (!step.reboot) return Ended{};
    const std::string name = std::string(reboot_prefix) + step.id;
    TRY(const std::vector<model::StepRow> rows, at_.store.read([&](store::Tx& tx) { return store::steps_of(tx, at_.attempt.id); }));
    const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const model::StepRow& row) { return row.step == name; });
    if (last != rows.rend() && last->event != StepEvent::started) return Ended{};

    std::string before;
    if (last != rows.rend()) {
        before = last->said;  // the boot id that the restart must change
    } else {
        if (!asked && restart_waits == false && step.reboot->when == playbook::RebootWhen::if_asked) return Ended{};
        const model::Look pending{.name = "pending", .kind = model::LookKind::reboot_pending, .argument = {}, .path = {}};
        const auto answers = transport::look(*session_, std::span(&pending, 1), base::deadline_in(look_time), at_.stop);
        if (!answers) return Ended({.kind = StepsEnd::Kind::fate_unknown, .because = "after step " + step.id + ": " + answers.error().sentence});
        const auto fact = answers->facts.find("pending");
        const bool waiting = fact != answers->facts.end() && fact->second.kind == model::Fact::Kind::boolean && fact->second.truth;
        if (!asked && !waiting && step.reboot->when == playbook::RebootWhen::if_asked) return Ended{};
        before = answers->machine.boot_id;
        if (before.empty()) return Ended(failed("a restart is due, and the machine has no boot id to prove it by", NeedsHands::not_for_this));
        TRY(Ended called_off, begin(name, 1, before));
        if (called_off) return called_off;
    }

    const Deadline deadline = base::deadline_in(step.reboot->warn + step.reboot->timeout);
    base::wait_unless_stopped(step.reboot->warn, at_.stop);
    bool ordered = false;
    while (base::left_until(deadline).count() > 0 && !at_.stop.stop_requested()) {
        if (session_ == nullptr) {
            const auto back = reconnect(deadline);
            if (!back && back.error().code == ErrorCode::cancelled) return Ended(interrupted(during_restart + back.error().sentence));
            if (!back) break;
        }
        const auto now = boot_id();
        if (!now && now.error().code == ErrorCode::cancelled) return Ended(interrupted(during_restart + now.error().sentence));
        if (now && *now != before) {
            TRY(journal(name, 1, StepEvent::ended, 0, "the boot id changed"));
            return Ended{};
        }
        if (now && !ordered) {
            const auto order = transport::reboot(*session_, base::deadline_in(at_.login_deadline), at_.stop);
            if (!order && order.error().code == ErrorCode::cancelled) return Ended(interrupted(during_restart + order.error().sentence));
            if (!order && order.error().code == ErrorCode::unsupported) return Ended(failed("its restart is due: " + order.error().sentence));
            ordered = order.has_value() || order.error().effect != Effect::none;
        }
        session_.reset();
        base::wait_unless_stopped(pause_between, at_.stop);
    }
    if (at_.stop.stop_requested()) return Ended(interrupted(during_restart + "Douse is ending"));
    return Ended(
        failed(fmt::format("it did not come back with another boot id within {} s", step.reboot->timeout.count() / 1000), NeedsHands::unreachable));
}

Result<bool> Steps::need_not_run(const playbook::Step& step, std::string& why) {
    if (step.skip_if.empty()) return false;
    if (const auto known = std::exchange(on_entering_, std::nullopt); known && base::left_until(fresh_until_).count() > 0) {
        why = skipped_by(step, *known);
        return !why.empty();
    }
    std::vector<const playbook::Check*> checks;
    for (const auto& [id, verdict] : step.skip_if) checks.push_back(at_.playbook.check(id));
    const auto answers = transport::look(*session_, survey::looks_of(checks), base::deadline_in(look_time), at_.stop);
    if (!answers) return false;  // no answer is no reason to skip; start_step finds out what the connection is worth
    why = skipped_by(step, *answers);
    return !why.empty();
}

// Why the step need not run, or "".
std::string Steps::skipped_by(const playbook::Step& step, const transport::LookAnswers& answers) const {
    std::string why;
    for (const auto& [id, verdict] : step.skip_if) {
        if (survey::verdict_of(at_.playbook, *at_.playbook.check(id), answers) != verdict) return {};
        why += fmt::format("{}{} says {}", why.empty() ? "" : ", ", id, model::name_of(verdict));
    }
    return why;
}

// What the steps will need is put there before the first of them. Nothing hangs on it: a step whose file isn't there yet puts it
// there itself, and says what is in the way.
Result<void> Steps::put_files_early() {
    TRY(const std::vector<model::StepRow> rows, at_.store.read([&](store::Tx& tx) { return store::steps_of(tx, at_.attempt.id); }));
    if (!rows.empty() || !on_entering_) return {};
    for (const playbook::Step& step : at_.playbook.plan) {
        if (!step.applies_to(platform_) || !skipped_by(step, *on_entering_).empty()) continue;
        TRY(const Ended refused, put_files(step));
        if (refused) break;
    }
    return {};
}

Result<Steps::Ended> Steps::put_files(const playbook::Step& step) {
    for (const playbook::Action& action : step.actions) {
        const auto* install = std::get_if<playbook::Install>(&action);
        if (install == nullptr) continue;
        const playbook::File* file = at_.playbook.file(install->file);
        if (file == nullptr) return fail(ErrorCode::internal, "the playbook names no file \"" + install->file + "\"");
        if (std::ranges::find(put_, file->sha256) != put_.end()) continue;
        TRY(const std::string bytes, at_.store.read([&](store::Tx& tx) { return store::get_file(tx, file->sha256); }));
        if (base::sha256_hex(bytes) != file->sha256) return Ended(failed("the stored file " + file->name + " isn't the one that was approved"));
        const auto put = session_->put(transport::file_place(file->sha256, file->name), bytes, 0600, base::deadline_in(file_time), at_.stop);
        if (!put) return after_error("a file could not be put there", put.error());
        put_.push_back(file->sha256);
    }
    return Ended{};
}

Result<Steps::Ended> Steps::after_error(const std::string& doing, const Error& error) {
    std::string because = doing + ": " + error.sentence;
    if (error.code == ErrorCode::cancelled) return Ended(interrupted(std::move(because)));
    const NeedsHands obstacle = transport::obstacle_of(error);
    TRY(const model::Attempt now, at_.store.read([&](store::Tx& tx) { return store::find_attempt(tx, at_.attempt.id); }));
    const bool lost = obstacle == NeedsHands::unreachable || obstacle == NeedsHands::hangs;
    if (lost && !now.ran_a_step) return Ended({.kind = StepsEnd::Kind::unreachable, .because = std::move(because), .obstacle = obstacle});
    return Ended(failed(std::move(because), obstacle == NeedsHands::none ? NeedsHands::step_failed : obstacle));
}

transport::StepJob Steps::job_of(const playbook::Step& step, int run) const {
    transport::StepJob job;
    job.attempt = at_.attempt.id.value;
    job.job = job_name(at_.campaign, at_.attempt.id);
    job.step = step.id;
    job.step_hash = step.hash;
    job.run = run;
    for (const playbook::Action& action : step.actions) job.actions.push_back(action_of(action, at_.playbook));
    job.timeout = step.timeout;
    job.needs_disk_bytes = step.needs.disk;
    return job;
}

}  // namespace douse::remediate
