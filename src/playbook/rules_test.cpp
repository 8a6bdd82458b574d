// SPDX-License-Identifier: Apache-2.0
#include "playbook/rules.hpp"
#include "playbook/platform.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace douse::playbook {
namespace {

using model::Fact;
using model::Facts;
using model::Verdict;

Threshold version(std::string v) {
    return {.version = std::move(v), .table = {}};
}
Threshold table(std::map<std::string, std::string> t) {
    return {.version = "", .table = std::move(t)};
}

Check check_of(std::vector<Rule> rules) {
    Check check{.id = "c"};
    check.rules = std::move(rules);
    check.as = {{"version", VersionScheme::deb}, {"pkg.version", VersionScheme::deb}};
    return check;
}

Truth ask(Test t, const std::string& fact, const Facts& facts, std::string_view platform = "") {
    return test(check_of({}), {.fact = fact, .test = std::move(t)}, facts, platform);
}

TEST(Tests, SayUnknownOfWhatNobodyKnows) {
    const Facts nothing, why{{"x", Fact::unknown("permission denied")}};
    for (const Facts& facts : {nothing, why}) {
        EXPECT_EQ(ask(IsPresent{}, "x", facts), Truth::unknown);
        EXPECT_EQ(ask(IsAbsent{}, "x", facts), Truth::unknown);
        EXPECT_EQ(ask(Is{std::string("a")}, "x", facts), Truth::unknown);
        EXPECT_EQ(ask(Is{false}, "x", facts), Truth::unknown);
        EXPECT_EQ(ask(InRange{.min = 1, .max = {}}, "x", facts), Truth::unknown);
        EXPECT_EQ(ask(InVersions{.at_least = version("1"), .below = {}}, "x", facts), Truth::unknown);
    }
}

TEST(Tests, APartOfAnAbsentThingFailsEveryTest) {
    const Facts facts{{"pkg", Fact::absent()}};
    EXPECT_EQ(ask(IsAbsent{}, "pkg", facts), Truth::yes);
    for (const playbook::Test& t :
         std::vector<playbook::Test>{IsPresent{}, IsAbsent{}, Is{std::string("1")}, InVersions{.at_least = {}, .below = version("9")}})
        EXPECT_EQ(ask(t, "pkg.version", facts), Truth::no);
}

TEST(Tests, AKnownPartShowsThatTheThingIsThere) {
    const Facts facts{{"pkg.version", Fact::of(std::string("1.0"))}};
    EXPECT_EQ(ask(IsPresent{}, "pkg", facts), Truth::yes);
    EXPECT_EQ(ask(IsAbsent{}, "pkg", facts), Truth::no);
    EXPECT_EQ(ask(IsPresent{}, "pk", facts), Truth::unknown);
    EXPECT_EQ(ask(IsPresent{}, "pkg", {{"pkg.version", Fact::unknown("")}}), Truth::unknown);
}

TEST(Tests, CompareValues) {
    const Facts facts{
        {"n", Fact::of(int64_t{7})}, {"t", Fact::of(std::string("Drill 7"))}, {"digits", Fact::of(std::string("7"))}, {"b", Fact::of_truth(true)}};
    EXPECT_EQ(ask(Is{int64_t{7}}, "n", facts), Truth::yes);
    EXPECT_EQ(ask(Is{int64_t{8}}, "n", facts), Truth::no);
    EXPECT_EQ(ask(Is{int64_t{7}}, "digits", facts), Truth::yes);
    EXPECT_EQ(ask(Is{int64_t{7}}, "t", facts), Truth::unknown);
    EXPECT_EQ(ask(Is{true}, "b", facts), Truth::yes);
    EXPECT_EQ(ask(Is{false}, "b", facts), Truth::no);
    EXPECT_EQ(ask(Is{true}, "t", facts), Truth::unknown);
    EXPECT_EQ(ask(OneOf{{std::string("x"), std::string("Drill 7")}}, "t", facts), Truth::yes);
    EXPECT_EQ(ask(Contains{"dRILL"}, "t", facts), Truth::yes);
    EXPECT_EQ(ask(Contains{"drill 8"}, "t", facts), Truth::no);
    EXPECT_EQ(ask(Matches{*Regex::compile("^Drill [0-9]$")}, "t", facts), Truth::yes);
    EXPECT_EQ(ask(InRange{.min = 7, .max = 7}, "n", facts), Truth::yes);
    EXPECT_EQ(ask(InRange{.min = {}, .max = 6}, "n", facts), Truth::no);
}

TEST(Tests, WhatAPersonSawAnswersTrueOrFalse) {
    EXPECT_EQ(ask(Is{false}, "boot", {{"boot", Fact::absent()}}), Truth::yes);
    EXPECT_EQ(ask(Is{false}, "boot", {{"boot", Fact::present()}}), Truth::no);
}

TEST(Tests, ThresholdsIncludeTheirLowerEnd) {
    const InVersions range{.at_least = version("1.0-2"), .below = version("2.0")};
    const auto at = [&](const char* v) { return ask(range, "version", {{"version", Fact::of(std::string(v))}}); };
    EXPECT_EQ(at("1.0-2"), Truth::yes);
    EXPECT_EQ(at("1.0-2~rc1"), Truth::no);
    EXPECT_EQ(at("2.0~"), Truth::yes);
    EXPECT_EQ(at("2.0"), Truth::no);
    EXPECT_EQ(at("unreadable!"), Truth::unknown);
}

TEST(Tests, ThresholdsPerPlatformAreUnknownElsewhere) {
    const InVersions below{.at_least = {}, .below = table({{"debian11", "2.0"}})};
    const Facts facts{{"version", Fact::of(std::string("1.0"))}};
    EXPECT_EQ(ask(below, "version", facts, "debian11"), Truth::yes);
    EXPECT_EQ(ask(below, "version", facts, "debian12"), Truth::unknown);
    EXPECT_EQ(ask(below, "version", facts, ""), Truth::unknown);
    Check narrowed = check_of({});
    narrowed.narrowed = true;
    const Line line{.fact = "version", .test = InVersions{.at_least = {}, .below = version("2.0")}};
    EXPECT_EQ(test(narrowed, line, facts, ""), Truth::unknown);
    EXPECT_EQ(test(narrowed, line, facts, "debian11"), Truth::yes);
}

Rule rule(Verdict verdict, std::vector<Lines> when) {
    return {.verdict = verdict, .mitigated = false, .when = std::move(when), .why = "because"};
}
Line present(const char* fact) {
    return {.fact = fact, .test = IsPresent{}};
}

TEST(Judge, FirstTrueRuleSpeaksUnlessOneAboveMayHold) {
    const Check check = check_of({rule(Verdict::vulnerable, {{present("a")}}), rule(Verdict::fixed, {{present("b")}})});
    EXPECT_EQ(judge(check, {{"a", Fact::absent()}, {"b", Fact::present()}}, "").says, Verdict::fixed);
    EXPECT_EQ(judge(check, {{"a", Fact::present()}, {"b", Fact::present()}}, "").says, Verdict::vulnerable);
    const Answer blocked = judge(check, {{"a", Fact::unknown("no permission")}, {"b", Fact::present()}}, "");
    EXPECT_EQ(blocked.says, Verdict::unknown);
    EXPECT_EQ(blocked.lacked, std::vector<std::string>{"a"});
    EXPECT_EQ(blocked.because, "not known: a (no permission)");
}

TEST(Judge, AnUnknownRuleOfTheSameVerdictBlocksNothing) {
    const Check check = check_of({rule(Verdict::vulnerable, {{present("a")}}), rule(Verdict::vulnerable, {{present("b")}})});
    EXPECT_EQ(judge(check, {{"b", Fact::present()}}, "").says, Verdict::vulnerable);
}

TEST(Judge, AnySetIsEnoughAndAllLinesOfASetAreNeeded) {
    const Check check = check_of({rule(Verdict::infected, {{present("a"), present("b")}, {present("c")}})});
    EXPECT_EQ(judge(check, {{"a", Fact::present()}}, "").says, Verdict::unknown);
    EXPECT_EQ(judge(check, {{"a", Fact::present()}, {"b", Fact::present()}}, "").says, Verdict::infected);
    EXPECT_EQ(judge(check, {{"c", Fact::present()}}, "").says, Verdict::infected);
    const Answer no = judge(check, {{"a", Fact::absent()}, {"c", Fact::absent()}}, "");
    EXPECT_EQ(no.says, Verdict::unknown);
    EXPECT_TRUE(no.lacked.empty());
}

// Knowing less never turns an answer into another one: it can only become unknown.
TEST(Judge, ForgettingAFactNeverChangesTheVerdictToAnother) {
    EXPECT_TRUE(rc::check("forgetting", [] {
        const std::vector<const char*> names{"a", "b", "c"};
        const auto lines =
            rc::gen::map(rc::gen::container<std::vector<std::pair<int, bool>>>(2, rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::arbitrary<bool>())),
                         [&](const auto& picks) {
                             Lines out;
                             for (const auto& [which, there] : picks)
                                 out.push_back({.fact = names[static_cast<size_t>(which)],
                                                .test = there ? playbook::Test{IsPresent{}} : playbook::Test{IsAbsent{}}});
                             return out;
                         });
        Check check = check_of({});
        for (int i = 0; i < 3; ++i)
            check.rules.push_back(rule(*rc::gen::element(Verdict::vulnerable, Verdict::fixed, Verdict::not_affected), {*lines, *lines}));
        Facts facts;
        for (const char* name : names) facts[name] = *rc::gen::arbitrary<bool>() ? Fact::present() : Fact::absent();
        const Verdict whole = judge(check, facts, "").says;
        facts.erase(names[static_cast<size_t>(*rc::gen::inRange(0, 3))]);
        const Verdict less = judge(check, facts, "").says;
        RC_ASSERT(less == whole || less == Verdict::unknown);
    }));
}

TEST(Platform, UnknownFactsMakeItUnknownNotUnfit) {
    Playbook book;
    book.platforms = {{.id = "debian11", .os = "linux", .distro = {"debian"}, .release = {"11"}, .arch = {}},
                      {.id = "linux-x64", .os = "linux", .distro = {}, .release = {}, .arch = {"x64"}}};
    model::MachineFacts machine{.os = "linux", .distro = "debian", .release = "11", .arch = "x86_64"};
    EXPECT_EQ(platform_of(book, machine), "debian11");
    machine.release = "12";
    EXPECT_EQ(platform_of(book, machine), "linux-x64");
    machine.release = "";
    EXPECT_EQ(platform_of(book, machine), "");  // it may be debian11
    EXPECT_FALSE(fit_platform(book, facts_of(machine)).known);
    machine = {.os = "linux", .distro = "alpine", .release = "3", .arch = "aarch64"};
    EXPECT_EQ(platform_of(book, machine), "");
    EXPECT_TRUE(fit_platform(book, facts_of(machine)).known);
}

}  // namespace
}  // namespace douse::playbook
