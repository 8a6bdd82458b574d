// SPDX-License-Identifier: Apache-2.0
// A playbook as people read it.
#include "server/views.hpp"
#include "store/vault_rows.hpp"

namespace douse::server {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

json::array checks_view(const playbook::Playbook& playbook) {
    json::array checks;
    for (const playbook::Check& check : playbook.checks) {
        json::array rules;
        for (const playbook::Rule& rule : check.rules) rules.emplace_back(json::object{{"verdict", model::name_of(rule.verdict)}, {"why", rule.why}});
        json::array by_hand;
        for (const auto& [look, how] : check.by_hand) by_hand.emplace_back(json::object{{"look", look}, {"how", how}});
        checks.emplace_back(json::object{{"id", check.id},
                                         {"title", check.title},
                                         {"ask", model::name_of(check.ask)},
                                         {"rules", std::move(rules)},
                                         {"by_hand", std::move(by_hand)}});
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
                        {"isolation", texts(playbook::sentences_of(playbook->isolation))},
                        {"instructions", instructions_view(playbook->instructions)},
                        {"not_carried_out", texts(incident::not_carried_out(*playbook))},
                        {"yaml", stored.row.text}};
}

}  // namespace douse::server
