// SPDX-License-Identifier: Apache-2.0
#include "store/asset_rows.hpp"

#include "store/database.hpp"
#include "store/derive.hpp"
#include "store/pairs.hpp"

#include <fmt/format.h>

namespace douse::store {
namespace {

constexpr Sql import_columns{"source, format, name, sha256, row_count, accepted, refused, new_assets, at_ms, messages, imported_by"};
ImportRow read_import(Row& row) {
    return {.id = row.next<model::ImportId>(),
            .source = row.next<std::string>(),
            .format = row.next<std::string>(),
            .name = row.next<std::string>(),
            .sha256 = row.next<std::string>(),
            .rows = row.next<int64_t>(),
            .accepted = row.next<int64_t>(),
            .refused = row.next<int64_t>(),
            .new_assets = row.next<int64_t>(),
            .at = row.next<Timestamp>(),
            .messages = read_messages(row.next<std::string>()),
            .by = row.next<model::PersonId>()};
}
constexpr auto add_import = "INSERT INTO imports (" + import_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id";
constexpr auto all_imports = "SELECT id, " + import_columns + " FROM imports ORDER BY id DESC";
constexpr Sql total_import{
    "UPDATE imports SET row_count = $2, accepted = $3, refused = $4, new_assets = $5, messages = $6, finished = 1 "
    "WHERE id = $1 AND finished = 0"};

constexpr Sql observation_columns{"source, import, row_number, seen_at_ms, until_ms, attributes"};
model::Observation read_observation(Row& row) {
    return {.id = row.next<model::ObservationId>(),
            .source = row.next<std::string>(),
            .import = row.next<model::ImportId>(),
            .row = row.next<int64_t>(),
            .seen_at = row.next<Timestamp>(),
            .until = row.next<std::optional<Timestamp>>(),
            .identifiers = {},
            .attributes = read_pairs(row.next<std::string>())};
}
constexpr auto add_observation = "INSERT INTO observations (" + observation_columns + ") VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
constexpr Sql add_identifier{"INSERT INTO observation_identifiers (observation, position, kind, value) VALUES ($1, $2, $3, $4)"};
constexpr auto observations_about = "SELECT id, " + observation_columns +
                                    " FROM observations WHERE id IN (SELECT observation FROM asset_observations"
                                    " WHERE asset IN (SELECT id FROM assets WHERE id = $1 OR merged_into = $1)) ORDER BY seen_at_ms DESC, id DESC";
constexpr Sql identifiers_in{"SELECT kind, value FROM observation_identifiers WHERE observation = $1 ORDER BY position"};

constexpr Sql holders{"SELECT asset, first_at_ms, last_at_ms, until_ms FROM asset_identifiers WHERE kind = $1 AND value = $2 ORDER BY asset, source"};
constexpr Sql carried{
    "SELECT kind, value, source, first_at_ms, last_at_ms, until_ms FROM asset_identifiers WHERE asset = $1 ORDER BY kind, value, source"};
CarriedIdentifier read_carried(Row& row) {
    return {.identifier = {.kind = row.named(model::identifier_kind_from), .value = row.next<std::string>()},
            .source = row.next<std::string>(),
            .first_at = row.next<Timestamp>(),
            .last_at = row.next<Timestamp>(),
            .until = row.next<std::optional<Timestamp>>()};
}

constexpr Sql add_asset{"INSERT INTO assets (first_seen_at_ms, last_seen_at_ms, added_at_ms) VALUES ($1, $1, $1) RETURNING id"};
constexpr Sql add_reason{"INSERT INTO asset_reasons (asset, reason, at_ms) VALUES ($1, $2, $3) ON CONFLICT (asset, reason) DO NOTHING"};
constexpr Sql reasons{"SELECT reason FROM asset_reasons WHERE asset IN (SELECT id FROM assets WHERE id = $1 OR merged_into = $1) ORDER BY id"};
constexpr Sql attach{"INSERT INTO asset_observations (observation, asset) VALUES ($1, $2)"};

constexpr Sql carry_identifier{
    "INSERT INTO asset_identifiers (asset, kind, value, source, first_at_ms, last_at_ms, until_ms) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (asset, kind, value, source) DO UPDATE SET "
    "first_at_ms = CASE WHEN excluded.first_at_ms < asset_identifiers.first_at_ms THEN excluded.first_at_ms "
    "ELSE asset_identifiers.first_at_ms END, "
    "until_ms = CASE WHEN excluded.last_at_ms >= asset_identifiers.last_at_ms THEN excluded.until_ms ELSE asset_identifiers.until_ms END, "
    "last_at_ms = CASE WHEN excluded.last_at_ms > asset_identifiers.last_at_ms THEN excluded.last_at_ms "
    "ELSE asset_identifiers.last_at_ms END"};
constexpr Sql carry_attribute{
    "INSERT INTO asset_attributes (asset, name, source, value, at_ms) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (asset, name, source) DO UPDATE SET "
    "value = CASE WHEN excluded.at_ms >= asset_attributes.at_ms THEN excluded.value ELSE asset_attributes.value END, "
    "at_ms = CASE WHEN excluded.at_ms > asset_attributes.at_ms THEN excluded.at_ms ELSE asset_attributes.at_ms END"};
constexpr Sql attributes_of{"SELECT name, source, value, at_ms FROM asset_attributes WHERE asset = $1"};
constexpr Sql drop_identifiers{"DELETE FROM asset_identifiers WHERE asset = $1"};
constexpr Sql drop_attributes{"DELETE FROM asset_attributes WHERE asset = $1"};

constexpr Sql name_in_list{"UPDATE assets SET listed = 1 WHERE id = $1 AND listed = 0"};
constexpr Sql bring_back{
    "UPDATE assets SET back_since_ms = retired_at_ms, retired_at_ms = NULL WHERE id = $1 AND retired_at_ms IS NOT NULL AND retired_at_ms < $2"};
constexpr Sql retire{"UPDATE assets SET retired_at_ms = $2 WHERE id = $1"};
constexpr Sql merge{"UPDATE assets SET merged_into = $1 WHERE id = $2 OR merged_into = $2"};
constexpr Sql inherit{
    "UPDATE assets SET "
    "listed = CASE WHEN $2 = 1 THEN 1 ELSE listed END, "
    "added_at_ms = CASE WHEN $3 < added_at_ms THEN $3 ELSE added_at_ms END, "
    // Not gone, if one of the two isn't: what was seen after the retirement stands.
    "back_since_ms = CASE WHEN $4 = 0 AND retired_at_ms IS NOT NULL THEN retired_at_ms ELSE back_since_ms END, "
    "retired_at_ms = CASE WHEN $4 = 0 THEN NULL ELSE retired_at_ms END WHERE id = $1"};
constexpr Sql merge_facts{"SELECT listed, added_at_ms, CASE WHEN retired_at_ms IS NULL THEN 0 ELSE 1 END FROM assets WHERE id = $1"};

constexpr Sql asset_columns{"id, name, address, os, place, first_seen_at_ms, last_seen_at_ms, retired_at_ms, merged_into"};
model::Asset read_asset(Row& row) {
    return {.id = row.next<model::AssetId>(),
            .name = row.next<std::string>(),
            .address = row.next<std::string>(),
            .os = row.next<std::string>(),
            .place = row.next<std::string>(),
            .first_seen_at = row.next<Timestamp>(),
            .last_seen_at = row.next<Timestamp>(),
            .retired_at = row.next<std::optional<Timestamp>>(),
            .merged_into = row.next<model::AssetId>()};
}
constexpr auto asset_by_id = "SELECT " + asset_columns + " FROM assets WHERE id = $1";
constexpr auto on_books = "SELECT " + asset_columns + " FROM assets WHERE id IN (SELECT asset FROM dispositions WHERE on_books = 1) ORDER BY id";
constexpr Sql last_at{"SELECT asset FROM asset_identifiers WHERE kind = 'address' AND value = $1 ORDER BY last_at_ms DESC, asset LIMIT 1"};

Result<void> carry(Tx& tx, model::AssetId asset, const model::Observation& observation) {
    for (const model::Identifier& identifier : observation.identifiers) {
        TRY(tx.db().run(carry_identifier, asset, model::name_of(identifier.kind), identifier.value, observation.source, observation.seen_at,
                        observation.seen_at, observation.until));
    }
    for (const auto& [name, value] : observation.attributes) {
        TRY(tx.db().run(carry_attribute, asset, name, observation.source, value, observation.seen_at));
    }
    return {};
}

Result<void> give_reason(Tx& tx, model::AssetId asset, std::string_view reason) {
    TRY(tx.db().run(add_reason, asset, reason, tx.now()));
    return {};
}

Result<model::Asset> unmerged(Tx& tx, model::AssetId id) {
    TRY(auto asset, tx.db().first(asset_by_id, read_asset, id));
    if (!asset) return fail(ErrorCode::not_found, fmt::format("there is no asset {}", id.value));
    if (asset->merged_into) {
        return fail(ErrorCode::wrong_state, fmt::format("asset {} was merged into asset {}", id.value, asset->merged_into.value));
    }
    return *std::move(asset);
}

Result<void> move_carried(Tx& tx, model::AssetId into, model::AssetId from) {
    TRY(const auto identifiers, identifiers_of(tx, from));
    for (const CarriedIdentifier& c : identifiers) {
        TRY(tx.db().run(carry_identifier, into, model::name_of(c.identifier.kind), c.identifier.value, c.source, c.first_at, c.last_at, c.until));
    }
    TRY(const auto attributes, attributes_carried(tx, from));
    for (const CarriedAttribute& a : attributes) TRY(tx.db().run(carry_attribute, into, a.name, a.source, a.value, a.at));
    TRY(tx.db().run(drop_identifiers, from));
    TRY(tx.db().run(drop_attributes, from));
    return {};
}

}  // namespace

Result<model::ImportId> insert_import(Tx& tx, const ImportRow& row) {
    return tx.db().insert<model::ImportId>(add_import, row.source, row.format, row.name, row.sha256, row.rows, row.accepted, row.refused,
                                           row.new_assets, row.at, write_messages(row.messages), row.by);
}

Result<void> finish_import(Tx& tx, const ImportRow& row) {
    TRY(const int64_t finished, tx.db().run(total_import, row.id, row.rows, row.accepted, row.refused, row.new_assets, write_messages(row.messages)));
    if (finished == 0) return fail(ErrorCode::wrong_state, fmt::format("import {} has its totals already", row.id.value));
    return {};
}

Result<std::vector<ImportRow>> list_imports(Tx& tx) {
    return tx.db().all(all_imports, read_import);
}

Result<model::ObservationId> insert_observation(Tx& tx, const model::Observation& observation) {
    TRY(const auto id, tx.db().insert<model::ObservationId>(add_observation, observation.source, observation.import, observation.row,
                                                            observation.seen_at, observation.until, write_pairs(observation.attributes)));
    int position = 0;
    for (const model::Identifier& identifier : observation.identifiers) {
        TRY(tx.db().run(add_identifier, id, position++, model::name_of(identifier.kind), identifier.value));
    }
    return id;
}

Result<std::vector<model::Observation>> observations_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    TRY(auto observations, tx.db().all(observations_about, read_observation, found.id));
    for (model::Observation& observation : observations) {
        TRY(observation.identifiers,
            tx.db().all(
                identifiers_in,
                [](Row& row) { return model::Identifier{.kind = row.named(model::identifier_kind_from), .value = row.next<std::string>()}; },
                observation.id));
    }
    return observations;
}

