// SPDX-License-Identifier: Apache-2.0
#include "playbook/read.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace douse::playbook {
namespace {

std::optional<Value> value_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::text: return node.text;
        case Node::Kind::integer: return node.number;
        case Node::Kind::boolean: return node.truth;
        default: return std::nullopt;
    }
}

std::optional<Threshold> read_threshold(Fields& f, std::string_view key) {
    const Node* node = f.get(key, Need::optional);
    if (!node) return std::nullopt;
    Threshold threshold;
    if (!node->is_map()) {
        auto version = version_of(f.report(), *node, f.where(), key);
        if (!version) return std::nullopt;
        threshold.version = *std::move(version);
        return threshold;
    }
    for (const Member& m : node->members) {
        if (auto version = version_of(f.report(), m.value, f.where(), m.key)) threshold.table.emplace(m.key, *std::move(version));
    }
    if (node->members.empty()) f.wrong(*node, key, "a version, or one a platform", "Write platform: version lines.", "version");
    return threshold;
}

std::optional<Test> read_test(const Node& node, std::string_view fact, const std::string& where, Report& report) {
    const auto cure = "Write present, absent, true, false, a whole number, or one of is, one_of, matches, contains, at_least, below, min, max.";
    if (!node.is_map()) {
        if (node.kind == Node::Kind::boolean || node.kind == Node::Kind::integer) return Is{*value_of(node)};
        if (node.text == "present") return IsPresent{};
        if (node.text == "absent") return IsAbsent{};
        if (node.kind == Node::Kind::text && (node.text == "open" || node.text == "closed")) return Is{node.text};
        if (node.kind == Node::Kind::text)
            report.error(node.place, where, fmt::format("{} is tested with {}", fact, shown(node)),
                         fmt::format("Write {}: {{is: \"{}\"}}.", fact, node.text), "test");
        else
            report.error(node.place, where, fmt::format("{} is tested with {}", fact, shown(node)), cure, "test");
        return std::nullopt;
    }
    Fields f(report, node, where);
    std::vector<Test> tests;
    if (const Node* is = f.get("is", Need::optional)) {
        if (const auto value = value_of(*is))
            tests.emplace_back(Is{*value});
        else
            f.wrong(*is, "is", "a text, a whole number, true or false", "Versions and numbers with a point go in quotes.", "test");
    }
    if (const Node* list = f.list("one_of", Need::optional)) {
        OneOf one_of;
        for (const Node& item : list->items) {
            const auto value = value_of(item);
            if (value && item.kind != Node::Kind::boolean)
                one_of.values.push_back(*value);
            else
                f.wrong(item, "one_of", "texts or whole numbers", "Versions and numbers with a point go in quotes.", "test");
        }
        tests.emplace_back(std::move(one_of));
    }
    if (const Node* pattern = f.get("matches", Need::optional)) {
        if (auto regex = regex_of(report, *pattern, where, "matches")) tests.emplace_back(Matches{*std::move(regex)});
    }
    if (node.find("contains")) tests.emplace_back(Contains{f.text("contains", line_limit, Need::optional)});
    InVersions versions{.at_least = read_threshold(f, "at_least"), .below = read_threshold(f, "below")};
    if (versions.at_least || versions.below) tests.emplace_back(std::move(versions));
    constexpr int64_t most = int64_t{1} << 53;
    InRange range{.min = f.integer("min", -most, most, Need::optional), .max = f.integer("max", -most, most, Need::optional)};
    if (range.min || range.max) tests.emplace_back(range);
    const size_t errors = report.errors();
    f.close();
    if (tests.size() == 1) return tests.front();
    if (report.errors() == errors && (tests.size() > 1 || node.members.empty()))
        report.error(node.place, where, fmt::format("{} wants exactly one test", fact), cure, "test");
    return std::nullopt;
}

Lines read_lines(const Node& node, const std::string& where, Report& report) {
    static const RE2 facts("[a-z][a-z0-9_-]{0,47}(\\.[a-z][a-z0-9_]{0,31})?");
    Lines lines;
    for (const Member& m : node.members) {
        if (!RE2::FullMatch(m.key, facts))
            report.error(m.place, where, fmt::format("\"{}\" can't be a fact", m.key), "Write a look, a look's part or a capture.", "unknown-fact");
        else if (auto test = read_test(m.value, m.key, where, report))
            lines.push_back({.fact = m.key, .test = *std::move(test)});
    }
    return lines;
}

