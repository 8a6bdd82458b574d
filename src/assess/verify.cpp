// SPDX-License-Identifier: Apache-2.0
#include "assess/verify.hpp"

#include <fmt/format.h>

namespace douse::assess {
namespace {

const model::Evidence* newest_of(const playbook::Check& check, const std::vector<model::Evidence>& evidence) {
    const model::Evidence* newest = nullptr;
    for (const model::Evidence& e : evidence) {
        if (e.check != check.id || e.check_hash != check.hash) continue;
        if (e.says == model::Verdict::unknown && !e.real_look && newest) continue;
        if (!newest || e.taken_at >= newest->taken_at) newest = &e;
    }
    return newest;
}

std::string sentence(const model::Evidence& e) {
    return fmt::format("{}: {}", e.check, e.because.empty() ? std::string(model::name_of(e.says)) : e.because);
}

bool is_bad_news(model::Verdict verdict) {
    return verdict == model::Verdict::vulnerable || verdict == model::Verdict::infected;
}

}  // namespace

LookResult judge_look(const playbook::Playbook& playbook, std::string_view platform, const std::vector<model::Evidence>& evidence) {
    std::string missing, good;
    int asked = 0;
    for (const std::string& id : playbook.verify.inside) {
        const playbook::Check* check = playbook.check(id);
        if (!check || !check->applies_to(platform)) continue;
        ++asked;
        const model::Evidence* e = newest_of(*check, evidence);
        if (e && is_bad_news(e->says)) return {.look = Look::bad, .because = sentence(*e)};
        if (e && model::is_good_news(e->says))
            good += (good.empty() ? "" : " ") + sentence(*e);
        else
            missing += (missing.empty() ? "" : "; ") + (e ? sentence(*e) : id + ": not asked");
    }
    for (const std::string& id : playbook.verify.outside) {
        const playbook::Check* check = playbook.check(id);
        const model::Evidence* e = check && check->applies_to(platform) ? newest_of(*check, evidence) : nullptr;
        if (e && is_bad_news(e->says)) return {.look = Look::bad, .because = sentence(*e)};
    }
    if (!missing.empty()) return {.look = Look::incomplete, .because = missing};
    if (asked == 0) return {.look = Look::incomplete, .because = fmt::format("no inside check of verify is for the platform {}", platform)};
    return {.look = Look::good, .because = good};
}

}  // namespace douse::assess
