// SPDX-License-Identifier: Apache-2.0
// Attempts on a machine of their own: a real sshd whose files are throw-away copies.
#include "remediate/attempt.hpp"

#include "incident/guard.hpp"
#include "incident/vault.hpp"
#include "remediate/campaigns_for_tests.hpp"
#include "remediate/runner.hpp"
#include "remediate/steps.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <mutex>
#include <utility>

namespace douse::remediate {
namespace {

using model::AttemptState;
using model::NeedsHands;
using model::StepEvent;
using model::TaskState;
using transport::SshdForTests;

// Nobody else's, also not of another run of these tests.
const std::string network = fmt::format("127.{}.{}.", 64 + ::getpid() % 64, ::getpid() / 64 % 256);

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
    // An attempt whose step "clean" ended well when the server died.
    model::AttemptId after_clean() {
        model::AttemptId id;
        EXPECT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            TRY(id, store::insert_attempt(tx, task, 1));
            TRY(store::move_attempt(tx, id, AttemptState::sent));
            TRY(store::move_attempt(tx, id, AttemptState::running));
            for (const StepEvent event : {StepEvent::started, StepEvent::ended}) {
                TRY(store::append_step(tx, {.attempt = id, .step = "clean", .run = 1, .event = event, .exit_code = 0, .said = {}, .at = tx.now()}));
            }
            return store::move_attempt(tx, id, AttemptState::fate_unknown, "Douse ended while it ran");
        }));
        return id;
    }
    // At the machine's address, with a machine-id that isn't the one that answers.
    void somebody_else_was_seen() {
        const model::AssetId asset = now().asset;
        ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            model::Observation seen{.source = "inside", .seen_at = tx.now()};
            seen.identifiers = {{model::IdentifierKind::address, network + "1"}, {model::IdentifierKind::machine_id, std::string(32, 'e')}};
            TRY(seen.id, store::insert_observation(tx, seen));
            return store::attach_observation(tx, asset, seen, "a test says so");
        }));
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
    somebody_else_was_seen();
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

// The real transport; `meddle` happens right after the n-th command that is run on the machine, or after a login (0).
class Meddling final : public transport::Transport {
public:
    Meddling(transport::Transport& real, int after, std::function<void()> meddle) : real_(real), left_(after), meddle_(std::move(meddle)) {}

    Result<std::unique_ptr<transport::Session>> reach(const model::Permit& permit, Endpoint endpoint, Deadline deadline,
                                                      std::stop_token stop) override {
        TRY(auto session, real_.reach(permit, endpoint, deadline, std::move(stop)));
        if (left_ == 0) once();
        return std::make_unique<Watched>(*this, std::move(session));
    }

private:
    class Watched final : public transport::Session {
    public:
        Watched(Meddling& owner, std::unique_ptr<transport::Session> real) : owner_(owner), real_(std::move(real)) {}
        Result<transport::Output> run(const std::string& command, std::string_view input, Deadline deadline, std::stop_token stop) override {
            auto output = real_->run(command, input, deadline, std::move(stop));
            if (--owner_.left_ == 0) owner_.once();
            return output;
        }
        Result<void> put(const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop) override {
            return real_->put(path, bytes, mode, deadline, std::move(stop));
        }
        Result<std::string> read(const std::string& path, size_t max_bytes, Deadline deadline, std::stop_token stop) override {
            return real_->read(path, max_bytes, deadline, std::move(stop));
        }
        [[nodiscard]] model::HostKey host_key() const override { return real_->host_key(); }

    private:
        Meddling& owner_;
        std::unique_ptr<transport::Session> real_;
    };
    void once() {
        if (const auto meddle = std::exchange(meddle_, nullptr)) meddle();
    }

    transport::Transport& real_;
    int left_;
    std::function<void()> meddle_;
};

TEST_F(OnAMachine, AnEndDuringTheLoginBeginsNoStep) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    Meddling meddling(transport, 0, [&] { ASSERT_TRUE(stop(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, {}), Progress::rests);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::cancelled);
    EXPECT_EQ(attempts(task)[0].because, "the campaign was stopped");
    for (const model::StepRow& row : journal(attempts(task)[0].id)) EXPECT_NE(row.event, StepEvent::started) << row.step;
}

