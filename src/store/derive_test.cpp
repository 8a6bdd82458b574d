// SPDX-License-Identifier: Apache-2.0
// Law 1: whatever happens, each asset on the books is in one disposition, the counts are those of the rows, and all of it can be
// made anew from the rest.
#include "store/campaign_rows.hpp"
#include "store/database.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/mirror.hpp"
#include "store/store_for_tests.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

namespace douse::store {
namespace {

using namespace std::chrono_literals;
using model::Disposition;
using model::Verdict;

class Derive : public testing::Test {
protected:
    StoreForTests s;

    void look(model::AssetId asset, Verdict says, Millis valid = 24h) {
        s.write([&](Tx& tx) -> Result<void> {
            std::vector<model::Evidence> rows{
                {.asset = asset,
                 .check = "c",
                 .check_hash = "h",
                 .says = says,
                 .because = "a look said so",
                 .facts = {{"version", model::Fact::of(std::string("1.0-1\t\n\\"))}, {"port", model::Fact::of(int64_t{22})}},
                 .taken_at = tx.now(),
                 .valid_until = tx.now() + valid}};
            return insert_evidence(tx, rows);
        });
    }
    Disposition disposition(model::AssetId asset) {
        return s.read([&](Tx& tx) { return disposition_of(tx, asset); }).assessment.disposition;
    }
    void expect_balance() {
        const auto counted = s.read([](Tx& tx) { return books(tx); });
        EXPECT_TRUE(counted.balanced());
        EXPECT_EQ(counted, s.read([](Tx& tx) { return recount_books(tx); }));
        EXPECT_EQ(counted, s.store->mirror().books());
        EXPECT_EQ(static_cast<size_t>(counted.on_books), s.read([](Tx& tx) { return assets_on_books(tx); }).size());
    }
    model::AttemptId attempt_on(model::AssetId asset) {
        return s.write([&](Tx& tx) -> Result<model::AttemptId> {
            TRY(const auto campaign, insert_campaign(tx, {.incident = s.incident, .asked_by = s.owner, .created_at = tx.now()}));
            TRY(const auto wave, insert_wave(tx, {.campaign = campaign}));
            TRY(const auto task, insert_task(tx, {.campaign = campaign, .wave = wave, .asset = asset}));
            return insert_attempt(tx, task, 1);
        });
    }
};

TEST_F(Derive, EvidenceMovesAnAssetAndTheHistorySaysWhy) {
    const auto asset = s.asset_at("10.0.0.1", "pc");
    EXPECT_EQ(disposition(asset), Disposition::unknown);
    s.clock.advance(1min);
    look(asset, Verdict::vulnerable);
    EXPECT_EQ(disposition(asset), Disposition::vulnerable);
    const auto history = s.read([&](Tx& tx) { return disposition_changes_of(tx, asset); });
    ASSERT_EQ(history.size(), 2u);
    EXPECT_FALSE(history[0].from);
    EXPECT_EQ(history[1].from, Disposition::unknown);
    EXPECT_EQ(history[1].to, Disposition::vulnerable);
    EXPECT_EQ(history[1].because, "a look said so");
    EXPECT_EQ(history[1].name, "pc");
    EXPECT_EQ(history[1].at, s.clock.now());
    EXPECT_EQ(s.read([&](Tx& tx) { return disposition_of(tx, asset); }).since, s.clock.now());
    EXPECT_EQ(s.read([&](Tx& tx) { return count_disposition_changes(tx, s.clock.now()); }), 1);
    const auto evidence = s.read([&](Tx& tx) { return evidence_of(tx, asset); });
    ASSERT_EQ(evidence.size(), 1u);
    EXPECT_EQ(evidence[0].facts.at("version").text, "1.0-1\t\n\\");
    EXPECT_EQ(evidence[0].facts.at("port").number, 22);
    expect_balance();
}

TEST_F(Derive, TimeAloneDecaysAVerdict) {
    const auto asset = s.asset_at("10.0.0.1");
    look(asset, Verdict::fixed, 1h);
    EXPECT_EQ(s.write([](Tx& tx) { return derive_due(tx); }), 0);
    s.clock.advance(1h);
    EXPECT_EQ(s.write([](Tx& tx) { return derive_due(tx); }), 1);
    EXPECT_EQ(disposition(asset), Disposition::unknown);
    EXPECT_EQ(s.write([](Tx& tx) { return derive_due(tx); }), 0);
    expect_balance();
}

TEST_F(Derive, TheEndOfAnAttemptCountsInItsTransaction) {
    const auto asset = s.asset_at("10.0.0.1");
    look(asset, Verdict::vulnerable);
    const auto attempt = attempt_on(asset);
    auto move = [&](model::AttemptState to) { return s.store->write([&](Tx& tx) { return move_attempt(tx, attempt, to); }); };
    EXPECT_EQ(move(model::AttemptState::succeeded).error().code, ErrorCode::wrong_state);
    EXPECT_TRUE(move(model::AttemptState::sent));
    EXPECT_TRUE(move(model::AttemptState::running));
    EXPECT_EQ(disposition(asset), Disposition::vulnerable);
    s.clock.advance(1min);
    EXPECT_TRUE(move(model::AttemptState::succeeded));
    EXPECT_EQ(disposition(asset), Disposition::fix_unverified);
    s.clock.advance(1min);
    look(asset, Verdict::fixed);
    EXPECT_EQ(disposition(asset), Disposition::fixed);
    expect_balance();
}

TEST_F(Derive, ScopeAndIncidentDecideWhoIsOnTheBooks) {
    const auto inside = s.asset_at("10.0.0.1");
    const auto outside = s.asset_at("192.0.2.1");
    EXPECT_EQ(s.store->mirror().books().on_books, 1);
    s.write([&](Tx& tx) { return add_scope(tx, s.incident, {*AddressRange::parse("192.0.2.0/24")}); });
    EXPECT_EQ(s.store->mirror().books().on_books, 2);
    s.write([&](Tx& tx) { return remove_scope(tx, s.incident, {*AddressRange::parse("10.0.0.0/8")}); });
    EXPECT_EQ(s.read([](Tx& tx) { return assets_on_books(tx); }).at(0).id, outside);
    EXPECT_EQ(s.read([&](Tx& tx) { return disposition_changes_of(tx, inside); }).back().because, "it is outside the scope");
    expect_balance();
    s.write([&](Tx& tx) { return close_incident(tx, s.incident); });
    EXPECT_EQ(s.store->mirror().books().on_books, 0);
    expect_balance();
}

TEST_F(Derive, ARetiredAssetLeavesTheBooksAndComesBackAsUnknown) {
    const auto asset = s.asset_at("10.0.0.1");
    look(asset, Verdict::vulnerable);
    s.clock.advance(1h);
    s.write([&](Tx& tx) { return retire_asset(tx, asset, s.owner, "scrapped"); });
    EXPECT_EQ(s.store->mirror().books(), (model::Books{.counts = {}, .on_books = 0, .retired = 1}));
    EXPECT_EQ(s.store->write([&](Tx& tx) { return retire_asset(tx, asset, s.owner, "again"); }).error().code, ErrorCode::wrong_state);
    expect_balance();
    s.clock.advance(1h);
    s.write([&](Tx& tx) -> Result<void> {
        model::Observation seen{.source = "sweep", .seen_at = tx.now(), .identifiers = {{model::IdentifierKind::address, "10.0.0.1"}}};
        TRY(seen.id, insert_observation(tx, seen));
        return attach_observation(tx, asset, seen, "seen again");
    });
    EXPECT_EQ(disposition(asset), Disposition::unknown) << "what was known before is history";
    EXPECT_EQ(s.store->mirror().books().on_books, 1);
    look(asset, Verdict::fixed);
    EXPECT_EQ(disposition(asset), Disposition::fixed);
    expect_balance();
}

TEST_F(Derive, MergedAssetsAreOneWithTheEvidenceOfBoth) {
    const auto older = s.asset_at("10.0.0.1", "pc");
    const auto newer = s.asset_at("10.0.0.2");
    look(newer, Verdict::vulnerable);
    const auto exemption = s.write([&](Tx& tx) {
        return insert_exemption(tx, {.asset = newer, .reason = "a device", .asked_by = s.owner, .asked_at = tx.now(), .expires_at = tx.now()});
    });
    s.write([&](Tx& tx) { return merge_assets(tx, older, newer, "same machine-id"); });
    EXPECT_EQ(s.read([&](Tx& tx) { return list_exemptions(tx); }).at(0).asset, older) << "what was decided about one holds for both";
    EXPECT_EQ(s.read([&](Tx& tx) { return find_exemption(tx, exemption); }).asset, older);
    EXPECT_EQ(disposition(older), Disposition::vulnerable);
    EXPECT_EQ(disposition(newer), Disposition::vulnerable) << "follows the merge";
    EXPECT_EQ(s.read([&](Tx& tx) { return find_asset(tx, newer); }).id, older);
    EXPECT_EQ(s.read([&](Tx& tx) { return evidence_of(tx, older); }).size(), 1u);
    EXPECT_EQ(s.read([&](Tx& tx) { return observations_of(tx, older); }).size(), 2u);
    EXPECT_EQ(s.read([&](Tx& tx) { return holders_of(tx, {model::IdentifierKind::address, "10.0.0.2"}); }).at(0).asset, older);
    EXPECT_EQ(s.store->write([&](Tx& tx) { return merge_assets(tx, older, newer, "again"); }).error().code, ErrorCode::wrong_state);
    const auto third = s.asset_at("10.0.0.3");
    s.write([&](Tx& tx) { return merge_assets(tx, third, older, "chained"); });
    EXPECT_EQ(s.read([&](Tx& tx) { return find_asset(tx, newer); }).id, third);
    EXPECT_EQ(disposition(third), Disposition::vulnerable);
    look(newer, Verdict::fixed);
    EXPECT_EQ(disposition(third), Disposition::fixed) << "evidence about a merged asset counts for what it became";
    expect_balance();
}

TEST_F(Derive, AnExemptionIsDerivedWhenDecidedAndWhenItRunsOut) {
    const auto asset = s.asset_at("10.0.0.1");
    look(asset, Verdict::vulnerable, 1000h);
    const auto id = s.write([&](Tx& tx) {
        return insert_exemption(tx, {.asset = asset, .reason = "scanner", .asked_by = s.owner, .asked_at = tx.now(), .expires_at = tx.now() + 10h});
    });
    EXPECT_EQ(disposition(asset), Disposition::vulnerable);
    auto decide = [&](model::RequestState to) { return s.store->write([&](Tx& tx) { return decide_exemption(tx, id, to, s.owner); }); };
    EXPECT_TRUE(decide(model::RequestState::approved));
    EXPECT_EQ(disposition(asset), Disposition::exempt);
    EXPECT_EQ(decide(model::RequestState::declined).error().code, ErrorCode::wrong_state);
    s.clock.advance(10h);
    s.write([](Tx& tx) { return derive_due(tx); });
    EXPECT_EQ(disposition(asset), Disposition::vulnerable);
    expect_balance();
}

// Thousands of assets through everything that can happen to them.
class ManyAssets : public Derive {
protected:
    std::mt19937 chance{20'241'124};
    std::vector<model::AssetId> assets;

