// SPDX-License-Identifier: Apache-2.0
#include "store/evidence_rows.hpp"

#include "model/campaign.hpp"
#include "store/asset_rows.hpp"
#include "store/database.hpp"
#include "store/derive.hpp"
#include "store/history_rows.hpp"
#include "store/pairs.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>

namespace douse::store {
namespace {

constexpr Sql members{"(SELECT id FROM assets WHERE id = $1 OR merged_into = $1)"};

constexpr Sql evidence_columns{
    "asset, check_id, check_hash, origin, says, real_look, hint, mitigated, because, facts, taken_at_ms, valid_until_ms, sweep, address"};
model::Facts read_facts_column(Row& row) {
    const auto text = row.next<std::string>();
    auto facts = read_facts(text);
    if (!facts) row.spoil(text);
    return std::move(facts).value_or(model::Facts{});
}
model::Evidence read_evidence(Row& row) {
    return {.id = row.next<model::EvidenceId>(),
            .asset = row.next<model::AssetId>(),
            .check = row.next<std::string>(),
            .check_hash = row.next<std::string>(),
            .origin = row.named(model::origin_from),
            .says = row.named(model::verdict_from),
            .real_look = row.next<bool>(),
            .hint = row.next<bool>(),
            .mitigated = row.next<bool>(),
            .because = row.next<std::string>(),
            .facts = read_facts_column(row),
            .taken_at = row.next<Timestamp>(),
            .valid_until = row.next<Timestamp>(),
            .sweep = row.next<model::SweepId>(),
            .address = row.address()};
}
constexpr auto add_evidence =
    "INSERT INTO evidence (" + evidence_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id";
constexpr auto evidence_about = "SELECT id, " + evidence_columns + " FROM evidence WHERE asset IN " + members + " ORDER BY taken_at_ms, id";
// A machine that came back from retirement starts as unknown: what was known of it before is history.
constexpr auto evidence_that_may_stand = "SELECT id, " + evidence_columns + " FROM evidence WHERE asset IN " + members +
                                         " AND taken_at_ms > (SELECT COALESCE(back_since_ms, -1) FROM assets WHERE id = $1) ORDER BY taken_at_ms, id";

constexpr auto ends_of_attempts =
    "SELECT a.id, e.state, e.at_ms, EXISTS (SELECT 1 FROM steps s WHERE s.attempt = a.id AND s.event = 'started') "
    "FROM attempts a JOIN attempt_events e ON e.id = (SELECT MAX(n.id) FROM attempt_events n WHERE n.attempt = a.id) WHERE a.asset IN " +
    members + " ORDER BY a.id";
model::AttemptEnd read_end(Row& row) {
    model::AttemptEnd end{.id = row.next<model::AttemptId>(), .state = row.named(model::attempt_state_from), .ended_at = row.next<Timestamp>()};
    end.ran_a_step = row.next<bool>() || end.state == model::AttemptState::fate_unknown;
    return end;
}
constexpr auto exempt_until =
    "SELECT expires_at_ms FROM exemptions WHERE state = 'approved' AND asset IN " + members + " ORDER BY expires_at_ms DESC LIMIT 1";

constexpr Sql derived_columns{
    "asset, on_books, retired, vulnerability, infection, mitigated, disposition, because, evidence_at_ms, changes_at_ms, speaks, since_ms"};
std::string write_ids(const std::vector<model::EvidenceId>& ids) {
    std::string text;
    for (const model::EvidenceId id : ids) text += (text.empty() ? "" : ",") + std::to_string(id.value);
    return text;
}
std::vector<model::EvidenceId> read_ids(Row& row) {
    const auto text = row.next<std::string>();
    std::vector<model::EvidenceId> ids;
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
        model::EvidenceId id;
        const auto [next, error] = std::from_chars(at, end, id.value);
        if (error != std::errc{}) return row.spoil(text), ids;
        ids.push_back(id);
        at = next == end ? end : next + 1;
    }
    return ids;
}
DerivedRow read_derived(Row& row) {
    DerivedRow derived;
    derived.asset = row.next<model::AssetId>();
    derived.on_books = row.next<bool>();
    derived.retired = row.next<bool>();
    derived.assessment.vulnerability = row.named(model::verdict_from);
    derived.assessment.infection = row.named(model::verdict_from);
    derived.assessment.mitigated = row.next<bool>();
    derived.assessment.disposition = row.named(model::disposition_from);
    derived.assessment.because = row.next<std::string>();
    derived.assessment.evidence_at = row.next<std::optional<Timestamp>>();
    derived.assessment.changes_at = row.next<std::optional<Timestamp>>();
    derived.assessment.speaks = read_ids(row);
    derived.since = row.next<Timestamp>();
    return derived;
}
constexpr auto derived_of = "SELECT " + derived_columns + " FROM dispositions WHERE asset = $1";
constexpr auto write_derived = "INSERT INTO dispositions (" + derived_columns +
                               ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (asset) DO UPDATE SET "
                               "on_books = $2, retired = $3, vulnerability = $4, infection = $5, mitigated = $6, disposition = $7, "
                               "because = $8, evidence_at_ms = $9, changes_at_ms = $10, speaks = $11, since_ms = $12";

constexpr Sql changed_by_time{"SELECT asset FROM dispositions WHERE changes_at_ms IS NOT NULL AND changes_at_ms <= $1"};

constexpr Sql newest_fact{
    "SELECT MAX(at_ms) FROM (SELECT MAX(taken_at_ms) AS at_ms FROM evidence WHERE real_look = 1 "
    "UNION ALL SELECT MAX(seen_at_ms) FROM observations WHERE import IS NULL "
    "UNION ALL SELECT MAX(at_ms) FROM imports WHERE accepted > 0) AS newest"};

constexpr Sql counts{"SELECT name, assets FROM counts"};
constexpr Sql count_rows{"SELECT disposition, on_books, retired, COUNT(*) FROM dispositions GROUP BY disposition, on_books, retired"};

}  // namespace

