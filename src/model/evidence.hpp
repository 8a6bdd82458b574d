// SPDX-License-Identifier: Apache-2.0
// Evidence: the timed answer of one check about one asset, and the history that it is weighed with.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "model/disposition.hpp"
#include "model/fact.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace douse::model {

enum class Origin { outside, inside, program, person, import };
[[nodiscard]] std::string_view name_of(Origin origin);
[[nodiscard]] std::optional<Origin> origin_from(std::string_view name);

struct Evidence {
    EvidenceId id;
    AssetId asset;
    std::string check;       // the check's id in the playbook; `platform_check` for who the machine is
    std::string check_hash;  // of the check without examples and notes
    Origin origin = Origin::outside;
    Verdict says = Verdict::unknown;
    bool real_look = true;  // false: the machine or the service could not be reached
    bool hint = false;      // never a verdict
    bool mitigated = false;
    std::string because;  // a sentence: the rule's why, or what was missing
    Facts facts;
    Timestamp taken_at{};
    Timestamp valid_until{};
    SweepId sweep;                   // none: taken for an attempt or on demand
    std::optional<Address> address;  // where it was asked
};

// The reserved check under which an inside visit stores os, distro, release and arch (facts of the same names).
inline constexpr std::string_view platform_check = "platform";

enum class AttemptState { queued, sent, running, succeeded, failed, unreachable, expired, cancelled, fate_unknown };

// The end of an attempt as far as evidence is concerned.
struct AttemptEnd {
    AttemptId id;
    AttemptState state = AttemptState::queued;
    bool ran_a_step = false;  // or may have
    Timestamp ended_at{};
};

// Everything about one asset that a disposition follows from. Evidence in order of taking, oldest first.
struct AssetHistory {
    AssetId asset;
    std::vector<Evidence> evidence;
    std::vector<AttemptEnd> attempts;
    std::optional<Timestamp> exempt_until;  // an approved exemption's end
    bool isolation_active = false;          // active and confirmed
    std::string playbook_sha256;            // empty: no incident, everything is unknown
    std::string playbook_text;
};

struct Assessment {
    Verdict vulnerability = Verdict::unknown;
    Verdict infection = Verdict::unknown;
    bool mitigated = false;
    Disposition disposition = Disposition::unknown;
    std::string because;                   // the sentence shown beside the disposition
    std::optional<Timestamp> evidence_at;  // of the newest evidence that speaks
    std::optional<Timestamp> changes_at;   // when time alone may change it (decay, exemption's end)
    std::vector<EvidenceId> speaks;        // the evidence that decided, both axes
    bool operator==(const Assessment&) const = default;
};

}  // namespace douse::model
