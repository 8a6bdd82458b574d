// SPDX-License-Identifier: Apache-2.0
#include "remediate/fates.hpp"

#include "remediate/enter.hpp"
#include "store/asset_rows.hpp"
#include "store/campaign_rows.hpp"
#include "survey/look_at.hpp"
#include "transport/step.hpp"

#include <fmt/format.h>

namespace douse::remediate {

using model::Attempt;
using model::AttemptState;

namespace {
constexpr Millis ask_deadline = std::chrono::seconds{20};
}

Result<std::optional<Error>> settle_fate(const Tools& tools, const Attempt& attempt, std::stop_token stop) {
    struct Known {
        model::Campaign campaign;
        std::vector<model::StepRow> steps;
        model::AssetId asset;
    };
    TRY(const Known known, tools.store.read([&](store::Tx& tx) -> Result<Known> {
        Known out;
        TRY(const model::Task task, store::find_task(tx, attempt.task));
        TRY(out.campaign, store::find_campaign(tx, task.campaign));
        TRY(out.steps, store::steps_of(tx, attempt.id));
        TRY(const model::Asset asset, store::find_asset(tx, attempt.asset));
        out.asset = asset.id;
        return out;
    }));
    // Unless somebody else settled it in the meantime.
    const auto end_as = [&](AttemptState state, const std::string& because, std::optional<model::StepRow> read = {}) {
        return tools.store.write([&](store::Tx& tx) -> Result<void> {
            TRY(const Attempt now, store::find_attempt(tx, attempt.id));
            if (now.state != AttemptState::fate_unknown) return {};
            if (read) {
                read->at = tx.now();
                TRY(store::append_step(tx, *read));
            }
            return store::move_attempt(tx, attempt.id, state, because);
        });
    };
    if (!attempt.ran_a_step) {
        TRY(end_as(AttemptState::unreachable, "no step of it ran"));
        return std::optional<Error>();
    }
    const model::StepRow& last = known.steps.back();
    if (last.event != model::StepEvent::started || last.step.contains(':')) {
        TRY(end_as(AttemptState::failed, fmt::format("it was given up after {}", last.step)));
        return std::optional<Error>();
    }
    // Only asking: no approval is needed to learn what was done.
    const auto permit = tools.guard.permit_to_look();
    if (!permit) return std::optional(permit.error());
    const auto addresses = survey::addresses_of(tools.store, permit->scope(), known.asset);
    if (!addresses) return std::optional(addresses.error());
    const auto asked = [&]() -> Result<transport::StepResult> {
        TRY(const Entered entered,
            enter_machine(tools.store, tools.transport, *permit, known.asset, *addresses, {}, tools.limits.login_deadline, stop));
        return transport::ask_step(*entered.session, job_name(known.campaign, attempt.id), last.step, last.run, base::deadline_in(ask_deadline),
                                   stop);
    }();
    if (!asked) return std::optional(asked.error());
    std::string because;
    switch (asked->state) {
        case transport::StepResult::State::running:
            return std::optional(Error{.code = ErrorCode::wrong_state, .sentence = fmt::format("step {} still runs there", last.step)});
        case transport::StepResult::State::not_started: because = fmt::format("step {} never began on the machine", last.step); break;
        case transport::StepResult::State::fate_unknown: because = fmt::format("step {} began and left no end", last.step); break;
        case transport::StepResult::State::ended:
            because = fmt::format("step {} ended with code {}, and the attempt was given up before the rest", last.step, asked->code);
            break;
    }
    std::optional<model::StepRow> read;
    if (asked->state == transport::StepResult::State::ended) {
        read = {.attempt = attempt.id,
                .step = last.step,
                .run = last.run,
                .event = model::StepEvent::ended,
                .exit_code = asked->code,
                .said = asked->said,
                .at = {}};
    }
    TRY(end_as(AttemptState::failed, because, read));
    return std::optional<Error>();
}

Result<bool> settle_abandoned(const Tools& tools, model::AttemptId id, std::stop_token stop) {
    TRY(const Attempt attempt, tools.store.write([&](store::Tx& tx) -> Result<Attempt> {
        TRY(const Attempt now, store::find_attempt(tx, id));
        using enum AttemptState;
        const bool under_way = now.state == sent || now.state == running;
        if (now.state == queued || (under_way && !now.ran_a_step)) {
            TRY(store::move_attempt(tx, id, cancelled, "its task was over before a step began"));
        } else if (under_way) {
            TRY(store::move_attempt(tx, id, fate_unknown, "its end wasn't recorded"));
        }
        return store::find_attempt(tx, id);
    }));
    if (attempt.state != AttemptState::fate_unknown) return true;
    TRY(const std::optional<Error> why_not, settle_fate(tools, attempt, std::move(stop)));
    return !why_not;
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