// `where` is the check: line and column tell which rule.
Rule read_rule(const Node& node, const std::string& where, size_t number, Report& report) {
    Fields f(report, node, fmt::format("{}, rule {}", where, number));
    Rule rule;
    const std::string word = f.word("verdict", {"vulnerable", "fixed", "not_affected", "infected", "clean"}, Need::required);
    rule.verdict = model::verdict_from(word).value_or(model::Verdict::unknown);
    if (const Node* when = f.get("when", Need::required, "Write which facts make it so.")) {
        const auto add = [&](const Node& set) {
            if (set.is_map() && !set.members.empty())
                rule.when.push_back(read_lines(set, where, report));
            else
                f.wrong(set, "when", "facts and tests", "Write fact: test lines.", "when");
        };
        if (when->is_list() && when->items.size() >= 2) {
            for (const Node& item : when->items) add(item);
        } else if (when->is_list()) {
            f.wrong(*when, "when", "two sets or more where it is a list", "Write the one set without a dash.", "when");
        } else {
            add(*when);
        }
    }
    rule.why = f.text("why", line_limit, Need::required, "Write the sentence that a person reads beside the verdict.");
    if (const Node* mitigated = f.get("mitigated", Need::optional)) {
        rule.mitigated = true;
        if (mitigated->kind != Node::Kind::boolean || !mitigated->truth)
            f.wrong(*mitigated, "mitigated", "true", "Leave it out otherwise.", "mitigated");
        if (rule.verdict != model::Verdict::vulnerable)
            f.error(mitigated->place, fmt::format("says mitigated of {}", word),
                    "Mitigated goes with vulnerable only: the hole is plugged, not closed.", "mitigated");
    }
    f.ignore("ref");
    f.close();
    return rule;
}

std::optional<std::string> bytes_from_hex(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c != ' ') digits += c;
    }
    return digits.empty() ? std::nullopt : base::from_hex(digits);
}

Example read_example(const Node& node, const std::string& where, Report& report) {
    Fields f(report, node, where);
    Example example{.line = node.place.line, .col = node.place.col};
    f.not_yet("trial", "Trials are not made by this version yet; take it out.");
    const std::string gives = f.word("gives", {"vulnerable", "fixed", "not_affected", "infected", "clean", "unknown"}, Need::required);
    example.gives = model::verdict_from(gives).value_or(model::Verdict::unknown);
    const Node* given = f.map("given", Need::required, "Write the facts, or what is received.");
    f.close();
    if (!given) return example;
    for (const Member& m : given->members) {
        const Node& v = m.value;
        if (m.key == "received" || m.key == "received_hex") {
            if (example.received) f.error(m.place, "received stands here twice, as text and as hex", "Keep one of them.", "received");
            if (v.kind == Node::Kind::text) example.received = m.key == "received" ? latin1(v.text) : bytes_from_hex(v.text);
            if (!example.received)
                f.wrong(v, m.key, "bytes", "Write characters of one byte each in double quotes, or pairs of hex digits as received_hex.", "received");
        } else if (m.key == "port") {
            example.port = v.text;
            if (v.kind != Node::Kind::text || !RE2::FullMatch(v.text, "open|closed|filtered|silent"))
                f.wrong(v, "port", "open, closed, filtered or silent", "Write one of these.", "bad-port");
        } else if (m.key == "platform") {
            example.platform = v.text;
            if (v.kind != Node::Kind::text || !is_name(v.text))
                f.wrong(v, "platform", "a platform's name", "Leave it out if nobody knows it.", "name");
        } else if (v.kind == Node::Kind::text && v.text == "present") {
            example.facts[m.key] = model::Fact::present();
        } else if (v.kind == Node::Kind::text && v.text == "absent") {
            example.facts[m.key] = model::Fact::absent();
        } else if (v.kind == Node::Kind::text) {
            example.facts[m.key] = model::Fact::of(v.text);
        } else if (v.kind == Node::Kind::integer) {
            example.facts[m.key] = model::Fact::of(v.number);
        } else if (v.kind == Node::Kind::boolean) {
            example.facts[m.key] = model::Fact::of_truth(v.truth);
        } else {
            f.wrong(v, m.key, "a fact", "Write present, absent, true, false, a whole number or a text in quotes.", "fact");
        }
    }
    return example;
}

}  // namespace

std::vector<Rule> read_rules(const Node& says, const std::string& where, Report& report) {
    std::vector<Rule> rules;
    for (const Node& item : says.items) rules.push_back(read_rule(item, where, rules.size() + 1, report));
    return rules;
}

std::vector<Example> read_examples(const Node& examples, const std::string& where, Report& report) {
    std::vector<Example> out;
    for (const Node& item : examples.items) out.push_back(read_example(item, fmt::format("{}, example {}", where, out.size() + 1), report));
    return out;
}

}  // namespace douse::playbook
