// SPDX-License-Identifier: Apache-2.0
#include "assess/because.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::assess {
namespace {

using model::Axis;
using model::Disposition;
using model::Verdict;

std::string without_stop(std::string text) {
    while (text.ends_with('.')) text.pop_back();
    return text;
}

std::string quote(const Item& item) {
    const std::string by = item.evidence->origin == model::Origin::person ? " (read by a person)" : "";
    return fmt::format("{}{}: {}", item.evidence->check, by,
                       without_stop(item.evidence->because.empty() ? std::string(model::name_of(item.evidence->says)) : item.evidence->because));
}

std::string said(const Item& item) {
    return fmt::format("{} says {} ({})", item.evidence->check, model::name_of(item.evidence->says), without_stop(item.evidence->because));
}

const Item* newest_that_says(const std::vector<const Item*>& by, Verdict verdict) {
    const Item* found = nullptr;
    for (const Item* item : by) {
        if (item->evidence->says == verdict) found = item;  // oldest first
    }
    return found;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
    return fmt::format("{}", fmt::join(parts, between));
}

std::string contradiction(const Weighed& w) {
    const Item* bad = newest_that_says(w.vulnerability_by, Verdict::vulnerable);
    const Item* good = newest_that_says(w.vulnerability_by, Verdict::fixed);
    if (!good) good = newest_that_says(w.vulnerability_by, Verdict::not_affected);
    return fmt::format("contradiction: {}, and {}", said(*bad), said(*good));
}

// Why this axis has no verdict: what was asked and gave nothing, what no longer counts, what could not be reached.
std::string gap(const Weighed& w, Axis axis) {
    std::vector<std::string> unknown, old, before, missed;
    for (const Newest& n : w.newest) {
        if (n.item->check->axis != axis) continue;
        const model::Evidence& e = *n.item->evidence;
        const bool had_answer = e.says != Verdict::unknown;
        if (n.fate == Fate::says_unknown) unknown.push_back(quote(*n.item));
        if (n.fate == Fate::too_old)
            old.push_back(had_answer ? fmt::format("{} said {}", e.check, model::name_of(e.says)) : fmt::format("{} gave no answer", e.check));
        if (n.fate == Fate::before_failed) before.push_back(fmt::format("{} said {}", e.check, model::name_of(e.says)));
    }
    for (const Item* item : w.missed) {
        if (item->check->axis == axis) missed = {quote(*item)};  // the newest tells enough
    }
    std::vector<std::string> parts;
    if (!unknown.empty()) parts.push_back("no answer from " + join(unknown, ", "));
    if (!before.empty()) parts.push_back("not looked at since an attempt that failed (before it " + join(before, ", ") + ")");
    if (!old.empty()) parts.push_back("evidence too old (" + join(old, ", ") + ")");
    if (!missed.empty()) parts.push_back("could not be reached (" + join(missed, ", ") + ")");
    return join(parts, "; ");
}

std::string why_unknown(const Weighed& w) {
    if (w.contradiction) return contradiction(w);
    if (w.vulnerability == Verdict::fixed) {
        const std::string missing = gap(w, Axis::infection);
        return "fixed, but infection not ruled out: " + (missing.empty() ? std::string("never looked at from inside") : missing);
    }
    const std::string missing = gap(w, Axis::vulnerability);
    if (!missing.empty()) return missing;
    const std::string elsewhere = gap(w, Axis::infection);
    if (!elsewhere.empty()) return elsewhere;
    return w.infection == Verdict::clean ? "clean, but nobody asked whether the hole is closed" : "never checked";
}

std::string capital(std::string text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
    return text;
}

std::string vulnerable_by(const Weighed& w) {
    const Item* item = newest_that_says(w.vulnerability_by, Verdict::vulnerable);
    return quote(*item) + (w.mitigated ? " (plugged, not closed)" : "");
}

std::string good_news(const Weighed& w) {
    std::vector<std::string> parts;
    if (w.platform_by)
        parts.push_back(w.platform.empty() ? "the machine is none of the platforms that this concerns"
                                           : fmt::format("the platform {} is not affected", w.platform));
    if (const Item* item = newest_that_says(w.vulnerability_by, w.vulnerability)) parts.push_back(quote(*item));
    if (w.infection == Verdict::clean) {
        for (const Item* item : w.infection_by) parts.push_back(quote(*item));
    }
    return join(parts, "; ");
}

}  // namespace

std::string because(Disposition disposition, const Weighed& w, const model::AssetHistory& history) {
    switch (disposition) {
        case Disposition::infected_isolated:
        case Disposition::infected: {
            const std::string by = quote(*newest_that_says(w.infection_by, Verdict::infected));
            return by + (disposition == Disposition::infected_isolated ? "; the machine is isolated." : ".");
        }
        case Disposition::fix_unverified: {
            const std::string reason = why_unknown(w);
            return fmt::format("An attempt reported done at {}; {}.", base::to_minute_text(*w.done_at),
                               reason == "never checked" ? "nothing has looked since" : "since then: " + reason);
        }
        case Disposition::not_affected:
        case Disposition::fixed: return (w.platform_by ? capital(good_news(w)) : good_news(w)) + ".";
        case Disposition::exempt:
            return fmt::format("Exempt until {}; without that: {}.", base::to_minute_text(*history.exempt_until),
                               w.vulnerability == Verdict::vulnerable ? vulnerable_by(w) : why_unknown(w));
        case Disposition::vulnerable: return vulnerable_by(w) + ".";
        case Disposition::unknown: break;
    }
    return capital(why_unknown(w)) + ".";
}

}  // namespace douse::assess
