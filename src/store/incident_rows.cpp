// SPDX-License-Identifier: Apache-2.0
#include "store/incident_rows.hpp"

#include "store/database.hpp"
#include "store/derive.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::store {
namespace {

using model::RequestState;

constexpr Sql columns{"name, state, kind, playbook_id, playbook_version, playbook_sha256, owner, opened_at_ms, closed_at_ms"};
model::Incident read_incident(Row& row) {
    return {.id = row.next<model::IncidentId>(),
            .name = row.next<std::string>(),
            .state = row.named(model::incident_state_from),
            .kind = row.next<std::string>(),
            .playbook_id = row.next<std::string>(),
            .playbook_version = row.next<int64_t>(),
            .playbook_sha256 = row.next<std::string>(),
            .owner = row.next<model::PersonId>(),
            .opened_at = row.next<Timestamp>(),
            .closed_at = row.next<std::optional<Timestamp>>()};
}
constexpr auto add = "INSERT INTO incidents (" + columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id";
constexpr auto open_one = "SELECT id, " + columns + " FROM incidents WHERE state <> 'closed' ORDER BY id DESC LIMIT 1";
constexpr Sql close_one{"UPDATE incidents SET state = 'closed', closed_at_ms = $2 WHERE id = $1 AND state <> 'closed'"};

constexpr Sql add_range{"INSERT INTO scope_ranges (incident, range) VALUES ($1, $2) ON CONFLICT (incident, range) DO NOTHING"};
constexpr Sql remove_range{"DELETE FROM scope_ranges WHERE incident = $1 AND range = $2"};
constexpr Sql ranges_of{"SELECT range FROM scope_ranges WHERE incident = $1"};

constexpr Sql exemption_columns{"asset, reason, asked_by, decided_by, state, asked_at_ms, expires_at_ms"};
model::Exemption read_exemption(Row& row) {
    return {.id = row.next<model::ExemptionId>(),
            .asset = row.next<model::AssetId>(),
            .reason = row.next<std::string>(),
            .asked_by = row.next<model::PersonId>(),
            .decided_by = row.next<model::PersonId>(),
            .state = row.named(model::request_state_from),
            .asked_at = row.next<Timestamp>(),
            .expires_at = row.next<Timestamp>()};
}
constexpr auto add_exemption = "INSERT INTO exemptions (" + exemption_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
// Of a record that was merged away it is the asset's that it became.
constexpr Sql select_exemptions{
    "SELECT e.id, COALESCE(a.merged_into, a.id), e.reason, e.asked_by, e.decided_by, e.state, e.asked_at_ms, e.expires_at_ms "
    "FROM exemptions e JOIN assets a ON a.id = e.asset "};
constexpr auto exemption_by_id = select_exemptions + "WHERE e.id = $1";
constexpr auto exemptions = select_exemptions + "ORDER BY e.id DESC";
constexpr Sql decide{"UPDATE exemptions SET state = $2, decided_by = $3 WHERE id = $1"};

constexpr Sql write_stop{"UPDATE stop_switch SET stopped = $1, since_ms = $2, person = $3 WHERE one = 1"};
constexpr Sql read_stop{"SELECT stopped, since_ms, person FROM stop_switch WHERE one = 1"};

constexpr Sql answer{"SELECT answer FROM answers WHERE person = $1 AND operation = $2 AND key = $3"};
constexpr Sql answer_columns{"INSERT INTO answers (person, operation, key, answer, at_ms) VALUES ($1, $2, $3, $4, $5) "};
constexpr auto claim = answer_columns + "ON CONFLICT (person, operation, key) DO NOTHING";
constexpr auto keep = answer_columns + "ON CONFLICT (person, operation, key) DO UPDATE SET answer = excluded.answer";

// What was asked can be decided; what was approved can only run out.
bool may_decide(RequestState from, RequestState to) {
    return to != RequestState::asked && (from == RequestState::asked || (from == RequestState::approved && to == RequestState::expired));
}

}  // namespace

Result<model::IncidentId> insert_incident(Tx& tx, const model::Incident& incident) {
    TRY(const auto open, current_incident(tx));
    if (open) return fail(ErrorCode::wrong_state, fmt::format("incident {} \"{}\" is open", open->id.value, open->name), {}, "close it first");
    TRY(const auto id, tx.db().insert<model::IncidentId>(add, incident.name, model::name_of(incident.state), incident.kind, incident.playbook_id,
                                                         incident.playbook_version, incident.playbook_sha256, incident.owner, incident.opened_at,
                                                         incident.closed_at));
    tx.changed(Change::Kind::incident, id.value);
    TRY(derive_all_later(tx));
    return id;
}

