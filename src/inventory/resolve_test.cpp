// SPDX-License-Identifier: Apache-2.0
// Scenes of one organisation each: what its lists say, what sweeps see, and which machines there are.
#include "inventory/resolve.hpp"
#include "inventory/observations_for_tests.hpp"
#include "store/mirror.hpp"
#include "store/store_for_tests.hpp"

#include <gtest/gtest.h>

namespace douse::inventory {
namespace {

using namespace std::chrono_literals;

class Resolve : public testing::Test {
protected:
    store::StoreForTests s;
    model::ImportId import = s.write([&](store::Tx& tx) {
        return store::insert_import(tx, {.source = "test", .format = "test", .name = "lists", .sha256 = "-", .at = tx.now()});
    });

    Resolution take(model::Observation observation) {
        return s.write([&](store::Tx& tx) { return resolve(tx, std::move(observation)); });
    }
    [[nodiscard]] Timestamp now() const { return s.clock.now(); }

    model::Observation row(std::string_view guid, std::string_view name, std::string_view address = {}) const {
        auto o = directory_row(now() - 24h, guid, name, address);
        o.import = import;
        return o;
    }
    model::Observation lease(std::string_view address, std::string_view mac, std::string_view name = {}) const {
        return lease_row(now() - 2h, now() + 6h, address, mac, name);
    }
    model::Observation sweep(std::string_view address) const { return sweep_look(now(), address); }
    model::Observation inside(const Inside& look) const { return inside_look(now(), look); }

    std::vector<model::AssetId> on_books() {
        std::vector<model::AssetId> ids;
        for (const auto& asset : s.read([](store::Tx& tx) { return store::assets_on_books(tx); })) ids.push_back(asset.id);
        return ids;
    }
    std::string reasons(model::AssetId asset) {
        std::string all;
        for (const auto& reason : s.read([&](store::Tx& tx) { return store::reasons_of(tx, asset); })) all += reason + "\n";
        return all;
    }
};

const std::string guid_a = "aaaaaaaa-0000-4000-a000-000000000001", guid_b = "bbbbbbbb-0000-4000-a000-000000000002";
const std::string mac_a = "02:d0:00:00:00:01", mac_b = "02:d0:00:00:00:02";
const std::string id_a = "0123456789abcdef0123456789abcdef", id_b = "fedcba9876543210fedcba9876543210";

TEST_F(Resolve, ADirectoryRowAndALeaseOfOneMachineAreOneAssetInEitherOrder) {
    const auto listed = take(row(guid_a, "pc-1", "10.0.0.1"));
    EXPECT_TRUE(listed.is_new);
    EXPECT_EQ(take(lease("10.0.0.1", mac_a, "pc-1")).asset, listed.asset);
    const auto leased = take(lease("10.0.0.2", mac_b, "pc-2"));
    EXPECT_EQ(take(row(guid_b, "PC-2.corp.example.", "10.0.0.2")).asset, leased.asset);
    EXPECT_EQ(on_books().size(), 2u);
}

TEST_F(Resolve, TwoMachinesWithOneNameStayTwoThroughListsAndLooks) {
    for (const bool directory_first : {true, false}) {
        store::StoreForTests fresh;
        auto give = [&](model::Observation o) {
            o.import = {};
            return fresh.write([&](store::Tx& tx) { return resolve(tx, std::move(o), {.shared_names = {"pc-7"}}); }).asset;
        };
        std::vector<model::Observation> rows{row(guid_a, "pc-7", "10.0.0.1"), row(guid_b, "pc-7", "10.0.0.2")};
        std::vector<model::Observation> leases{lease("10.0.0.2", mac_b, "pc-7"), lease("10.0.0.1", mac_a, "pc-7"),
                                               lease_row(now() - 700h, now() - 692h, "10.0.0.9", mac_a, "pc-7")};
        for (const auto& o : directory_first ? rows : leases) give(o);
        for (const auto& o : directory_first ? leases : rows) give(o);
        const auto first = give(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "pc-7", .macs = {mac_a}}));
        const auto second = give(inside({.address = "10.0.0.2", .machine_id = id_b, .name = "pc-7", .macs = {mac_b}}));
        EXPECT_NE(first, second);
        EXPECT_EQ(give(row(guid_a, "pc-7", "10.0.0.1")), first);
        EXPECT_EQ(give(row(guid_b, "pc-7", "10.0.0.2")), second);
        EXPECT_EQ(fresh.store->mirror().books().on_books, 2);
    }
}

