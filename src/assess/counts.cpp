// SPDX-License-Identifier: Apache-2.0
#include "assess/counts.hpp"

#include "assess/weigh.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace douse::assess {
namespace {

using model::Verdict;

constexpr std::array<std::string_view, 7> names{"speaks", "agrees", "outranked", "newer_answer", "expired", "history", "no_answer"};

bool decided(const Weighed& w, const Item& item) {
    return std::ranges::find(w.vulnerability_by, &item) != w.vulnerability_by.end() ||
           std::ranges::find(w.infection_by, &item) != w.infection_by.end();
}

bool was_replaced(const Item& item, std::span<const Item> items, Timestamp now) {
    return std::ranges::any_of(items, [&](const Item& other) {
        return &other > &item && other.check == item.check && other.asked_by() == item.asked_by() && other.is_look() &&
               other.evidence->taken_at <= now;  // items stand in order of taking
    });
}

Counts count(const Item& item, const Case& story, const Weighed& w, Timestamp now) {
    if (decided(w, item)) return Counts::speaks;
    const Verdict says = item.evidence->says;
    if (says == Verdict::unknown) return Counts::no_answer;
    const Fate fate = story.fate_of(item, now);
    if (fate == Fate::before_done || fate == Fate::before_failed) return Counts::history;
    if (was_replaced(item, story.items(), now)) return Counts::newer_answer;
    if (fate == Fate::too_old) return Counts::expired;
    const bool same = says == w.vulnerability || says == w.infection;
    return same && !item.hint() ? Counts::agrees : Counts::outranked;
}

}  // namespace

std::string_view name_of(Counts counts) {
    return names[static_cast<size_t>(counts)];
}

std::vector<Counts> how_each_counts(const model::AssetHistory& history, const playbook::Playbook& playbook, Timestamp now) {
    const Case story(history, playbook);
    const Weighed weighed = story.weigh(now);
    std::map<const model::Evidence*, Counts> counted;
    for (const Item& item : story.items()) counted.emplace(item.evidence, count(item, story, weighed, now));
    if (weighed.platform_by != nullptr) counted.emplace(weighed.platform_by, Counts::speaks);
    std::vector<Counts> out;
    for (const model::Evidence& row : history.evidence) {
        const auto found = counted.find(&row);
        const Counts otherwise = row.says == Verdict::unknown ? Counts::no_answer : Counts::history;
        out.push_back(found == counted.end() ? otherwise : found->second);
    }
    return out;
}

}  // namespace douse::assess