Result<std::optional<model::Incident>> current_incident(Tx& tx) {
    return tx.db().first(open_one, read_incident);
}

Result<void> close_incident(Tx& tx, model::IncidentId id) {
    TRY(const int64_t closed, tx.db().run(close_one, id, tx.now()));
    if (closed == 0) return fail(ErrorCode::wrong_state, fmt::format("incident {} is not open", id.value));
    tx.changed(Change::Kind::incident, id.value);
    return derive_all_later(tx);
}

Result<void> add_scope(Tx& tx, model::IncidentId id, const std::vector<AddressRange>& ranges) {
    for (const AddressRange& range : ranges) TRY(tx.db().run(add_range, id, range.text()));
    tx.changed(Change::Kind::incident, id.value);
    return derive_all_later(tx);
}

Result<void> remove_scope(Tx& tx, model::IncidentId id, const std::vector<AddressRange>& ranges) {
    for (const AddressRange& range : ranges) {
        TRY(const int64_t removed, tx.db().run(remove_range, id, range.text()));
        if (removed == 0) return fail(ErrorCode::not_found, fmt::format("range \"{}\" is not in the scope as written", range.text()));
    }
    tx.changed(Change::Kind::incident, id.value);
    return derive_all_later(tx);
}

Result<std::vector<AddressRange>> list_scope(Tx& tx, model::IncidentId id) {
    std::vector<AddressRange> ranges;
    TRY(tx.db().each(
        ranges_of,
        [&](Row& row) {
            const auto text = row.next<std::string>();
            if (const auto range = AddressRange::parse(text))
                ranges.push_back(*range);
            else
                row.spoil(text);
        },
        id));
    std::ranges::sort(ranges);
    return ranges;
}

Result<model::ExemptionId> insert_exemption(Tx& tx, const model::Exemption& exemption) {
    TRY(const auto id, tx.db().insert<model::ExemptionId>(add_exemption, exemption.asset, exemption.reason, exemption.asked_by, exemption.decided_by,
                                                          model::name_of(exemption.state), exemption.asked_at, exemption.expires_at));
    tx.changed(Change::Kind::decision, id.value);
    derive_later(tx, exemption.asset);
    return id;
}

Result<model::Exemption> find_exemption(Tx& tx, model::ExemptionId id) {
    TRY(auto exemption, tx.db().first(exemption_by_id, read_exemption, id));
    if (!exemption) return fail(ErrorCode::not_found, fmt::format("there is no exemption {}", id.value));
    return *std::move(exemption);
}

Result<void> decide_exemption(Tx& tx, model::ExemptionId id, model::RequestState state, model::PersonId by) {
    TRY(const model::Exemption exemption, find_exemption(tx, id));
    if (!may_decide(exemption.state, state)) {
        return fail(ErrorCode::wrong_state,
                    fmt::format("exemption {} is {} and cannot become {}", id.value, model::name_of(exemption.state), model::name_of(state)));
    }
    TRY(tx.db().run(decide, id, model::name_of(state), by));
    tx.changed(Change::Kind::decision, id.value);
    derive_later(tx, exemption.asset);
    return {};
}

Result<std::vector<model::Exemption>> list_exemptions(Tx& tx) {
    return tx.db().all(exemptions, read_exemption);
}

Result<void> set_stop(Tx& tx, bool stopped, model::PersonId by) {
    TRY(tx.db().run(write_stop, stopped, tx.now(), by));
    tx.changed(Change::Kind::stop);
    return {};
}

Result<StopSwitch> get_stop(Tx& tx) {
    TRY(auto found, tx.db().first(read_stop, [](Row& row) {
        return StopSwitch{.stopped = row.next<bool>(), .since = row.next<Timestamp>(), .by = row.next<model::PersonId>()};
    }));
    if (!found) return fail(ErrorCode::corrupt, "the stop switch is gone from the database");
    return *found;
}

Result<std::optional<std::string>> find_answer(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key) {
    return tx.db().first(answer, [](Row& row) { return row.next<std::string>(); }, person.value, operation, key);
}

Result<void> claim_call(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key, std::string_view call) {
    TRY(tx.db().run(claim, person.value, operation, key, call, tx.now()));
    return {};
}

Result<void> keep_answer(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key, std::string_view text) {
    TRY(tx.db().run(keep, person.value, operation, key, text, tx.now()));
    return {};
}

}  // namespace douse::store
