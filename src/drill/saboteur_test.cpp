// SPDX-License-Identifier: Apache-2.0
#include "drill/saboteur.hpp"

#include <gtest/gtest.h>

namespace douse::drill {
namespace {

constexpr Millis between{250};

CampaignSeen seen(int wave, int64_t running, int64_t ended = 1) {
    return {.campaign = 1, .wave = wave, .waves = 2, .attempts = {{"running", running}, {"succeeded", ended}, {"fate_unknown", 2}, {"queued", 3}}};
}

struct Night {
    int killed = 0;
    Deadline now{};
    Saboteur saboteur;
    Night(uint64_t seed, int kills) : saboteur([this] { ++killed; }, seed, kills) {}
    void watch(const CampaignSeen& campaign, Millis span) {
        for (const Deadline end = now + span; now < end; now += between) saboteur.sees(campaign, now);
    }
};

TEST(Saboteur, KillsWithin3SecondsOfSeeingAttemptsUnderWay) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Night night(seed, 1);
        night.watch(seen(1, 0), std::chrono::seconds{3});
        EXPECT_EQ(night.killed, 0);
        night.watch(seen(1, 5), std::chrono::seconds{3} + between);
        ASSERT_EQ(night.killed, 1) << "seed " << seed;
        EXPECT_EQ(night.saboteur.kills()[0].under_way(), 5);
        EXPECT_EQ(night.saboteur.left(), 0);
    }
}

TEST(Saboteur, MeetsTheCanaryOnceAtMostAndKeepsTheRestForLaterWaves) {
    Night night(1, 3);
    night.watch(seen(0, 1), std::chrono::seconds{60});
    night.watch(seen(0, 0), std::chrono::seconds{60});
    EXPECT_EQ(night.killed, 1);
    night.watch(seen(1, 5), std::chrono::seconds{4});
    EXPECT_EQ(night.killed, 2);
    night.watch(seen(1, 4, 2), std::chrono::seconds{4});
    EXPECT_EQ(night.killed, 3);
    EXPECT_EQ(night.saboteur.kills()[1].wave, 1);
    EXPECT_EQ(night.saboteur.kills()[2].wave, 1);
}

TEST(Saboteur, WaitsUntilAWaveHasMovedButNotForEver) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Night night(seed, 2);
        while (night.killed == 0) night.watch(seen(1, 5), between);
        night.watch(seen(1, 5), std::chrono::seconds{5});
        EXPECT_EQ(night.killed, 1) << "seed " << seed;
        night.watch(seen(1, 5), std::chrono::seconds{5});
        EXPECT_EQ(night.killed, 2) << "seed " << seed;
    }
}

TEST(Saboteur, DoesNotLetTheLastAttemptsOfAWaveGetAway) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Night night(seed, 1);
        night.watch(seen(1, 9), between);
        night.watch(seen(1, 4), between);
        EXPECT_EQ(night.killed, 1) << "seed " << seed;
    }
}

TEST(Saboteur, UsesUpItsKillsWhileAWaveWaitsForProof) {
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        Night night(seed, 4);
        for (int kill = 0; kill < 4; ++kill) night.watch(seen(1, 0), std::chrono::seconds{8});
        EXPECT_EQ(night.killed, 4) << "seed " << seed;
    }
}

}  // namespace
}  // namespace douse::drill
