// SPDX-License-Identifier: Apache-2.0
#include "remediate/attempt.hpp"

#include "assess/verify.hpp"
#include "remediate/steps.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "survey/look_at.hpp"

#include <fmt/format.h>
#include <condition_variable>
#include <mutex>

namespace douse::remediate {
namespace {

using model::Attempt;
using model::AttemptState;
using model::NeedsHands;
using model::TaskState;

constexpr Millis look_deadline = std::chrono::seconds{30};
constexpr Millis between_looks = std::chrono::seconds{2};   // while an answer is missing
constexpr Millis fate_patience = std::chrono::seconds{90};  // to learn an attempt's end; a machine may be restarting

// False: a stop was asked for.
bool wait_for(Millis span, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, span, [] { return false; });
    return !stop.stop_requested();
}

// A visit wouldn't be helped by trying again: what stands in the way stays until a person does something.
bool is_final(NeedsHands obstacle) {
    using enum NeedsHands;
    return obstacle == no_credentials || obstacle == host_key_changed || obstacle == not_for_this;
}

class Work {
public:
    Work(const Tools& tools, const playbook::Playbook& playbook, model::TaskId task, std::stop_token stop)
        : tools_(tools), playbook_(playbook), stop_(std::move(stop)), task_id_(task) {}

    Result<Progress> next() {
        TRY(read());
        if (task_.state != TaskState::open) return Progress::rests;
        if (attempts_.empty()) return begin(1);
        const Attempt& newest = attempts_.back();
        switch (newest.state) {
            case AttemptState::queued: return carry_out(newest);
            case AttemptState::sent:
            case AttemptState::running:
                // A thread of ours left it like this on an error of the store; what the machine did is not known.
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
        return tools_.store.write([&](store::Tx& tx) -> Result<Progress> {
            TRY(const model::Campaign campaign, store::find_campaign(tx, task_.campaign));
            TRY(const model::Task task, store::find_task(tx, task_id_));
            TRY(const store::StopSwitch stop, store::get_stop(tx));
            if (campaign.state != model::CampaignState::running || task.state != TaskState::open || stop.stopped) return Progress::rests;
            TRY(store::insert_attempt(tx, task_id_, number));
            return Progress::later;
        });
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
        if (!wait_for(attempt.state == AttemptState::unreachable ? tools_.limits.unreachable_wait : tools_.limits.retry_wait, stop_))
            return Progress::rests;
        return begin(attempt.number + 1);
    }

    Result<Progress> carry_out(const Attempt& attempt) {
        const bool resumed = attempt.state == AttemptState::fate_unknown;
        // Without a step in the journal nothing was sent there, so nobody has to be asked what became of it.
        const bool may_have_run = resumed && attempt.ran_a_step;
        const auto permit = tools_.guard.permit_to_act(campaign_.id, campaign_.plan_hash);
        if (!permit) return Progress::rests;  // paused or stopped; the attempt stays as it is until that changes
        if (!resumed) {
            TRY(move(attempt.id, AttemptState::sent, ""));
        }
        const auto addresses = survey::addresses_of(tools_.store, permit->scope(), task_.asset);
        if (!addresses && addresses.error().code != ErrorCode::not_found) return std::unexpected(addresses.error());
        if (!addresses && !may_have_run) {
            TRY(move(attempt.id, AttemptState::unreachable, addresses.error().sentence, NeedsHands::unreachable));
            return Progress::later;
        }
        Steps steps({.store = tools_.store,
                     .transport = tools_.transport,
                     .permit = *permit,
                     .playbook = playbook_,
                     .campaign = campaign_,
                     .attempt = attempt,
                     .addresses = addresses ? *addresses : std::vector<Address>{},
                     .login_deadline = tools_.limits.login_deadline,
                     .stop = stop_});
        const Deadline patience = base::deadline_in(fate_patience);
        for (;;) {
            const auto reached = steps.reach();
            if (reached) break;
            if (!may_have_run) {
                const NeedsHands obstacle = transport::obstacle_of(reached.error());
                TRY(move(attempt.id, AttemptState::unreachable, reached.error().sentence,
                         obstacle == NeedsHands::none ? NeedsHands::unreachable : obstacle));
                return Progress::later;
            }
            if (base::left_until(patience).count() == 0) {
                return needs_hands(NeedsHands::fate_unknown, "it could not be asked how its attempt ended: " + reached.error().sentence);
            }
            if (!wait_for(between_looks, stop_)) return Progress::rests;
        }
        TRY(move(attempt.id, AttemptState::running, resumed ? "its receipts were read, and it goes on from there" : ""));
        TRY(const StepsEnd end, steps.run());
        switch (end.kind) {
            case StepsEnd::Kind::done: TRY(move(attempt.id, AttemptState::succeeded, "every step said done")); break;
            case StepsEnd::Kind::failed:
                TRY(move(attempt.id, AttemptState::failed, end.because, end.obstacle));
                TRY(look_again());
                break;
            case StepsEnd::Kind::fate_unknown:
                TRY(move(attempt.id, AttemptState::fate_unknown, end.because));
                if (end.needs_a_person) return needs_hands(NeedsHands::fate_unknown, end.because);
                break;
            case StepsEnd::Kind::interrupted: TRY(move(attempt.id, AttemptState::fate_unknown, end.because)); return Progress::rests;
        }
        return Progress::later;
    }

    std::vector<std::string> verify_checks() const {
        std::vector<std::string> checks = playbook_.verify.inside;
        checks.insert(checks.end(), playbook_.verify.outside.begin(), playbook_.verify.outside.end());
        return checks;
    }

    Result<assess::LookResult> look() {
        TRY(const model::Permit permit, tools_.guard.permit_to_look());
        const auto addresses = survey::addresses_of(tools_.store, permit.scope(), task_.asset);
        if (!addresses) return assess::LookResult{.look = assess::Look::incomplete, .because = addresses.error().sentence};
        TRY(const survey::OneLook seen, survey::look_at(tools_.store, tools_.transport, permit, playbook_, {task_.asset, addresses->front()},
                                                        verify_checks(), base::deadline_in(look_deadline), stop_));
        return assess::judge_look(playbook_, seen.platform, seen.evidence);
    }

    // After an attempt that ran a step and failed older good news is history: ask at once how the machine is.
    Result<void> look_again() {
        TRY(look());
        return {};
    }

    Result<Progress> verify(const Attempt& attempt) {
        if (!wait_for(playbook_.verify.after, stop_)) return Progress::rests;
        std::vector<Millis> waits{Millis{0}};
        waits.insert(waits.end(), playbook_.verify.again.begin(), playbook_.verify.again.end());
        for (const Millis wait : waits) {
            if (!wait_for(wait, stop_)) return Progress::rests;
            const Deadline within = base::deadline_in(playbook_.verify.within);
            assess::LookResult result;
            for (;;) {
                TRY(result, look());
                if (result.look != assess::Look::incomplete || base::left_until(within).count() == 0) break;
                if (!wait_for(between_looks, stop_)) return Progress::rests;
            }
            if (result.look != assess::Look::good) return after(attempt, NeedsHands::not_verified, "not verified: " + result.because);
        }
        TRY(tools_.store.write([&](store::Tx& tx) { return store::move_task(tx, task_id_, TaskState::verified); }));
        return Progress::rests;
    }

    const Tools& tools_;
    const playbook::Playbook& playbook_;
    const std::stop_token stop_;
    const model::TaskId task_id_;
    model::Task task_;
    model::Campaign campaign_;
    std::vector<Attempt> attempts_;
};

}  // namespace

Result<Progress> advance(const Tools& tools, const playbook::Playbook& playbook, model::TaskId task, std::stop_token stop) {
    return Work(tools, playbook, task, std::move(stop)).next();
}

Result<int> mark_fates_unknown(store::Store& store) {
    return store.write([](store::Tx& tx) -> Result<int> {
        TRY(const std::vector<Attempt> attempts, store::attempts_not_over(tx));
        int marked = 0;
        for (const Attempt& attempt : attempts) {
            if (attempt.state != AttemptState::sent && attempt.state != AttemptState::running) continue;
            TRY(store::move_attempt(tx, attempt.id, AttemptState::fate_unknown, "Douse ended while it ran"));
            ++marked;
        }
        return marked;
    });
}

}  // namespace douse::remediate
