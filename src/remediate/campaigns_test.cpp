// SPDX-License-Identifier: Apache-2.0
#include "remediate/campaigns.hpp"

#include "remediate/attempt.hpp"
#include "remediate/campaigns_for_tests.hpp"
#include "remediate/fates.hpp"
#include "store/evidence_rows.hpp"
#include "transport/ssh/ssh_transport.hpp"

#include <algorithm>

namespace douse::remediate {
namespace {

using incident::Actor;
using model::AttemptState;
using model::CampaignState;
using model::Role;
using model::TaskState;

TEST_F(Campaigns, APlanNeedsASignedPlaybookAndItsFiles) {
    store_book(false);
    open(1);
    EXPECT_EQ(plan(*store, owner, {}).error().code, ErrorCode::wrong_state) << "unsigned";
    store_book(true);
    const auto without_file = plan(*store, owner, {});
    ASSERT_FALSE(without_file);
    EXPECT_NE(without_file.error().sentence.find("drill-svc_1.0-2_all.deb"), std::string::npos) << without_file.error().sentence;
    ASSERT_TRUE(incident::store_file(*store, owner, "drill-svc_1.0-2_all.deb", package));
    const auto planned = plan(*store, owner, {});
    ASSERT_TRUE(planned) << planned.error().sentence;
    EXPECT_EQ(plan(*store, owner, {}).error().code, ErrorCode::wrong_state) << "one is open";
}

TEST_F(Campaigns, ApprovalIsAnotherPersonsAndNamesThePlan) {
    ready(2);
    const model::Campaign planned = *plan(*store, owner, {});
    EXPECT_EQ(tasks(planned.id).size(), 2u);
    EXPECT_EQ(start(*store, owner, planned.id).error().code, ErrorCode::wrong_state);
    EXPECT_EQ(approve(*store, owner, planned.id, planned.plan_hash).error().code, ErrorCode::denied);
    EXPECT_EQ(approve(*store, deputy, planned.id, std::string(64, '0')).error().code, ErrorCode::conflict);
    ASSERT_TRUE(approve(*store, deputy, planned.id, planned.plan_hash));
    EXPECT_EQ(start(*store, owner, planned.id)->state, CampaignState::running);
    EXPECT_EQ(pause(*store, owner, planned.id)->state, CampaignState::paused);
    EXPECT_EQ(start(*store, owner, planned.id).error().code, ErrorCode::wrong_state) << "a paused one is resumed";
    EXPECT_EQ(resume(*store, owner, planned.id)->state, CampaignState::running);
    EXPECT_EQ(stop(*store, owner, planned.id)->state, CampaignState::stopped);
    for (const model::Task& task : tasks(planned.id)) EXPECT_EQ(task.state, TaskState::cancelled);
    EXPECT_EQ(resume(*store, owner, planned.id).error().code, ErrorCode::wrong_state);
}

TEST_F(Campaigns, ANewerVersionOfThePlaybookIsForTheNextIncident) {
    ready(1);
    std::string newer = book_text;
    newer.replace(newer.find("version: 1"), 10, "version: 2");
    ASSERT_TRUE(incident::store_playbook(*store, deputy, newer, "drill.yaml", ""));
    const auto planned = plan(*store, owner, {});
    ASSERT_TRUE(planned) << planned.error().sentence;
    EXPECT_EQ(planned->playbook_sha256, book.sha256);
}

TEST_F(Campaigns, NothingToDoIsSaidAndNotPlanned) {
    ready(0);
    EXPECT_EQ(plan(*store, owner, {}).error().code, ErrorCode::wrong_state);
}

TEST_F(Campaigns, AfterStopEverythingNoAttemptBeginsAndNoneThatWaitsIsSent) {
    const model::Campaign campaign = running(2);
    transport::SshTransport transport;
    incident::Guard guard(*store, incident::Acting::allowed, incident::Setting::drill);
    const Limits limits;
    const Tools tools{*store, guard, transport, limits, campaign.plan_hash};
    const model::TaskId waiting = tasks(campaign.id)[0].id;
    const model::TaskId untouched = tasks(campaign.id)[1].id;
    ASSERT_EQ(*advance(tools, book, waiting, between, {}), Progress::later);
    ASSERT_EQ(attempts(waiting).size(), 1u);
    ASSERT_TRUE(incident::stop_everything(*store, deputy));
    guard.refresh();
    EXPECT_EQ(*advance(tools, book, waiting, between, {}), Progress::rests);
    EXPECT_EQ(attempts(waiting)[0].state, AttemptState::queued) << "what waits stays where it is";
    EXPECT_EQ(*advance(tools, book, untouched, between, {}), Progress::rests);
    EXPECT_TRUE(attempts(untouched).empty());
    ASSERT_TRUE(incident::resume_everything(*store, owner, "false alarm"));
    guard.refresh();
    EXPECT_EQ(*advance(tools, book, untouched, between, {}), Progress::later);
    EXPECT_EQ(attempts(untouched).size(), 1u);
}

TEST_F(Campaigns, APausedCampaignBeginsNoAttempt) {
    const model::Campaign campaign = running(1);
    ASSERT_TRUE(pause(*store, owner, campaign.id));
    transport::SshTransport transport;
    const incident::Guard guard(*store, incident::Acting::allowed, incident::Setting::drill);
    const Limits limits;
    EXPECT_EQ(*advance({*store, guard, transport, limits, campaign.plan_hash}, book, tasks(campaign.id)[0].id, between, {}), Progress::rests);
    EXPECT_TRUE(attempts(tasks(campaign.id)[0].id).empty());
}

TEST_F(Campaigns, WhatACrashLeftUnderWayIsFateUnknownAndNeverQueuedAgain) {
    const model::Campaign campaign = running(1);
    const model::TaskId task = tasks(campaign.id)[0].id;
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        TRY(const model::AttemptId id, store::insert_attempt(tx, task, 1));
        TRY(store::move_attempt(tx, id, AttemptState::sent));
        TRY(store::move_attempt(tx, id, AttemptState::running));
        return store::append_step(
            tx, {.attempt = id, .step = "patch", .run = 1, .event = model::StepEvent::started, .exit_code = {}, .said = {}, .at = tx.now()});
    }));
    EXPECT_EQ(*mark_fates_unknown(*store), 1);
    EXPECT_EQ(*mark_fates_unknown(*store), 0);
    ASSERT_EQ(attempts(task).size(), 1u);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::fate_unknown);
    EXPECT_TRUE(attempts(task)[0].ran_a_step);
    const model::AttemptId id = attempts(task)[0].id;
    const auto back = store->write([&](store::Tx& tx) { return store::move_attempt(tx, id, AttemptState::queued); });
    EXPECT_EQ(back.error().code, ErrorCode::wrong_state);
    const auto unreachable = store->write([&](store::Tx& tx) { return store::move_attempt(tx, id, AttemptState::unreachable); });
    EXPECT_EQ(unreachable.error().code, ErrorCode::wrong_state) << "a step of it ran";
}

