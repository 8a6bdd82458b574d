// SPDX-License-Identifier: Apache-2.0
// Observations and the assets that they were resolved into. Who belongs to whom is decided in inventory/resolve.hpp;
// this header only keeps it. A merged asset keeps its row, which points at the one it became.
#pragma once

#include "base/address.hpp"
#include "model/asset.hpp"
#include "store/store.hpp"

namespace douse::store {

struct ImportRow {
    model::ImportId id;
    std::string source, format, name;
    std::string sha256;  // of the file
    int64_t rows = 0, accepted = 0, refused = 0, new_assets = 0;
    Timestamp at{};
    std::vector<std::string> messages;
    model::PersonId by;
};
Result<model::ImportId> insert_import(Tx& tx, const ImportRow& row);
Result<void> finish_import(Tx& tx, const ImportRow& row);  // the totals, once
Result<std::vector<ImportRow>> list_imports(Tx& tx);

Result<model::ObservationId> insert_observation(Tx& tx, const model::Observation& observation);
Result<std::vector<model::Observation>> observations_of(Tx& tx, model::AssetId asset);  // newest first

struct Holder {  // an asset that carries an identifier
    model::AssetId asset;
    Timestamp first_at{}, last_at{};
    std::optional<Timestamp> until;
};
Result<std::vector<Holder>> holders_of(Tx& tx, const model::Identifier& identifier);  // never a merged asset
struct CarriedIdentifier {
    model::Identifier identifier;
    std::string source;
    Timestamp first_at{}, last_at{};
    std::optional<Timestamp> until;
};
Result<std::vector<CarriedIdentifier>> identifiers_of(Tx& tx, model::AssetId asset);
struct CarriedAttribute {  // the newest that each source says
    std::string name, source, value;
    Timestamp at{};
};
Result<std::vector<CarriedAttribute>> attributes_carried(Tx& tx, model::AssetId asset);

Result<model::AssetId> insert_asset(Tx& tx, std::string_view reason);
// Adds the observation's identifiers and attributes to the asset, with the reason for the match; brings a retired asset that was
// seen after its retirement back as unknown. Derives the asset.
Result<void> attach_observation(Tx& tx, model::AssetId asset, const model::Observation& observation, std::string_view reason);
Result<void> merge_assets(Tx& tx, model::AssetId into, model::AssetId from, std::string_view reason);
Result<void> retire_asset(Tx& tx, model::AssetId asset, model::PersonId by, std::string_view reason);  // wrong_state if retired

Result<model::Asset> find_asset(Tx& tx, model::AssetId id);  // follows merges
Result<std::vector<std::string>> reasons_of(Tx& tx, model::AssetId asset);
Result<std::vector<model::Asset>> assets_on_books(Tx& tx);                       // in scope, not retired, not merged; by id
Result<std::optional<model::AssetId>> asset_at(Tx& tx, const Address& address);  // the one last seen there

}  // namespace douse::store
