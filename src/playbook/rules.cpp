// SPDX-License-Identifier: Apache-2.0
#include "playbook/rules.hpp"

#include "playbook/version.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <set>

namespace douse::playbook {
namespace {

using model::Fact;
using model::Facts;
using Kind = Fact::Kind;

Truth truth_of(bool yes) {
    return yes ? Truth::yes : Truth::no;
}

const Fact* known(const Facts& facts, std::string_view name) {
    const auto found = facts.find(std::string(name));
    return found == facts.end() || found->second.kind == Kind::unknown ? nullptr : &found->second;
}

bool part_is_known(const Facts& facts, std::string_view name) {  // pkg.version known means that pkg is there
    const std::string prefix = std::string(name) + ".";
    for (auto it = facts.lower_bound(prefix); it != facts.end() && it->first.starts_with(prefix); ++it) {
        if (it->second.kind != Kind::unknown && it->second.kind != Kind::absent) return true;
    }
    return false;
}

std::optional<int64_t> number_in(const Fact& fact) {
    if (fact.kind == Kind::number) return fact.number;
    if (fact.kind != Kind::text) return std::nullopt;
    int64_t number = 0;
    const char* end = fact.text.data() + fact.text.size();
    const auto [rest, error] = std::from_chars(fact.text.data(), end, number);
    return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

// A fact of another kind than the rule expects answers nothing.
Truth equals(const Fact& fact, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (fact.kind == Kind::text) return truth_of(fact.text == *text);
        if (fact.kind == Kind::number) return truth_of(std::to_string(fact.number) == *text);
        return Truth::unknown;
    }
    if (const auto* number = std::get_if<int64_t>(&value)) {
        const auto found = number_in(fact);
        return found ? truth_of(*found == *number) : Truth::unknown;
    }
    const bool wanted = std::get<bool>(value);
    if (fact.kind == Kind::boolean) return truth_of(fact.truth == wanted);
    // A person who looked for the file behind a true-or-false answer reports present or absent.
    if (fact.kind == Kind::present || fact.kind == Kind::absent) return truth_of((fact.kind == Kind::present) == wanted);
    return Truth::unknown;
}

Truth any(std::initializer_list<Truth> truths) {
    return std::max(truths);
}

bool contains_any_case(std::string_view text, std::string_view part) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    const auto found = std::ranges::search(text, part, {}, lower, lower);
    return part.empty() || !found.empty();
}

Truth meets(const Check& check, std::string_view name, const std::optional<Threshold>& threshold, const Fact& fact, std::string_view platform,
            bool at_least) {
    if (!threshold) return Truth::yes;
    std::string_view version = threshold->version;
    if (!threshold->table.empty()) {
        const auto found = threshold->table.find(std::string(platform));
        if (found == threshold->table.end()) return Truth::unknown;
        version = found->second;
    } else if (check.narrowed && platform.empty()) {
        return Truth::unknown;  // a threshold of a narrowed check is per platform too
    }
    if (!check.as.contains(std::string(name)) || fact.kind != Kind::text || !is_deb_version(fact.text)) return Truth::unknown;
    return truth_of((compare_deb(fact.text, version) >= 0) == at_least);
}

struct Tester {
    const Check& check;
    const Line& line;
    const Facts& facts;
    std::string_view platform;

    Truth presence(bool wanted) const {
        if (const Fact* fact = known(facts, line.fact)) {
            if (fact->kind == Kind::boolean) return Truth::unknown;
            return truth_of((fact->kind != Kind::absent) == wanted);
        }
        return part_is_known(facts, line.fact) ? truth_of(wanted) : Truth::unknown;
    }
    Truth operator()(const IsPresent&) const { return presence(true); }
    Truth operator()(const IsAbsent&) const { return presence(false); }

