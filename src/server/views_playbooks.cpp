// SPDX-License-Identifier: Apache-2.0
// A playbook as people read it.
#include "base/duration.hpp"
#include "server/views.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>

namespace douse::server {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

std::string listed(const std::vector<std::string>& list) {
    return fmt::format("{}", fmt::join(list, ", "));
}

json::array checks_view(const playbook::Playbook& playbook) {
    json::array checks;
    for (const playbook::Check& check : playbook.checks) {
        json::array rules;
        for (const playbook::Rule& rule : check.rules) rules.emplace_back(json::object{{"verdict", model::name_of(rule.verdict)}, {"why", rule.why}});
        checks.emplace_back(json::object{{"id", check.id}, {"title", check.title}, {"ask", model::name_of(check.ask)}, {"rules", std::move(rules)}});
    }
    return checks;
}

json::array plan_view(const playbook::Playbook& playbook) {
    json::array plan;
    for (const playbook::Step& step : playbook.plan) {
        json::array actions;
        for (const playbook::Action& action : step.actions) actions.emplace_back(playbook::sentence_of(action));
        plan.emplace_back(
            json::object{{"step", step.id}, {"title", step.title}, {"does", playbook::name_of(step.does)}, {"actions", std::move(actions)}});
    }
    return plan;
}

json::array isolation_view(const playbook::Isolation& isolation) {
    json::array out;
    if (isolation.who.empty()) return out;
    out.emplace_back(fmt::format("Whom: {}", isolation.who));
    if (!isolation.start.empty())
        out.emplace_back(
            fmt::format("When: {}{}", isolation.start, isolation.after ? ", after " + base::format_duration(*isolation.after) : std::string{}));
    if (!isolation.keep_open.empty()) out.emplace_back(fmt::format("Kept open: {}", listed(isolation.keep_open)));
    for (const playbook::Isolation::Allowed& allowed : isolation.allow)
        out.emplace_back(fmt::format("Allowed: {} {} ({})", allowed.to, allowed.port, allowed.why));
    out.emplace_back(isolation.closed_machines ? fmt::format("Closed at most: {} machines", *isolation.closed_machines)
                                               : std::string("Closed at most: what the crews clear in a day"));
    out.emplace_back(fmt::format("Open at most: {} % of a group", isolation.open_percent));
    if (!isolation.never.empty()) out.emplace_back(fmt::format("Never: {}", listed(isolation.never)));
    if (!isolation.ends_when.empty()) out.emplace_back(fmt::format("Ends when: {}", listed(isolation.ends_when)));
    if (!isolation.note.empty()) out.emplace_back(isolation.note);
    return out;
}

json::array instructions_view(const playbook::Instructions& instructions) {
    json::array out;
    for (const auto& [role, pages] : instructions) {
        for (const playbook::Page& page : pages) {
            out.emplace_back(json::object{{"role", role},
                                          {"language", page.language},
                                          {"title", page.title},
                                          {"bring", texts(page.bring)},
                                          {"steps", texts(page.steps)},
                                          {"never", texts(page.never)},
                                          {"report", texts(page.report)}});
        }
    }
    return out;
}

}  // namespace

Result<json::object> playbook_detail_view(Snapshot& s, const incident::StoredPlaybook& stored) {
    TRY(const auto playbook, s.house.shelf.get(stored.row.sha256, stored.row.text));
    json::array files;
    for (const playbook::File& file : playbook->files) {
        TRY(const bool here, store::has_file(s.tx, file.sha256));
        files.emplace_back(json::object{{"id", file.id}, {"name", file.name}, {"sha256", file.sha256}, {"here", here}});
    }
    return json::object{{"summary", playbook->summary},
                        {"cannot_know", texts(playbook->cannot_know)},
                        {"checks", checks_view(*playbook)},
                        {"plan", plan_view(*playbook)},
                        {"files", std::move(files)},
                        {"isolation", isolation_view(playbook->isolation)},
                        {"instructions", instructions_view(playbook->instructions)},
                        {"not_carried_out", texts(incident::not_carried_out(*playbook))},
                        {"yaml", stored.row.text}};
}

}  // namespace douse::server
