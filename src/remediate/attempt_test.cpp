// SPDX-License-Identifier: Apache-2.0
// Attempts on a machine of their own: a real sshd whose files are throw-away copies.
#include "remediate/attempt.hpp"

#include "incident/guard.hpp"
#include "incident/vault.hpp"
#include "remediate/campaigns_for_tests.hpp"
#include "remediate/runner.hpp"
#include "remediate/steps.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace douse::remediate {
namespace {

using model::AttemptState;
using model::NeedsHands;
using model::StepEvent;
using model::TaskState;
using transport::SshdForTests;

const std::string network = "127.94.7.";  // nobody else's

struct OnAMachine : Campaigns {
    std::unique_ptr<SshdForTests> machine;
    transport::SshTransport transport;
    incident::Guard guard{*store, incident::Acting::allowed, incident::Setting::drill};
    const Limits limits{.retry_wait = Millis{1}, .unreachable_wait = Millis{1}};
    model::Campaign campaign;
    model::TaskId task;

    // A running campaign over one machine, which is this one.
    void begin(const std::string& config = {}) {
        machine = std::make_unique<SshdForTests>(SshdForTests::Place::own_files, config, Endpoint{*Address::parse(network + "1"), 22});
        if (!machine->why_not().empty()) GTEST_SKIP() << machine->why_not();
        store_book(true);
        open(1, network);
        ASSERT_TRUE(incident::store_file(*store, owner, "drill-svc_1.0-2_all.deb", package));
        ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::insert_credential(tx, {.credential = machine->credential()}); }));
        guard.refresh();
        next_campaign();
    }
    void next_campaign() {
        const auto planned = plan(*store, owner, {});
        ASSERT_TRUE(planned) << planned.error().sentence;
        ASSERT_TRUE(approve(*store, deputy, planned->id, planned->plan_hash));
        campaign = *start(*store, owner, planned->id);
        task = tasks(campaign.id)[0].id;
    }
    Tools tools() { return {*store, guard, transport, limits, campaign.plan_hash}; }
    // Until the task rests; the number of parts that it took.
    int carry() {
        for (int parts = 1; parts < 100; ++parts) {
            const auto progress = advance(tools(), book, task, {});
            EXPECT_TRUE(progress) << progress.error().sentence;
            if (!progress || *progress == Progress::rests) return parts;
        }
        ADD_FAILURE() << "the task never rests";
        return 100;
    }
    model::Task now() { return tasks(campaign.id)[0]; }
    std::vector<model::StepRow> journal(model::AttemptId id) {
        return *store->read([&](store::Tx& tx) { return store::steps_of(tx, id); });
    }
    // An attempt that began a step when the server died, in a campaign that was stopped since.
    model::AttemptId left_behind() {
        model::AttemptId id;
        EXPECT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            TRY(id, store::insert_attempt(tx, task, 1));
            TRY(store::move_attempt(tx, id, AttemptState::sent));
            TRY(store::move_attempt(tx, id, AttemptState::running));
            TRY(store::append_step(
                tx, {.attempt = id, .step = "clean", .run = 1, .event = StepEvent::started, .exit_code = {}, .said = {}, .at = tx.now()}));
            return store::move_attempt(tx, id, AttemptState::fate_unknown, "Douse ended while it ran");
        }));
        EXPECT_TRUE(stop(*store, owner, campaign.id));
        return id;
    }
    model::Attempt attempt(model::AttemptId id) {
        return *store->read([&](store::Tx& tx) { return store::find_attempt(tx, id); });
    }
};

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

TEST_F(OnAMachine, AFateIsSettledByAskingBeforeAnotherAttemptBegins) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    next_campaign();
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    EXPECT_EQ(attempt(behind).state, AttemptState::failed);
    EXPECT_EQ(attempt(behind).because, "step clean never began on the machine");
    ASSERT_EQ(attempts(task).size(), 1u);
}

TEST_F(OnAMachine, AnEndThatNobodySawIsReadFromTheReceipt) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    // The step ran, detached, while nobody listened.
    const auto permit = guard.permit_to_act(campaign.id, campaign.plan_hash);
    ASSERT_FALSE(permit) << "the campaign is stopped";
    const auto session = transport.reach(*guard.permit_to_look(), machine->endpoint(), base::deadline_in(std::chrono::seconds{10}), {});
    ASSERT_TRUE(session) << session.error().sentence;
    const transport::StepJob job{.attempt = behind.value,
                                 .job = job_name(campaign, behind),
                                 .step = "clean",
                                 .step_hash = "abc",
                                 .actions = {transport::RemoveFile{"/var/lib/drill/marker"}},
                                 .timeout = std::chrono::seconds{10}};
    ASSERT_TRUE(transport::start_step(**session, job, base::deadline_in(std::chrono::seconds{20}), {}));
    const auto why_not = settle_fate(tools(), attempt(behind), {});
    ASSERT_TRUE(why_not);
    EXPECT_FALSE(*why_not) << (*why_not)->sentence;
    EXPECT_EQ(attempt(behind).state, AttemptState::failed);
    ASSERT_EQ(journal(behind).size(), 2u);
    EXPECT_EQ(journal(behind).back().event, StepEvent::ended);
    EXPECT_EQ(journal(behind).back().exit_code, 0);
}

TEST_F(OnAMachine, AMachineThatDoesNotAnswerKeepsItsFateUnknown) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    machine.reset();
    const auto why_not = settle_fate(tools(), attempt(behind), {});
    ASSERT_TRUE(why_not && *why_not);
    EXPECT_EQ((*why_not)->code, ErrorCode::unreachable);
    EXPECT_EQ(attempt(behind).state, AttemptState::fate_unknown);
}

TEST_F(OnAMachine, AnotherMachineAtTheAddressIsNotTouched) {
    begin();
    if (IsSkipped()) return;
    const model::AssetId asset = now().asset;
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        model::Observation seen{.source = "inside", .seen_at = tx.now()};
        seen.identifiers = {{model::IdentifierKind::address, network + "1"}, {model::IdentifierKind::machine_id, std::string(32, 'e')}};
        TRY(seen.id, store::insert_observation(tx, seen));
        return store::attach_observation(tx, asset, seen, "a test says so");
    }));
    carry();
    EXPECT_EQ(now().reason, NeedsHands::unreachable);
    EXPECT_NE(now().because.find("another machine answers"), std::string::npos) << now().because;
    for (const model::Attempt& a : attempts(task)) EXPECT_TRUE(journal(a.id).empty());
}

TEST_F(OnAMachine, NothingRunsUnderAnApprovalOfAnotherPlan) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    Tools other = tools();
    other.approved_hash = std::string(64, '0');
    EXPECT_EQ(*advance(other, book, task, {}), Progress::rests);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::queued);
    EXPECT_EQ(*store->read([&](store::Tx& tx) { return stored_plan_hash(tx, campaign, book); }), campaign.plan_hash);
}

TEST_F(OnAMachine, AStopLeavesAttemptsAsTheyAre) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
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
