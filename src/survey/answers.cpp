// SPDX-License-Identifier: Apache-2.0
#include "survey/answers.hpp"

#include "playbook/platform.hpp"
#include "playbook/rules.hpp"

#include <algorithm>

namespace douse::survey {
namespace {

using model::Evidence;
using playbook::Check;

std::vector<const Check*> checks_that(const playbook::Playbook& playbook, model::Origin ask) {
    std::vector<const Check*> out;
    for (const Check& check : playbook.checks) {
        if (check.ask == ask) out.push_back(&check);
    }
    return out;
}

model::Facts facts_for(const Check& check, const model::Facts& all) {
    const std::string prefix = check.id + "/";
    model::Facts out;
    for (auto fact = all.lower_bound(prefix); fact != all.end() && fact->first.starts_with(prefix); ++fact) {
        out.emplace(fact->first.substr(prefix.size()), fact->second);
    }
    return out;
}

Evidence blank(const Check& check, const Taken& taken) {
    return {.id = {},
            .asset = taken.asset,
            .check = check.id,
            .check_hash = check.hash,
            .origin = check.ask,
            .hint = check.hint,
            .because = {},
            .facts = {},
            .taken_at = taken.at,
            .valid_until = taken.at + check.valid,
            .sweep = taken.sweep,
            .address = taken.address};
}

Evidence judged(const Check& check, model::Facts facts, std::string_view platform, const Taken& taken) {
    Evidence row = blank(check, taken);
    const playbook::Answer answer = playbook::judge(check, facts, platform);
    row.says = answer.says;
    row.mitigated = answer.mitigated;
    row.because = answer.because;
    row.facts = std::move(facts);
    return row;
}

}  // namespace

std::vector<const Check*> inside_checks(const playbook::Playbook& playbook) {
    return checks_that(playbook, model::Origin::inside);
}

std::vector<const Check*> outside_checks(const playbook::Playbook& playbook) {
    return checks_that(playbook, model::Origin::outside);
}

Millis longest_timeout(const std::vector<const Check*>& checks) {
    Millis longest{};
    for (const Check* check : checks) longest = std::max(longest, check->timeout);
    return longest;
}

std::vector<model::Look> looks_of(const std::vector<const Check*>& checks) {
    std::vector<model::Look> out;
    for (const Check* check : checks) {
        for (model::Look look : check->looks) {
            look.name = check->id + "/" + look.name;
            out.push_back(std::move(look));
        }
    }
    return out;
}

std::vector<Evidence> evidence_from(const playbook::Playbook& playbook, const std::vector<const Check*>& checks,
                                    const transport::LookAnswers& answers, const Taken& taken) {
    std::vector<Evidence> out;
    Evidence platform{.id = {},
                      .asset = taken.asset,
                      .check = std::string(model::platform_check),
                      .check_hash = {},
                      .origin = model::Origin::inside,
                      .because = "read on the machine",
                      .facts = playbook::facts_of(answers.machine),
                      .taken_at = taken.at,
                      .valid_until = taken.at + playbook.evidence_valid,
                      .sweep = taken.sweep,
                      .address = taken.address};
    const std::string id = playbook::platform_of(playbook, answers.machine);
    out.push_back(std::move(platform));
    for (const Check* check : checks) {
        if (check->applies_to(id)) out.push_back(judged(*check, facts_for(*check, answers.facts), id, taken));
    }
    return out;
}

model::Verdict verdict_of(const playbook::Playbook& playbook, const Check& check, const transport::LookAnswers& answers) {
    return playbook::judge(check, facts_for(check, answers.facts), playbook::platform_of(playbook, answers.machine)).says;
}

Evidence evidence_from(const Check& check, const model::Facts& facts, bool answered, std::string_view platform, const Taken& taken) {
    Evidence row = judged(check, facts, platform, taken);
    row.real_look = answered;
    return row;
}

Evidence no_answer(const Check& check, std::string_view because, const Taken& taken) {
    Evidence row = blank(check, taken);
    row.real_look = false;
    row.because = std::string(because);
    return row;
}

std::string known_platform(const playbook::Playbook& playbook, const std::vector<Evidence>& evidence, Timestamp now) {
    for (auto row = evidence.rbegin(); row != evidence.rend(); ++row) {
        if (row->check != model::platform_check) continue;
        return row->valid_until > now ? playbook::platform_of(playbook, row->facts) : std::string();
    }
    return {};
}

std::vector<scan::Target> targets_of(const Check& check, const Address& address) {
    std::vector<scan::Target> out;
    for (uint16_t port : check.ports) out.push_back({.endpoint = {address, port}, .talk = &check.talk});
    return out;
}

}  // namespace douse::survey