    // The rest ask for a value; absent things have none.
    template <class Ask>
    Truth of_value(Ask ask) const {
        const Fact* fact = known(facts, line.fact);
        return fact ? ask(*fact) : Truth::unknown;
    }
    Truth operator()(const Is& t) const {
        return of_value(
            [&](const Fact& f) { return f.kind == Kind::absent && !std::holds_alternative<bool>(t.value) ? Truth::no : equals(f, t.value); });
    }
    Truth operator()(const OneOf& t) const {
        return of_value([&](const Fact& f) {
            if (f.kind == Kind::absent) return Truth::no;
            Truth out = Truth::no;
            for (const Value& v : t.values) out = any({out, equals(f, v)});
            return out;
        });
    }
    Truth operator()(const Matches& t) const {
        return of_value([&](const Fact& f) {
            return f.kind == Kind::absent ? Truth::no : f.kind == Kind::text ? truth_of(t.pattern.found_in(f.text)) : Truth::unknown;
        });
    }
    Truth operator()(const Contains& t) const {
        return of_value([&](const Fact& f) {
            return f.kind == Kind::absent ? Truth::no : f.kind == Kind::text ? truth_of(contains_any_case(f.text, t.text)) : Truth::unknown;
        });
    }
    Truth operator()(const InRange& t) const {
        return of_value([&](const Fact& f) {
            if (f.kind == Kind::absent) return Truth::no;
            const auto n = number_in(f);
            return n ? truth_of((!t.min || *n >= *t.min) && (!t.max || *n <= *t.max)) : Truth::unknown;
        });
    }
    Truth operator()(const InVersions& t) const {
        return of_value([&](const Fact& f) {
            if (f.kind == Kind::absent) return Truth::no;
            return std::min(meets(check, line.fact, t.at_least, f, platform, true), meets(check, line.fact, t.below, f, platform, false));
        });
    }
};

// min and max of Truth are Kleene's and and or: no < unknown < yes.
static_assert(Truth::no < Truth::unknown && Truth::unknown < Truth::yes);

}  // namespace

Truth test(const Check& check, const Line& line, const Facts& facts, std::string_view platform) {
    if (const size_t dot = line.fact.find('.'); dot != std::string::npos) {
        const Fact* whole = known(facts, std::string_view(line.fact).substr(0, dot));
        if (whole && whole->kind == Kind::absent) return Truth::no;  // a part of an absent thing fails every test
    }
    return std::visit(Tester{check, line, facts, platform}, line.test);
}

Answer judge(const Check& check, const Facts& facts, std::string_view platform) {
    Answer answer;
    std::set<std::string> lacked;
    std::set<model::Verdict> open;  // verdicts of rules above that may hold
    for (const Rule& rule : check.rules) {
        Truth rule_holds = Truth::no;
        std::set<std::string> rule_lacks;
        for (const Lines& lines : rule.when) {
            Truth all = Truth::yes;
            std::set<std::string> set_lacks;
            for (const Line& line : lines) {
                const Truth t = test(check, line, facts, platform);
                if (t == Truth::unknown) set_lacks.insert(line.fact);
                all = std::min(all, t);
            }
            if (all == Truth::unknown) rule_lacks.merge(set_lacks);
            rule_holds = std::max(rule_holds, all);
        }
        if (rule_holds == Truth::yes) {
            open.erase(rule.verdict);
            if (open.empty()) return {.says = rule.verdict, .mitigated = rule.mitigated, .because = rule.why, .lacked = {}};
            break;
        }
        if (rule_holds == Truth::unknown) {
            open.insert(rule.verdict);
            lacked.merge(rule_lacks);
        }
    }
    answer.lacked.assign(lacked.begin(), lacked.end());
    if (lacked.empty()) {
        answer.because = "what was found fits none of the check's rules";
        return answer;
    }
    for (const std::string& name : answer.lacked) {
        answer.because += answer.because.empty() ? "not known: " : ", ";
        answer.because += name;
        const auto fact = facts.find(name);
        if (fact != facts.end() && fact->second.kind == Kind::unknown && !fact->second.text.empty())
            answer.because += fmt::format(" ({})", fact->second.text);
    }
    return answer;
}

}  // namespace douse::playbook
