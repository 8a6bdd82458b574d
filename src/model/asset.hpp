// SPDX-License-Identifier: Apache-2.0
// Machines and what is claimed about them.
#pragma once

#include "base/clock.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::model {

// What may identify a machine, weakest last. See inventory/resolve.hpp for what each is worth.
enum class IdentifierKind { machine_id, directory_guid, serial, ssh_host_key, mac, dns_name, host_name, address };
[[nodiscard]] std::string_view name_of(IdentifierKind kind);
[[nodiscard]] std::optional<IdentifierKind> identifier_kind_from(std::string_view name);

// `value` is normalised: lower case, MACs with colons, names without trailing dot, addresses as base::Address::text().
struct Identifier {
    IdentifierKind kind = IdentifierKind::address;
    std::string value;
    auto operator<=>(const Identifier&) const = default;
};

// One source's timed claim about a machine. Attributes are the source's own words (os, ou, enabled, last_logon_ms ...).
struct Observation {
    ObservationId id;
    std::string source;              // "directory", "dhcp", "sweep", "inside"
    ImportId import;                 // none for looks of our own
    int64_t row = 0;                 // line or record in the file it came from
    Timestamp seen_at{};             // when the source saw the machine; not when it was imported
    std::optional<Timestamp> until;  // a lease's end
    std::vector<Identifier> identifiers;
    std::vector<std::pair<std::string, std::string>> attributes;
};

struct Asset {
    AssetId id;
    std::string name;     // best host name, else best address
    std::string address;  // newest address known, or empty
    std::string os;
    std::string place;  // building or OU, as a source names it
    Timestamp first_seen_at{};
    Timestamp last_seen_at{};
    std::optional<Timestamp> retired_at;
    AssetId merged_into;  // none: it is a machine of its own
};

}  // namespace douse::model
