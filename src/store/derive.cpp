// SPDX-License-Identifier: Apache-2.0
#include "store/derive.hpp"

#include "store/asset_rows.hpp"
#include "store/asset_summary.hpp"
#include "store/database.hpp"
#include "store/evidence_rows.hpp"
#include "store/history_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::store {
namespace {

using model::Disposition;

// What of an asset's own row decides where it is counted.
struct Standing {
    model::AssetId merged_into;
    std::optional<Timestamp> retired_at;
    bool listed = false;
    Timestamp added_at{};
};
constexpr Sql read_standing{"SELECT merged_into, retired_at_ms, listed, added_at_ms FROM assets WHERE id = $1"};
constexpr Sql write_summary{
    "UPDATE assets SET name = $2, address = $3, os = $4, place = $5, first_seen_at_ms = $6, last_seen_at_ms = $7 WHERE id = $1"};
constexpr Sql unmerged_assets{"SELECT id FROM assets WHERE merged_into IS NULL ORDER BY id"};

constexpr Sql drop_derived{"DELETE FROM dispositions WHERE asset = $1"};
constexpr Sql count{"UPDATE counts SET assets = assets + $2 WHERE name = $1"};
constexpr Sql add_change{"INSERT INTO disposition_history (asset, was, is_now, because, at_ms) VALUES ($1, $2, $3, $4, $5)"};
constexpr Sql newest_change{"SELECT at_ms FROM disposition_history WHERE asset = $1 ORDER BY id DESC LIMIT 1"};

Result<void> add_to_count(Tx& tx, std::string_view name, int64_t difference) {
    TRY(tx.db().run(count, name, difference));
    return {};
}

// Where an asset is counted: on the books under its disposition, or off them.
struct Counted {
    std::optional<Disposition> as;
    bool retired = false;
};
Counted counted(const std::optional<DerivedRow>& row) {
    if (!row) return {};
    return {.as = row->on_books ? std::optional(row->assessment.disposition) : std::nullopt, .retired = row->retired};
}

Result<void> move_counts(Tx& tx, const Counted& from, const Counted& to) {
    if (from.as != to.as) {
        if (from.as) TRY(add_to_count(tx, model::name_of(*from.as), -1));
        if (to.as) TRY(add_to_count(tx, model::name_of(*to.as), 1));
        if (from.as.has_value() != to.as.has_value()) TRY(add_to_count(tx, "on_books", to.as ? 1 : -1));
    }
    if (from.retired != to.retired) TRY(add_to_count(tx, "retired", to.retired ? 1 : -1));
    if (from.as != to.as || from.retired != to.retired) tx.changed(Change::Kind::books);
    return {};
}

bool is_in_scope(const Standing& standing, const AssetSummary& summary, const Circumstances& circumstances) {
    if (!circumstances.incident_open) return false;
    if (summary.addresses.empty()) return standing.listed;
    return std::ranges::any_of(summary.addresses, [&](const Address& a) { return circumstances.scope.contains(a); });
}

std::string why_off_books(const Standing& standing, const Circumstances& circumstances) {
    if (standing.merged_into) return fmt::format("it is the same machine as asset {}", standing.merged_into.value);
    if (standing.retired_at) return "a person retired it";
    if (!circumstances.incident_open) return "no incident is open";
    return "it is outside the scope";
}

Result<Timestamp> time_of_newest_change(Tx& tx, model::AssetId asset) {
    TRY(const int64_t at, tx.db().number(newest_change, asset));
    return base::from_ms(at);
}

}  // namespace

void derive_later(Tx& tx, model::AssetId asset) {
    tx.due().insert(asset);
}

Result<void> derive_all_later(Tx& tx) {
    return tx.db().each(unmerged_assets, [&](Row& row) { derive_later(tx, row.next<model::AssetId>()); });
}

Result<void> settle(Tx& tx) {
    if (tx.due().empty()) return {};
    TRY(const Circumstances circumstances, circumstances_of(tx));
    while (!tx.due().empty()) {
        const model::AssetId next = *tx.due().begin();
        tx.due().erase(tx.due().begin());
        TRY(derive(tx, next, circumstances, History::write));
    }
    return {};
}

Result<Circumstances> circumstances_of(Tx& tx) {
    Circumstances circumstances;
    TRY(const auto incident, current_incident(tx));
    if (!incident) return circumstances;
    circumstances.incident_open = true;
    TRY(auto ranges, list_scope(tx, incident->id));
    circumstances.scope = model::Scope(std::move(ranges));
    circumstances.playbook_sha256 = incident->playbook_sha256;
    if (incident->playbook_sha256.empty()) return circumstances;
    auto playbook = playbook_by_hash(tx, incident->playbook_sha256);
    if (playbook)
        circumstances.playbook_text = std::move(playbook->text);
    else if (playbook.error().code != ErrorCode::not_found)
        return std::unexpected(playbook.error());
    return circumstances;
}

