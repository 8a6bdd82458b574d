// SPDX-License-Identifier: Apache-2.0
#include "remediate/attempt.hpp"

#include "assess/verify.hpp"
#include "remediate/fates.hpp"
#include "remediate/steps.hpp"
#include "store/asset_rows.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "survey/look_at.hpp"

#include <fmt/format.h>
#include <utility>

namespace douse::remediate {
namespace {

using model::Attempt;
using model::AttemptState;
using model::NeedsHands;
using model::TaskState;

constexpr Millis look_deadline = std::chrono::seconds{30};
constexpr Millis between_looks = std::chrono::seconds{2};   // while an answer is missing
constexpr Millis fate_patience = std::chrono::seconds{90};  // to learn an attempt's end; a machine may be restarting
constexpr int fates_limit = 8;                              // times that an attempt's end is lost, killed servers included

// A visit wouldn't be helped by trying again: what stands in the way stays until a person does something.
bool is_final(NeedsHands obstacle) {
    using enum NeedsHands;
    return obstacle == no_credentials || obstacle == host_key_changed || obstacle == not_for_this;
}

class Work {
public:
    Work(const Tools& tools, const playbook::Playbook& playbook, model::TaskId task, Between& between, std::stop_token stop)
        : tools_(tools), playbook_(playbook), between_(between), stop_(std::move(stop)), task_id_(task) {}

    Result<Progress> next() {
        TRY(read());
        if (task_.state != TaskState::open) return was_called_off();
        if (attempts_.empty()) return begin(1);
        const Attempt& newest = attempts_.back();
        if (std::exchange(between_.may_try_again, false)) return begin(newest.number + 1);
        switch (newest.state) {
            case AttemptState::queued: return carry_out(newest);
            case AttemptState::sent:
            case AttemptState::running:
                // A thread of ours left it like this, on an error of the store or because new actions were stopped.
                if (!newest.ran_a_step) return carry_out(newest);
                TRY(move(newest.id, AttemptState::fate_unknown, "its end wasn't recorded"));
                return Progress::later;
            case AttemptState::fate_unknown: return carry_out(newest);
            case AttemptState::succeeded: return verify(newest);
            case AttemptState::failed:
            case AttemptState::unreachable:
            case AttemptState::expired:
            case AttemptState::cancelled: return after(newest, newest.obstacle, newest.because);
        }
        return Progress::rests;
    }

private:
    Result<void> read() {
        return tools_.store.read([&](store::Tx& tx) -> Result<void> {
            TRY(task_, store::find_task(tx, task_id_));
            TRY(asset_, store::find_asset(tx, task_.asset));  // it may have been merged since it was planned
            TRY(campaign_, store::find_campaign(tx, task_.campaign));
            TRY(attempts_, store::attempts_of(tx, task_id_));
            return {};
        });
    }

    Result<void> move(model::AttemptId id, AttemptState to, const std::string& because, NeedsHands obstacle = NeedsHands::none) {
        return tools_.store.write([&](store::Tx& tx) { return store::move_attempt(tx, id, to, because, obstacle); });
    }

    // A new attempt, unless the campaign was paused or everything stopped in the meantime: both are asked in the same transaction.
    Result<Progress> begin(int number) {
        TRY(const std::optional<Progress> waits, settle_earlier());
        if (waits) return *waits;
        return tools_.store.write([&](store::Tx& tx) -> Result<Progress> {
            TRY(const model::Campaign campaign, store::find_campaign(tx, task_.campaign));
            TRY(const model::Task task, store::find_task(tx, task_id_));
            TRY(const store::StopSwitch stop, store::get_stop(tx));
            if (campaign.state != model::CampaignState::running || task.state != TaskState::open || stop.stopped) return Progress::rests;
            TRY(const std::string left_alone, why_left_alone(tx));
            if (!left_alone.empty()) {
                TRY(store::move_task(tx, task_id_, TaskState::cancelled, NeedsHands::none, left_alone));
                return Progress::rests;
            }
            TRY(const std::vector<Attempt> others, attempts_of_others(tx));
            if (!others.empty()) return Progress::rests;
            TRY(store::insert_attempt(tx, task_id_, number));
            return Progress::later;
        });
    }

