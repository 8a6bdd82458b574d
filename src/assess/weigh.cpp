// SPDX-License-Identifier: Apache-2.0
#include "assess/weigh.hpp"

#include "playbook/platform.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace douse::assess {
namespace {

using model::Axis;
using model::Verdict;

Timestamp expiry_of(const model::Evidence& evidence, Millis valid) {
    const Timestamp by_playbook = evidence.taken_at + valid;
    const bool stated = evidence.valid_until != Timestamp{};
    return stated ? std::min(by_playbook, evidence.valid_until) : by_playbook;
}

// The end of an attempt that touched the machine. One that never reached it or ran no step changes nothing.
bool counts(const model::AttemptEnd& attempt) {
    const bool over =
        attempt.state != model::AttemptState::queued && attempt.state != model::AttemptState::sent && attempt.state != model::AttemptState::running;
    return over && attempt.ran_a_step;
}

}  // namespace

Case::Case(const model::AssetHistory& history, const playbook::Playbook& playbook)
    : playbook_(playbook), exempt_until_(history.exempt_until), infection_check_(playbook.has_infection_check()) {
    for (const model::Evidence& e : history.evidence) {
        moments_.push_back(e.taken_at);
        if (e.check == model::platform_check) {
            platforms_.push_back(&e);
            if (e.valid_until != Timestamp{}) moments_.push_back(e.valid_until);
            continue;
        }
        const playbook::Check* check = playbook.check(e.check);
        if (!check || check->hash != e.check_hash) continue;  // it answered another question
        items_.push_back({.evidence = &e, .check = check, .expires = expiry_of(e, check->valid)});
        moments_.push_back(items_.back().expires);
    }
    std::ranges::sort(items_, {},
                      [](const Item& i) { return std::pair(i.evidence->taken_at, i.evidence); });  // at one moment: in the history's order
    for (const model::AttemptEnd& a : history.attempts) {
        if (!counts(a)) continue;
        ends_.push_back({.at = a.ended_at, .done = a.state == model::AttemptState::succeeded});
        moments_.push_back(a.ended_at);
    }
    if (history.exempt_until) moments_.push_back(*history.exempt_until);
    std::ranges::sort(moments_);
    const auto rest = std::ranges::unique(moments_);
    moments_.erase(rest.begin(), rest.end());
}

Fate Case::fate_of(const Item& item, Timestamp at) const {
    const Verdict says = item.evidence->says;
    bool failed = false;
    for (const End& end : ends_) {
        if (end.at > at || item.evidence->taken_at > end.at) continue;
        if (end.done) return Fate::before_done;
        failed = failed || model::is_good_news(says);  // after a failure, older bad news stands
    }
    if (failed) return Fate::before_failed;
    if (at >= item.expires) return Fate::too_old;
    return says == Verdict::unknown ? Fate::says_unknown : Fate::speaks;
}

void Case::add_platform(Weighed& out, Timestamp at) const {
    const model::Evidence* newest = nullptr;
    for (const model::Evidence* e : platforms_) {
        if (e->taken_at <= at && e->real_look && (!newest || e->taken_at >= newest->taken_at)) newest = e;
    }
    if (!newest || (newest->valid_until != Timestamp{} && at >= newest->valid_until)) return;
    const playbook::PlatformFit fit = playbook::fit_platform(playbook_, newest->facts);
    out.platform = fit.id;
    const bool out_of_it = std::ranges::find(playbook_.affects.out, fit.id) != playbook_.affects.out.end();
    const bool none_of_these = fit.known && fit.id.empty() && playbook_.affects.rest_not_affected;
    if (out_of_it || none_of_these) out.platform_by = newest;
}

void Case::decide_infection(Weighed& out, const std::vector<const Item*>& speak) const {
    std::vector<const Item*> infected, clean;
    for (const Item* item : speak) {
        if (item->evidence->says == Verdict::infected) infected.push_back(item);
        if (item->evidence->says == Verdict::clean) clean.push_back(item);
    }
    if (!infected.empty()) {
        out.infection = Verdict::infected;
        out.infection_by = std::move(infected);
        return;
    }
    bool any = false;
    for (const playbook::Check& c : playbook_.checks) {
        const bool inside = c.ask == model::Origin::inside || c.ask == model::Origin::program;
        if (!inside || c.axis != Axis::infection || c.hint || !c.applies_to(out.platform)) continue;
        any = true;
        if (std::ranges::none_of(clean, [&](const Item* item) { return item->check == &c; })) return;
    }
    if (!any) return;
    out.infection = Verdict::clean;
    out.infection_by = std::move(clean);
}

void Case::decide_vulnerability(Weighed& out, const std::vector<const Item*>& speak) const {
    bool vulnerable = false, fixed = false, mitigated = true;
    for (const Item* item : speak) {
        vulnerable = vulnerable || item->evidence->says == Verdict::vulnerable;
        fixed = fixed || item->evidence->says == Verdict::fixed;
        if (item->evidence->says == Verdict::vulnerable) mitigated = mitigated && item->evidence->mitigated;
    }
    const bool good = std::ranges::any_of(speak, [](const Item* item) { return model::is_good_news(item->evidence->says); });
    out.vulnerability_by = speak;
    if (vulnerable && good) {
        out.contradiction = true;
    } else if (vulnerable) {
        out.vulnerability = Verdict::vulnerable;
        out.mitigated = mitigated;
    } else if (good) {
        out.vulnerability = fixed ? Verdict::fixed : Verdict::not_affected;
    } else if (out.platform_by) {
        out.vulnerability = Verdict::not_affected;
    }
    if (!speak.empty()) out.platform_by = nullptr;
}