Result<std::vector<Holder>> holders_of(Tx& tx, const model::Identifier& identifier) {
    return tx.db().all(
        holders,
        [](Row& row) {
            return Holder{.asset = row.next<model::AssetId>(),
                          .first_at = row.next<Timestamp>(),
                          .last_at = row.next<Timestamp>(),
                          .until = row.next<std::optional<Timestamp>>()};
        },
        model::name_of(identifier.kind), identifier.value);
}

Result<std::vector<CarriedIdentifier>> identifiers_of(Tx& tx, model::AssetId asset) {
    return tx.db().all(carried, read_carried, asset);
}

Result<std::vector<CarriedAttribute>> attributes_carried(Tx& tx, model::AssetId asset) {
    return tx.db().all(
        attributes_of,
        [](Row& row) {
            return CarriedAttribute{
                .name = row.next<std::string>(), .source = row.next<std::string>(), .value = row.next<std::string>(), .at = row.next<Timestamp>()};
        },
        asset);
}

Result<model::AssetId> insert_asset(Tx& tx, std::string_view reason) {
    TRY(const auto id, tx.db().insert<model::AssetId>(add_asset, tx.now()));
    TRY(give_reason(tx, id, reason));
    derive_later(tx, id);
    return id;
}

Result<void> attach_observation(Tx& tx, model::AssetId asset, const model::Observation& observation, std::string_view reason) {
    TRY([[maybe_unused]] const model::Asset found, unmerged(tx, asset));
    TRY(tx.db().run(attach, observation.id, asset));
    TRY(carry(tx, asset, observation));
    TRY(give_reason(tx, asset, reason));
    if (observation.import) TRY(tx.db().run(name_in_list, asset));
    TRY(tx.db().run(bring_back, asset, observation.seen_at));
    derive_later(tx, asset);
    return {};
}

