// SPDX-License-Identifier: Apache-2.0
// Incidents, exemptions, host key changes, the ledger: the rows that people decide about.
#pragma once

#include "base/clock.hpp"
#include "model/ids.hpp"
#include "model/person.hpp"

#include <optional>
#include <string>
#include <vector>

namespace douse::model {

enum class IncidentState { active, stable, closed };
[[nodiscard]] std::string_view name_of(IncidentState state);
[[nodiscard]] std::optional<IncidentState> incident_state_from(std::string_view name);

struct Incident {
    IncidentId id;
    std::string name;
    IncidentState state = IncidentState::active;
    std::string kind;  // "drill" for incidents that a drill made, else "outbreak"
    std::string playbook_id;
    int64_t playbook_version = 0;
    std::string playbook_sha256;
    PersonId owner;
    Timestamp opened_at{};
    std::optional<Timestamp> closed_at;
};

enum class RequestState { asked, approved, declined, expired };
[[nodiscard]] std::string_view name_of(RequestState state);
[[nodiscard]] std::optional<RequestState> request_state_from(std::string_view name);

struct Exemption {
    ExemptionId id;
    AssetId asset;
    std::string reason;
    PersonId asked_by;
    PersonId decided_by;
    RequestState state = RequestState::asked;
    Timestamp asked_at{};
    Timestamp expires_at{};
};

// A host answered with another key than the pinned one, or with one that nobody confirmed while only a password could help.
// Unsettled until a person accepts the key that it offered.
struct HostKeyChange {
    HostKeyId id;
    std::string endpoint;  // "10.0.0.7:22"
    std::string pinned;    // empty: it is the first key that was seen there
    std::string offered;
    Timestamp seen_at{};
    PersonId accepted_by;
};

struct LedgerRow {
    int64_t seq = 0;
    Timestamp at{};
    PersonId person;       // none: Douse itself, acting on an approved decision
    std::string action;    // "incident.open", "campaign.approve" ... as in the operations table
    std::string subject;   // "campaign 3"
    std::string detail;    // one JSON object
    std::string previous;  // hash of the row before, hex; 64 zeros for the first
    std::string hash;      // SHA-256 over the other fields, see store/ledger_rows.hpp
};

}  // namespace douse::model