TEST_F(Resolve, OneMachineWithTwoInterfacesBecomesOneWhenLooksInsideProveIt) {
    take(row(guid_a, "srv-1", "10.0.0.1"));
    const auto first = take(lease("10.0.0.1", mac_a, "srv-1"));
    const auto second = take(lease("10.1.0.1", mac_b, "srv-1"));
    EXPECT_NE(first.asset, second.asset) << "two MACs with one name: two machines until somebody looks";
    take(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "srv-1"}));
    const auto proof = take(inside({.address = "10.1.0.1", .machine_id = id_a, .name = "srv-1"}));
    EXPECT_EQ(proof.asset, first.asset) << "the older one keeps its number";
    EXPECT_EQ(proof.merged, std::vector{second.asset});
    EXPECT_NE(reasons(first.asset).find("same machine-id"), std::string::npos) << reasons(first.asset);
    EXPECT_EQ(on_books(), std::vector{first.asset});
}

TEST_F(Resolve, AnUnlistedMachineIsFoundByTheSweepAndKeptByTheLookInside) {
    const auto seen = take(sweep("10.0.0.77"));
    EXPECT_TRUE(seen.is_new);
    const auto entered = take(inside({.address = "10.0.0.77", .machine_id = id_a, .name = "stray", .macs = {mac_a}}));
    EXPECT_EQ(entered.asset, seen.asset);
    s.clock.advance(1h);
    EXPECT_EQ(take(sweep("10.0.0.77")).asset, seen.asset);
    EXPECT_EQ(on_books().size(), 1u);
}

TEST_F(Resolve, AMachineListedWithoutAnAddressIsJoinedByItsNameOnceLookedInto) {
    const auto listed = take(row(guid_a, "pc-5"));
    const auto ghost = take(row(guid_b, "old-5"));
    EXPECT_EQ(on_books().size(), 2u) << "in scope, because a list names them";
    const auto seen = take(sweep("10.0.0.5"));
    EXPECT_TRUE(seen.is_new);
    const auto entered = take(inside({.address = "10.0.0.5", .machine_id = id_a, .name = "pc-5", .macs = {mac_a}}));
    EXPECT_EQ(entered.asset, listed.asset);
    EXPECT_EQ(entered.merged, std::vector{seen.asset});
    EXPECT_EQ(on_books(), (std::vector{listed.asset, ghost.asset}));
}

TEST_F(Resolve, AMachineThatOnlyDhcpKnowsIsTheOneThatItsLeaseLeadsTo) {
    const auto leased = take(lease("10.0.0.6", mac_a));
    EXPECT_EQ(take(sweep("10.0.0.6")).asset, leased.asset);
    EXPECT_EQ(take(inside({.address = "10.0.0.6", .machine_id = id_a, .name = "pc-6", .macs = {mac_a}})).asset, leased.asset);
    EXPECT_EQ(on_books().size(), 1u);
}

TEST_F(Resolve, AChangedHostKeyIsTheSameMachineAndTheReasonSaysSo) {
    const auto before = take(inside({.address = "10.0.0.8", .machine_id = id_a, .host_key = "SHA256:one", .macs = {mac_a}}));
    s.clock.advance(1h);
    const auto after = take(inside({.address = "10.0.0.8", .machine_id = id_a, .host_key = "SHA256:two", .macs = {mac_a}}));
    EXPECT_EQ(after.asset, before.asset);
    EXPECT_NE(after.reason.find("host key changed"), std::string::npos) << after.reason;
    const auto by_address = take(inside({.address = "10.0.0.8", .host_key = "SHA256:three"}));
    EXPECT_EQ(by_address.asset, before.asset) << "nothing else could be read";
    EXPECT_NE(by_address.reason.find("host key changed"), std::string::npos) << by_address.reason;
}

TEST_F(Resolve, AnExpiredLeaseSaysNothingAboutWhoIsThereNow) {
    const auto before = take(lease_row(now() - 700h, now() - 692h, "10.0.0.9", mac_a, "pc-9"));
    const auto seen = take(sweep("10.0.0.9"));
    EXPECT_NE(seen.asset, before.asset);
    EXPECT_EQ(take(inside({.address = "10.0.0.9", .machine_id = id_b, .name = "pc-10", .macs = {mac_b}})).asset, seen.asset);
}