Weighed Case::weigh(Timestamp at) const {
    Weighed out;
    add_platform(out, at);
    for (const End& end : ends_) {
        if (end.done && end.at <= at) out.done_at = std::max(out.done_at.value_or(end.at), end.at);
    }

    // Per check only the newest counts, and what it replaced never comes back. A person's answer is kept apart from our own.
    std::map<std::tuple<std::string_view, model::Origin>, const Item*> newest;
    for (const Item& item : items_) {
        if (item.evidence->taken_at > at || item.hint() || !item.is_look()) continue;
        newest[{item.evidence->check, item.asked_by()}] = &item;
    }
    for (const Item& item : items_) {
        if (item.evidence->taken_at > at || item.hint() || item.is_look()) continue;
        if (out.done_at && item.evidence->taken_at <= *out.done_at) continue;
        const auto answer = newest.find({item.evidence->check, item.check->ask});
        if (answer == newest.end() || answer->second->evidence->taken_at <= item.evidence->taken_at) out.missed.push_back(&item);
    }

    std::vector<const Item*> speak;
    for (const auto& [key, item] : newest) {
        out.newest.push_back({.item = item, .fate = fate_of(*item, at)});
        if (out.newest.back().fate == Fate::speaks) speak.push_back(item);
    }

    // On each axis our own looks outrank: by `over`, and always what a person entered or another tool said. Never across: what a
    // service answers about its hole may not hide what was found of an infection.
    std::set<std::pair<Axis, std::string_view>> under;
    std::set<Axis> own_axes;
    for (const Item* item : speak) {
        if (!item->own()) continue;
        own_axes.insert(item->check->axis);
        for (const std::string& other : item->check->over) under.emplace(item->check->axis, other);
    }
    const auto outranked = [&](const Item* item) {
        return under.contains({item->check->axis, item->evidence->check}) || (!item->own() && own_axes.contains(item->check->axis));
    };
    for (Newest& n : out.newest) {
        if (n.fate == Fate::speaks && outranked(n.item)) n.fate = Fate::outranked;
    }
    std::erase_if(speak, outranked);
    std::ranges::sort(speak, {}, [](const Item* item) { return std::pair(item->evidence->taken_at, item->evidence); });

    std::vector<const Item*> of_infection, of_vulnerability;
    for (const Item* item : speak) (item->check->axis == Axis::infection ? of_infection : of_vulnerability).push_back(item);
    decide_infection(out, of_infection);
    decide_vulnerability(out, of_vulnerability);
    return out;
}

bool Case::answers(const Weighed& w) const {
    if (w.vulnerability == Verdict::vulnerable || w.vulnerability == Verdict::not_affected) return true;
    return w.vulnerability == Verdict::fixed && (!infection_check_ || w.infection == Verdict::clean);
}

bool Case::answered(Timestamp done, Timestamp until) {
    // The common case after a night of failed looks: nothing since could have answered, so nothing needs weighing.
    const bool by_platform = !playbook_.affects.out.empty() || playbook_.affects.rest_not_affected;
    const bool by_check = std::ranges::any_of(items_, [&](const Item& i) {
        return i.evidence->taken_at > done && i.evidence->says != Verdict::unknown && i.check->axis == Axis::vulnerability;
    });
    if (!by_platform && !by_check) return false;
    if (!walk_ || walk_->done != done) walk_ = Walk{.done = done, .next = 0, .found = false};
    while (!walk_->found && walk_->next < moments_.size() && moments_[walk_->next] <= until) {
        const Timestamp t = moments_[walk_->next++];
        walk_->found = t > done && answers(weigh(t));
    }
    return walk_->found || answers(weigh(until));
}

std::vector<Timestamp> Case::moments_after(Timestamp now, const Weighed& now_weighed) const {
    // A clock that runs ahead may have left evidence or ends in the future: then every moment counts.
    const bool from_the_future = std::ranges::any_of(items_, [&](const Item& i) { return i.evidence->taken_at > now; }) ||
                                 std::ranges::any_of(platforms_, [&](const model::Evidence* e) { return e->taken_at > now; }) ||
                                 std::ranges::any_of(ends_, [&](const End& e) { return e.at > now; });
    std::vector<Timestamp> out;
    if (from_the_future) {
        out.assign(std::ranges::upper_bound(moments_, now), moments_.end());
        return out;
    }
    // Otherwise only what is newest can decay; what it replaced never comes back.
    for (const Newest& n : now_weighed.newest) out.push_back(n.item->expires);
    for (const model::Evidence* e : platforms_) out.push_back(e->valid_until);
    if (exempt_until_) out.push_back(*exempt_until_);
    std::erase_if(out, [&](Timestamp t) { return t <= now; });
    std::ranges::sort(out);
    const auto rest = std::ranges::unique(out);
    out.erase(rest.begin(), rest.end());
    return out;
}

}  // namespace douse::assess
