// SPDX-License-Identifier: Apache-2.0
#include "drill/organisation.hpp"

#include "drill/chance.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace douse::drill {
namespace {

constexpr std::array<std::string_view, 5> building_names{"North", "South", "Works", "Harbour", "Annex"};
constexpr std::array<std::string_view, 5> building_codes{"nor", "sou", "wrk", "hrb", "anx"};
constexpr std::array<std::string_view, 5> roles{"pc", "nb", "srv", "lab", "desk"};
static_assert(building_names.size() * machines_per_building >= most_machines);

// Kinds of which a drill of 24 or more has one each, and a smaller one a seed's share of.
constexpr std::array<Kind, 15> awkward{Kind::needs_reboot, Kind::no_credentials,  Kind::in_no_list,   Kind::late_laptop,     Kind::lying_executor,
                                       Kind::same_name,    Kind::slow_link,       Kind::hanging_sshd, Kind::exempt_device,   Kind::two_interfaces,
                                       Kind::disk_full,    Kind::already_patched, Kind::dpkg_locked,  Kind::without_service, Kind::host_key_changed};
constexpr size_t share_of_a_seed = 3;  // seeds 1 to 5 together: all fifteen
static_assert(share_of_a_seed * 5 == awkward.size());

size_t places_of(Kind kind) {
    return kind == Kind::same_name ? 2 : 1;
}

void put(std::vector<Kind>& chosen, Kind kind) {
    chosen.insert(chosen.end(), places_of(kind), kind);
}

Kind draw(Chance& chance, std::span<const Kind> among) {
    int total = 0;
    for (Kind kind : among) total += row_of(kind).weight;
    auto left = static_cast<int>(chance.below(static_cast<size_t>(total)));
    for (Kind kind : among)
        if ((left -= row_of(kind).weight) < 0) return kind;
    return Kind::plain;
}

// From 24 machines: one of each awkward kind, the rest drawn by weight. Below: half of the places at most, the seed's share
// first, so that plain machines are always there.
std::vector<Kind> choose_kinds(size_t machines, uint64_t seed, Chance& chance) {
    std::vector<Kind> chosen;
    std::vector<Kind> pool;
    if (machines >= all_kinds_from) {
        for (Kind kind : awkward) put(chosen, kind);
        for (const auto& row : kinds)
            if (row.weight > 0) pool.push_back(row.kind);
        while (chosen.size() < machines) chosen.push_back(draw(chance, pool));
        return chosen;
    }
    const size_t room = machines / 2;
    std::vector<Kind> order;
    for (size_t i = 0; i < awkward.size(); ++i)
        order.push_back(awkward[((seed + awkward.size() - 1) % awkward.size() * share_of_a_seed + i) % awkward.size()]);
    std::vector<Kind> rest(order.begin() + share_of_a_seed, order.end());
    chance.shuffle(rest);
    std::copy(rest.begin(), rest.end(), order.begin() + share_of_a_seed);
    for (Kind kind : order)
        if (chosen.size() + places_of(kind) <= room) put(chosen, kind);
    chosen.resize(machines, Kind::plain);
    return chosen;
}

std::string hex_digits(Chance& chance, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += "0123456789abcdef"[chance.below(16)];
    return text;
}

std::string guid(Chance& chance) {
    return fmt::format("{}-{}-4{}-a{}-{}", hex_digits(chance, 8), hex_digits(chance, 4), hex_digits(chance, 3), hex_digits(chance, 3),
                       hex_digits(chance, 12));
}

Segment segment(std::string name, uint32_t network, int prefix) {
    const uint32_t size = 1U << (32 - prefix);
    return {.name = std::move(name),
            .range = {Address::v4(network), Address::v4(network + size - 1)},
            .prefix = prefix,
            .gateway = Address::v4(network + 1)};
}

constexpr uint32_t net(uint32_t a, uint32_t b, uint32_t c) {
    return a << 24 | b << 16 | c << 8;
}

class Builder {
public:
    Builder(uint64_t seed, size_t machines) : chance_(seed * 0x51ed270b0a1f3d77ULL + machines) { organisation_.seed = seed; }

    Chance& chance() { return chance_; }

