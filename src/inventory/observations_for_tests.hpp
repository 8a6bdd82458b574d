// SPDX-License-Identifier: Apache-2.0
// Observations as the readers and the looks make them, in one line each. Included by no product source.
#pragma once

#include "model/asset.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::inventory {

inline void claim(model::Observation& o, model::IdentifierKind kind, std::string_view value) {
    if (!value.empty()) o.identifiers.push_back({kind, std::string(value)});
}

inline model::Observation directory_row(Timestamp seen, std::string_view guid, std::string_view name, std::string_view address = {}) {
    model::Observation o{.source = "directory", .seen_at = seen};
    claim(o, model::IdentifierKind::directory_guid, guid);
    claim(o, model::IdentifierKind::host_name, name);
    claim(o, model::IdentifierKind::address, address);
    o.attributes = {{"os", "Debian GNU/Linux"}, {"place", "North"}};
    return o;
}

inline model::Observation lease_row(Timestamp starts, Timestamp ends, std::string_view address, std::string_view mac, std::string_view name = {}) {
    model::Observation o{.source = "dhcp", .seen_at = starts, .until = ends};
    claim(o, model::IdentifierKind::address, address);
    claim(o, model::IdentifierKind::mac, mac);
    claim(o, model::IdentifierKind::host_name, name);
    return o;
}

inline model::Observation sweep_look(Timestamp at, std::string_view address) {
    model::Observation o{.source = "sweep", .seen_at = at};
    claim(o, model::IdentifierKind::address, address);
    return o;
}

struct Inside {
    std::string address, machine_id = {}, name = {}, host_key = {};
    std::vector<std::string> macs = {}, other_addresses = {};
};
inline model::Observation inside_look(Timestamp at, const Inside& look) {
    model::Observation o{.source = "inside", .seen_at = at};
    claim(o, model::IdentifierKind::address, look.address);
    claim(o, model::IdentifierKind::machine_id, look.machine_id);
    claim(o, model::IdentifierKind::ssh_host_key, look.host_key);
    claim(o, model::IdentifierKind::host_name, look.name);
    for (const auto& mac : look.macs) claim(o, model::IdentifierKind::mac, mac);
    for (const auto& address : look.other_addresses) claim(o, model::IdentifierKind::address, address);
    return o;
}

}  // namespace douse::inventory
