// SPDX-License-Identifier: Apache-2.0
// Inside the store: the derived row of an asset, and its history as the Deriver is given it.
#pragma once

#include "store/derive.hpp"
#include "store/evidence_rows.hpp"

namespace douse::store {

struct DerivedRow {
    model::AssetId asset;
    bool on_books = false;
    bool retired = false;
    model::Assessment assessment;
    Timestamp since{};
};
Result<std::optional<DerivedRow>> find_derived(Tx& tx, model::AssetId asset);
Result<void> put_derived(Tx& tx, const DerivedRow& row);
Result<model::AssetHistory> history_under(Tx& tx, model::AssetId asset, const Circumstances& circumstances);  // of an unmerged asset

}  // namespace douse::store