Result<void> derive(Tx& tx, model::AssetId asset, const Circumstances& circumstances, History history) {
    TRY(const auto standing, tx.db().first(
                                 read_standing,
                                 [](Row& row) {
                                     return Standing{.merged_into = row.next<model::AssetId>(),
                                                     .retired_at = row.next<std::optional<Timestamp>>(),
                                                     .listed = row.next<bool>(),
                                                     .added_at = row.next<Timestamp>()};
                                 },
                                 asset));
    if (!standing) return fail(ErrorCode::not_found, fmt::format("there is no asset {}", asset.value));
    TRY(const auto before, find_derived(tx, asset));

    std::optional<DerivedRow> after;
    if (standing->merged_into) {
        derive_later(tx, standing->merged_into);
        if (!before) return {};
        TRY(tx.db().run(drop_derived, asset));
    } else {
        TRY(const auto carried, identifiers_of(tx, asset));
        TRY(const auto attributes, attributes_carried(tx, asset));
        const AssetSummary summary = summarise(carried, attributes, circumstances.scope, standing->added_at);
        TRY(tx.db().run(write_summary, asset, summary.name, summary.address, summary.os, summary.place, summary.first_seen_at, summary.last_seen_at));
        TRY(const model::AssetHistory known, history_under(tx, asset, circumstances));
        after = DerivedRow{.asset = asset,
                           .on_books = !standing->retired_at && is_in_scope(*standing, summary, circumstances),
                           .retired = standing->retired_at.has_value(),
                           .assessment = tx.deriver().derive(known, tx.now())};
    }

    const Counted from = counted(before);
    const Counted to = counted(after);
    TRY(move_counts(tx, from, to));
    if (history == History::write && from.as != to.as) {
        const std::string because = to.as ? after->assessment.because : why_off_books(*standing, circumstances);
        TRY(tx.db().run(add_change, asset, from.as ? std::optional(model::name_of(*from.as)) : std::nullopt,
                        to.as ? std::optional(model::name_of(*to.as)) : std::nullopt, because, tx.now()));
    }
    if (after) {
        // The time of the disposition is that of the newest row of its history, so that a rebuild finds the same.
        TRY(after->since, from.as == to.as && before ? Result<Timestamp>(before->since) : time_of_newest_change(tx, asset));
        TRY(put_derived(tx, *after));
    }
    tx.changed(Change::Kind::asset, asset.value);
    return {};
}

namespace {

constexpr Sql mirror_columns{
    "a.id, a.name, a.address, a.place, a.os, a.merged_into, d.disposition, d.since_ms, d.evidence_at_ms, d.on_books, d.retired"};
constexpr auto mirror_one = "SELECT " + mirror_columns + " FROM assets a LEFT JOIN dispositions d ON d.asset = a.id WHERE a.id = $1";
constexpr auto mirror_all =
    "SELECT " + mirror_columns + " FROM assets a LEFT JOIN dispositions d ON d.asset = a.id WHERE a.merged_into IS NULL ORDER BY a.id";
constexpr Sql values_of_one{"SELECT DISTINCT value FROM asset_identifiers WHERE asset = $1 ORDER BY value"};
constexpr Sql values_of_all{"SELECT DISTINCT asset, value FROM asset_identifiers ORDER BY asset, value"};

struct MirrorRead {
    Mirror::Row row;
    model::AssetId merged_into;
};
MirrorRead read_mirror(Row& row) {
    MirrorRead read;
    read.row.id = row.next<model::AssetId>();
    read.row.name = row.next<std::string>();
    read.row.address = row.next<std::string>();
    read.row.place = row.next<std::string>();
    read.row.os = row.next<std::string>();
    read.merged_into = row.next<model::AssetId>();
    read.row.disposition = row.named_or_null(model::disposition_from).value_or(Disposition::unknown);
    read.row.since = row.next<Timestamp>();
    read.row.evidence_at = row.next<Timestamp>();
    read.row.on_books = row.next<bool>();
    read.row.retired = row.next<bool>();
    return read;
}

void add_search_value(Mirror::Row& row, const std::string& value) {
    if (!row.search.empty()) row.search += ' ';
    row.search += value;
}

}  // namespace

Result<std::optional<Mirror::Row>> mirror_row(Database& db, model::AssetId asset) {
    TRY(auto read, db.first(mirror_one, read_mirror, asset));
    if (!read || read->merged_into) return std::nullopt;
    TRY(db.each(values_of_one, [&](Row& row) { add_search_value(read->row, row.next<std::string>()); }, asset));
    return std::move(read->row);
}

Result<std::vector<Mirror::Row>> mirror_rows(Database& db) {
    std::vector<Mirror::Row> rows;
    TRY(db.each(mirror_all, [&](Row& row) { rows.push_back(read_mirror(row).row); }));
    auto at = rows.begin();
    TRY(db.each(values_of_all, [&](Row& row) {
        const auto asset = row.next<model::AssetId>();
        while (at != rows.end() && at->id < asset) ++at;
        if (at != rows.end() && at->id == asset) add_search_value(*at, row.next<std::string>());
    }));
    return rows;
}

}  // namespace douse::store
