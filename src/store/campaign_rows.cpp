// SPDX-License-Identifier: Apache-2.0
#include "store/campaign_rows.hpp"

#include "store/asset_rows.hpp"
#include "store/database.hpp"

#include <fmt/format.h>
#include <set>

namespace douse::store {
namespace {

using model::CampaignState;

constexpr Sql campaign_columns{
    "incident, state, plan_hash, asked_by, approved_by, paused_because, created_at_ms, started_at_ms, ended_at_ms, playbook_version, "
    "playbook_id, playbook_sha256"};
model::Campaign read_campaign(Row& row) {
    return {.id = row.next<model::CampaignId>(),
            .incident = row.next<model::IncidentId>(),
            .state = row.named(model::campaign_state_from),
            .plan_hash = row.next<std::string>(),
            .asked_by = row.next<model::PersonId>(),
            .approved_by = row.next<model::PersonId>(),
            .paused_because = row.next<std::string>(),
            .created_at = row.next<Timestamp>(),
            .started_at = row.next<Timestamp>(),
            .ended_at = row.next<Timestamp>(),
            .playbook_version = row.next<int64_t>(),
            .playbook_id = row.next<std::string>(),
            .playbook_sha256 = row.next<std::string>()};
}
constexpr auto add_campaign =
    "INSERT INTO campaigns (" + campaign_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id";
constexpr auto campaign_by_id = "SELECT id, " + campaign_columns + " FROM campaigns WHERE id = $1";
constexpr auto all_campaigns = "SELECT id, " + campaign_columns + " FROM campaigns ORDER BY id DESC";
constexpr auto campaigns_by_state = "SELECT id, " + campaign_columns + " FROM campaigns WHERE state = $1 ORDER BY id DESC";
constexpr Sql write_campaign{
    "UPDATE campaigns SET state = $2, approved_by = $3, paused_because = $4, started_at_ms = $5, ended_at_ms = $6 WHERE id = $1"};

constexpr Sql wave_columns{"campaign, number, state, gated_because, started_at_ms, ended_at_ms"};
model::Wave read_wave(Row& row) {
    return {.id = row.next<model::WaveId>(),
            .campaign = row.next<model::CampaignId>(),
            .number = row.next<int>(),
            .state = row.named(model::wave_state_from),
            .gated_because = row.next<std::string>(),
            .started_at = row.next<Timestamp>(),
            .ended_at = row.next<Timestamp>()};
}
constexpr auto add_wave = "INSERT INTO waves (" + wave_columns + ") VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
constexpr auto wave_by_id = "SELECT id, " + wave_columns + " FROM waves WHERE id = $1";
constexpr auto waves_by_campaign = "SELECT id, " + wave_columns + " FROM waves WHERE campaign = $1 ORDER BY number";
constexpr Sql write_wave{"UPDATE waves SET state = $2, gated_because = $3, started_at_ms = $4, ended_at_ms = $5 WHERE id = $1"};

constexpr Sql task_columns{"campaign, wave, asset, state, reason, because, planned_as"};
model::Task read_task(Row& row) {
    return {.id = row.next<model::TaskId>(),
            .campaign = row.next<model::CampaignId>(),
            .wave = row.next<model::WaveId>(),
            .asset = row.next<model::AssetId>(),
            .state = row.named(model::task_state_from),
            .reason = row.named(model::needs_hands_from),
            .because = row.next<std::string>(),
            .planned_as = row.named(model::disposition_from)};
}
constexpr auto add_task = "INSERT INTO tasks (" + task_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
constexpr auto task_by_id = "SELECT id, " + task_columns + " FROM tasks WHERE id = $1";
constexpr auto tasks_by_campaign = "SELECT id, " + task_columns + " FROM tasks WHERE campaign = $1 ORDER BY id";
constexpr auto tasks_by_asset =
    "SELECT id, " + task_columns + " FROM tasks WHERE asset IN (SELECT id FROM assets WHERE id = $1 OR merged_into = $1) ORDER BY id DESC";
constexpr Sql write_task{"UPDATE tasks SET state = $2, reason = $3, because = $4 WHERE id = $1"};
constexpr Sql write_task_because{"UPDATE tasks SET because = $2 WHERE id = $1 AND state = 'open'"};
constexpr Sql hands_or_proof{
    "SELECT COALESCE(a.merged_into, a.id), t.state FROM tasks t JOIN campaigns c ON c.id = t.campaign JOIN assets a ON a.id = t.asset "
    "WHERE c.incident = $1 AND t.state IN ('needs_hands', 'verified') ORDER BY t.id"};

template <class Id>
std::unexpected<Error> none_such(std::string_view kind, Id id) {
    return fail(ErrorCode::not_found, fmt::format("there is no {} {}", kind, id.value));
}

template <class Id, class State>
Result<void> check_move(std::string_view kind, Id id, State from, State to) {
    if (model::may_move(from, to)) return {};
    return fail(ErrorCode::wrong_state, fmt::format("{} {} is {} and cannot become {}", kind, id.value, model::name_of(from), model::name_of(to)));
}

Result<model::Wave> find_wave(Tx& tx, model::WaveId id) {
    TRY(auto wave, tx.db().first(wave_by_id, read_wave, id));
    if (!wave) return none_such("wave", id);
    return *std::move(wave);
}

}  // namespace

Result<model::CampaignId> insert_campaign(Tx& tx, const model::Campaign& c) {
    if (c.state != CampaignState::draft) return fail(ErrorCode::wrong_state, "a campaign starts as a draft");
    TRY(const auto id,
        tx.db().insert<model::CampaignId>(add_campaign, c.incident, model::name_of(c.state), c.plan_hash, c.asked_by, c.approved_by, c.paused_because,
                                          c.created_at, c.started_at, c.ended_at, c.playbook_version, c.playbook_id, c.playbook_sha256));
    tx.changed(Change::Kind::campaign, id.value);
    return id;
}

Result<model::WaveId> insert_wave(Tx& tx, const model::Wave& wave) {
    return tx.db().insert<model::WaveId>(add_wave, wave.campaign, wave.number, model::name_of(wave.state), wave.gated_because, wave.started_at,
                                         wave.ended_at);
}

Result<model::TaskId> insert_task(Tx& tx, const model::Task& task) {
    return tx.db().insert<model::TaskId>(add_task, task.campaign, task.wave, task.asset, model::name_of(task.state), model::name_of(task.reason),
                                         task.because, model::name_of(task.planned_as));
}

Result<model::Campaign> find_campaign(Tx& tx, model::CampaignId id) {
    TRY(auto campaign, tx.db().first(campaign_by_id, read_campaign, id));
    if (!campaign) return none_such("campaign", id);
    return *std::move(campaign);
}

Result<std::vector<model::Campaign>> list_campaigns(Tx& tx) {
    return tx.db().all(all_campaigns, read_campaign);
}

Result<std::vector<model::Campaign>> campaigns_in(Tx& tx, CampaignState state) {
    return tx.db().all(campaigns_by_state, read_campaign, model::name_of(state));
}

Result<std::vector<model::Wave>> waves_of(Tx& tx, model::CampaignId id) {
    return tx.db().all(waves_by_campaign, read_wave, id);
}

Result<std::vector<model::Task>> tasks_of(Tx& tx, model::CampaignId id) {
    return tx.db().all(tasks_by_campaign, read_task, id);
}

Result<std::vector<model::Task>> tasks_of_asset(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    return tx.db().all(tasks_by_asset, read_task, found.id);
}

Result<model::Task> find_task(Tx& tx, model::TaskId id) {
    TRY(auto task, tx.db().first(task_by_id, read_task, id));
    if (!task) return none_such("task", id);
    return *std::move(task);
}

Result<std::vector<model::AssetId>> assets_in_needs_hands(Tx& tx, model::IncidentId incident) {
    std::set<model::AssetId> in_hands;
    TRY(tx.db().each(
        hands_or_proof,
        [&](Row& row) {
            const auto asset = row.next<model::AssetId>();
            if (row.named(model::task_state_from) == model::TaskState::needs_hands)
                in_hands.insert(asset);
            else
                in_hands.erase(asset);
        },
        incident));
    return std::vector(in_hands.begin(), in_hands.end());
}

Result<void> move_campaign(Tx& tx, model::CampaignId id, CampaignState to, model::PersonId by, std::string_view because) {
    TRY(model::Campaign c, find_campaign(tx, id));
    TRY(check_move("campaign", id, c.state, to));
    if (to == CampaignState::approved) c.approved_by = by;
    c.paused_because = to == CampaignState::paused || to == CampaignState::stopped ? std::string(because) : std::string();
    if (to == CampaignState::running && c.state == CampaignState::approved) c.started_at = tx.now();
    if (to == CampaignState::stopped || to == CampaignState::done) c.ended_at = tx.now();
    TRY(tx.db().run(write_campaign, id, model::name_of(to), c.approved_by, c.paused_because, c.started_at, c.ended_at));
    tx.changed(Change::Kind::campaign, id.value);
    return {};
}

Result<void> move_wave(Tx& tx, model::WaveId id, model::WaveState to, std::string_view because) {
    TRY(model::Wave wave, find_wave(tx, id));
    TRY(check_move("wave", id, wave.state, to));
    if (to == model::WaveState::gated) wave.gated_because = std::string(because);
    if (to == model::WaveState::running) wave.started_at = tx.now();
    if (wave.ended_at == Timestamp{} && (to == model::WaveState::gated || to == model::WaveState::passed)) wave.ended_at = tx.now();
    TRY(tx.db().run(write_wave, id, model::name_of(to), wave.gated_because, wave.started_at, wave.ended_at));
    tx.changed(Change::Kind::campaign, wave.campaign.value);
    return {};
}

Result<void> explain_task(Tx& tx, model::TaskId id, std::string_view because) {
    TRY(const model::Task task, find_task(tx, id));
    TRY(tx.db().run(write_task_because, id, because));
    tx.changed(Change::Kind::campaign, task.campaign.value);
    return {};
}

Result<void> move_task(Tx& tx, model::TaskId id, model::TaskState to, model::NeedsHands reason, std::string_view because) {
    TRY(const model::Task task, find_task(tx, id));
    TRY(check_move("task", id, task.state, to));
    if ((to == model::TaskState::needs_hands) != (reason != model::NeedsHands::none)) {
        return fail(ErrorCode::invalid, "a task that needs hands has a reason, and no other has one");
    }
    TRY(tx.db().run(write_task, id, model::name_of(to), model::name_of(reason), because));
    tx.changed(Change::Kind::campaign, task.campaign.value);
    return {};
}

}  // namespace douse::store
