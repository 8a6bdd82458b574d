// SPDX-License-Identifier: Apache-2.0
// Opening and closing an incident, its scope, exemptions, retirement, the stop switch. Each mutating function writes its ledger
// row in the transaction of its effect.
#pragma once

#include "base/address.hpp"
#include "incident/actor.hpp"
#include "model/incident.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::incident {

inline constexpr uint64_t scope_limit = 1u << 20;  // addresses; a sweep of more is a mistake in a range, not an organisation

enum class Setting { real, drill };  // whether this server was started by a drill

// The playbook must be stored. A playbook of kind drill opens only in a drill, and only such a one does there (denied).
Result<model::Incident> open_incident(store::Store& store, const Actor& actor, Setting setting, std::string_view name, std::string_view playbook_id,
                                      const std::vector<std::string>& ranges);
Result<model::Incident> close_incident(store::Store& store, const Actor& actor, std::string_view reason);

// All or nothing. invalid names the range that can't be read.
Result<void> add_scope(store::Store& store, const Actor& actor, const std::vector<std::string>& ranges);
Result<void> remove_scope(store::Store& store, const Actor& actor, const std::vector<std::string>& ranges);

Result<model::Exemption> ask_exemption(store::Store& store, const Actor& actor, model::AssetId asset, std::string_view reason, Timestamp expires_at);
// denied: one's own request.
Result<model::Exemption> approve_exemption(store::Store& store, const Actor& actor, model::ExemptionId id);
Result<model::Exemption> decline_exemption(store::Store& store, const Actor& actor, model::ExemptionId id, std::string_view reason);

Result<void> retire(store::Store& store, const Actor& actor, model::AssetId asset, std::string_view reason);

Result<void> stop_everything(store::Store& store, const Actor& actor);
Result<void> resume_everything(store::Store& store, const Actor& actor, std::string_view reason);

}  // namespace douse::incident