struct Unplugged final : transport::Transport {
    Result<std::unique_ptr<transport::Session>> reach(const model::Permit&, Endpoint, Deadline, std::stop_token) override {
        return fail(ErrorCode::unreachable, "no route");
    }
};

TEST_F(Campaigns, AnUnknownFateWithoutAStepIsUnreachableAndTriedAgain) {
    const model::Campaign campaign = running(2);
    const model::TaskId nothing_sent = tasks(campaign.id)[0].id;
    const model::TaskId step_sent = tasks(campaign.id)[1].id;
    for (const model::TaskId task : {nothing_sent, step_sent}) {
        ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            TRY(const model::AttemptId id, store::insert_attempt(tx, task, 1));
            TRY(store::move_attempt(tx, id, AttemptState::sent));
            if (task == nothing_sent) return {};
            return store::append_step(
                tx, {.attempt = id, .step = "patch", .run = 1, .event = model::StepEvent::started, .exit_code = {}, .said = {}, .at = tx.now()});
        }));
    }
    ASSERT_EQ(*mark_fates_unknown(*store), 2);
    Unplugged transport;
    const incident::Guard guard(*store, incident::Acting::allowed, incident::Setting::drill);
    const Limits limits{.unreachable_wait = Millis{0}};
    const Tools tools{*store, guard, transport, limits, campaign.plan_hash};
    std::stop_source ending;
    ending.request_stop();  // who waits for an answer gives up at once
    EXPECT_EQ(*advance(tools, book, step_sent, between, ending.get_token()), Progress::rests);
    EXPECT_EQ(attempts(step_sent)[0].state, AttemptState::fate_unknown);

    EXPECT_EQ(*advance(tools, book, nothing_sent, between, {}), Progress::later);
    EXPECT_EQ(attempts(nothing_sent)[0].state, AttemptState::unreachable);
    EXPECT_EQ(*advance(tools, book, nothing_sent, between, {}), Progress::waits);
    EXPECT_EQ(*advance(tools, book, nothing_sent, between, {}), Progress::later);
    ASSERT_EQ(attempts(nothing_sent).size(), 2u);
    EXPECT_EQ(attempts(nothing_sent)[1].state, AttemptState::queued);
}