    // What a person decided about the machine after the plan was approved.
    Result<std::string> why_left_alone(store::Tx& tx) const {
        TRY(const model::Asset asset, store::find_asset(tx, task_.asset));  // by the name that it has now
        if (asset.retired_at) return std::string("the machine was retired after the plan");
        TRY(const std::vector<model::Exemption> exemptions, store::list_exemptions(tx));
        for (const model::Exemption& e : exemptions) {
            if (e.asset == asset.id && e.state == model::RequestState::approved && e.expires_at > tx.now())
                return std::string("the machine was exempted after the plan");
        }
        return std::string();
    }

    // Asked before an attempt and before each of its steps, in the transaction that begins it: what people decided since.
    Result<std::optional<StepsEnd>> may_not_begin(store::Tx& tx, model::AttemptId id) const {
        TRY(const model::Task task, store::find_task(tx, task_id_));
        if (task.state != TaskState::open) return std::optional(StepsEnd{.kind = StepsEnd::Kind::called_off, .because = task.because});
        TRY(const std::string left_alone, why_left_alone(tx));
        if (!left_alone.empty()) return std::optional(StepsEnd{.kind = StepsEnd::Kind::called_off, .because = left_alone});
        TRY(const store::StopSwitch stop, store::get_stop(tx));
        if (stop.stopped) return std::optional(StepsEnd{.kind = StepsEnd::Kind::interrupted, .because = "new actions are stopped"});
        // A pause lets an attempt that began to change the machine come to its end.
        TRY(const model::Campaign campaign, store::find_campaign(tx, task.campaign));
        TRY(const Attempt attempt, store::find_attempt(tx, id));
        if (campaign.state != model::CampaignState::running && !attempt.ran_a_step)
            return std::optional(StepsEnd{.kind = StepsEnd::Kind::interrupted, .because = "the campaign is paused"});
        return std::optional<StepsEnd>();
    }

    // What ran a step ends as failed, what ran none as cancelled; an end that isn't known is asked for by settle_fate.
    Result<Progress> call_off(const Attempt& attempt, const std::string& because) {
        TRY(const bool ran_a_step, tools_.store.write([&](store::Tx& tx) -> Result<bool> {
            TRY(const Attempt now, store::find_attempt(tx, attempt.id));
            if (!now.ran_a_step) {
                TRY(store::move_attempt(tx, now.id, AttemptState::cancelled, because));
            } else if (now.state != AttemptState::fate_unknown) {
                TRY(store::move_attempt(tx, now.id, AttemptState::failed, because + "; no further step began"));
            }
            TRY(const model::Task task, store::find_task(tx, task_id_));
            if (task.state == TaskState::open) TRY(store::move_task(tx, task_id_, TaskState::cancelled, NeedsHands::none, because));
            return now.ran_a_step;
        }));
        if (ran_a_step) TRY(look_again());
        return Progress::rests;
    }

    // On this machine, of other tasks, and not over.
    Result<std::vector<Attempt>> attempts_of_others(store::Tx& tx) const {
        TRY(const model::Asset asset, store::find_asset(tx, task_.asset));
        TRY(std::vector<Attempt> attempts, store::attempts_not_over_on(tx, asset.id));
        std::erase_if(attempts, [&](const Attempt& attempt) { return attempt.task == task_id_; });
        return attempts;
    }

    // No attempt begins on a machine while an earlier one, of whatever campaign, runs or its end isn't known.
    Result<std::optional<Progress>> settle_earlier() {
        TRY(const std::vector<Attempt> others, tools_.store.read([&](store::Tx& tx) { return attempts_of_others(tx); }));
        for (const Attempt& attempt : others) {
            if (attempt.state != AttemptState::fate_unknown) return std::optional(Progress::rests);  // somebody has it in hand
            const Deadline patience = base::deadline_in(fate_patience);
            TRY(std::optional<Error> why_not, settle_fate(tools_, attempt, stop_));
            while (why_not && base::left_until(patience).count() > 0) {
                if (why_not->code == ErrorCode::cancelled || why_not->code == ErrorCode::denied) return std::optional(Progress::rests);
                if (!base::wait_unless_stopped(tools_.limits.unreachable_wait, stop_)) return std::optional(Progress::rests);
                TRY(why_not, settle_fate(tools_, attempt, stop_));
            }
            if (!why_not) continue;
            TRY(const Progress end, needs_hands(NeedsHands::fate_unknown, "the end of an earlier attempt isn't known: " + why_not->sentence));
            return std::optional(end);
        }
        return std::optional<Progress>();
    }

