// SPDX-License-Identifier: Apache-2.0
// One check: facts that exist, tests that can hold, rules that are reached, and no good news from silence.
#include "playbook/read.hpp"

#include "playbook/talk.hpp"
#include "playbook/version.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>

namespace douse::playbook {
namespace {

enum class Holds { presence, boolean, number, text };  // what a fact can be
using Known = std::map<std::string, Holds, std::less<>>;

constexpr std::array<std::string_view, 4> port_states{"open", "closed", "filtered", "silent"};

bool is_part_of_the_format(model::LookKind kind, std::string_view part) {
    switch (kind) {
        case model::LookKind::file: return part == "version";
        case model::LookKind::process: return part == "path";
        case model::LookKind::listener: return part == "process";
        default: return false;
    }
}

class CheckLint {
public:
    CheckLint(const Check& check, const Playbook& book, const Node& node, Report& report)
        : check_(check), book_(book), node_(node), report_(report), where_("check " + check.id) {}
    void run();

private:
    void error(Place place, const std::string& where, std::string what, std::string cure, std::string_view code) {
        report_.error(place, where, std::move(what), std::move(cure), code);
    }
    void learn_facts();
    void add_capture(const std::string& name, Holds holds, Place place);
    void rules();
    void rule(const Rule& rule, const std::string& name, Place place);
    void line(const Line& line, const std::string& name, Place place);
    void versions(const Line& line, const InVersions& test, const std::string& name, Place place);
    [[nodiscard]] std::string why_never(const Lines& lines) const;
    void shadowed();
    void examples();