TEST_F(Campaigns, AnOpenTaskSaysWhatItsLastAttemptCameToAndAnEndedOneKeepsItsReason) {
    const model::Campaign campaign = running(1);
    const model::TaskId task = tasks(campaign.id)[0].id;
    const auto explain = [&](std::string_view because) {
        ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::explain_task(tx, task, because); }));
    };
    explain("attempt 1: not verified: the marker was found");
    EXPECT_EQ(tasks(campaign.id)[0].because, "attempt 1: not verified: the marker was found");
    ASSERT_TRUE(
        store->write([&](store::Tx& tx) { return store::move_task(tx, task, TaskState::needs_hands, model::NeedsHands::disk_full, "no room"); }));
    explain("attempt 2: too late");
    EXPECT_EQ(tasks(campaign.id)[0].because, "no room");
}

TEST_F(Campaigns, AGatedWaveWaitsForAPersonAndRetryTakesOnlyWhatFailed) {
    const model::Campaign campaign = running(2);
    const auto waves = *store->read([&](store::Tx& tx) { return store::waves_of(tx, campaign.id); });
    const model::TaskId failed = tasks(campaign.id)[0].id;
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        TRY(store::move_wave(tx, waves[0].id, model::WaveState::running));
        TRY(store::move_task(tx, failed, TaskState::needs_hands, model::NeedsHands::disk_full, "no room"));
        return store::move_wave(tx, waves[0].id, model::WaveState::gated, "1 of 2 failed");
    }));
    EXPECT_EQ(settle(*store, owner, campaign.id, 0, Settle::pass, "").error().code, ErrorCode::invalid);
    EXPECT_EQ(settle(*store, owner, campaign.id, 9, Settle::pass, "why not").error().code, ErrorCode::not_found);
    EXPECT_EQ(retry(*store, owner, campaign.id).error().code, ErrorCode::wrong_state) << "it hasn't ended";
    ASSERT_EQ(settle(*store, owner, campaign.id, 0, Settle::stop, "the method is wrong")->state, CampaignState::stopped);
    const auto again = retry(*store, owner, campaign.id);
    ASSERT_TRUE(again);
    ASSERT_EQ(tasks(again->id).size(), 1u);
    EXPECT_EQ(tasks(again->id)[0].asset, tasks(campaign.id)[0].asset);
}

TEST_F(Campaigns, AWaveOfAStoppedCampaignDoesNotGoOn) {
    const model::Campaign campaign = running(1);
    const auto waves = *store->read([&](store::Tx& tx) { return store::waves_of(tx, campaign.id); });
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        TRY(store::move_wave(tx, waves[0].id, model::WaveState::running));
        return store::move_wave(tx, waves[0].id, model::WaveState::gated, "1 of 1 failed");
    }));
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_EQ(settle(*store, owner, campaign.id, 0, Settle::pass, "let it go").error().code, ErrorCode::wrong_state);
}

