// SPDX-License-Identifier: Apache-2.0
#include "assess/counts.hpp"

#include "assess/story_for_tests.hpp"

#include <gtest/gtest.h>

namespace douse::assess {
namespace {

using model::AttemptState;
using enum model::Verdict;

class CountsTest : public testing::Test {
protected:
    // Of the only row of that check, or of its n-th.
    std::string_view of(std::string_view check, int at, size_t n = 0) const {
        const std::vector<Counts> counts = how_each_counts(story.history, book, hour(at));
        for (size_t i = 0; i < counts.size(); ++i) {
            if (story.history.evidence[i].check == check && n-- == 0) return name_of(counts[i]);
        }
        return "not there";
    }
    playbook::Playbook book = drill();
    Story story{book};
};

TEST_F(CountsTest, TheNewestOfEachCheckSpeaksUnlessAnotherOutranksIt) {
    story.says("svc-banner", fixed, 1).says("svc-package", vulnerable, 1).says("svc-banner", vulnerable, 2).says("marker-inside", clean, 2);
    EXPECT_EQ(of("svc-banner", 3, 0), "newer_answer");
    EXPECT_EQ(of("svc-banner", 3, 1), "speaks");
    EXPECT_EQ(of("svc-package", 3), "agrees") << "what runs outranks what is installed; both say the same";
    EXPECT_EQ(of("marker-inside", 3), "speaks");
    story.says("svc-package", fixed, 3);
    EXPECT_EQ(of("svc-package", 4, 1), "outranked");
}

TEST_F(CountsTest, AFailureToReachReplacesNothingAndSaysNothing) {
    story.says("svc-banner", vulnerable, 1).missed("svc-banner", 2);
    EXPECT_EQ(of("svc-banner", 3, 0), "speaks");
    EXPECT_EQ(of("svc-banner", 3, 1), "no_answer");
}

TEST_F(CountsTest, TimeAndAttemptsTurnAnswersIntoHistory) {
    story.says("marker-inside", clean, 0).says("svc-banner", vulnerable, 1);
    EXPECT_EQ(of("marker-inside", 13), "expired");
    story.attempt(AttemptState::failed, 2);
    EXPECT_EQ(of("marker-inside", 3), "history") << "older good news";
    EXPECT_EQ(of("svc-banner", 3), "speaks") << "older bad news stands";
    story.attempt(AttemptState::succeeded, 4);
    EXPECT_EQ(of("svc-banner", 5), "history");
}

TEST_F(CountsTest, APersonsAnswerIsOutrankedAndNotReplacedByOurs) {
    story.says("svc-package", fixed, 1).by_person().says("svc-package", vulnerable, 2);
    EXPECT_EQ(of("svc-package", 3, 0), "outranked");
    EXPECT_EQ(of("svc-package", 3, 1), "speaks");
}

TEST_F(CountsTest, AnAnswerToAnotherQuestionIsHistory) {
    story.says("svc-banner", fixed, 1);
    story.history.evidence.back().check_hash = "another";
    EXPECT_EQ(of("svc-banner", 2), "history");
}

}  // namespace
}  // namespace douse::assess