TEST_F(Resolve, AnotherMachineAtAnOldAddressIsAnother) {
    const auto first = take(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "pc-1", .macs = {mac_a}}));
    s.clock.advance(24h);
    const auto second = take(inside({.address = "10.0.0.1", .machine_id = id_b, .name = "pc-2", .macs = {mac_b}}));
    EXPECT_NE(first.asset, second.asset);
    EXPECT_EQ(take(sweep("10.0.0.1")).asset, second.asset) << "the last one looked at there";
    s.clock.advance(1h);
    const auto moved = take(inside({.address = "10.0.0.44", .machine_id = id_a, .name = "pc-1", .macs = {mac_a}}));
    EXPECT_EQ(moved.asset, first.asset);
    EXPECT_EQ(s.read([&](store::Tx& tx) { return store::find_asset(tx, first.asset); }).address, "10.0.0.44");
}

TEST_F(Resolve, ACopiedImageWithOneMachineIdIsTwoMachines) {
    const auto first = take(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "clone-1", .host_key = "SHA256:k", .macs = {mac_a}}));
    const auto second = take(inside({.address = "10.0.0.2", .machine_id = id_a, .name = "clone-2", .host_key = "SHA256:k", .macs = {mac_b}}));
    EXPECT_NE(first.asset, second.asset);
    EXPECT_EQ(take(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "clone-1", .macs = {mac_a}})).asset, first.asset);
    EXPECT_EQ(take(inside({.address = "10.0.0.2", .machine_id = id_a, .name = "clone-2", .macs = {mac_b}})).asset, second.asset);
}

TEST_F(Resolve, ADockThatIsPassedOnDoesNotUniteItsUsers) {
    const std::string dock = "02:d0:00:00:00:dd";
    const auto first = take(inside({.address = "10.0.0.1", .machine_id = id_a, .name = "nb-1", .macs = {mac_a, dock}}));
    s.clock.advance(24h);
    const auto second = take(inside({.address = "10.0.0.1", .machine_id = id_b, .name = "nb-2", .macs = {mac_b, dock}}));
    EXPECT_NE(first.asset, second.asset);
    EXPECT_EQ(take(lease("10.0.0.1", dock)).asset, second.asset) << "the lease is the newest user's";
}

TEST_F(Resolve, ADirectoryEntryWithAnOutdatedAddressDoesNotTakeOverTheMachineThere) {
    const auto listed = take(row(guid_a, "pc-1", "10.0.0.1"));
    const auto other = take(inside({.address = "10.0.0.1", .machine_id = id_b, .name = "pc-2", .macs = {mac_b}}));
    EXPECT_NE(other.asset, listed.asset);
}

TEST_F(Resolve, ServersOfOneHostNameInTwoDomainsAreTwo) {
    auto web = [&](std::string_view guid, std::string_view domain) {
        auto o = row(guid, "web");
        o.identifiers.push_back({model::IdentifierKind::dns_name, "web." + std::string(domain)});
        return take(o).asset;
    };
    EXPECT_NE(web(guid_a, "a.example"), web(guid_b, "b.example"));
}

TEST_F(Resolve, ANamesakeThatWasJustSeenElsewhereIsAnotherMachine) {
    const auto listed = take(row(guid_a, "pc-1", "10.0.0.1"));
    EXPECT_EQ(take(sweep("10.0.0.1")).asset, listed.asset) << "the only one that is listed there";
    const auto other = take(inside({.address = "10.0.0.2", .machine_id = id_b, .name = "pc-1", .macs = {mac_b}}));
    EXPECT_NE(other.asset, listed.asset);
}

TEST_F(Resolve, AMachineSeenAfterItsRetirementIsBackAndUnknown) {
    const auto listed = take(row(guid_a, "pc-1", "10.0.0.1"));
    s.clock.advance(1h);
    s.write([&](store::Tx& tx) { return store::retire_asset(tx, listed.asset, s.owner, "scrapped"); });
    EXPECT_TRUE(on_books().empty());
    s.clock.advance(1h);
    take(directory_row(now() - 24h, guid_a, "pc-1", "10.0.0.1"));
    EXPECT_TRUE(on_books().empty()) << "an old list does not bring it back";
    take(sweep("10.0.0.1"));
    EXPECT_EQ(on_books(), std::vector{listed.asset});
}

TEST_F(Resolve, WhatNamesNoMachineIsRefused) {
    model::Observation empty{.source = "inside", .seen_at = now()};
    empty.identifiers = {{model::IdentifierKind::host_name, "localhost"},           {model::IdentifierKind::mac, "00:00:00:00:00:00"},
                         {model::IdentifierKind::serial, "To Be Filled By O.E.M."}, {model::IdentifierKind::machine_id, ""},
                         {model::IdentifierKind::address, "169.254.3.4"},           {model::IdentifierKind::mac, "02:42:ac:11:00:02"}};
    const auto refused = s.store->write([&](store::Tx& tx) { return resolve(tx, empty); });
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace douse::inventory
