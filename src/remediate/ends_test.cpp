// SPDX-License-Identifier: Apache-2.0
// What ends an attempt from outside (a stop, a pause, an exemption, another attempt), and how an end is learned that nobody saw.
#include "remediate/on_a_machine_for_tests.hpp"
#include "store/evidence_rows.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <utility>

namespace douse::remediate {
namespace {

using model::AttemptState;
using model::StepEvent;
using model::TaskState;

TEST_F(OnAMachine, AFateIsSettledByAskingBeforeAnotherAttemptBegins) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId behind = left_behind();
    next_campaign();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
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

// The real transport; `meddle` happens right after the n-th command that is run on the machine, whose output it may change, or after a
// login (0), and then gets none.
class Meddling final : public transport::Transport {
public:
    Meddling(transport::Transport& real, int after, std::function<void(transport::Output*)> meddle)
        : real_(real), left_(after), meddle_(std::move(meddle)) {}

    Result<std::unique_ptr<transport::Session>> reach(const model::Permit& permit, Endpoint endpoint, Deadline deadline,
                                                      std::stop_token stop) override {
        TRY(auto session, real_.reach(permit, endpoint, deadline, std::move(stop)));
        if (left_ == 0) once(nullptr);
        return std::make_unique<Watched>(*this, std::move(session));
    }

    std::function<void(const std::string&)> on_put;  // before it

private:
    class Watched final : public transport::Session {
    public:
        Watched(Meddling& owner, std::unique_ptr<transport::Session> real) : owner_(owner), real_(std::move(real)) {}
        Result<transport::Output> run(const std::string& command, std::string_view input, Deadline deadline, std::stop_token stop) override {
            auto output = real_->run(command, input, deadline, std::move(stop));
            if (--owner_.left_ == 0) owner_.once(output ? &*output : nullptr);
            return output;
        }
        Result<void> put(const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop) override {
            if (owner_.on_put) owner_.on_put(path);
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
    void once(transport::Output* output) {
        if (const auto meddle = std::exchange(meddle_, nullptr)) meddle(output);
    }

    transport::Transport& real_;
    int left_;
    std::function<void(transport::Output*)> meddle_;
};

TEST_F(OnAMachine, AnEndDuringTheLoginBeginsNoStep) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    Meddling meddling(transport, 0, [&](auto*) { ASSERT_TRUE(stop(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, between, {}), Progress::rests);
    EXPECT_EQ(attempts(task)[0].state, AttemptState::cancelled);
    EXPECT_EQ(attempts(task)[0].because, "the campaign was stopped");
    for (const model::StepRow& row : journal(attempts(task)[0].id)) EXPECT_NE(row.event, StepEvent::started) << row.step;
}

TEST_F(OnAMachine, APauseDuringTheLoginBeginsNoStepAndAResumeDoes) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    Meddling meddling(transport, 0, [&](auto*) { ASSERT_TRUE(pause(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, between, {}), Progress::rests);
    EXPECT_FALSE(attempts(task)[0].ran_a_step);
    ASSERT_TRUE(resume(*store, owner, campaign.id));
    EXPECT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    EXPECT_TRUE(attempts(task)[0].ran_a_step);
}

// One whose step "clean" ended well, as a server that died between two steps left it.
TEST_F(OnAMachine, AnEndBetweenStepsBeginsNoFurtherOneAndTheMachineIsLookedAt) {
    begin();
    if (IsSkipped()) return;
    const model::AttemptId id = after_clean();
    Meddling meddling(transport, 0, [&](auto*) { ASSERT_TRUE(stop(*store, owner, campaign.id)); });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, between, {}), Progress::rests);
    EXPECT_EQ(attempt(id).state, AttemptState::failed);
    EXPECT_EQ(attempt(id).because, "the campaign was stopped; no further step began");
    EXPECT_EQ(journal(id).back().step, "clean");
    const model::AssetId asset = now().asset;
    const auto evidence = *store->read([&](store::Tx& tx) { return store::evidence_of(tx, asset); });
    EXPECT_TRUE(std::ranges::any_of(evidence, [](const model::Evidence& e) { return e.origin == model::Origin::inside; }));
}

TEST_F(OnAMachine, WhatStepsNeedIsThereBeforeTheFirstOneBegins) {
    begin();
    if (IsSkipped()) return;
    mark();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    const model::AttemptId id = attempts(task)[0].id;
    int puts = 0;
    Meddling watching(transport, 1000, {});
    watching.on_put = [&](const std::string& path) {
        if (!path.ends_with(".deb")) return;
        ++puts;
        EXPECT_TRUE(journal(id).empty());
    };
    ASSERT_EQ(*advance({*store, guard, watching, limits, campaign.plan_hash}, book, task, between, {}), Progress::later);
    EXPECT_EQ(puts, 1);
    ASSERT_FALSE(journal(id).empty());
    EXPECT_EQ(journal(id)[0].step, "clean");
    EXPECT_EQ(journal(id)[0].event, StepEvent::started);
}

// What the login's look saw is good for the first step only, however soon the next one comes.
TEST_F(OnAMachine, WhatWasSeenBeforeAStepDecidesNothingAfterIt) {
    begin();
    if (IsSkipped()) return;
    mark();
    book.plan[0].skip_if.clear();
    book.plan[1].skip_if = {{"marker-inside", model::Verdict::clean}};  // true once "clean" has run, and not before
    book.plan.resize(2);
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    const auto rows = journal(attempts(task)[0].id);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[2].step, "patch");
    EXPECT_EQ(rows[2].event, StepEvent::skipped);
}

TEST_F(OnAMachine, BetweenTwoLooksAVerificationWaitsAndHoldsNobody) {
    begin();
    if (IsSkipped()) return;
    succeeded();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::waits) << "for what the steps began to settle";
    EXPECT_EQ(inside_looks(), 0);
    const auto before = base::deadline_in(Millis{0});
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::waits);
    EXPECT_EQ(inside_looks(), 1);
    EXPECT_GE(between.until, before + book.verify.again[0]);
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::rests);
    EXPECT_EQ(inside_looks(), 2);
    EXPECT_EQ(now().state, TaskState::verified);
}

