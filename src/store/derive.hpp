// SPDX-License-Identifier: Apache-2.0
// Inside the store: what is derived from observations, evidence, attempts, exemptions, scope and incident, and when. Whoever
// changes one of these names the assets that it is about (derive_later); they are derived once, at the end of the use case or
// before anything derived is read (settle). An asset's derived row, the counts and the history of changes move together.
#pragma once

#include "model/scope.hpp"
#include "store/mirror.hpp"
#include "store/store.hpp"

#include <span>

namespace douse::store {

void derive_later(Tx& tx, model::AssetId asset);
Result<void> derive_all_later(Tx& tx);  // the incident, its scope or its playbook changed
Result<void> settle(Tx& tx);

// What all assets of one derivation have in common.
struct Circumstances {
    bool incident_open = false;
    model::Scope scope;
    std::string playbook_sha256, playbook_text;
};
Result<Circumstances> circumstances_of(Tx& tx);

enum class History { write, leave };  // leave: `rebuild`, which must not touch it
Result<void> derive(Tx& tx, model::AssetId asset, const Circumstances& circumstances, History history);

// The asset's rows for the mirror: nothing if it was merged away.
Result<std::optional<Mirror::Row>> mirror_row(Database& db, model::AssetId asset);
Result<std::vector<Mirror::Row>> mirror_rows(Database& db);  // of all assets

}  // namespace douse::store
