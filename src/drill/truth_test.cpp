// SPDX-License-Identifier: Apache-2.0
#include "drill/truth.hpp"

#include <gtest/gtest.h>

namespace douse::drill {
namespace {

using model::Disposition;
using model::NeedsHands;
using model::TaskState;

const MachineTruth vulnerable{.running_version = "1.0-1", .installed_version = "1.0-1", .answers_outside = true, .counts = {}};
const MachineTruth fixed{.running_version = "1.0-2", .installed_version = "1.0-2", .lock_taken = true, .answers_outside = true, .counts = {}};
const MachineTruth nothing{.running_version = {}, .installed_version = {}, .counts = {}};

MachineTruth infected() {
    MachineTruth truth = vulnerable;
    truth.marker_file = truth.marker_program = truth.marker_job = truth.marker_runs = truth.marker_listens = true;
    return truth;
}

bool agrees(Kind kind, const MachineTruth& truth, Disposition said, std::optional<TaskState> task, NeedsHands reason = NeedsHands::none) {
    return judge(kind, truth, Booked{said, task, reason}).agrees;
}

TEST(TrueDisposition, IsInfectedByAnyPartAndFixedByAll) {
    EXPECT_EQ(true_disposition(vulnerable), Disposition::vulnerable);
    EXPECT_EQ(true_disposition(fixed), Disposition::fixed);
    EXPECT_EQ(true_disposition(nothing), Disposition::not_affected);
    MachineTruth upgraded = fixed;
    upgraded.running_version = "1.0-1";
    EXPECT_EQ(true_disposition(upgraded), Disposition::vulnerable) << "the old version still runs";
    MachineTruth waiting = fixed;
    waiting.restart_waiting = true;
    EXPECT_EQ(true_disposition(waiting), Disposition::vulnerable);
    for (bool MachineTruth::* part : {&MachineTruth::marker_file, &MachineTruth::marker_program, &MachineTruth::marker_job,
                                      &MachineTruth::marker_runs, &MachineTruth::marker_listens}) {
        MachineTruth truth = fixed;
        truth.*part = true;
        EXPECT_EQ(true_disposition(truth), Disposition::infected);
    }
}

TEST(Judge, TakesARepairableMachineOnlyFixedAndVerified) {
    for (const auto& row : kinds) {
        if (row.ending != Ending::fixed) continue;
        EXPECT_TRUE(agrees(row.kind, fixed, Disposition::fixed, TaskState::verified)) << row.name;
        EXPECT_FALSE(agrees(row.kind, fixed, Disposition::fixed, TaskState::open));
        EXPECT_FALSE(agrees(row.kind, fixed, Disposition::fixed, std::nullopt));
        EXPECT_FALSE(agrees(row.kind, fixed, Disposition::fix_unverified, TaskState::verified));
        EXPECT_FALSE(agrees(row.kind, vulnerable, Disposition::fixed, TaskState::verified)) << "said, but not true";
        EXPECT_FALSE(agrees(row.kind, vulnerable, Disposition::vulnerable, TaskState::verified)) << "true, but not done";
        EXPECT_FALSE(agrees(row.kind, fixed, Disposition::unknown, TaskState::verified));
    }
}

TEST(Judge, WantsTheLockToHaveBeenTakenWhereItIsTheFault) {
    MachineTruth untouched = fixed;
    untouched.lock_taken = false;
    EXPECT_FALSE(agrees(Kind::dpkg_locked, untouched, Disposition::fixed, TaskState::verified));
    EXPECT_TRUE(agrees(Kind::plain, untouched, Disposition::fixed, TaskState::verified));
}

TEST(Judge, NeedsNoTaskWhereNothingWasToDo) {
    EXPECT_TRUE(agrees(Kind::already_patched, fixed, Disposition::fixed, std::nullopt));
    EXPECT_TRUE(agrees(Kind::already_patched, fixed, Disposition::fixed, TaskState::verified));
    EXPECT_TRUE(agrees(Kind::without_service, nothing, Disposition::not_affected, std::nullopt));
    EXPECT_FALSE(agrees(Kind::without_service, nothing, Disposition::unknown, std::nullopt));
    EXPECT_FALSE(agrees(Kind::without_service, vulnerable, Disposition::not_affected, std::nullopt));
}

TEST(Judge, WantsTheTruthAndAReasonWhereHandsAreNeeded) {
    EXPECT_TRUE(agrees(Kind::lying_executor, vulnerable, Disposition::vulnerable, TaskState::needs_hands, NeedsHands::not_verified));
    EXPECT_TRUE(agrees(Kind::lying_executor, infected(), Disposition::infected, TaskState::needs_hands, NeedsHands::not_verified));
    EXPECT_TRUE(agrees(Kind::lying_executor, infected(), Disposition::infected_isolated, TaskState::needs_hands, NeedsHands::not_verified));
    EXPECT_FALSE(agrees(Kind::lying_executor, infected(), Disposition::vulnerable, TaskState::needs_hands, NeedsHands::not_verified));
    EXPECT_FALSE(agrees(Kind::lying_executor, vulnerable, Disposition::vulnerable, TaskState::needs_hands));
    EXPECT_FALSE(agrees(Kind::lying_executor, vulnerable, Disposition::vulnerable, TaskState::verified, NeedsHands::not_verified));
    EXPECT_FALSE(agrees(Kind::lying_executor, vulnerable, Disposition::unknown, TaskState::needs_hands, NeedsHands::not_verified));
}

TEST(Judge, TakesUnknownOnlyWhereNoOutsideLookCouldAnswer) {
    MachineTruth silent = vulnerable;
    silent.answers_outside = false;
    for (Kind kind : {Kind::no_credentials, Kind::hanging_sshd, Kind::disk_full, Kind::host_key_changed}) {
        EXPECT_TRUE(agrees(kind, vulnerable, Disposition::vulnerable, TaskState::needs_hands, row_of(kind).reason));
        EXPECT_TRUE(agrees(kind, infected(), Disposition::infected, TaskState::needs_hands, row_of(kind).reason));
        EXPECT_FALSE(agrees(kind, vulnerable, Disposition::unknown, TaskState::needs_hands, row_of(kind).reason));
        EXPECT_FALSE(agrees(kind, infected(), Disposition::vulnerable, TaskState::needs_hands, row_of(kind).reason));
        EXPECT_TRUE(agrees(kind, silent, Disposition::unknown, TaskState::needs_hands, row_of(kind).reason));
    }
}

TEST(Judge, WantsTheReasonOfTheKindAndNoOther) {
    for (const auto& row : kinds) {
        EXPECT_EQ(row.reason != NeedsHands::none, must_need_hands(row.kind)) << row.name;
        if (!must_need_hands(row.kind)) continue;
        for (int i = 0; i <= static_cast<int>(NeedsHands::not_for_this); ++i) {
            const NeedsHands reason{i};
            EXPECT_EQ(agrees(row.kind, vulnerable, Disposition::vulnerable, TaskState::needs_hands, reason), reason == row.reason)
                << row.name << ": " << model::name_of(reason);
        }
    }
    EXPECT_EQ(judge(Kind::hanging_sshd, vulnerable, Booked{Disposition::vulnerable, TaskState::needs_hands, NeedsHands::fate_unknown}).said,
              "vulnerable, task needs_hands: fate_unknown");
}

TEST(Judge, LetsAStoppedMarkerPassWhereOnlyOutsideCouldSee) {
    MachineTruth stopped = infected();
    stopped.marker_runs = stopped.marker_listens = false;
    EXPECT_TRUE(agrees(Kind::no_credentials, stopped, Disposition::vulnerable, TaskState::needs_hands, NeedsHands::no_credentials));
    EXPECT_TRUE(agrees(Kind::no_credentials, stopped, Disposition::infected, TaskState::needs_hands, NeedsHands::no_credentials));
}

TEST(Judge, KeepsTheExemptDeviceExempt) {
    EXPECT_TRUE(agrees(Kind::exempt_device, vulnerable, Disposition::exempt, std::nullopt));
    EXPECT_FALSE(agrees(Kind::exempt_device, vulnerable, Disposition::vulnerable, std::nullopt));
    EXPECT_FALSE(agrees(Kind::exempt_device, vulnerable, Disposition::exempt, TaskState::verified));
    EXPECT_FALSE(agrees(Kind::plain, vulnerable, Disposition::exempt, std::nullopt));
}

TEST(Judge, SaysAbsentForWhatIsNotOnTheBooks) {
    const Judgement judgement = judge(Kind::in_no_list, fixed, std::nullopt);
    EXPECT_FALSE(judgement.agrees);
    EXPECT_EQ(judgement.said, "absent");
    EXPECT_EQ(judgement.truth, "fixed, task verified");
}

}  // namespace
}  // namespace douse::drill