TEST_F(OnAMachine, APauseDuringTheLoginBeginsNoStepAndAResumeDoes) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    Meddling meddling(transport, 0, [&] { ASSERT_TRUE(pause(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, {}), Progress::rests);
    EXPECT_FALSE(attempts(task)[0].ran_a_step);
    ASSERT_TRUE(resume(*store, owner, campaign.id));
    EXPECT_EQ(*advance(tools(), book, task, {}), Progress::later);
    EXPECT_TRUE(attempts(task)[0].ran_a_step);
}

// One whose step "clean" ended well, as a server that died between two steps left it.
TEST_F(OnAMachine, AnEndBetweenStepsBeginsNoFurtherOneAndTheMachineIsLookedAt) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId id = after_clean();
    Meddling meddling(transport, 0, [&] { ASSERT_TRUE(stop(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, {}), Progress::rests);
    EXPECT_EQ(attempt(id).state, AttemptState::failed);
    EXPECT_EQ(attempt(id).because, "the campaign was stopped; no further step began");
    EXPECT_EQ(journal(id).back().step, "clean");
    const model::AssetId asset = now().asset;
    const auto evidence = *store->read([&](store::Tx& tx) { return store::evidence_of(tx, asset); });
    EXPECT_TRUE(std::ranges::any_of(evidence, [](const model::Evidence& e) { return e.origin == model::Origin::inside; }));
}

TEST_F(OnAMachine, AMachineExemptedWhileAllWasStoppedIsLeftAloneAfterwards) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    ASSERT_TRUE(incident::stop_everything(*store, deputy));
    guard.refresh();
    const auto asked = incident::ask_exemption(*store, owner, now().asset, "the vendor's", clock.now() + std::chrono::hours{1});
    ASSERT_TRUE(asked);
    ASSERT_TRUE(incident::approve_exemption(*store, deputy, asked->id));
    ASSERT_TRUE(incident::resume_everything(*store, owner, "go on"));
    guard.refresh();
    carry();
    EXPECT_EQ(now().state, TaskState::cancelled);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::cancelled);
    EXPECT_EQ(attempts(task)[0].because, "the machine was exempted after the plan");
    EXPECT_TRUE(journal(attempts(task)[0].id).empty());
}

TEST_F(OnAMachine, NoAttemptBeginsWhileAnotherHasTheMachineInHand) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId first = after_clean();
    ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::move_attempt(tx, first, AttemptState::running); }));
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_EQ(attempt(first).state, AttemptState::running) << "its step ends by itself";
    next_campaign();
    EXPECT_EQ(*advance(tools(), book, task, {}), Progress::rests);
    EXPECT_TRUE(attempts(task).empty());
    EXPECT_TRUE(*settle_abandoned(tools(), first, {}));
    EXPECT_EQ(attempt(first).state, AttemptState::failed);
    EXPECT_EQ(*advance(tools(), book, task, {}), Progress::later);
    EXPECT_EQ(attempts(task).size(), 1u);
}

TEST_F(OnAMachine, AnAttemptWithoutAStepWhoseCampaignWasStoppedIsCancelled) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_EQ(attempts(task)[0].state, AttemptState::cancelled) << "it was queued";
    next_campaign();
    ASSERT_EQ(*advance(tools(), book, task, {}), Progress::later);
    const model::AttemptId sent = attempts(task)[0].id;
    ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::move_attempt(tx, sent, AttemptState::sent); }));
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_TRUE(*settle_abandoned(tools(), sent, {}));
    EXPECT_EQ(attempt(sent).state, AttemptState::cancelled);
}

TEST_F(OnAMachine, AFateIsNotAskedOfAnotherMachine) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    somebody_else_was_seen();
    const auto why_not = settle_fate(tools(), attempt(behind), {});
    ASSERT_TRUE(why_not && *why_not);
    EXPECT_NE((*why_not)->sentence.find("another machine answers"), std::string::npos) << (*why_not)->sentence;
    EXPECT_EQ(attempt(behind).state, AttemptState::fate_unknown);
}

TEST_F(OnAMachine, AStopDuringARestartIsNoFailure) {
    begin();
    if (IsSkipped()) return;
    {  // whatever goes wrong, this machine isn't restarted
        const auto session = transport.reach(*guard.permit_to_look(), machine->endpoint(), base::deadline_in(std::chrono::seconds{10}), {});
        ASSERT_TRUE(session) << session.error().sentence;
        ASSERT_TRUE((*session)->put("/usr/local/sbin/shutdown", "#!/bin/sh\n", 0755, base::deadline_in(std::chrono::seconds{10}), {}));
    }
    std::ifstream in("/proc/sys/kernel/random/boot_id");
    std::string boot_id;
    std::getline(in, boot_id);
    const model::AttemptId id = after_clean();
    ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
        const auto row = [&](std::string step, StepEvent event, std::string said) {
            return store::append_step(
                tx, {.attempt = id, .step = std::move(step), .run = 1, .event = event, .exit_code = 0, .said = std::move(said), .at = tx.now()});
        };
        TRY(row("patch", StepEvent::started, ""));
        TRY(row("patch", StepEvent::ended, ""));
        return row("reboot:patch", StepEvent::started, boot_id);
    }));
    // A look at who answers, one for the boot id; what would come next is the order to restart.
    Meddling meddling(transport, 2, [&] {
        ASSERT_TRUE(incident::stop_everything(*store, deputy));
        guard.refresh();
    });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, {}), Progress::rests);
    EXPECT_EQ(attempt(id).state, AttemptState::fate_unknown) << attempt(id).because;
    EXPECT_EQ(now().state, TaskState::open);
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
