// SPDX-License-Identifier: Apache-2.0
#include "remediate/schedule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace douse::remediate {
namespace {

using model::CampaignState;
using model::NeedsHands;
using model::TaskState;
using model::WaveState;
using Kind = Decision::Kind;

std::vector<Candidate> candidates(int entered, int strange) {
    std::vector<Candidate> out;
    for (int i = 1; i <= entered + strange; ++i) {
        out.push_back({.asset = model::AssetId(i), .disposition = model::Disposition::vulnerable, .entered_lately = i <= entered});
    }
    return out;
}

TEST(Waves, EveryCandidateIsInExactlyOneAndTheCanaryIsSmallAndKnown) {
    EXPECT_TRUE(rc::check([](uint8_t entered, uint8_t strange) {
        const auto waves = waves_for(candidates(entered, strange), {});
        std::set<int64_t> seen;
        for (const auto& wave : waves) {
            RC_ASSERT(!wave.empty());
            for (const Candidate& c : wave) RC_ASSERT(seen.insert(c.asset.value).second);
        }
        RC_ASSERT(seen.size() == size_t{entered} + strange);
        if (seen.empty()) return;
        RC_ASSERT(waves[0].size() <= 5u);
        RC_ASSERT(seen.size() == 1 || waves.size() > 1);
        if (entered > 0) {
            for (const Candidate& c : waves[0]) RC_ASSERT(c.entered_lately);
        }
    }));
}

TEST(Waves, InfectedMachinesComeBeforeVulnerableOnes) {
    auto all = candidates(6, 0);
    all[5].disposition = model::Disposition::infected;
    EXPECT_EQ(waves_for(all, {})[0][0].asset, model::AssetId(6));
}

struct Fixture {
    CampaignView view;
    Limits limits;
    Fixture(std::vector<int> wave_sizes) {
        view.campaign.id = model::CampaignId(1);
        view.campaign.state = CampaignState::running;
        int task = 0;
        for (size_t w = 0; w < wave_sizes.size(); ++w) {
            view.waves.push_back({.id = model::WaveId(static_cast<int64_t>(w) + 1), .campaign = view.campaign.id, .number = static_cast<int>(w)});
            for (int i = 0; i < wave_sizes[w]; ++i) {
                view.tasks.push_back({.id = model::TaskId(++task), .campaign = view.campaign.id, .wave = view.waves.back().id});
            }
        }
    }
    std::vector<model::TaskId> waiting;
    std::vector<Kind> kinds(std::vector<model::TaskId> busy = {}) const {
        std::vector<Kind> out;
        for (const Decision& d : decide(view, busy, waiting, limits)) out.push_back(d.kind);
        return out;
    }
    void end(int task, TaskState state, NeedsHands reason = NeedsHands::none) {
        view.tasks[static_cast<size_t>(task - 1)].state = state;
        view.tasks[static_cast<size_t>(task - 1)].reason = reason;
    }
};

TEST(Decide, OnlyTheFirstWaveThatHasNotPassedRuns) {
    Fixture f({1, 2});
    EXPECT_EQ(f.kinds(), (std::vector{Kind::start_wave, Kind::run_task}));
    f.view.waves[0].state = WaveState::running;
    EXPECT_EQ(f.kinds({model::TaskId(1)}), std::vector<Kind>{});
    f.end(1, TaskState::verified);
    EXPECT_EQ(f.kinds(), std::vector{Kind::pass_wave});
    f.view.waves[0].state = WaveState::passed;
    EXPECT_EQ(f.kinds(), (std::vector{Kind::start_wave, Kind::run_task, Kind::run_task}));
    f.view.waves[1].state = WaveState::passed;
    f.end(2, TaskState::verified);
    f.end(3, TaskState::verified);
    EXPECT_EQ(f.kinds(), std::vector{Kind::finish});
}

TEST(Decide, FailedAndUnreachableHaveGatesOfTheirOwn) {
    Fixture f({1, 10, 1});
    f.view.waves[0].state = WaveState::passed;
    f.view.waves[1].state = WaveState::running;
    for (int i = 2; i <= 11; ++i) f.end(i, TaskState::verified);
    f.end(2, TaskState::needs_hands, NeedsHands::unreachable);
    f.end(3, TaskState::needs_hands, NeedsHands::hangs);
    f.end(4, TaskState::needs_hands, NeedsHands::step_failed);
    EXPECT_EQ(f.kinds(), std::vector{Kind::pass_wave}) << "2 of 10 unreachable and 1 of 10 failed are allowed";
    f.end(5, TaskState::needs_hands, NeedsHands::not_verified);
    EXPECT_EQ(decide(f.view, {}, {}, f.limits)[0].because, "2 of 10 failed; the gate allows 1");
    f.end(5, TaskState::needs_hands, NeedsHands::no_credentials);
    EXPECT_EQ(decide(f.view, {}, {}, f.limits)[0].because, "3 of 10 could not be reached; the gate allows 2");
    f.view.waves[1].state = WaveState::gated;
    EXPECT_TRUE(f.kinds().empty()) << "a gate waits for a person";
}

TEST(Decide, AnyFailureInTheCanaryHoldsTheRestButTheLastWaveHoldsNobody) {
    Fixture f({2, 1});
    f.view.waves[0].state = WaveState::running;
    f.end(1, TaskState::verified);
    f.end(2, TaskState::needs_hands, NeedsHands::step_failed);
    EXPECT_EQ(f.kinds(), std::vector{Kind::gate_wave});
    f.view.waves[0].state = WaveState::passed;
    f.view.waves[1].state = WaveState::running;
    f.end(3, TaskState::needs_hands, NeedsHands::step_failed);
    EXPECT_EQ(f.kinds(), std::vector{Kind::pass_wave});
}

TEST(Decide, NothingStartsUnlessTheCampaignRunsAndNeverMoreThanAllowedAtOnce) {
    Fixture f({40});
    for (auto state : {CampaignState::draft, CampaignState::approved, CampaignState::paused, CampaignState::stopped, CampaignState::done}) {
        f.view.campaign.state = state;
        EXPECT_TRUE(f.kinds().empty());
    }
    f.view.campaign.state = CampaignState::running;
    EXPECT_EQ(f.kinds().size(), 1u + static_cast<size_t>(f.limits.tasks_at_once));
    EXPECT_EQ(f.kinds({model::TaskId(1), model::TaskId(2)}).size(), static_cast<size_t>(f.limits.tasks_at_once) - 1);
}

TEST(Decide, ATaskThatWaitsIsNotTakenUpAndTakesNoPlace) {
    Fixture f({40});
    f.waiting = {model::TaskId(1), model::TaskId(2)};
    EXPECT_EQ(f.kinds().size(), 1u + static_cast<size_t>(f.limits.tasks_at_once));
    const auto decisions = decide(f.view, {}, f.waiting, f.limits);
    EXPECT_TRUE(std::ranges::none_of(decisions, [&](const Decision& d) { return d.task == f.waiting[0] || d.task == f.waiting[1]; }));
}

}  // namespace
}  // namespace douse::remediate
