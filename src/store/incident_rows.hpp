// SPDX-License-Identifier: Apache-2.0
// Incidents with their scope, exemptions and the stop switch. At most one incident is open at a time.
#pragma once

#include "base/address.hpp"
#include "model/incident.hpp"
#include "store/store.hpp"

namespace douse::store {

// Opening, closing, and a change of scope derive every asset anew (the playbook, and who is on the books, changed).
Result<model::IncidentId> insert_incident(Tx& tx, const model::Incident& incident);  // wrong_state: one is open
Result<std::optional<model::Incident>> current_incident(Tx& tx);                     // the open one
Result<void> close_incident(Tx& tx, model::IncidentId id);

Result<void> add_scope(Tx& tx, model::IncidentId id, const std::vector<AddressRange>& ranges);
Result<void> remove_scope(Tx& tx, model::IncidentId id, const std::vector<AddressRange>& ranges);  // not_found: not there as written
Result<std::vector<AddressRange>> list_scope(Tx& tx, model::IncidentId id);

Result<model::ExemptionId> insert_exemption(Tx& tx, const model::Exemption& exemption);
Result<model::Exemption> find_exemption(Tx& tx, model::ExemptionId id);
Result<void> decide_exemption(Tx& tx, model::ExemptionId id, model::RequestState state, model::PersonId by);  // wrong_state; derives
Result<std::vector<model::Exemption>> list_exemptions(Tx& tx);                                                // newest first

struct StopSwitch {
    bool stopped = false;
    Timestamp since{};
    model::PersonId by;
};
Result<void> set_stop(Tx& tx, bool stopped, model::PersonId by);
Result<StopSwitch> get_stop(Tx& tx);

// An acting call by person, operation and key, and the answer that the same key is given again. `claim_call` belongs into the
// transaction of the call's effect; it leaves what is there. `keep_answer` follows when there is an answer.
Result<void> claim_call(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key, std::string_view call);
Result<std::optional<std::string>> find_answer(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key);
Result<void> keep_answer(Tx& tx, model::PersonId person, std::string_view operation, std::string_view key, std::string_view answer);

}  // namespace douse::store
