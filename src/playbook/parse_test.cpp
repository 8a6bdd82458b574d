// SPDX-License-Identifier: Apache-2.0
#include "playbook/check.hpp"

#include "base/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <fstream>
#include <iterator>

namespace douse::playbook {
namespace {

std::string drill() {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string with(std::string text, std::string_view old_part, std::string_view new_part) {
    const size_t at = text.find(old_part);
    EXPECT_NE(at, std::string::npos) << old_part;
    return text.replace(at, old_part.size(), new_part);
}

Playbook parsed(const std::string& text) {
    Parsed result = parse(text, "drill.yaml");
    for (const Finding& f : result.findings) ADD_FAILURE() << f.text();
    return result.playbook.value_or(Playbook{});
}

TEST(Parse, TakesTheDrillWithoutAFinding) {
    const Playbook book = parsed(drill());
    EXPECT_EQ(book.id, "drill");
    EXPECT_EQ(book.version, 1);
    EXPECT_EQ(book.kind, "drill");
    EXPECT_EQ(book.deadline, std::chrono::hours{4});
    EXPECT_EQ(book.deadline_mitigated, book.deadline);
    EXPECT_EQ(book.cannot_know.size(), 2u);
    ASSERT_EQ(book.platforms.size(), 1u);
    EXPECT_EQ(book.platforms[0].distro, std::vector<std::string>{"debian"});
    EXPECT_TRUE(book.has_infection_check());
    EXPECT_EQ(book.isolation.open_percent, 25);
    EXPECT_FALSE(book.isolation.closed_machines);
    EXPECT_EQ(book.isolation.never.size(), 4u);
    EXPECT_EQ(book.instructions.at("technician").size(), 2u);
    EXPECT_EQ(book.instructions.at("technician")[1].language, "de");
    EXPECT_EQ(book.files.at(0).sha256, "");
    EXPECT_EQ(book.verify.again, std::vector<Millis>{std::chrono::seconds{15}});
}

TEST(Parse, ReadsChecksWithTheirDefaults) {
    const Playbook book = parsed(drill());
    ASSERT_EQ(book.checks.size(), 4u);
    const Check& banner = *book.check("svc-banner");
    EXPECT_EQ(banner.ask, model::Origin::outside);
    EXPECT_EQ(banner.ports, std::vector<uint16_t>{7445});
    EXPECT_EQ(banner.over, std::vector<std::string>{"svc-package"});
    EXPECT_EQ(banner.valid, std::chrono::hours{24});
    EXPECT_EQ(banner.talk.timeout, std::chrono::seconds{5});
    EXPECT_EQ(banner.talk.max_bytes, 256u);
    EXPECT_EQ(std::get<Send>(banner.talk.steps.at(0)).bytes, "VERSION\r\n");
    EXPECT_EQ(std::get<Expect>(banner.talk.steps.at(1)).within, std::optional<Millis>(3000));
    const Check& inside = *book.check("marker-inside");
    EXPECT_EQ(inside.axis, model::Axis::infection);
    EXPECT_EQ(inside.valid, std::chrono::hours{12});
    ASSERT_EQ(inside.looks.size(), 5u);
    EXPECT_EQ(inside.looks[2], (model::Look{.name = "proc",
                                            .kind = model::LookKind::process,
                                            .argument = "drill-marker",
                                            .path = "/var/lib/drill/drill-marker",
                                            .timeout = inside.timeout}));
    EXPECT_EQ(inside.looks[3],
              (model::Look{.name = "sock", .kind = model::LookKind::listener, .argument = "7446/tcp", .path = "", .timeout = inside.timeout}));
    EXPECT_EQ(inside.rules.at(0).when.size(), 4u);
    EXPECT_EQ(inside.by_hand.size(), 5u);
    EXPECT_TRUE(inside.applies_to("debian") && inside.applies_to("") && !inside.applies_to("windows"));
}

TEST(Parse, ReadsThePlan) {
    const Playbook book = parsed(drill());
    ASSERT_EQ(book.plan.size(), 3u);
    const Step& clean = book.plan[0];
    ASSERT_EQ(clean.actions.size(), 4u);
    EXPECT_EQ(std::get<Remove>(clean.actions[0]).job->text(), "drill-marker");
    EXPECT_EQ(std::get<Stop>(clean.actions[1]).path, "/var/lib/drill/drill-marker");
    EXPECT_EQ(clean.skip_if, (std::vector<std::pair<std::string, model::Verdict>>{{"marker-inside", model::Verdict::clean}}));
    EXPECT_EQ(clean.retry.when, RetryClass::safe);
    const Step& patch = book.plan[1];
    EXPECT_EQ(std::get<Install>(patch.actions[0]).file, "fixed-package");
    EXPECT_EQ(patch.needs.disk, 20 * 1024 * 1024);
    ASSERT_TRUE(patch.reboot);
    EXPECT_EQ(sentence_of(book.plan[2].actions[0]), "restart the service drill-svc");
    EXPECT_TRUE(patch.applies_to("debian") && !patch.applies_to(""));
}

TEST(Parse, CommentsAndLayoutMeanNothing) {
    const Playbook book = parsed(drill());
    const Playbook other = parsed(with(with(drill(), "deadline: 4h", "'deadline':    4h  # by then"), "ids: []\n", "ids:\n  []\n"));
    EXPECT_EQ(book.canonical, other.canonical);
    EXPECT_EQ(book.sha256, other.sha256);
    EXPECT_EQ(book.sha256, base::sha256_hex(book.canonical));
    EXPECT_NE(book.sha256, parsed(with(drill(), "deadline: 4h", "deadline: 5h")).sha256);
}

TEST(Parse, CanonicalFormIsRfc8785) {
    const Playbook book = parsed(with(drill(), "name: Drill outbreak", "name: \"Drill \\\"\\x1f\\\\ \\u00e9 \\u20ac\\n\""));
    EXPECT_TRUE(book.canonical.starts_with(R"({"affects":{"in":["debian"],"rest":"unknown"},"cannot_know":[)")) << book.canonical.substr(0, 80);
    EXPECT_NE(book.canonical.find("\"name\":\"Drill \\\"\\u001f\\\\ \xC3\xA9 \xE2\x82\xAC\\n\""), std::string::npos);
    EXPECT_TRUE(book.canonical.ends_with(R"("within":"60s"},"version":1})"));
}

TEST(Parse, ACheckKeepsItsHashWhenOnlyExamplesChange) {
    const auto hash = [](const std::string& text) { return parsed(text).check("svc-package")->hash; };
    const std::string before = hash(drill());
    EXPECT_EQ(before.size(), 64u);
    EXPECT_EQ(before, hash(with(drill(), "      - {given: {pkg.version: \"1.0-2\", boot: true}, gives: unknown}\n", "")));
    EXPECT_NE(before, hash(with(drill(), "Package 1.0-2 or later is installed", "Package 1.0-2 is installed")));
}

TEST(Parse, TellsFindingsInFileOrderAndAtMostFifty) {
    const Parsed two = parse(with(with(drill(), "confirm_within: 20s", "confirm_within: soon"), "deadline: 4h", "deadline: later"), "x.yaml");
    ASSERT_EQ(two.findings.size(), 2u);
    EXPECT_LT(two.findings[0].line, two.findings[1].line);
    EXPECT_EQ(two.findings[0].file, "x.yaml");
    std::string many;
    for (int i = 0; i < 80; ++i) many += "  - 5\n";
    const Parsed capped = parse(with(drill(), "cannot_know:\n", "cannot_know:\n" + many), "x.yaml");
    EXPECT_EQ(capped.findings.size(), findings_limit);
    EXPECT_FALSE(capped.ok());
}

TEST(Parse, WarnsWithoutRefusing) {
    const Parsed result = parse(with(drill(), "      - {given: {pkg.version: \"1.0-2\", boot: false}, gives: fixed}\n", ""), "drill.yaml");
    ASSERT_TRUE(result.ok());
    ASSERT_EQ(result.findings.size(), 1u);
    EXPECT_EQ(result.findings[0].text(),
              "drill.yaml:61:5: warning: check svc-package: no example gives fixed. Add one, written or recorded. [no-example]");
}

TEST(Parse, SaysTheSameOfSectionElevensExamples) {
    const Parsed silence = parse(with(drill(), "when: {version: {at_least: \"1.0-2\"}}", "when: {port: closed}"), "drill.yaml");
    ASSERT_FALSE(silence.findings.empty());
    EXPECT_EQ(silence.findings[0].text(),
              "drill.yaml:49:9: error: check svc-banner: rule 2 says fixed when the port is closed. Silence is no proof; ask the machine or drop the "
              "rule. [good-news-from-silence]");
}

TEST(Parse, RefusesTextsThatAreNotSafe) {
    const auto code = [](const std::string& text) {
        const Parsed result = parse(text, "x.yaml");
        return result.findings.empty() ? std::string() : result.findings[0].code;
    };
    EXPECT_EQ(code(""), "yaml");
    EXPECT_EQ(code("just words"), "map");
    EXPECT_EQ(code("a: \xC3\x28"), "not-utf8");
    EXPECT_EQ(code("a:\tb"), "tab");
    EXPECT_EQ(code("a: b\x01"), "control-character");
    EXPECT_EQ(code(std::string("a: \0b", 5)), "control-character");
    EXPECT_EQ(code("%YAML 1.1\n---\na: b"), "directive");
    EXPECT_EQ(code(std::string(yaml_limit + 1, '#')), "too-large");
    EXPECT_EQ(code("\xEF\xBB\xBFid: x"), "control-character");
    const auto keys = [](size_t count) {
        std::string text;
        for (size_t i = 0; i < count; ++i) text += "key" + std::to_string(i) + ": 1\n";
        return text;
    };
    EXPECT_NE(code(keys(entries_limit)), "too-many") << "read, and refused for what it says";
    EXPECT_EQ(code(keys(entries_limit + 1)), "too-many");
    const auto list = [](size_t count) {
        std::string text = "ids: [";
        for (size_t i = 0; i < count; ++i) text += "a, ";
        return text + "]";
    };
    EXPECT_NE(code(list(entries_limit)), "too-many");
    EXPECT_EQ(code(list(entries_limit + 1)), "too-many");
    EXPECT_EQ(code("a: " + std::string(depth_limit, '[') + std::string(depth_limit, ']')), "depth");
    EXPECT_EQ(code("? [a, b]\n: c"), "key");
    EXPECT_EQ(code("n\xC3\xA9: c"), "key");
    EXPECT_EQ(code("a: 9007199254740993"), "number");
}

TEST(Parse, SaysWhereAlsoOfWhatHasNoTextOfItsOwn) {
    const auto first = [](const char* text) {
        const Parsed result = parse(text, "x");
        const Finding& f = result.findings.at(0);
        return f.code + " " + std::to_string(f.line) + ":" + std::to_string(f.col);
    };
    EXPECT_EQ(first("a: b\n...\nc: d\n"), "documents 3:1");
    EXPECT_EQ(first("a: b\n...\njust words\n"), "documents 3:1");
    EXPECT_EQ(first("a: b\n---\nc: d\n"), "documents 2:1");
    EXPECT_EQ(first("a: b\n: d\n"), "empty-key 2:3");
    EXPECT_EQ(first("a:\n  : d\n"), "empty-key 2:5");
    EXPECT_EQ(first("a: {: d}\n"), "empty-key 1:7");
    EXPECT_EQ(first("a: b\n\"\": d\n"), "empty-key 2:2") << "a quoted text stands behind its quote";
    EXPECT_EQ(first("a: b\n? \n: d\n"), "empty-key 3:3");
    EXPECT_EQ(first("? \n: d\n"), "empty-key 2:3");
    EXPECT_EQ(first("a: [: b]\n"), "empty-key 1:7");
    EXPECT_EQ(first("a: b\n...\n...\nc: d\n"), "documents 4:1");
    EXPECT_EQ(first("a: b\n---\n"), "documents 2:1");
    EXPECT_EQ(first("a:\nc: d\n"), "no-value 1:1");
}

TEST(Parse, RefusesManyKeysWithoutComparingEachWithEach) {
    std::string keys = "douse: 1\n";
    for (int i = 0; i < 20000; ++i) keys += "key" + std::to_string(i) + ": 1\n";
    const Parsed result = parse(keys, "x");
    ASSERT_EQ(result.findings.size(), 1u) << "it is told at the first key too many, before anything is compared";
    EXPECT_EQ(result.findings[0].code, "too-many");
    EXPECT_EQ(result.findings[0].line, static_cast<int>(entries_limit) + 1);
}

// Whatever is done to a playbook, reading ends in a playbook or in errors, and never both or neither.
TEST(Parse, SurvivesAnyDamage) {
    EXPECT_TRUE(rc::check("damage", [] {
        static const std::string whole = drill();
        std::string text = whole;
        for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
            const size_t at = *rc::gen::inRange<size_t>(0, text.size());
            switch (*rc::gen::inRange(0, 5)) {
                case 0: text[at] = *rc::gen::element('a', '{', '[', ':', '-', '"', '\n', ' ', '0', '&', '#', '}'); break;
                case 1: text.erase(at, *rc::gen::inRange<size_t>(1, 40)); break;
                case 2: {  // a line less
                    const size_t line = text.rfind('\n', at);
                    if (line != std::string::npos) text.erase(line + 1, text.find('\n', line + 1) - line);
                    break;
                }
                case 3: text.insert(at, whole.substr(*rc::gen::inRange<size_t>(0, whole.size()), *rc::gen::inRange<size_t>(1, 60))); break;
                default: {  // a value of another kind
                    const size_t colon = text.find(": ", at);
                    if (colon == std::string::npos) break;
                    const size_t end = std::min(text.find_first_of(",}\n", colon), text.size());
                    text.replace(colon + 2, end - colon - 2,
                                 *rc::gen::element<std::string>("5", "[]", "{}", "true", "x", "[a, a]", "{a: b}", "1.5", "\"\"", "[[x]]"));
                }
            }
        }
        const Parsed result = parse(text, "x.yaml");
        const bool errors = std::ranges::any_of(result.findings, &Finding::error);
        RC_ASSERT(result.ok() != errors);
        RC_ASSERT(result.findings.size() <= findings_limit);
        RC_ASSERT(check(text, "x.yaml").ok() == result.ok());
        RC_ASSERT(std::ranges::is_sorted(result.findings, {}, [](const Finding& f) { return std::pair(f.line, f.col); }));
        if (result.ok()) RC_ASSERT(result.playbook->sha256 == base::sha256_hex(result.playbook->canonical));
    }));
}

TEST(Check, RunsEveryRecordedExample) {
    const Checked checked = check(drill(), "drill.yaml");
    EXPECT_TRUE(checked.ok());
    EXPECT_EQ(checked.examples.size(), 17u);
    EXPECT_TRUE(std::ranges::all_of(checked.examples, &ExampleResult::passed));
    const Checked wrong =
        check(with(drill(), "\"drill-svc 1.0-1\\r\\n\"}, gives: vulnerable", "\"drill-svc 1.0-1\\r\\n\"}, gives: fixed"), "drill.yaml");
    EXPECT_FALSE(wrong.ok());
    EXPECT_EQ(std::ranges::count_if(wrong.examples, [](const ExampleResult& e) { return !e.passed(); }), 1);
}

}  // namespace
}  // namespace douse::playbook
