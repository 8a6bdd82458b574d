// SPDX-License-Identifier: Apache-2.0
// The organisation that a drill plays: buildings, machines, and what their owner's lists say of them. Pure: the same
// numbers give the same organisation on every machine.
//
// Addresses: the console's network 10.20.0.0/24 (router .1, console .2); building k 10.20.(10k).0/25 with its gateway at .1,
// up to 60 machines each; the exempt device alone in 10.20.200.0/29; the outsider in 10.30.0.0/24.
#pragma once

#include "base/address.hpp"
#include "base/error.hpp"
#include "drill/kinds.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace douse::drill {

inline constexpr size_t most_machines = 300;
inline constexpr size_t machines_per_building = 60;
inline constexpr size_t all_kinds_from = 24;  // machines; from here up every kind occurs

struct Segment {       // one network behind the router
    std::string name;  // a building's name as people say it; "appliances" for the exempt device's
    AddressRange range;
    int prefix = 0;
    Address gateway;
};

struct Interface {
    std::string name;    // eth0
    size_t segment = 0;  // in Organisation::segments
    Address address;
    base::Mac mac;
};

struct Machine {
    size_t number = 0;  // 0, 1, ... in Organisation::machines; the outsider's is machines.size()
    Kind kind = Kind::plain;
    std::string name;        // its host name; shared by the two of a same_name pair
    std::string machine_id;  // 32 hex digits
    std::string guid;        // its object in the directory
    Service service = Service::vulnerable;
    bool infected_at_start = false;
    bool in_directory = true;
    bool in_dhcp = true;
    std::vector<Interface> interfaces;

    [[nodiscard]] const Address& address() const { return interfaces.front().address; }
    // Distinct in one run: the name, and for the second of a pair a "#2" behind it.
    std::string label;
};

struct Ghost {  // in the directory, and nowhere else
    std::string name;
    std::string guid;
    size_t segment = 0;
};

struct Organisation {
    uint64_t seed = 0;
    std::vector<Segment> segments;  // the buildings, then the exempt device's if there is one
    size_t buildings = 0;
    std::vector<Machine> machines;  // all that count: in scope, exempt and unlisted included
    std::vector<Ghost> ghosts;
    Segment outside;
    Machine outsider;

    [[nodiscard]] std::vector<const Machine*> real_machines() const;  // `machines` and the outsider
    // What an Incident Owner would enter: the buildings and the exempt segment, not the outsider, not the console's network.
    [[nodiscard]] std::vector<AddressRange> scope_ranges() const;
    [[nodiscard]] const Segment& segment_of(const Machine& machine, const Interface& interface) const;
};

inline constexpr std::string_view console_network = "10.20.0.0/24";
inline constexpr std::string_view console_gateway = "10.20.0.1";
inline constexpr std::string_view console_address = "10.20.0.2";
inline constexpr std::string_view domain = "drill.example";
inline constexpr std::string_view exempt_role = "meter";  // in the name of the exempt device, and of no other machine

// invalid: fewer than 1 or more than most_machines.
[[nodiscard]] Result<Organisation> draw_organisation(size_t machines, uint64_t seed);
// The same with the kinds given, for small labs; a same_name stands for one of a pair, so it comes in twos.
[[nodiscard]] Result<Organisation> organisation_of(std::span<const Kind> kinds_wanted, uint64_t seed);

}  // namespace douse::drill
