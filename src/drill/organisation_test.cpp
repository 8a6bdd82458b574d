// SPDX-License-Identifier: Apache-2.0
#include "drill/organisation.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <map>
#include <set>

namespace douse::drill {
namespace {

std::map<Kind, size_t> kinds_of(const Organisation& organisation) {
    std::map<Kind, size_t> count;
    for (const auto& machine : organisation.machines) ++count[machine.kind];
    count[Kind::ghost] = organisation.ghosts.size();
    count[organisation.outsider.kind] += 1;
    return count;
}

TEST(Kinds, StandInTheTableInTheirOrder) {
    for (size_t i = 0; i < kinds.size(); ++i) {
        EXPECT_EQ(static_cast<size_t>(kinds[i].kind), i);
        EXPECT_EQ(kind_from(kinds[i].name), kinds[i].kind);
        if (must_need_hands(kinds[i].kind)) EXPECT_EQ(kinds[i].service, Service::vulnerable) << "an outside look must be able to tell";
    }
}

TEST(Organisation, HasEveryKindFrom24MachinesUp) {
    for (uint64_t seed = 1; seed <= 20; ++seed)
        for (size_t machines : {24, 25, 48, 100, 300}) {
            const auto organisation = draw_organisation(machines, seed).value();
            const auto count = kinds_of(organisation);
            EXPECT_EQ(organisation.machines.size(), machines);
            EXPECT_EQ(count.size(), kind_count) << machines << " machines, seed " << seed;
            EXPECT_EQ(count.at(Kind::same_name), 2U);
            EXPECT_EQ(count.at(Kind::exempt_device), 1U);
        }
}

TEST(Organisation, Of12ShowsEveryKindWithinSeeds1To5) {
    std::set<Kind> seen;
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        const auto count = kinds_of(draw_organisation(12, seed).value());
        for (const auto& [kind, number] : count)
            if (number > 0) seen.insert(kind);
        EXPECT_GE(count.at(Kind::plain), 3U);
    }
    EXPECT_EQ(seen.size(), kind_count);
}

TEST(Organisation, IsTheSameForTheSameNumbers) {
    const auto first = draw_organisation(48, 3).value();
    const auto second = draw_organisation(48, 3).value();
    const auto other = draw_organisation(48, 4).value();
    size_t same_as_other = 0;
    for (size_t i = 0; i < 48; ++i) {
        EXPECT_EQ(first.machines[i].label, second.machines[i].label);
        EXPECT_EQ(first.machines[i].kind, second.machines[i].kind);
        EXPECT_EQ(first.machines[i].address(), second.machines[i].address());
        EXPECT_EQ(first.machines[i].machine_id, second.machines[i].machine_id);
        same_as_other += first.machines[i].machine_id == other.machines[i].machine_id ? 1 : 0;
    }
    EXPECT_EQ(same_as_other, 0U);
}

TEST(Organisation, KeepsItsLawsForAnyNumbers) {
    EXPECT_TRUE(rc::check("addresses, names and scope", [] {
        const auto machines = *rc::gen::inRange<size_t>(1, most_machines + 1);
        const auto seed = *rc::gen::arbitrary<uint32_t>();
        const auto organisation = draw_organisation(machines, seed).value();
        RC_ASSERT(organisation.machines.size() == machines);
        std::set<Address> addresses;
        std::set<base::Mac> macs;
        std::set<std::string> labels;
        std::set<std::string> ids;
        size_t infected = 0;
        const auto scope = organisation.scope_ranges();
        const auto console = AddressRange::parse(console_network).value();
        for (const Machine* machine : organisation.real_machines()) {
            RC_ASSERT(labels.insert(machine->label).second);
            RC_ASSERT(ids.insert(machine->machine_id).second);
            RC_ASSERT(machine->interfaces.size() == (machine->kind == Kind::two_interfaces ? 2U : 1U));
            for (const auto& interface : machine->interfaces) {
                RC_ASSERT(addresses.insert(interface.address).second);
                RC_ASSERT(macs.insert(interface.mac).second);
                RC_ASSERT(interface.mac.is_usable());
                RC_ASSERT(organisation.segment_of(*machine, interface).range.contains(interface.address));
                const bool in_scope = std::ranges::any_of(scope, [&](const AddressRange& range) { return range.contains(interface.address); });
                RC_ASSERT(in_scope == (machine->kind != Kind::outsider));
                RC_ASSERT(!console.contains(interface.address));
            }
            RC_ASSERT(machine->kind != Kind::dpkg_locked || machine->infected_at_start);  // or its lock is never taken
            infected += machine->infected_at_start && machine->kind != Kind::dpkg_locked ? 1 : 0;
            if (machine->infected_at_start)
                RC_ASSERT(machine->service == Service::vulnerable && machine->kind != Kind::exempt_device && machine->kind != Kind::late_laptop);
            RC_ASSERT(machine->kind != Kind::in_no_list || (!machine->in_directory && !machine->in_dhcp));
            RC_ASSERT(machine->in_directory || machine->in_dhcp || machine->kind == Kind::in_no_list || machine->kind == Kind::outsider);
        }
        RC_ASSERT(std::ranges::any_of(organisation.machines, &Machine::infected_at_start));
        RC_ASSERT(infected <= 2 + machines / 16);
    }));
}

TEST(Organisation, RefusesSizesItCannotPlay) {
    EXPECT_EQ(draw_organisation(0, 1).error().code, ErrorCode::invalid);
    EXPECT_TRUE(draw_organisation(most_machines, 1));
    EXPECT_EQ(draw_organisation(most_machines + 1, 1).error().code, ErrorCode::invalid);
}

TEST(OrganisationOf, TakesKindsAsGivenAndRefusesWhatMakesNoSense) {
    const std::vector<Kind> wanted{Kind::plain, Kind::same_name, Kind::same_name, Kind::exempt_device};
    const auto organisation = organisation_of(wanted, 1).value();
    EXPECT_EQ(organisation.machines.size(), 4U);
    std::vector<const Machine*> pair;
    for (const auto& machine : organisation.machines)
        if (machine.kind == Kind::same_name) pair.push_back(&machine);
    ASSERT_EQ(pair.size(), 2U);
    EXPECT_EQ(pair[0]->name, pair[1]->name);
    EXPECT_NE(pair[0]->label, pair[1]->label);
    EXPECT_NE(pair[0]->interfaces[0].segment, pair[1]->interfaces[0].segment);
    for (Kind kind : {Kind::same_name, Kind::ghost, Kind::outsider}) EXPECT_FALSE(organisation_of(std::vector{kind}, 1));
    EXPECT_FALSE(organisation_of(std::vector{Kind::exempt_device, Kind::exempt_device}, 1));
}

}  // namespace
}  // namespace douse::drill
