// SPDX-License-Identifier: Apache-2.0
#include "assess/assess.hpp"

#include "assess/story_for_tests.hpp"

#include <gtest/gtest.h>

namespace douse::assess {
namespace {

using model::AttemptState;
using model::Disposition;
using model::Verdict;
using enum model::Verdict;

class Assess : public testing::Test {
protected:
    playbook::Playbook book = drill();
    Story story{book};
    model::Assessment at(int h) const { return assess(story.history, book, hour(h)); }
    Disposition end(int h) const { return at(h).disposition; }
    std::string why(int h) const { return at(h).because; }
};

TEST_F(Assess, NobodyLookedYet) {
    EXPECT_EQ(end(0), Disposition::unknown);
    EXPECT_EQ(why(0), "Never checked.");
    EXPECT_EQ(at(0).changes_at, std::nullopt);
    EXPECT_EQ(at(0).evidence_at, std::nullopt);
    EXPECT_EQ(no_incident().disposition, Disposition::unknown);
}

TEST_F(Assess, FixedNeedsCleanWhereThePlaybookAsksForInfection) {
    story.says("svc-banner", fixed, 1, "The running service reports 1.0-2 or later.");
    EXPECT_EQ(end(2), Disposition::unknown);
    EXPECT_EQ(why(2), "Fixed, but infection not ruled out: never looked at from inside.");
    story.says("marker-inside", clean, 2, "All five places were looked at and are empty.");
    EXPECT_EQ(end(2), Disposition::fixed);
    EXPECT_EQ(why(2), "svc-banner: The running service reports 1.0-2 or later; marker-inside: All five places were looked at and are empty.");
    EXPECT_EQ(at(2).speaks.size(), 2u);
    EXPECT_EQ(at(2).evidence_at, hour(2));
    EXPECT_EQ(at(2).changes_at, hour(14));  // clean decays after 12 hours
    EXPECT_EQ(end(14), Disposition::unknown);
    EXPECT_EQ(why(14), "Fixed, but infection not ruled out: evidence too old (marker-inside said clean).");
}

TEST_F(Assess, NotAffectedNeedsNoCleanCheck) {
    story.says("svc-package", not_affected, 1);
    EXPECT_EQ(end(2), Disposition::not_affected);
}

TEST_F(Assess, OneInfectedDecides) {
    story.says("marker-inside", clean, 1)
        .says("marker-listener", infected, 1, "The marker's greeting was read on its port.")
        .says("svc-banner", fixed, 1);
    EXPECT_EQ(end(2), Disposition::infected);
    EXPECT_EQ(why(2), "marker-listener: The marker's greeting was read on its port.");
    story.history.isolation_active = true;
    story.history.exempt_until = hour(100);
    EXPECT_EQ(end(2), Disposition::infected_isolated);
}

TEST_F(Assess, OutsideChecksNeverSayClean) {
    story.says("marker-listener", unknown, 1).says("svc-banner", fixed, 1);
    EXPECT_EQ(at(2).infection, unknown);
}

TEST_F(Assess, WhatRunsOutranksWhatIsInstalled) {
    story.says("svc-package", fixed, 5).says("svc-banner", vulnerable, 4);
    EXPECT_EQ(end(6), Disposition::vulnerable);
    EXPECT_EQ(at(6).speaks, std::vector<model::EvidenceId>{story.history.evidence[1].id});
    // It outranks only while it speaks.
    EXPECT_EQ(at(28).vulnerability, fixed);
}

TEST_F(Assess, ContradictionIsUnknownAndShowsBothSides) {
    const playbook::Playbook equals = drill("    over: [svc-package]                 # what runs counts for more than what is installed\n", "");
    Story two(equals);
    two.says("svc-banner", vulnerable, 1, "The running service is old.").says("svc-package", fixed, 1, "The package is new.");
    const auto result = assess(two.history, equals, hour(2));
    EXPECT_EQ(result.disposition, Disposition::unknown);
    EXPECT_EQ(result.because,
              "Contradiction: svc-banner says vulnerable (The running service is old), and svc-package says fixed (The package is new).");
    EXPECT_EQ(result.speaks.size(), 2u);
}

TEST_F(Assess, NoCheckHidesWhatAnotherAxisFound) {
    const playbook::Playbook across = drill_across_axes();
    Story marked(across);
    marked.says("svc-banner", fixed, 1).says("svc-package", vulnerable, 1).says("marker-inside", infected, 1);
    const auto result = assess(marked.history, across, hour(2));
    EXPECT_EQ(result.infection, infected);
    EXPECT_EQ(result.vulnerability, fixed) << "on its own axis it outranks";
    EXPECT_EQ(result.disposition, Disposition::infected);
}

TEST_F(Assess, WhatAPersonEnteredOutranksNoCheckOfOurs) {
    story.says("svc-package", vulnerable, 1).says("svc-banner", fixed, 2).by_person();
    EXPECT_EQ(end(3), Disposition::vulnerable);
}

TEST_F(Assess, FixedBesideNotAffectedIsFixed) {
    const playbook::Playbook equals = drill("    over: [svc-package]                 # what runs counts for more than what is installed\n", "");
    Story two(equals);
    two.says("svc-banner", fixed, 1).says("svc-package", not_affected, 1);
    EXPECT_EQ(assess(two.history, equals, hour(2)).vulnerability, fixed);
}

TEST_F(Assess, ARealLookThatSaysUnknownReplacesAndAMissedOneDoesNot) {
    story.says("svc-banner", vulnerable, 1).missed("svc-banner", 2);
    EXPECT_EQ(end(3), Disposition::vulnerable);
    story.says("svc-banner", unknown, 3, "not known: version");
    EXPECT_EQ(end(3), Disposition::unknown);
    EXPECT_EQ(why(3), "No answer from svc-banner: not known: version.");
    EXPECT_EQ(end(4), Disposition::unknown);  // what was replaced never comes back
}

TEST_F(Assess, SaysWhenAMachineCouldNotBeReached) {
    story.missed("svc-banner", 1, "no answer in time").missed("svc-package", 2, "the sign-in was refused");
    EXPECT_EQ(why(3), "Could not be reached (svc-package: the sign-in was refused).");
    Story old(book);
    old.says("svc-banner", vulnerable, 1).missed("svc-banner", 30, "no answer in time");
    EXPECT_EQ(assess(old.history, book, hour(31)).because,
              "Evidence too old (svc-banner said vulnerable); could not be reached (svc-banner: no answer in time).");
}

TEST_F(Assess, EvidenceOfAChangedCheckIsHistory) {
    story.says("svc-banner", vulnerable, 1);
    story.history.evidence[0].check_hash = "another";
    EXPECT_EQ(end(2), Disposition::unknown);
    EXPECT_EQ(at(2).changes_at, std::nullopt);
}

// ---- law 2: a job's success is not a verdict

TEST_F(Assess, ReportedDoneIsFixUnverifiedAtMost) {
    story.says("svc-banner", vulnerable, 1).says("marker-inside", infected, 1).attempt(AttemptState::succeeded, 2);
    EXPECT_EQ(end(3), Disposition::fix_unverified);
    EXPECT_EQ(why(3), "An attempt reported done at 2025-11-24 18:00 UTC; nothing has looked since.");
    EXPECT_EQ(end(300), Disposition::fix_unverified);
    EXPECT_EQ(at(3).changes_at, std::nullopt);
}

TEST_F(Assess, OnlyLaterEvidenceEndsFixUnverified) {
    story.says("svc-banner", fixed, 1).says("marker-inside", clean, 1).attempt(AttemptState::succeeded, 2);
    EXPECT_EQ(end(3), Disposition::fix_unverified);
    story.says("svc-banner", fixed, 3);
    EXPECT_EQ(end(4), Disposition::fix_unverified);
    EXPECT_EQ(why(4),
              "An attempt reported done at 2025-11-24 18:00 UTC; since then: fixed, but infection not ruled out: never looked at from inside.");
    story.says("marker-inside", clean, 4);
    EXPECT_EQ(end(4), Disposition::fixed);
}

TEST_F(Assess, AnUnknownOrUnreachableMachineIsNoAnswer) {
    story.attempt(AttemptState::succeeded, 2).missed("svc-banner", 3, "no route").says("svc-package", unknown, 4, "not known: boot");
    EXPECT_EQ(end(5), Disposition::fix_unverified);
    EXPECT_EQ(why(5),
              "An attempt reported done at 2025-11-24 18:00 UTC; since then: no answer from svc-package: not known: boot; could not be reached "
              "(svc-banner: no route).");
}

TEST_F(Assess, AnAnswerThatIsTooOldNowLeadsToUnknown) {
    story.attempt(AttemptState::succeeded, 2).says("svc-banner", vulnerable, 3);
    EXPECT_EQ(end(4), Disposition::vulnerable);
    EXPECT_EQ(end(27), Disposition::unknown);
    EXPECT_EQ(why(27), "Evidence too old (svc-banner said vulnerable).");
}

TEST_F(Assess, StillInfectedAfterDoneIsInfected) {
    story.attempt(AttemptState::succeeded, 2).says("marker-inside", infected, 3);
    EXPECT_EQ(end(4), Disposition::infected);
    EXPECT_EQ(end(15), Disposition::fix_unverified);  // too old, and nobody ever answered whether the hole is closed
}

TEST_F(Assess, AFailedStepMakesGoodNewsHistoryAndLeavesBadNews) {
    for (const AttemptState state : {AttemptState::failed, AttemptState::fate_unknown}) {
        Story good(book), bad(book);
        good.says("svc-banner", fixed, 1).says("marker-inside", clean, 1).attempt(state, 2);
        bad.says("svc-banner", vulnerable, 1).attempt(state, 2);
        EXPECT_EQ(assess(good.history, book, hour(3)).disposition, Disposition::unknown);
        EXPECT_EQ(assess(good.history, book, hour(3)).because, "Not looked at since an attempt that failed (before it svc-banner said fixed).");
        EXPECT_EQ(assess(bad.history, book, hour(3)).disposition, Disposition::vulnerable);
    }
}

TEST_F(Assess, AttemptsThatRanNothingChangeNothing) {
    story.says("svc-banner", fixed, 1).says("marker-inside", clean, 1);
    for (const AttemptState state :
         {AttemptState::succeeded, AttemptState::failed, AttemptState::unreachable, AttemptState::expired, AttemptState::cancelled})
        story.attempt(state, 2, false);
    for (const AttemptState state : {AttemptState::queued, AttemptState::sent, AttemptState::running}) story.attempt(state, 2, true);
    EXPECT_EQ(end(3), Disposition::fixed);
}

// ---- exemptions, people, platforms

TEST_F(Assess, AnExemptionHidesTheHoleAndEnds) {
    story.says("svc-banner", vulnerable, 1, "The running service is old.");
    story.history.exempt_until = hour(10);
    EXPECT_EQ(end(2), Disposition::exempt);
    EXPECT_EQ(why(2), "Exempt until 2025-11-25 02:00 UTC; without that: svc-banner: The running service is old.");
    EXPECT_EQ(at(2).changes_at, hour(10));
    EXPECT_EQ(end(10), Disposition::vulnerable);
    story.says("svc-package", not_affected, 2);  // outranked by what runs
    EXPECT_EQ(end(3), Disposition::exempt);
}

TEST_F(Assess, AnyOwnCheckOutranksWhatAPersonRead) {
    story.says("svc-package", fixed, 5).by_person().says("marker-inside", clean, 5).by_person();
    EXPECT_EQ(end(6), Disposition::fixed);
    EXPECT_NE(why(6).find("(read by a person)"), std::string::npos);
    story.says("svc-banner", vulnerable, 3);
    EXPECT_EQ(end(6), Disposition::vulnerable);
}

TEST_F(Assess, PlatformsOutsideAreNotAffectedWhileTheirFactsAreFresh) {
    const playbook::Playbook more =
        drill("  debian: {os: linux, distro: [debian]}\naffects:\n  in: [debian]\n",
              "  debian: {os: linux, distro: [debian]}\n  alpine: {os: linux, distro: [alpine]}\naffects:\n  in: [debian]\n  out: [alpine]\n");
    Story out(more);
    out.runs_debian(1, 24, "alpine");
    EXPECT_EQ(assess(out.history, more, hour(2)).disposition, Disposition::not_affected);
    EXPECT_EQ(assess(out.history, more, hour(2)).because, "The platform alpine is not affected.");
    EXPECT_EQ(assess(out.history, more, hour(2)).changes_at, hour(25));
    EXPECT_EQ(assess(out.history, more, hour(25)).disposition, Disposition::unknown);
    out.says("svc-banner", vulnerable, 2);
    EXPECT_EQ(assess(out.history, more, hour(3)).disposition, Disposition::vulnerable);
    Story in(more);
    in.runs_debian(1, 24);
    EXPECT_EQ(assess(in.history, more, hour(2)).disposition, Disposition::unknown);
}

TEST_F(Assess, RestIsWhatThePlaybookSaysOfIt) {
    const playbook::Playbook rest = drill("  rest: unknown", "  rest: not_affected");
    Story other(rest);
    other.runs_debian(1, 24, "alpine");
    EXPECT_EQ(assess(other.history, rest, hour(2)).disposition, Disposition::not_affected);
    other.history.evidence[0].facts.erase("distro");
    EXPECT_EQ(assess(other.history, rest, hour(2)).disposition, Disposition::unknown);
}

TEST_F(Assess, AHintIsNeverAVerdict) {
    story.says("svc-banner", vulnerable, 1);
    story.history.evidence[0].hint = true;
    EXPECT_EQ(end(2), Disposition::unknown);
}

TEST_F(Assess, MitigatedOnlyIfEveryVoiceSaysSo) {
    story.says("svc-banner", vulnerable, 1);
    story.history.evidence[0].mitigated = true;
    EXPECT_TRUE(at(2).mitigated);
    EXPECT_EQ(end(2), Disposition::vulnerable);
}

}  // namespace
}  // namespace douse::assess
