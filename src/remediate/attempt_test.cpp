// SPDX-License-Identifier: Apache-2.0
// Attempts on a machine of their own: a real sshd whose files are throw-away copies.
#include "remediate/on_a_machine_for_tests.hpp"
#include "remediate/runner.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace douse::remediate {
namespace {

using model::AttemptState;
using model::NeedsHands;
using model::StepEvent;
using model::TaskState;

TEST_F(OnAMachine, AStepThatFailsIsTriedAgainUnderTheSameApprovalAndThenNeedsHands) {
    begin();
    if (IsSkipped()) return;
    carry();
    EXPECT_EQ(now().state, TaskState::needs_hands);
    EXPECT_EQ(now().reason, NeedsHands::step_failed) << now().because;
    ASSERT_EQ(attempts(task).size(), 3u);
    for (const model::Attempt& a : attempts(task)) {
        EXPECT_EQ(a.state, AttemptState::failed) << a.because;
        const auto rows = journal(a.id);
        ASSERT_FALSE(rows.empty());
        EXPECT_EQ(rows.back().step, "patch") << "the file is no package, so nothing comes after it";
        EXPECT_EQ(rows.back().event, StepEvent::ended);
    }
}

TEST_F(OnAMachine, AShellThatRefusesEveryCommandIsUnreachableThreeTimesAndNoMore) {
    begin("ForceCommand /bin/false\n");
    if (IsSkipped()) return;
    EXPECT_LT(carry(), 12);
    EXPECT_EQ(now().state, TaskState::needs_hands);
    EXPECT_EQ(now().reason, NeedsHands::unreachable) << now().because;
    ASSERT_EQ(attempts(task).size(), 3u);
    for (const model::Attempt& a : attempts(task)) {
        EXPECT_EQ(a.state, AttemptState::unreachable);
        EXPECT_TRUE(journal(a.id).empty());
    }
}

TEST_F(OnAMachine, AnotherMachineAtTheAddressIsNotTouched) {
    begin();
    if (IsSkipped()) return;
    somebody_else_was_seen();
    carry();
    EXPECT_EQ(now().reason, NeedsHands::unreachable);
    EXPECT_NE(now().because.find("another machine answers"), std::string::npos) << now().because;
    for (const model::Attempt& a : attempts(task)) EXPECT_TRUE(journal(a.id).empty());
}

TEST_F(OnAMachine, NothingRunsUnderAnApprovalOfAnotherPlan) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    Tools other = tools();
    other.approved_hash = std::string(64, '0');
    EXPECT_EQ(*advance(other, book, task, between, {}), Progress::rests);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::queued);
    EXPECT_EQ(*store->read([&](store::Tx& tx) { return stored_plan_hash(tx, campaign, book); }), campaign.plan_hash);
}

TEST_F(OnAMachine, AStopLeavesAttemptsAsTheyAre) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    ASSERT_TRUE(incident::stop_everything(*store, deputy));
    guard.refresh();
    EXPECT_EQ(carry(), 1);
    EXPECT_EQ(now().state, TaskState::open);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::queued);
}

TEST_F(OnAMachine, AMachineExemptedAfterThePlanIsLeftAlone) {
    begin();
    if (IsSkipped()) return;
    const model::AssetId asset = now().asset;
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        TRY(const auto id,
            store::insert_exemption(
                tx,
                {.asset = asset, .reason = "vendor", .asked_by = owner.id, .asked_at = tx.now(), .expires_at = tx.now() + std::chrono::hours{1}}));
        return store::decide_exemption(tx, id, model::RequestState::approved, deputy.id);
    }));
    carry();
    EXPECT_EQ(now().state, TaskState::cancelled);
    EXPECT_TRUE(attempts(task).empty());
}

// Blocks until `holds` does, asked after each commit; false after ten seconds.
bool wait_until(store::Store& store, const std::function<bool()>& holds) {
    struct Bell {
        std::mutex mutex;
        std::condition_variable rung;
        int commits = 0;
    };
    const auto bell = std::make_shared<Bell>();  // owners: here and the store, which keeps its listeners
    store.on_commit([bell](const std::vector<store::Change>&) {
        const std::lock_guard lock(bell->mutex);
        ++bell->commits;
        bell->rung.notify_all();
    });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    for (int seen = 0; !holds();) {
        std::unique_lock lock(bell->mutex);
        if (!bell->rung.wait_until(lock, end, [&] { return bell->commits != seen; })) return holds();
        seen = bell->commits;
    }
    return true;
}

TEST_F(OnAMachine, WhatNoCampaignFollowsIsAskedForAllTheSame) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    Limits often = limits;
    often.settle_every = Millis{1};
    const Runner runner(*store, guard, transport, often);
    EXPECT_TRUE(wait_until(*store, [&] { return attempt(behind).state == AttemptState::failed; }));
}

TEST_F(OnAMachine, AStoredPlanThatIsNotTheApprovedOneIsPausedAndNothingRuns) {
    begin();
    if (IsSkipped()) return;
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        TRY(const auto waves, store::waves_of(tx, campaign.id));
        TRY(const auto asset, store::insert_asset(tx, "put into the plan afterwards"));
        TRY(store::insert_task(tx, {.campaign = campaign.id, .wave = waves[0].id, .asset = asset}));
        return {};
    }));
    const auto state = [&] { return *store->read([&](store::Tx& tx) { return store::find_campaign(tx, campaign.id); }); };
    const Runner runner(*store, guard, transport, limits);
    EXPECT_TRUE(wait_until(*store, [&] { return state().state == model::CampaignState::paused; }));
    EXPECT_EQ(state().paused_because, "the stored plan isn't the one that was approved");
    EXPECT_TRUE(attempts(task).empty());
}

}  // namespace
}  // namespace douse::remediate