    Organisation build(std::vector<Kind> chosen) {
        chance_.shuffle(chosen);
        lay_out(chosen);
        size_t pair_building = 0;  // the second of a pair is in another building: one unit of the directory has no name twice
        bool second = false;
        for (size_t i = 0; i < chosen.size(); ++i) {
            size_t building = i % organisation_.buildings;
            if (chosen[i] == Kind::same_name) {
                if (second) building = (pair_building + 1) % organisation_.buildings;
                pair_building = building;
                second = !second;
            }
            add_machine(chosen[i], building);
        }
        pair_names();
        choose_lists();
        choose_infected();
        add_ghosts();
        add_outsider();
        return std::move(organisation_);
    }

private:
    void lay_out(const std::vector<Kind>& chosen) {
        auto& o = organisation_;
        o.buildings = std::max<size_t>(2, (chosen.size() + machines_per_building - 1) / machines_per_building);
        for (size_t k = 0; k < o.buildings; ++k)
            o.segments.push_back(segment(std::string(building_names[k]), net(10, 20, static_cast<uint32_t>(10 * (k + 1))), 25));
        if (std::ranges::count(chosen, Kind::exempt_device) > 0) o.segments.push_back(segment("Appliances", net(10, 20, 200), 29));
        o.outside = segment("Other company", net(10, 30, 0), 24);
    }

    Address free_address(size_t where) {
        const uint32_t network = organisation_.segments[where].range.first.v4_value();
        for (;;) {
            const Address address = Address::v4(network + 10 + static_cast<uint32_t>(chance_.below(112)));
            if (taken_.insert(address).second) return address;
        }
    }

    base::Mac free_mac() {
        ++macs_;
        base::Mac mac;  // locally administered, so that no maker's range is claimed
        mac.bytes = {0x02,
                     0xd0,
                     static_cast<uint8_t>(chance_.below(256)),
                     static_cast<uint8_t>(chance_.below(256)),
                     static_cast<uint8_t>(macs_ >> 8),
                     static_cast<uint8_t>(macs_)};
        return mac;
    }

    void add_machine(Kind kind, size_t building) {
        auto& o = organisation_;
        const size_t number = o.machines.size();
        const bool exempt = kind == Kind::exempt_device;
        const std::string_view role = exempt ? exempt_role : kind == Kind::late_laptop ? "nb" : roles[chance_.below(roles.size())];
        Machine machine{.number = number,
                        .kind = kind,
                        .name = fmt::format("{}-{}-{:03}", building_codes[building], role, number + 1),
                        .machine_id = hex_digits(chance_, 32),
                        .guid = guid(chance_),
                        .service = row_of(kind).service,
                        .interfaces = {},
                        .label = {}};
        const size_t home = exempt ? o.buildings : building;
        const Address address = exempt ? Address::v4(o.segments[home].range.first.v4_value() + 2) : free_address(home);
        machine.interfaces.push_back({"eth0", home, address, free_mac()});
        if (kind == Kind::two_interfaces) {
            const size_t second = (building + 1) % o.buildings;
            machine.interfaces.push_back({"eth1", second, free_address(second), free_mac()});
        }
        o.machines.push_back(std::move(machine));
    }

    void pair_names() {
        Machine* first = nullptr;
        for (auto& machine : organisation_.machines) {
            machine.label = machine.name;
            if (machine.kind != Kind::same_name) continue;
            if (first == nullptr) {
                first = &machine;
                continue;
            }
            machine.name = first->name;
            machine.label = machine.name + "#2";
            first = nullptr;
        }
    }

    // Most machines are in both lists, some in one only, the unlisted in none. A pair and a machine with two interfaces are in
    // both, because there they are hard.
    void choose_lists() {
        for (auto& machine : organisation_.machines) {
            if (machine.kind == Kind::in_no_list) {
                machine.in_directory = machine.in_dhcp = false;
            } else if (machine.kind != Kind::same_name && machine.kind != Kind::two_interfaces && machine.kind != Kind::exempt_device) {
                const size_t roll = chance_.below(one_list_in);
                machine.in_dhcp = roll != 0;
                machine.in_directory = roll != 1;
            }
        }
    }