    Result<Progress> needs_hands(NeedsHands reason, const std::string& because) {
        TRY(tools_.store.write([&](store::Tx& tx) { return store::move_task(tx, task_id_, TaskState::needs_hands, reason, because); }));
        return Progress::rests;
    }

    // What follows an attempt that didn't end in proof.
    Result<Progress> after(const Attempt& attempt, NeedsHands obstacle, const std::string& because) {
        const NeedsHands reason = obstacle == NeedsHands::none ? NeedsHands::step_failed : obstacle;
        if (is_final(reason) || attempt.number >= model::attempts_per_task) {
            return needs_hands(
                reason, attempt.number > 1 ? fmt::format("{} (attempt {} of {})", because, attempt.number, model::attempts_per_task) : because);
        }
        TRY(tools_.store.write(
            [&](store::Tx& tx) { return store::explain_task(tx, task_id_, fmt::format("attempt {}: {}", attempt.number, because)); }));
        between_ = {.may_try_again = true};
        return wait(attempt.state == AttemptState::unreachable ? tools_.limits.unreachable_wait : tools_.limits.retry_wait);
    }

    Progress wait(Millis span) {
        between_.until = base::deadline_in(span);
        return Progress::waits;
    }

    // While its verification waited. Nobody else looks at a machine on which every step said done.
    Result<Progress> was_called_off() {
        if (between_.verifies && between_.good_looks == 0) TRY(look_again());
        between_ = {};
        return Progress::rests;
    }

    Result<Progress> carry_out(Attempt attempt) {
        attempt.asset = asset_.id;
        TRY(const std::optional<StepsEnd> not_now, tools_.store.read([&](store::Tx& tx) { return may_not_begin(tx, attempt.id); }));
        if (not_now && not_now->kind == StepsEnd::Kind::called_off) return call_off(attempt, not_now->because);
        const auto permit = tools_.guard.permit_to_act(campaign_.id, tools_.approved_hash);
        if (!permit) return Progress::rests;  // paused or stopped; the attempt stays as it is until that changes
        if (attempt.state == AttemptState::queued) TRY(move(attempt.id, AttemptState::sent, ""));
        const auto addresses = survey::addresses_of(tools_.store, permit->scope(), asset_.id);
        if (!addresses && addresses.error().code != ErrorCode::not_found) return std::unexpected(addresses.error());
        Steps steps({.store = tools_.store,
                     .transport = tools_.transport,
                     .permit = *permit,
                     .playbook = playbook_,
                     .campaign = campaign_,
                     .attempt = attempt,
                     .addresses = addresses ? *addresses : std::vector<Address>{},
                     .login_deadline = tools_.limits.login_deadline,
                     .stop = stop_,
                     .may_not_begin = [this, id = attempt.id](store::Tx& tx) { return may_not_begin(tx, id); }});
        TRY(const std::optional<Progress> shut, enter(steps, attempt));
        if (shut) return *shut;
        if (attempt.state != AttemptState::running)
            TRY(move(attempt.id, AttemptState::running, attempt.ran_a_step ? "its receipts were read, and it goes on from there" : ""));
        TRY(const StepsEnd end, steps.run());
        switch (end.kind) {
            case StepsEnd::Kind::done: return succeeded(attempt);
            case StepsEnd::Kind::failed:
                TRY(move(attempt.id, AttemptState::failed, end.because, end.obstacle));
                TRY(look_again());
                return Progress::later;
            case StepsEnd::Kind::unreachable: TRY(move(attempt.id, AttemptState::unreachable, end.because, end.obstacle)); return Progress::later;
            case StepsEnd::Kind::fate_unknown: return lost(attempt, end);
            case StepsEnd::Kind::interrupted: return interrupted(attempt, end);
            case StepsEnd::Kind::called_off: return call_off(attempt, end.because);
        }
        return Progress::rests;
    }

    Result<Progress> succeeded(const Attempt& attempt) {
        TRY(move(attempt.id, AttemptState::succeeded, "every step said done"));
        TRY(const model::Task task, tools_.store.read([&](store::Tx& tx) { return store::find_task(tx, task_id_); }));
        if (task.state == TaskState::open) return Progress::later;
        TRY(look_again());  // the campaign was stopped during the last step, so nobody verifies it
        return Progress::rests;
    }