TEST_F(Campaigns, AnIncidentWithAnOpenCampaignIsNotClosed) {
    const model::Campaign campaign = running(1);
    const auto refused = incident::close_incident(*store, owner, "it is out");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::wrong_state);
    EXPECT_EQ(refused.error().sentence, "campaign 1 is running");
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_TRUE(incident::close_incident(*store, owner, "it is out"));
}

TEST_F(Campaigns, AnExemptMachineIsInNoPlan) {
    ready(2);
    const auto assets = *store->read([](store::Tx& tx) { return store::assets_on_books(tx); });
    const auto asked = incident::ask_exemption(*store, owner, assets[0].id, "the vendor's", clock.now() + std::chrono::hours{1});
    ASSERT_TRUE(asked && incident::approve_exemption(*store, deputy, asked->id));
    // Also not when it is infected, and shown as that.
    ASSERT_TRUE(store->write([&](store::Tx& tx) {
        const playbook::Check* check = book.check("marker-listener");
        std::vector<model::Evidence> rows{{.asset = assets[0].id,
                                           .check = check->id,
                                           .check_hash = check->hash,
                                           .origin = check->ask,
                                           .says = model::Verdict::infected,
                                           .because = "as read",
                                           .taken_at = tx.now(),
                                           .valid_until = tx.now() + std::chrono::hours{12}}};
        return store::insert_evidence(tx, rows);
    }));
    const auto shown = *store->read([&](store::Tx& tx) { return store::disposition_of(tx, assets[0].id); });
    ASSERT_EQ(shown.assessment.disposition, model::Disposition::infected);
    const auto planned = plan(*store, owner, {});
    ASSERT_TRUE(planned);
    ASSERT_EQ(tasks(planned->id).size(), 1u);
    EXPECT_EQ(tasks(planned->id)[0].asset, assets[1].id);
}

TEST_F(Campaigns, WhatWasVerifiedSinceNeedsNoHandsAndARetryDoesNotCountItself) {
    const model::Campaign campaign = running(1);
    const auto note_of_hands = [&](model::CampaignId id) {
        const auto said = *notes(*store, id);
        return std::ranges::any_of(said, [](const std::string& note) { return note.find("need hands") != std::string::npos; });
    };
    const auto end = [&](model::CampaignId id, TaskState state, model::NeedsHands reason) {
        const model::TaskId task = tasks(id)[0].id;
        ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::move_task(tx, task, state, reason, "as it ended"); }));
        ASSERT_TRUE(stop(*store, owner, id));
    };
    end(campaign.id, TaskState::needs_hands, model::NeedsHands::disk_full);
    const auto again = retry(*store, owner, campaign.id);
    ASSERT_TRUE(again);
    EXPECT_FALSE(note_of_hands(again->id)) << "the one that needs hands is this plan's own";
    ASSERT_TRUE(approve(*store, deputy, again->id, again->plan_hash));
    ASSERT_TRUE(start(*store, owner, again->id));
    end(again->id, TaskState::verified, model::NeedsHands::none);
    const auto later = plan(*store, owner, {});
    ASSERT_TRUE(later) << later.error().sentence;
    EXPECT_EQ(tasks(later->id).size(), 1u) << "infected again, it is treated like any other";
}

TEST_F(Campaigns, AMachineInNeedsHandsIsInNoNewPlan) {
    const model::Campaign campaign = running(2);
    const model::TaskId stuck = tasks(campaign.id)[0].id;
    ASSERT_TRUE(
        store->write([&](store::Tx& tx) { return store::move_task(tx, stuck, TaskState::needs_hands, model::NeedsHands::hangs, "silence"); }));
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    const auto next = plan(*store, owner, {});
    ASSERT_TRUE(next);
    ASSERT_EQ(tasks(next->id).size(), 1u);
    EXPECT_NE(tasks(next->id)[0].asset, tasks(campaign.id)[0].asset);
}

}  // namespace
}  // namespace douse::remediate
