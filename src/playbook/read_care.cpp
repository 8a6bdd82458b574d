// SPDX-License-Identifier: Apache-2.0
// Isolation and instructions: read, linted and signed here, kept for showing.
#include "playbook/read.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace douse::playbook {
namespace {

constexpr size_t page_steps_limit = 15;  // more than fifteen steps nobody follows with cold hands
constexpr std::array<std::string_view, 4> never_isolated{"domain_controller", "dns", "dhcp", "hypervisor"};

void read_budget(Fields& f, Isolation& out) {
    const Node* budget = f.map("budget", Need::required, "Write how much may be cut off at a time: budget: {closed: one_crew_day, open: 20%}.");
    if (!budget) return;
    Fields b(f.report(), *budget, "isolation, budget");
    if (const Node* closed = b.get("closed", Need::required)) {
        if (closed->kind == Node::Kind::integer && closed->number >= 0)
            out.closed_machines = closed->number;
        else if (closed->kind != Node::Kind::text || closed->text != "one_crew_day")
            b.wrong(*closed, "closed", "one_crew_day or a number of machines", "Write closed: one_crew_day.", "budget");
    }
    if (const Node* open = b.get("open", Need::required)) {
        static const RE2 percents("(100|[1-9]?[0-9])%");
        if (open->kind != Node::Kind::text || !RE2::FullMatch(open->text, percents))
            b.wrong(*open, "open", "a share of a group in percent", "Write open: 20%.", "budget");
        else
            std::from_chars(open->text.data(), open->text.data() + open->text.size() - 1, out.open_percent);
    }
    b.close();
}

Page read_page(const Member& member, const std::string& role, Report& report) {
    static const RE2 languages("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*");
    Fields f(report, member.value, fmt::format("instructions, {}, {}", role, member.key));
    Page page{.language = member.key};
    if (!RE2::FullMatch(member.key, languages))
        f.error(member.place, fmt::format("\"{}\" is not a language", member.key), "Write en, de, pt-BR.", "language");
    if (!f.is_map()) return page;
    page.title = f.text("title", line_limit, Need::required);
    page.bring = f.texts("bring", 50, line_limit, Need::optional);
    page.steps = f.texts("steps", page_steps_limit, text_limit, Need::required);
    page.never = f.texts("never", 50, line_limit, Need::optional);
    page.report = f.texts("report", 50, line_limit, Need::optional);
    f.close();
    page.hash = base::sha256_hex(canonical_json(member.value));
    return page;
}

}  // namespace

Isolation read_isolation(const Node& node, Report& report) {
    Fields f(report, node, "isolation");
    Isolation out;
    out.who = f.word("who", {"infected", "infected_or_vulnerable"}, Need::required);
    out.start = f.word("start", {"at_once", "when_repair_fails"}, Need::required);
    if (out.who == "infected_or_vulnerable" && out.start == "at_once") {
        f.error(node.find("start")->place, "infected_or_vulnerable machines would be isolated at once",
                "A vulnerable machine that is cut off becomes a visit; write when_repair_fails.", "isolation-at-once");
    }
    out.after = f.duration("after", Need::optional);
    out.keep_open = f.words("keep_open", {"repair", "dns", "dhcp"}, Need::required);
    if (const Node* allow = f.list("allow", Need::optional)) {
        for (const Node& item : allow->items) {
            Fields a(report, item, "isolation, allow");
            Isolation::Allowed allowed{.to = a.text("to", line_limit, Need::required),
                                       .port = a.text("port", line_limit, Need::required),
                                       .why = a.text("why", line_limit, Need::required)};
            a.close();
            if (!allowed.port.empty() && !RE2::FullMatch(allowed.port, "[1-9][0-9]{0,4}/(tcp|udp)"))
                a.wrong(*item.find("port"), "port", "a port", "Write number and protocol, e.g. 445/tcp.", "port");
            out.allow.push_back(std::move(allowed));
        }
    }
    read_budget(f, out);
    out.confirm_within =
        f.duration("confirm_within", Need::required, "Write in what time Douse must come back, or the machine undoes the isolation by itself.")
            .value_or(Millis{});
    out.review_after = f.duration("review_after", Need::optional).value_or(std::chrono::hours{24});
    out.never = f.names("never", Need::optional);
    if (const Node* never = node.find("never"); !never) {
        out.never.assign(never_isolated.begin(), never_isolated.end());
    } else {
        for (const std::string_view role : never_isolated) {
            if (std::ranges::find(out.never, role) == out.never.end())
                f.error(never->place, fmt::format("never leaves {} out", role),
                        "Roles may be added; these stay: domain_controller, dns, dhcp, hypervisor.", "never-leaves-out");
        }
    }
    out.ends_when = f.words("ends_when", {"clean", "fixed"}, Need::required);
    out.note = f.text("note", text_limit, Need::optional);
    f.close();
    return out;
}

Instructions read_instructions(const Node& node, Report& report) {
    Fields f(report, node, "instructions");
    Instructions out;
    for (const std::string_view role : {"incident_owner", "group_lead", "technician", "user", "reader"}) {
        const Node* pages = f.map(role, role == "technician" ? Need::required : Need::optional,
                                  "Somebody walks to the machines that nothing else reaches; write what to do there.");
        if (!pages) continue;
        for (const Member& m : pages->members) out[std::string(role)].push_back(read_page(m, std::string(role), report));
    }
    f.close();
    return out;
}

}  // namespace douse::playbook
