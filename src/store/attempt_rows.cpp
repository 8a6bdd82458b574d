// SPDX-License-Identifier: Apache-2.0
// Attempts and the journal of their steps: rows are only ever added, and an attempt's state is that of its newest event.
#include "store/campaign_rows.hpp"
#include "store/database.hpp"
#include "store/derive.hpp"

#include <fmt/format.h>
#include <array>

namespace douse::store {
namespace {

using model::AttemptState;

constexpr Sql select_attempts{
    "SELECT a.id, a.task, a.asset, a.number, a.created_at_ms, e.state, e.because, e.obstacle, e.at_ms, "
    "EXISTS (SELECT 1 FROM steps s WHERE s.attempt = a.id AND s.event = 'started') "
    "FROM attempts a JOIN attempt_events e ON e.id = (SELECT MAX(n.id) FROM attempt_events n WHERE n.attempt = a.id) "};
model::Attempt read_attempt(Row& row) {
    model::Attempt attempt{
        .id = row.next<model::AttemptId>(), .task = row.next<model::TaskId>(), .asset = row.next<model::AssetId>(), .number = row.next<int>()};
    attempt.created_at = row.next<Timestamp>();
    attempt.state = row.named(model::attempt_state_from);
    attempt.because = row.next<std::string>();
    attempt.obstacle = row.named(model::needs_hands_from);
    const auto at = row.next<Timestamp>();
    if (model::is_over(attempt.state)) attempt.ended_at = at;
    attempt.ran_a_step = row.next<bool>();
    return attempt;
}
constexpr auto attempt_by_id = select_attempts + "WHERE a.id = $1";
constexpr auto attempts_by_task = select_attempts + "WHERE a.task = $1 ORDER BY a.number";
constexpr auto attempts_by_campaign = select_attempts + "JOIN tasks t ON t.id = a.task WHERE t.campaign = $1 ORDER BY a.id";
constexpr auto attempts_open = select_attempts + "WHERE e.state IN ('queued', 'sent', 'running', 'fate_unknown') ORDER BY a.id";
constexpr auto attempts_open_on = select_attempts +
                                  "WHERE e.state IN ('queued', 'sent', 'running', 'fate_unknown') "
                                  "AND a.asset IN (SELECT id FROM assets WHERE id = $1 OR merged_into = $1) ORDER BY a.id";
constexpr Sql count_unknown{"SELECT COUNT(*) FROM attempt_events WHERE attempt = $1 AND state = 'fate_unknown'"};
constexpr Sql add_attempt{"INSERT INTO attempts (task, asset, number, created_at_ms) VALUES ($1, $2, $3, $4) RETURNING id"};
constexpr Sql add_event{"INSERT INTO attempt_events (attempt, state, because, obstacle, at_ms) VALUES ($1, $2, $3, $4, $5)"};

constexpr Sql step_columns{"attempt, step, run, event, exit_code, said, at_ms"};
constexpr std::array step_events{model::StepEvent::started, model::StepEvent::ended, model::StepEvent::skipped};
std::optional<model::StepEvent> step_event_from(std::string_view name) {
    for (const model::StepEvent event : step_events) {
        if (model::name_of(event) == name) return event;
    }
    return std::nullopt;
}
model::StepRow read_step(Row& row) {
    return {.attempt = row.next<model::AttemptId>(),
            .step = row.next<std::string>(),
            .run = row.next<int>(),
            .event = row.named(step_event_from),
            .exit_code = row.next<std::optional<int64_t>>(),
            .said = row.next<std::string>(),
            .at = row.next<Timestamp>()};
}
constexpr auto add_step = "INSERT INTO steps (" + step_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr auto steps_by_attempt = "SELECT " + step_columns + " FROM steps WHERE attempt = $1 ORDER BY id";
constexpr Sql tally{
    "SELECT COALESCE(x.merged_into, x.id), s.step, SUM(CASE WHEN s.event = 'started' THEN 1 ELSE 0 END), "
    "SUM(CASE WHEN s.event = 'ended' THEN 1 ELSE 0 END) "
    "FROM steps s JOIN attempts a ON a.id = s.attempt JOIN assets x ON x.id = a.asset "
    "GROUP BY COALESCE(x.merged_into, x.id), s.step ORDER BY 1, 2"};

Result<void> announce_campaign_of(Tx& tx, model::TaskId id) {
    TRY(const model::Task task, find_task(tx, id));
    tx.changed(Change::Kind::campaign, task.campaign.value);
    return {};
}

}  // namespace

Result<model::AttemptId> insert_attempt(Tx& tx, model::TaskId task_id, int number) {
    TRY(const model::Task task, find_task(tx, task_id));
    if (number < 1 || number > model::attempts_per_task) {
        return fail(ErrorCode::invalid, fmt::format("attempt {} of task {}: a task has at most {}", number, task_id.value, model::attempts_per_task));
    }
    TRY(const auto id, tx.db().insert<model::AttemptId>(add_attempt, task_id, task.asset, number, tx.now()));
    TRY(tx.db().run(add_event, id, model::name_of(AttemptState::queued), "", model::name_of(model::NeedsHands::none), tx.now()));
    tx.changed(Change::Kind::campaign, task.campaign.value);
    return id;
}

Result<model::Attempt> find_attempt(Tx& tx, model::AttemptId id) {
    TRY(auto attempt, tx.db().first(attempt_by_id, read_attempt, id));
    if (!attempt) return fail(ErrorCode::not_found, fmt::format("there is no attempt {}", id.value));
    return *std::move(attempt);
}

Result<std::vector<model::Attempt>> attempts_of(Tx& tx, model::TaskId task) {
    return tx.db().all(attempts_by_task, read_attempt, task);
}

Result<std::vector<model::Attempt>> attempts_of_campaign(Tx& tx, model::CampaignId id) {
    return tx.db().all(attempts_by_campaign, read_attempt, id);
}

Result<std::vector<model::Attempt>> attempts_not_over(Tx& tx) {
    return tx.db().all(attempts_open, read_attempt);
}

Result<std::vector<model::Attempt>> attempts_not_over_on(Tx& tx, model::AssetId asset) {
    return tx.db().all(attempts_open_on, read_attempt, asset);
}

Result<int> times_fate_unknown(Tx& tx, model::AttemptId id) {
    TRY(const int64_t times, tx.db().number(count_unknown, id));
    return static_cast<int>(times);
}

Result<void> move_attempt(Tx& tx, model::AttemptId id, AttemptState to, std::string_view because, model::NeedsHands obstacle) {
    TRY(const model::Attempt attempt, find_attempt(tx, id));
    if (!model::may_move(attempt.state, to)) {
        return fail(ErrorCode::wrong_state,
                    fmt::format("attempt {} is {} and cannot become {}", id.value, model::name_of(attempt.state), model::name_of(to)));
    }
    if ((to == AttemptState::unreachable || to == AttemptState::cancelled) && attempt.ran_a_step)
        return fail(ErrorCode::wrong_state, fmt::format("attempt {} ran a step, so it was not {}", id.value, model::name_of(to)));
    TRY(tx.db().run(add_event, id, model::name_of(to), because, model::name_of(obstacle), tx.now()));
    if (model::is_over(to) || model::is_over(attempt.state)) derive_later(tx, attempt.asset);
    return announce_campaign_of(tx, attempt.task);
}

Result<void> append_step(Tx& tx, const model::StepRow& row) {
    TRY(const model::Attempt attempt, find_attempt(tx, row.attempt));
    TRY(tx.db().run(add_step, row.attempt, row.step, row.run, model::name_of(row.event), row.exit_code, row.said, row.at));
    if (model::is_over(attempt.state)) derive_later(tx, attempt.asset);  // a fate that is being settled
    return announce_campaign_of(tx, attempt.task);
}

Result<std::vector<model::StepRow>> steps_of(Tx& tx, model::AttemptId id) {
    return tx.db().all(steps_by_attempt, read_step, id);
}

Result<std::vector<StepTally>> tally_steps(Tx& tx) {
    return tx.db().all(tally, [](Row& row) {
        return StepTally{
            .asset = row.next<model::AssetId>(), .step = row.next<std::string>(), .started = row.next<int64_t>(), .ended = row.next<int64_t>()};
    });
}

}  // namespace douse::store