    int below(int bound) { return static_cast<int>(chance() % static_cast<unsigned>(bound)); }
    model::AssetId any() { return assets[chance() % assets.size()]; }

    Result<void> make(Tx& tx, int count) {
        for (int i = 0; i < count; ++i) {
            const int n = static_cast<int>(assets.size());
            const bool in_scope = below(10) != 0;
            model::Observation seen{
                .source = "sweep",
                .seen_at = tx.now(),
                .identifiers = {{model::IdentifierKind::address, fmt::format("{}.{}.{}.1", in_scope ? 10 : 172, n / 250, n % 250)},
                                {model::IdentifierKind::host_name, fmt::format("pc-{}", below(100'000))}},
                .attributes = {{"place", fmt::format("site {}", below(5))}}};
            TRY(seen.id, insert_observation(tx, seen));
            TRY(const auto asset, insert_asset(tx, "made"));
            TRY(attach_observation(tx, asset, seen, "made"));
            assets.push_back(asset);
        }
        return {};
    }

    Result<void> something(Tx& tx) {
        const auto asset = any();
        switch (below(12)) {
            case 0: {
                const auto other = any();
                if (auto merged = merge_assets(tx, std::min(asset, other), std::max(asset, other), "random"); !merged)
                    return {};  // merged before, or itself
                return {};
            }
            case 1: (void)retire_asset(tx, asset, s.owner, "random"); return {};  // may be retired or merged
            case 2: {
                TRY(const auto id, insert_exemption(tx, {.asset = asset,
                                                         .reason = "r",
                                                         .asked_by = s.owner,
                                                         .asked_at = tx.now(),
                                                         .expires_at = tx.now() + Millis(below(100'000'000))}));
                return decide_exemption(tx, id, model::RequestState::approved, s.owner);
            }
            case 3: {
                model::Observation seen{.source = "sweep",
                                        .seen_at = tx.now(),
                                        .identifiers = {{model::IdentifierKind::host_name, fmt::format("renamed-{}", below(99))}}};
                TRY(seen.id, insert_observation(tx, seen));
                TRY(const auto found, find_asset(tx, asset));
                return attach_observation(tx, found.id, seen, "seen again");
            }
            default: {
                const auto says = static_cast<Verdict>(below(6));
                std::vector<model::Evidence> rows{{.asset = asset,
                                                   .check = "c",
                                                   .check_hash = "h",
                                                   .says = says,
                                                   .because = fmt::format("look {}", below(50)),
                                                   .taken_at = tx.now(),
                                                   .valid_until = tx.now() + Millis(below(100'000'000))}};
                return insert_evidence(tx, rows);
            }
        }
    }
};

TEST_F(ManyAssets, StayBalancedAndARebuildIsByteEqual) {
    s.write([&](Tx& tx) { return make(tx, 3000); });
    for (int step = 0; step < 20; ++step) {
        s.clock.advance(Millis(below(7'200'000)));
        s.write([&](Tx& tx) -> Result<void> {
            for (int i = 0; i < 200; ++i) TRY(something(tx));
            return {};
        });
        if (step % 3 == 0) s.write([](Tx& tx) { return derive_due(tx); });
    }
    expect_balance();
    s.clock.advance(3h);
    const auto changes_before = s.read([](Tx& tx) { return count_disposition_changes(tx, {}); });
    s.write([](Tx& tx) { return derive_due(tx); });
    const auto before = s.read([](Tx& tx) { return dump_derived(tx); });
    const auto changes = s.read([](Tx& tx) { return count_disposition_changes(tx, {}); });
    EXPECT_GE(changes, changes_before);
    const auto rebuilt = s.write([](Tx& tx) { return rebuild(tx); });
    EXPECT_TRUE(rebuilt.differences.empty()) << rebuilt.differences.front();
    EXPECT_GT(rebuilt.assets, 2000);
    EXPECT_EQ(s.read([](Tx& tx) { return dump_derived(tx); }), before);
    EXPECT_EQ(s.read([](Tx& tx) { return count_disposition_changes(tx, {}); }), changes) << "history isn't touched";
    expect_balance();

    // The curve's last point is now, and the first change undone leads back to nothing.
    const auto curve = s.read([](Tx& tx) { return books_curve(tx, {}, 50); });
    ASSERT_FALSE(curve.empty());
    EXPECT_LE(curve.size(), 50u);
    EXPECT_EQ(curve.back().books, s.store->mirror().books());
    EXPECT_EQ(curve.back().at, s.clock.now());
    EXPECT_EQ(curve.front().books.on_books, 0);
    for (const auto& point : curve) EXPECT_TRUE(point.books.balanced());
}

TEST_F(ManyAssets, ARebuildFindsWhatWasTamperedWith) {
    s.write([&](Tx& tx) { return make(tx, 5); });
    const auto asset = assets.front();
    look(asset, Verdict::fixed);
    s.write([&](Tx& tx) -> Result<void> {
        TRY(tx.db().run("UPDATE dispositions SET disposition = 'vulnerable' WHERE asset = $1", asset));
        TRY(tx.db().execute("UPDATE counts SET assets = 7 WHERE name = 'infected'"));
        return tx.db().execute("DELETE FROM dispositions WHERE asset = 2");
    });
    const auto rebuilt = s.write([](Tx& tx) { return rebuild(tx); });
    const std::vector<std::string>& d = rebuilt.differences;
    EXPECT_EQ(d.size(), 3u);
    EXPECT_NE(std::ranges::find(d, "asset 1: fixed, was vulnerable"), d.end());
    EXPECT_NE(std::ranges::find(d, "count infected: 0, was 7"), d.end());
    EXPECT_NE(std::ranges::find(d, "asset 2: was missing"), d.end());
    EXPECT_EQ(disposition(asset), Disposition::fixed) << "made anew";
    expect_balance();
}

TEST_F(Derive, TheCurveShowsTheBooksAsTheyWereAtEachMoment) {
    const Timestamp start = s.clock.now();
    s.clock.advance(10s);
    const auto asset = s.asset_at("10.0.0.1");
    s.clock.advance(10s);
    look(asset, Verdict::vulnerable);
    s.clock.advance(10s);
    s.write([&](Tx& tx) { return retire_asset(tx, asset, s.owner, "gone"); });
    s.clock.advance(10s);
    const auto curve = s.read([&](Tx& tx) { return books_curve(tx, start + 10s, 4); });
    ASSERT_EQ(curve.size(), 4u);
    EXPECT_EQ(curve[0].at, start + 10s);
    EXPECT_EQ(curve[0].books.of(Disposition::unknown), 1);
    EXPECT_EQ(curve[1].at, start + 20s);
    EXPECT_EQ(curve[1].books.of(Disposition::vulnerable), 1);
    for (const size_t later : {2u, 3u}) EXPECT_EQ(curve[later].books, (model::Books{.counts = {}, .on_books = 0, .retired = 1}));
    EXPECT_EQ(s.read([&](Tx& tx) { return books_curve(tx, start, 9); }).front().books, model::Books{}) << "before the first change";
}

}  // namespace
}  // namespace douse::store