Result<std::optional<DerivedRow>> find_derived(Tx& tx, model::AssetId asset) {
    return tx.db().first(derived_of, read_derived, asset);
}

Result<void> put_derived(Tx& tx, const DerivedRow& row) {
    const model::Assessment& a = row.assessment;
    TRY(tx.db().run(write_derived, row.asset, row.on_books, row.retired, model::name_of(a.vulnerability), model::name_of(a.infection), a.mitigated,
                    model::name_of(a.disposition), a.because, a.evidence_at, a.changes_at, write_ids(a.speaks), row.since));
    return {};
}

Result<void> insert_evidence(Tx& tx, std::vector<model::Evidence>& rows) {
    for (model::Evidence& e : rows) {
        const auto address = e.address ? std::optional(e.address->text()) : std::nullopt;
        TRY(e.id, tx.db().insert<model::EvidenceId>(add_evidence, e.asset, e.check, e.check_hash, model::name_of(e.origin), model::name_of(e.says),
                                                    e.real_look, e.hint, e.mitigated, e.because, write_facts(e.facts), e.taken_at, e.valid_until,
                                                    e.sweep, address));
        derive_later(tx, e.asset);
    }
    return {};
}

Result<std::optional<Timestamp>> newest_fact_at(Tx& tx) {
    TRY(const auto at, tx.db().first(newest_fact, [](Row& row) { return row.next<std::optional<Timestamp>>(); }));
    return at.value_or(std::nullopt);
}

Result<std::vector<model::Evidence>> evidence_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    return tx.db().all(evidence_about, read_evidence, found.id);
}

Result<model::AssetHistory> history_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    TRY(const Circumstances circumstances, circumstances_of(tx));
    return history_under(tx, found.id, circumstances);
}

Result<model::AssetHistory> history_under(Tx& tx, model::AssetId asset, const Circumstances& circumstances) {
    model::AssetHistory history{.asset = asset, .playbook_sha256 = circumstances.playbook_sha256, .playbook_text = circumstances.playbook_text};
    TRY(history.evidence, tx.db().all(evidence_that_may_stand, read_evidence, asset));
    TRY(history.attempts, tx.db().all(ends_of_attempts, read_end, asset));
    std::erase_if(history.attempts, [](const model::AttemptEnd& end) { return !model::is_over(end.state); });
    TRY(history.exempt_until, tx.db().first(exempt_until, [](Row& row) { return row.next<Timestamp>(); }, asset));
    return history;
}

Result<DispositionRow> disposition_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    TRY(auto derived, find_derived(tx, found.id));
    if (!derived) return fail(ErrorCode::internal, fmt::format("asset {} was never derived", found.id.value));
    return DispositionRow{.asset = found.id, .assessment = std::move(derived->assessment), .since = derived->since};
}

Result<model::Books> books(Tx& tx) {
    TRY(settle(tx));
    model::Books books;
    TRY(tx.db().each(counts, [&](Row& row) {
        const auto name = row.next<std::string>();
        const auto assets = row.next<int64_t>();
        if (name == "on_books")
            books.on_books = assets;
        else if (name == "retired")
            books.retired = assets;
        else if (const auto disposition = model::disposition_from(name))
            books.counts[static_cast<size_t>(*disposition)] = assets;
        else
            row.spoil(name);
    }));
    return books;
}

Result<model::Books> recount_books(Tx& tx) {
    TRY(settle(tx));
    model::Books books;
    TRY(tx.db().each(count_rows, [&](Row& row) {
        const auto disposition = row.named(model::disposition_from);
        const bool on_books = row.next<bool>();
        const bool retired = row.next<bool>();
        const auto assets = row.next<int64_t>();
        if (on_books) {
            books.counts[static_cast<size_t>(disposition)] += assets;
            books.on_books += assets;
        }
        if (retired) books.retired += assets;
    }));
    return books;
}

Result<int> derive_due(Tx& tx) {
    TRY(const auto due, tx.db().all(changed_by_time, [](Row& row) { return row.next<model::AssetId>(); }, tx.now()));
    for (const model::AssetId asset : due) derive_later(tx, asset);
    TRY(settle(tx));
    return static_cast<int>(due.size());
}

}  // namespace douse::store