    const Check& check_;
    const Playbook& book_;
    const Node& node_;
    Report& report_;
    std::string where_;
    Known known_;
};

void CheckLint::add_capture(const std::string& name, Holds holds, Place place) {
    if (is_reserved(name))
        error(place, where_, fmt::format("a capture can't be called {}", name), "That name belongs to Douse; choose another.", "reserved-name");
    else if (!is_name(name))
        error(place, where_, fmt::format("a capture is called \"{}\"", name),
              "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
    else if (!known_.emplace(name, holds).second)
        error(place, where_, fmt::format("two captures are called {}", name), "Give each its own name.", "duplicate-capture");
}

void CheckLint::learn_facts() {
    for (const model::Look& look : check_.looks) {
        known_[look.name] = look.kind == model::LookKind::reboot_pending ? Holds::boolean : Holds::presence;
        if (look.kind == model::LookKind::file) {
            known_[look.name + ".size"] = Holds::number;
            known_[look.name + ".sha256"] = Holds::text;
        }
        if (look.kind == model::LookKind::package) known_[look.name + ".version"] = Holds::text;
    }
    if (check_.ask != model::Origin::outside) return;
    size_t least = 0, expects = 0;
    for (size_t i = 0; i < check_.talk.steps.size(); ++i) {
        const auto* expect = std::get_if<Expect>(&check_.talk.steps[i]);
        if (!expect) continue;
        ++expects;
        const Place place = place_in(node_, {"talk", std::to_string(i + 1)});
        for (const auto* regex : {&expect->line, &expect->match}) {
            if (!*regex) continue;
            for (const std::string& name : (*regex)->names()) {
                if (!name.empty()) add_capture(name, Holds::text, place);
            }
        }
        for (const Field& f : expect->fields) add_capture(f.name, width_of(f.type) > 0 ? Holds::number : Holds::text, place);
        least += expect->frame == Expect::Frame::bytes ? expect->bytes : 1;
        if (expect->within && *expect->within > check_.timeout)
            error(place, where_, "this answer may take longer than the whole check", "Make timeout longer or within shorter.", "within");
    }
    const Place talk = place_in(node_, {"talk"});
    if (expects == 0)
        error(talk, where_, "the conversation expects nothing", "Write what the machine answers; an open port alone is no proof.", "no-expect");
    if (least > check_.talk.max_bytes)
        error(talk, where_, fmt::format("the conversation expects {} bytes and max_bytes is {}", least, check_.talk.max_bytes), "Raise max_bytes.",
              "max-bytes");
    known_["port"] = Holds::text;
    for (const auto& [name, scheme] : check_.as) {
        const auto fact = known_.find(name);
        if (fact == known_.end() || fact->second != Holds::text)
            error(place_in(node_, {"as", name}), where_, fmt::format("as names {}, which is no captured text", name), "Name a capture.",
                  "unknown-fact");
    }
}

void CheckLint::versions(const Line& l, const InVersions& test, const std::string& name, Place place) {
    if (!check_.as.contains(l.fact))
        error(place, where_, fmt::format("{} compares {}, and nobody knows how", name, l.fact),
              fmt::format("Write as: {{{}: deb}} in the check.", l.fact), "no-version-scheme");
    for (const auto* threshold : {&test.at_least, &test.below}) {
        if (!*threshold) continue;
        std::vector<std::string> all;
        if (!(*threshold)->version.empty()) all.push_back((*threshold)->version);
        for (const auto& [platform, version] : (*threshold)->table) {
            all.push_back(version);
            if (std::ranges::find(book_.platforms, platform, &Platform::id) == book_.platforms.end())
                error(place, where_, fmt::format("{} names the platform {}, which is none", name, platform), "Name it under platforms.",
                      "unknown-platform");
        }
        for (const std::string& version : all) {
            if (!is_deb_version(version))
                error(place, where_, fmt::format("{} has \"{}\", which is no version of a Debian package", name, version),
                      "Write it as dpkg prints it.", "version");
        }
    }
}

void CheckLint::line(const Line& l, const std::string& name, Place place) {
    const auto fact = known_.find(l.fact);
    if (fact == known_.end()) {
        const size_t dot = l.fact.find('.');
        const auto look = std::ranges::find(check_.looks, l.fact.substr(0, dot), &model::Look::name);
        const bool later = dot != std::string::npos && look != check_.looks.end() && is_part_of_the_format(look->kind, l.fact.substr(dot + 1));
        if (later)
            error(place, where_, fmt::format("{} asks for {}, which is not supported in this version", name, l.fact), "Test another part.",
                  "unsupported");
        else
            error(place, where_, fmt::format("{} asks for {}, and no fact is called so", name, l.fact),
                  "Name a look, a part of it, or a capture of this check.", "unknown-fact");
        return;
    }
    const auto never = [&](const std::string& what, std::string cure) {
        error(place, where_, fmt::format("{} can never be true: {}", name, what), std::move(cure), "never-true");
    };
    const Holds holds = fact->second;
    const bool value_test = !std::holds_alternative<IsPresent>(l.test) && !std::holds_alternative<IsAbsent>(l.test);
    if (holds == Holds::presence && value_test) return never(fmt::format("{} has no value", l.fact), "Test present or absent, or one of its parts.");
    if (holds == Holds::boolean && !(std::holds_alternative<Is>(l.test) && std::holds_alternative<bool>(std::get<Is>(l.test).value)))
        return never(fmt::format("{} is true or false", l.fact), fmt::format("Write {}: false.", l.fact));
    if (std::holds_alternative<IsAbsent>(l.test) && check_.ask == model::Origin::outside)
        return never(fmt::format("{} is never absent; what was not captured is unknown", l.fact), "Test a value.");
    if (l.fact == "port") {
        const auto* is = std::get_if<Is>(&l.test);
        const auto* word = is ? std::get_if<std::string>(&is->value) : nullptr;
        if (!word || std::ranges::find(port_states, *word) == port_states.end())
            never("port is open, closed, filtered or silent", "Write one of these.");
        return;
    }
    if (const auto* is = std::get_if<Is>(&l.test); is && holds != Holds::boolean) {
        if (std::holds_alternative<bool>(is->value)) return never(fmt::format("{} is not true or false", l.fact), "Test its value.");
        if (holds == Holds::number && std::holds_alternative<std::string>(is->value))
            return never(fmt::format("{} is a number", l.fact), "Write it without quotes.");
    }
    if (const auto* range = std::get_if<InRange>(&l.test); range && range->min && range->max && *range->min > *range->max)
        return never(fmt::format("no number is at least {} and at most {}", *range->min, *range->max), "Turn them round.");
    const bool text_test =
        std::holds_alternative<Matches>(l.test) || std::holds_alternative<Contains>(l.test) || std::holds_alternative<InVersions>(l.test);
    if (text_test && holds == Holds::number) return never(fmt::format("{} is a number", l.fact), "Test it with is, min or max.");
    if (const auto* v = std::get_if<InVersions>(&l.test)) versions(l, *v, name, place);
}

// Two lines that exclude each other; "" if none do.
std::string CheckLint::why_never(const Lines& lines) const {
    bool no_talk = false, captured = false;
    for (const Line& l : lines) {
        if (std::holds_alternative<IsAbsent>(l.test)) {
            for (const Line& other : lines) {
                if (other.fact.starts_with(l.fact + ".")) return fmt::format("{} is absent, so {} fails every test", l.fact, other.fact);
            }
        }
        if (const auto* v = std::get_if<InVersions>(&l.test);
            v && v->at_least && v->below && !v->at_least->version.empty() && !v->below->version.empty() && is_deb_version(v->at_least->version) &&
            is_deb_version(v->below->version) && compare_deb(v->at_least->version, v->below->version) >= 0) {
            return fmt::format("no version is at least {} and below {}", v->at_least->version, v->below->version);
        }
        const auto* is = std::get_if<Is>(&l.test);
        if (l.fact == "port")
            no_talk = no_talk || (is && is->value != Value("open"));
        else
            captured = true;
    }
    return no_talk && captured ? "where the port did not answer, every capture is unknown" : "";
}

void CheckLint::rule(const Rule& r, const std::string& name, Place place) {
    for (const Lines& lines : r.when) {
        bool port_only = true;
        std::string silent;
        for (const Line& l : lines) {
            line(l, name, place);
            port_only = port_only && l.fact == "port";
            const auto* is = std::get_if<Is>(&l.test);
            if (l.fact == "port" && is && is->value != Value("open"))
                silent = std::holds_alternative<std::string>(is->value) ? std::get<std::string>(is->value) : "not open";
        }
        const auto spoken = model::name_of(r.verdict);
        if (!silent.empty() && model::is_good_news(r.verdict)) {
            error(place, where_, fmt::format("{} says {} when the port is {}", name, spoken, silent),
                  "Silence is no proof; ask the machine or drop the rule.", "good-news-from-silence");
        } else if (port_only) {
            error(place, where_, fmt::format("{} says {} by the port alone", name, spoken), "Test what the machine answers.", "port-alone");
        } else if (const std::string why = why_never(lines); !why.empty()) {
            error(place, where_, fmt::format("{} can never be true: {}", name, why), "Mend or drop the rule.", "never-true");
        }
    }
    if (check_.hint && model::is_good_news(r.verdict))
        error(place, where_, fmt::format("is a hint, and {} says {}", name, model::name_of(r.verdict)),
              "A hint gives no good news; drop the rule or prove it.", "good-news-from-hint");
}

void CheckLint::shadowed() {
    for (size_t later = 1; later < check_.rules.size(); ++later) {
        const auto covered = [&](const Lines& set) {
            for (size_t earlier = 0; earlier < later; ++earlier) {
                for (const Lines& wider : check_.rules[earlier].when) {
                    if (std::ranges::all_of(wider, [&](const Line& l) { return std::ranges::find(set, l) != set.end(); })) return true;
                }
            }
            return false;
        };
        if (!std::ranges::all_of(check_.rules[later].when, covered)) continue;
        error(place_in(node_, {"says", std::to_string(later + 1)}), where_,
              fmt::format("rule {} is never reached; a rule above it is true whenever it is", later + 1), "Put the narrower rule first.", "shadowed");
    }
}

void CheckLint::rules() {
    for (size_t i = 0; i < check_.rules.size(); ++i) {
        const Rule& r = check_.rules[i];
        const Place place = place_in(node_, {"says", std::to_string(i + 1)});
        rule(r, fmt::format("rule {}", i + 1), place);
        if (model::axis_of(r.verdict) != check_.axis)
            error(place, where_, fmt::format("speaks of {} and of {}", model::name_of(check_.rules.front().verdict), model::name_of(r.verdict)),
                  "One check speaks for one axis; make two checks.", "two-axes");
    }
    shadowed();
}

void CheckLint::examples() {
    std::set<model::Verdict> wanted{model::Verdict::unknown};
    for (const Rule& r : check_.rules) wanted.insert(r.verdict);
    for (size_t i = 0; i < check_.examples.size(); ++i) {
        const Example& e = check_.examples[i];
        const std::string where = fmt::format("{}, example {}", where_, i + 1);
        const Place place{e.line, e.col};
        wanted.erase(e.gives);
        for (const auto& [name, fact] : e.facts) {
            if (!known_.contains(name))
                error(place, where, fmt::format("gives {}, which no look or capture has", name), "Name a fact of this check.", "unknown-fact");
        }
        const bool bytes = e.received || !e.port.empty();
        if (bytes && check_.ask != model::Origin::outside)
            error(place, where, "gives bytes or a port to an inside check", "Give its looks.", "example-kind");
        if (bytes && !e.facts.empty())
            error(place, where, "gives both bytes and facts", "The bytes give the facts; take the facts out.", "example-kind");
        if (e.received && !e.port.empty() && e.port != "open")
            error(place, where, fmt::format("receives something from a port that is {}", e.port), "Take one of them out.", "example-kind");
        if (!e.platform.empty() && std::ranges::find(book_.platforms, e.platform, &Platform::id) == book_.platforms.end())
            error(place, where, fmt::format("no platform is called {}", e.platform), "Name it under platforms.", "unknown-platform");
    }
    for (const model::Verdict v : wanted)
        report_.warning(node_.place, where_, fmt::format("no example gives {}", model::name_of(v)), "Add one, written or recorded.", "no-example");
}

void CheckLint::run() {
    learn_facts();
    for (const std::string& id : check_.platforms) {
        if (check_.narrowed && std::ranges::find(book_.platforms, id, &Platform::id) == book_.platforms.end())
            error(place_in(node_, {"for"}), where_, fmt::format("no platform is called {}", id), "Name it under platforms.", "unknown-platform");
    }
    rules();
    examples();
}

}  // namespace

void lint_check(const Check& check, const Playbook& book, const Node& node, Report& report) {
    CheckLint(check, book, node, report).run();
}

}  // namespace douse::playbook