    void choose_infected() {
        std::vector<Machine*> plain;
        std::vector<Machine*> stubborn;
        for (auto& machine : organisation_.machines) {
            if (machine.kind == Kind::plain) plain.push_back(&machine);
            if (must_need_hands(machine.kind)) stubborn.push_back(&machine);
            // Its lock is taken when `clean` ends there, and where there is nothing to clean the step is passed over.
            if (machine.kind == Kind::dpkg_locked) machine.infected_at_start = true;
        }
        chance_.shuffle(plain);
        chance_.shuffle(stubborn);
        const size_t wanted = 1 + organisation_.machines.size() / machines_per_infected;
        for (size_t i = 0; i < std::min(wanted, plain.size()); ++i) plain[i]->infected_at_start = true;
        if (!stubborn.empty() && chance_.happens(stubborn_infected_rate)) stubborn.front()->infected_at_start = true;
        if (plain.empty() && !organisation_.machines.empty()) infect_any();
    }

    void infect_any() {
        for (auto& machine : organisation_.machines)
            if (machine.service == Service::vulnerable && machine.kind != Kind::exempt_device && machine.kind != Kind::late_laptop) {
                machine.infected_at_start = true;
                return;
            }
    }

    void add_ghosts() {
        auto& o = organisation_;
        const size_t count = 1 + o.machines.size() / machines_per_ghost;
        for (size_t i = 0; i < count; ++i) {
            const size_t building = chance_.below(o.buildings);
            o.ghosts.push_back({fmt::format("{}-old-{:03}", building_codes[building], i + 1), guid(chance_), building});
        }
    }

    void add_outsider() {
        auto& o = organisation_;
        o.outsider = {.number = o.machines.size(),
                      .kind = Kind::outsider,
                      .name = "other-company-007",
                      .machine_id = hex_digits(chance_, 32),
                      .guid = guid(chance_),
                      .service = row_of(Kind::outsider).service,
                      .in_directory = false,
                      .in_dhcp = true,  // the two companies share a server, whose list knows no border
                      .interfaces = {{"eth0", 0, Address::v4(o.outside.range.first.v4_value() + 7), free_mac()}},
                      .label = "other-company-007"};
    }

    Chance chance_;
    Organisation organisation_;
    std::set<Address> taken_;
    uint32_t macs_ = 0;
};

Result<void> check_size(size_t machines) {
    if (machines == 0 || machines > most_machines)
        return fail(ErrorCode::invalid, fmt::format("a drill has 1 to {} machines, not {}", most_machines, machines));
    return {};
}

}  // namespace

std::vector<const Machine*> Organisation::real_machines() const {
    std::vector<const Machine*> all;
    for (const auto& machine : machines) all.push_back(&machine);
    all.push_back(&outsider);
    return all;
}

std::vector<AddressRange> Organisation::scope_ranges() const {
    std::vector<AddressRange> ranges;
    for (const auto& each : segments) ranges.push_back(each.range);
    return ranges;
}

const Segment& Organisation::segment_of(const Machine& machine, const Interface& interface) const {
    return machine.kind == Kind::outsider ? outside : segments[interface.segment];
}

Result<Organisation> draw_organisation(size_t machines, uint64_t seed) {
    TRY(check_size(machines));
    Builder builder(seed, machines);
    auto chosen = choose_kinds(machines, seed, builder.chance());
    return builder.build(std::move(chosen));
}

Result<Organisation> organisation_of(std::span<const Kind> kinds_wanted, uint64_t seed) {
    TRY(check_size(kinds_wanted.size()));
    if (std::ranges::count(kinds_wanted, Kind::same_name) % 2 != 0) return fail(ErrorCode::invalid, "machines with one name come in pairs");
    if (std::ranges::count(kinds_wanted, Kind::exempt_device) > 1) return fail(ErrorCode::invalid, "a drill has one exempt device at most");
    for (Kind kind : kinds_wanted)
        if (kind == Kind::ghost || kind == Kind::outsider)
            return fail(ErrorCode::invalid, fmt::format("\"{}\" comes on top and can't be asked for", name_of(kind)));
    return Builder(seed, kinds_wanted.size()).build({kinds_wanted.begin(), kinds_wanted.end()});
}

}  // namespace douse::drill