Result<void> merge_assets(Tx& tx, model::AssetId into, model::AssetId from, std::string_view reason) {
    if (into == from) return fail(ErrorCode::invalid, fmt::format("asset {} cannot be merged into itself", into.value));
    TRY([[maybe_unused]] const model::Asset kept, unmerged(tx, into));
    TRY([[maybe_unused]] const model::Asset gone, unmerged(tx, from));
    struct Facts {
        bool listed, retired;
        Timestamp added_at;
    };
    TRY(const auto facts, tx.db().first(
                              merge_facts,
                              [](Row& row) {
                                  const bool listed = row.next<bool>();
                                  const auto added_at = row.next<Timestamp>();
                                  return Facts{.listed = listed, .retired = row.next<bool>(), .added_at = added_at};
                              },
                              from));
    TRY(move_carried(tx, into, from));
    TRY(tx.db().run(merge, into, from));
    TRY(tx.db().run(inherit, into, facts->listed, facts->added_at, facts->retired));
    TRY(give_reason(tx, into, fmt::format("asset {} is the same machine: {}", from.value, reason)));
    derive_later(tx, from);
    derive_later(tx, into);
    return {};
}

Result<void> retire_asset(Tx& tx, model::AssetId asset, model::PersonId by, std::string_view reason) {
    TRY(const model::Asset found, unmerged(tx, asset));
    if (found.retired_at) {
        return fail(ErrorCode::wrong_state, fmt::format("asset {} was retired already, at {}", asset.value, base::to_rfc3339(*found.retired_at)));
    }
    TRY(tx.db().run(retire, asset, tx.now()));
    TRY(give_reason(tx, asset, fmt::format("retired by person {} at {}: {}", by.value, base::to_rfc3339(tx.now()), reason)));
    derive_later(tx, asset);
    return {};
}

Result<model::Asset> find_asset(Tx& tx, model::AssetId id) {
    TRY(settle(tx));
    TRY(auto asset, tx.db().first(asset_by_id, read_asset, id));
    if (asset && asset->merged_into) {
        TRY(asset, tx.db().first(asset_by_id, read_asset, asset->merged_into));
    }
    if (!asset) return fail(ErrorCode::not_found, fmt::format("there is no asset {}", id.value));
    return *std::move(asset);
}

Result<std::vector<std::string>> reasons_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    return tx.db().all(reasons, [](Row& row) { return row.next<std::string>(); }, found.id);
}

Result<std::vector<model::Asset>> assets_on_books(Tx& tx) {
    TRY(settle(tx));
    return tx.db().all(on_books, read_asset);
}

Result<std::optional<model::AssetId>> asset_at(Tx& tx, const Address& address) {
    return tx.db().first(last_at, [](Row& row) { return row.next<model::AssetId>(); }, address.text());
}

}  // namespace douse::store