TEST_F(OnAMachine, ACampaignStoppedBeforeTheFirstLookIsLookedAtAllTheSame) {
    begin();
    if (IsSkipped()) return;
    succeeded();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::waits);
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_EQ(*advance(tools(), book, task, between, {}), Progress::rests);
    EXPECT_EQ(inside_looks(), 1);
    EXPECT_EQ(now().state, TaskState::cancelled);
}

TEST_F(OnAMachine, AMachineThatIsNotVerifiedWaitsForItsNextAttempt) {
    begin();
    if (IsSkipped()) return;
    succeeded();
    mark();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::waits);
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::waits);
    EXPECT_EQ(attempts(task).size(), 1u);
    EXPECT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    EXPECT_EQ(attempts(task).size(), 2u);
}

TEST_F(OnAMachine, AMachineExemptedWhileAllWasStoppedIsLeftAloneAfterwards) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
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
    EXPECT_EQ(*advance(tools(), book, task, between, {}), Progress::rests);
    EXPECT_TRUE(attempts(task).empty());
    EXPECT_TRUE(*settle_abandoned(tools(), first, {}));
    EXPECT_EQ(attempt(first).state, AttemptState::failed);
    EXPECT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    EXPECT_EQ(attempts(task).size(), 1u);
}

TEST_F(OnAMachine, AnAttemptWithoutAStepWhoseCampaignWasStoppedIsCancelled) {
    begin();
    if (IsSkipped()) return;
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
    ASSERT_TRUE(stop(*store, owner, campaign.id));
    EXPECT_EQ(attempts(task)[0].state, AttemptState::cancelled) << "it was queued";
    next_campaign();
    ASSERT_EQ(*advance(tools(), book, task, between, {}), Progress::later);
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

struct Restarting : OnAMachine {
    model::AttemptId id;

    // Everything was done but the restart, which was about to be ordered when the server died.
    void about_to_restart() {
        begin();
        if (IsSkipped()) return;
        const auto session = transport.reach(*guard.permit_to_look(), machine->endpoint(), base::deadline_in(std::chrono::seconds{10}), {});
        ASSERT_TRUE(session) << session.error().sentence;
        // Whatever goes wrong, this machine isn't restarted.
        ASSERT_TRUE((*session)->put("/usr/local/sbin/shutdown", "#!/bin/sh\n", 0755, base::deadline_in(std::chrono::seconds{10}), {}));
        std::ifstream in("/proc/sys/kernel/random/boot_id");
        std::string boot_id;
        std::getline(in, boot_id);
        id = after_clean();
        ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            const auto row = [&](std::string step, StepEvent event, std::string said) {
                return store::append_step(
                    tx, {.attempt = id, .step = std::move(step), .run = 1, .event = event, .exit_code = 0, .said = std::move(said), .at = tx.now()});
            };
            TRY(row("patch", StepEvent::started, ""));
            TRY(row("patch", StepEvent::ended, ""));
            return row("reboot:patch", StepEvent::started, boot_id);
        }));
    }
};

TEST_F(Restarting, AStopBeforeTheOrderIsNoFailure) {
    about_to_restart();
    if (IsSkipped()) return;
    // A look at who answers, one for the boot id; what would come next is the order.
    Meddling meddling(transport, 2, [&](auto*) {
        ASSERT_TRUE(incident::stop_everything(*store, deputy));
        guard.refresh();
    });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, between, {}), Progress::rests);
    EXPECT_EQ(attempt(id).state, AttemptState::fate_unknown) << attempt(id).because;
    EXPECT_EQ(now().state, TaskState::open);
}

TEST_F(Restarting, AMachineWithoutAProgramForItIsNotWaitedFor) {
    about_to_restart();
    if (IsSkipped()) return;
    Meddling meddling(transport, 3, [](transport::Output* order) { order->exit_code = 69; });
    EXPECT_EQ(*advance({*store, guard, meddling, limits, campaign.plan_hash}, book, task, between, {}), Progress::later);
    EXPECT_EQ(attempt(id).state, AttemptState::failed);
    EXPECT_EQ(attempt(id).because, "its restart is due: the machine has no program that restarts it");
}

}  // namespace
}  // namespace douse::remediate
