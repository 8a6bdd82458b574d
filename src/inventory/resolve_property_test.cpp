// SPDX-License-Identifier: Apache-2.0
// Laws of identity: the order in which things become known doesn't matter where the data is unambiguous, and nothing that
// contradicts itself is ever one machine.
#include "inventory/observations_for_tests.hpp"
#include "inventory/resolve.hpp"
#include "store/store_for_tests.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <map>

namespace douse::inventory {
namespace {

using namespace std::chrono_literals;

struct Machine {
    int number = 0;
    bool in_directory = true, in_dhcp = true, second_interface = false;
};

std::string address_of(const Machine& m, int interface) {
    return fmt::format("10.{}.0.{}", interface, m.number + 1);
}
std::string mac_of(const Machine& m, int interface) {
    return fmt::format("02:d0:00:00:{:02x}:{:02x}", interface, m.number);
}

// All that can be known of the machine, with its number in `row`.
std::vector<model::Observation> known_of(const Machine& m, Timestamp now) {
    const std::string name = fmt::format("pc-{}", m.number);
    const int interfaces = m.second_interface ? 2 : 1;
    std::vector<model::Observation> all;
    if (m.in_directory) {
        all.push_back(directory_row(now - 3h, fmt::format("0000{:04x}-0000-4000-a000-0000000000ff", m.number), name, address_of(m, 0)));
    }
    Inside look{.address = {}, .machine_id = fmt::format("{:032x}", m.number + 0x1000), .name = name, .host_key = fmt::format("SHA256:{}", m.number)};
    for (int i = 0; i < interfaces; ++i) {
        look.macs.push_back(mac_of(m, i));
        look.other_addresses.push_back(address_of(m, i));
        if (m.in_dhcp) all.push_back(lease_row(now - 2h, now + 6h, address_of(m, i), mac_of(m, i), name));
        all.push_back(sweep_look(now, address_of(m, i)));
    }
    for (int i = 0; i < interfaces; ++i) {
        look.address = address_of(m, i);
        all.push_back(inside_look(now, look));
    }
    for (auto& o : all) o.row = m.number;
    return all;
}

TEST(ResolveLaws, AnyOrderOfUnambiguousObservationsGivesOneAssetAMachine) {
    EXPECT_TRUE(rc::check([] {
        const int machines = *rc::gen::inRange(1, 6);
        store::StoreForTests s;
        std::vector<model::Observation> all;
        for (int n = 0; n < machines; ++n) {
            const Machine machine{.number = n,
                                  .in_directory = *rc::gen::arbitrary<bool>(),
                                  .in_dhcp = *rc::gen::arbitrary<bool>(),
                                  .second_interface = *rc::gen::arbitrary<bool>()};
            for (auto& o : known_of(machine, s.clock.now())) all.push_back(std::move(o));
        }
        for (size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[*rc::gen::inRange<size_t>(0, i)]);
        std::map<int64_t, std::set<model::AssetId>> assets_of;
        std::vector<std::pair<int64_t, model::AssetId>> taken;
        for (const auto& o : all) taken.emplace_back(o.row, s.write([&](store::Tx& tx) { return resolve(tx, o); }).asset);
        std::map<model::AssetId, std::set<int64_t>> machines_of;
        for (const auto& [machine, asset] : taken) {
            const auto now_id = s.read([&](store::Tx& tx) { return store::find_asset(tx, asset); }).id;
            assets_of[machine].insert(now_id);
            machines_of[now_id].insert(machine);
        }
        for (const auto& [machine, assets] : assets_of) RC_ASSERT(assets.size() == 1u);
        for (const auto& [asset, numbers] : machines_of) RC_ASSERT(numbers.size() == 1u);
    }));
}

model::Observation anything(Timestamp now) {
    auto one_of = [](std::vector<std::string> values) { return *rc::gen::elementOf(values); };
    auto maybe = [&](const std::string& value) { return *rc::gen::arbitrary<bool>() ? value : std::string(); };
    const std::string address = fmt::format("10.0.0.{}", *rc::gen::inRange(1, 5));
    const std::string name = fmt::format("pc-{}", *rc::gen::inRange(1, 4));
    const std::string mac = fmt::format("02:d0:00:00:00:0{}", *rc::gen::inRange(1, 5));
    switch (*rc::gen::inRange(0, 4)) {
        case 0: return directory_row(now - 3h, one_of({"0a-1", "0b-2", "0c-3"}), name, maybe(address));
        case 1: return lease_row(now - std::chrono::hours(*rc::gen::inRange(1, 20)), now + 1h, address, mac, maybe(name));
        case 2: return sweep_look(now, address);
        default: {
            Inside look{.address = address,
                        .machine_id = maybe(one_of({"id-1", "id-2", "id-3"})),
                        .name = maybe(name),
                        .host_key = maybe(one_of({"SHA256:x", "SHA256:y"}))};
            if (*rc::gen::arbitrary<bool>()) look.macs.push_back(mac);
            return inside_look(now, look);
        }
    }
}

TEST(ResolveLaws, WhateverIsClaimedNoAssetHasTwoMachineIdsOrTwoDirectoryObjects) {
    EXPECT_TRUE(rc::check([] {
        store::StoreForTests s;
        std::vector<model::AssetId> assets;
        const int count = *rc::gen::inRange(1, 25);
        for (int i = 0; i < count; ++i) {
            s.clock.advance(1min);
            const auto o = anything(s.clock.now());
            assets.push_back(s.write([&](store::Tx& tx) { return resolve(tx, o); }).asset);
        }
        for (const auto asset : assets) {
            const auto id = s.read([&](store::Tx& tx) { return store::find_asset(tx, asset); }).id;
            std::set<std::string> machine_ids, objects;
            for (const auto& c : s.read([&](store::Tx& tx) { return store::identifiers_of(tx, id); })) {
                if (c.identifier.kind == model::IdentifierKind::machine_id) machine_ids.insert(c.identifier.value);
                if (c.identifier.kind == model::IdentifierKind::directory_guid) objects.insert(c.identifier.value);
            }
            RC_ASSERT(machine_ids.size() <= 1u);
            RC_ASSERT(objects.size() <= 1u);
        }
    }));
}

TEST(ResolveLaws, TheOrderOfCandidatesDoesNotMatter) {
    EXPECT_TRUE(rc::check([] {
        const Timestamp now = base::from_ms(1'700'000'000'000);
        std::vector<Candidate> candidates;
        const int count = *rc::gen::inRange(0, 5);
        for (int i = 0; i < count; ++i) {
            Candidate candidate{.asset = model::AssetId(i + 1), .carried = {}};
            const auto o = anything(now);
            for (const auto& identifier : usable(o.identifiers)) {
                candidate.carried.push_back(
                    {.identifier = identifier, .source = o.source, .first_at = o.seen_at, .last_at = o.seen_at, .until = o.until});
            }
            candidates.push_back(std::move(candidate));
        }
        auto asked = anything(now + 1min);
        asked.identifiers = usable(asked.identifiers);
        const auto one = decide(asked, candidates, {.now = now});
        std::ranges::reverse(candidates);
        const auto other = decide(asked, candidates, {.now = now});
        RC_ASSERT(one.asset == other.asset);
        RC_ASSERT(one.reason == other.reason);
        RC_ASSERT(one.merges.size() == other.merges.size());
    }));
}

}  // namespace
}  // namespace douse::inventory
