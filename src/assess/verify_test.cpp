// SPDX-License-Identifier: Apache-2.0
#include "assess/verify.hpp"

#include "assess/story_for_tests.hpp"

#include <gtest/gtest.h>

namespace douse::assess {
namespace {

using enum model::Verdict;

class JudgeLook : public testing::Test {
protected:
    playbook::Playbook book = drill();
    Story story{book};
    LookResult look(std::string_view platform = "debian") const { return judge_look(book, platform, story.history.evidence); }
};

TEST_F(JudgeLook, IsGoodWhenEveryInsideCheckIsAndNoOutsideOneIsBad) {
    story.says("svc-package", fixed, 1).says("marker-inside", clean, 1);
    EXPECT_EQ(look().look, Look::good);
    story.says("svc-banner", unknown, 1).says("marker-listener", unknown, 1);
    EXPECT_EQ(look().look, Look::good);
}

TEST_F(JudgeLook, IsBadByAnyBadNews) {
    story.says("svc-package", fixed, 1).says("marker-inside", clean, 1).says("svc-banner", vulnerable, 1, "The running service is old.");
    EXPECT_EQ(look().look, Look::bad);
    EXPECT_EQ(look().because, "svc-banner: The running service is old.");
    Story infected_one(book);
    infected_one.says("marker-inside", infected, 1);
    EXPECT_EQ(judge_look(book, "debian", infected_one.history.evidence).look, Look::bad);
}

TEST_F(JudgeLook, IsIncompleteWhileAnInsideCheckHasNoAnswer) {
    story.says("svc-package", fixed, 1);
    EXPECT_EQ(look().look, Look::incomplete);
    EXPECT_EQ(look().because, "marker-inside: not asked");
    story.missed("marker-inside", 2, "the sign-in was refused");
    EXPECT_EQ(look().because, "marker-inside: the sign-in was refused");
    EXPECT_EQ(judge_look(book, "debian", {}).look, Look::incomplete);
}

TEST_F(JudgeLook, TakesTheNewestAnswerOfEachCheck) {
    story.says("svc-package", vulnerable, 1).says("marker-inside", clean, 1).says("svc-package", fixed, 2);
    EXPECT_EQ(look().look, Look::good);
    story.says("svc-package", unknown, 3);
    EXPECT_EQ(look().look, Look::incomplete);
}

TEST_F(JudgeLook, TakesNoAnswerToAnotherQuestion) {
    story.says("svc-package", fixed, 1).says("marker-inside", clean, 1);
    story.history.evidence[0].check_hash = "another";
    EXPECT_EQ(look().look, Look::incomplete);
}

TEST_F(JudgeLook, IsNeverGoodWhereNoCheckOfVerifyApplies) {
    EXPECT_EQ(look("alpine").look, Look::incomplete);
}

}  // namespace
}  // namespace douse::assess
