// SPDX-License-Identifier: Apache-2.0
// From what the hands brought back to rows of evidence, with the drill's playbook.
#include "survey/answers.hpp"

#include "playbook/parse.hpp"

#include <gtest/gtest.h>
#include <fstream>
#include <set>
#include <sstream>

namespace douse::survey {
namespace {

using model::Fact;
using enum model::Verdict;

class Answers : public testing::Test {
protected:
    static playbook::Playbook drill() {
        std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
        std::stringstream text;
        text << in.rdbuf();
        return *playbook::parse(text.str(), "drill.yaml").playbook;
    }
    // A machine as one visit found it: no part of the marker, and the package in this version.
    static transport::LookAnswers visit(const std::string& version) {
        transport::LookAnswers answers;
        answers.machine = {.os = "linux", .distro = "debian", .release = "12"};
        answers.facts = {
            {"svc-package/pkg", Fact::present()},        {"svc-package/pkg.version", Fact::of(version)}, {"svc-package/svc", Fact::present()},
            {"svc-package/boot", Fact::of_truth(false)}, {"marker-inside/mark", Fact::absent()},         {"marker-inside/bin", Fact::absent()},
            {"marker-inside/proc", Fact::absent()},      {"marker-inside/sock", Fact::absent()},         {"marker-inside/job", Fact::absent()}};
        return answers;
    }
    static const model::Evidence* row_of(const std::vector<model::Evidence>& rows, std::string_view check) {
        for (const model::Evidence& row : rows) {
            if (row.check == check) return &row;
        }
        return nullptr;
    }
    const playbook::Playbook book = drill();
    const Taken taken{
        .asset = model::AssetId(7), .sweep = model::SweepId(3), .address = *Address::parse("10.0.0.7"), .at = Timestamp{std::chrono::hours{1000}}};
};

TEST_F(Answers, OneVisitIsJudgedCheckByCheckEachWithItsOwnFacts) {
    const auto rows = evidence_from(book, inside_checks(book), visit("1.0-2"), taken);
    ASSERT_EQ(rows.size(), 3u) << "the platform and two inside checks";
    EXPECT_EQ(rows[0].check, model::platform_check);
    const model::Evidence* package = row_of(rows, "svc-package");
    const model::Evidence* marker = row_of(rows, "marker-inside");
    ASSERT_TRUE(package && marker);
    EXPECT_EQ(package->says, fixed);
    EXPECT_EQ(marker->says, clean);
    EXPECT_TRUE(package->facts.contains("pkg.version"));
    EXPECT_FALSE(package->facts.contains("mark")) << "another check's look";
    EXPECT_EQ(package->asset, taken.asset);
    EXPECT_EQ(package->sweep, taken.sweep);
    EXPECT_EQ(package->taken_at, taken.at);
    EXPECT_EQ(marker->valid_until, taken.at + std::chrono::hours{12});
    EXPECT_EQ(package->valid_until, taken.at + std::chrono::hours{24});
}

TEST_F(Answers, ALookThatGaveNothingIsUnknownAndNeverGoodNews) {
    transport::LookAnswers answers = visit("1.0-1");
    answers.facts["marker-inside/job"] = Fact::unknown("cron's folder can't be read");
    const auto rows = evidence_from(book, inside_checks(book), answers, taken);
    EXPECT_EQ(row_of(rows, "svc-package")->says, vulnerable);
    EXPECT_EQ(row_of(rows, "marker-inside")->says, unknown);
    EXPECT_TRUE(row_of(rows, "marker-inside")->real_look);
}

TEST_F(Answers, TheLooksOfTwoChecksStayApart) {
    const std::vector<model::Look> looks = looks_of(inside_checks(book));
    std::set<std::string> names;
    for (const model::Look& look : looks) EXPECT_TRUE(names.insert(look.name).second) << look.name;
    EXPECT_TRUE(names.contains("svc-package/pkg"));
    EXPECT_TRUE(names.contains("marker-inside/mark"));
}

TEST_F(Answers, AMachineThatCouldNotBeAskedLeavesAnUnknownThatIsNoLook) {
    const model::Evidence row = no_answer(*book.check("svc-package"), "could not sign in: refused", taken);
    EXPECT_EQ(row.says, unknown);
    EXPECT_FALSE(row.real_look);
    EXPECT_EQ(row.because, "could not sign in: refused");
    const model::Evidence shut = evidence_from(*book.check("svc-banner"), {}, false, "", taken);
    EXPECT_EQ(shut.says, unknown);
    EXPECT_FALSE(shut.real_look);
}

TEST_F(Answers, ThePlatformIsKnownUntilItsEvidenceRunsOut) {
    const auto rows = evidence_from(book, inside_checks(book), visit("1.0-2"), taken);
    EXPECT_EQ(known_platform(book, rows, taken.at + std::chrono::hours{1}), "debian");
    EXPECT_EQ(known_platform(book, rows, taken.at + std::chrono::hours{24}), "");
    EXPECT_EQ(known_platform(book, {}, taken.at), "");
}

}  // namespace
}  // namespace douse::survey