    // Nothing: it is entered. Where a step has begun its end must be learned, so the machine gets time to come back.
    Result<std::optional<Progress>> enter(Steps& steps, const Attempt& attempt) {
        const Deadline patience = base::deadline_in(fate_patience);
        for (;;) {
            const auto entered = steps.enter();
            if (entered) return std::optional<Progress>();
            const Error& error = entered.error();
            if (error.code == ErrorCode::cancelled) return std::optional(Progress::rests);  // new actions are stopped
            const NeedsHands obstacle = transport::obstacle_of(error);
            if (!attempt.ran_a_step) {
                TRY(move(attempt.id, AttemptState::unreachable, error.sentence, obstacle == NeedsHands::none ? NeedsHands::unreachable : obstacle));
                return std::optional(Progress::later);
            }
            if (base::left_until(patience).count() == 0) {
                TRY(const Progress end, needs_hands(NeedsHands::fate_unknown, "it could not be asked how its attempt ended: " + error.sentence));
                return std::optional(end);
            }
            if (!base::wait_unless_stopped(between_looks, stop_)) return std::optional(Progress::rests);
        }
    }

    Result<Progress> lost(const Attempt& attempt, const StepsEnd& end) {
        TRY(move(attempt.id, AttemptState::fate_unknown, end.because));
        TRY(const int times, tools_.store.read([&](store::Tx& tx) { return store::times_fate_unknown(tx, attempt.id); }));
        if (end.needs_a_person || times >= fates_limit) return needs_hands(NeedsHands::fate_unknown, end.because);
        return base::wait_unless_stopped(between_looks, stop_) ? Progress::later : Progress::rests;
    }

    Result<Progress> interrupted(const Attempt& attempt, const StepsEnd& end) {
        TRY(const Attempt now, tools_.store.read([&](store::Tx& tx) { return store::find_attempt(tx, attempt.id); }));
        if (now.ran_a_step) TRY(move(attempt.id, AttemptState::fate_unknown, end.because));
        return Progress::rests;
    }

    std::vector<std::string> verify_checks() const {
        std::vector<std::string> checks = playbook_.verify.inside;
        checks.insert(checks.end(), playbook_.verify.outside.begin(), playbook_.verify.outside.end());
        return checks;
    }

    Result<assess::LookResult> look() {
        TRY(const model::Permit permit, tools_.guard.permit_to_look());
        const auto addresses = survey::addresses_of(tools_.store, permit.scope(), asset_.id);
        if (!addresses) return assess::LookResult{.look = assess::Look::incomplete, .because = addresses.error().sentence};
        TRY(const survey::OneLook seen, survey::look_at(tools_.store, tools_.transport, permit, playbook_, {asset_.id, addresses->front()},
                                                        verify_checks(), base::deadline_in(look_deadline), stop_));
        return assess::judge_look(playbook_, seen.platform, seen.evidence);
    }

    // After an attempt that ran a step and failed older good news is history: ask at once how the machine is.
    Result<void> look_again() {
        TRY(look());
        return {};
    }

    // One look of the verification: every one must be good.
    Result<Progress> verify(const Attempt& attempt) {
        if (!std::exchange(between_.verifies, true)) return wait(playbook_.verify.after);
        const Deadline within = base::deadline_in(playbook_.verify.within);
        assess::LookResult result;
        for (;;) {
            TRY(result, look());
            if (result.look != assess::Look::incomplete || base::left_until(within).count() == 0) break;
            if (!base::wait_unless_stopped(between_looks, stop_)) return Progress::rests;
        }
        if (result.look != assess::Look::good) return after(attempt, NeedsHands::not_verified, "not verified: " + result.because);
        const std::vector<Millis>& again = playbook_.verify.again;
        if (between_.good_looks < again.size()) return wait(again[between_.good_looks++]);
        between_ = {};
        TRY(tools_.store.write([&](store::Tx& tx) { return store::move_task(tx, task_id_, TaskState::verified); }));
        return Progress::rests;
    }

    const Tools& tools_;
    const playbook::Playbook& playbook_;
    Between& between_;
    const std::stop_token stop_;
    const model::TaskId task_id_;
    model::Task task_;
    model::Asset asset_;
    model::Campaign campaign_;
    std::vector<Attempt> attempts_;
};

}  // namespace

Result<Progress> advance(const Tools& tools, const playbook::Playbook& playbook, model::TaskId task, Between& between, std::stop_token stop) {
    return Work(tools, playbook, task, between, std::move(stop)).next();
}

}  // namespace douse::remediate
