// SPDX-License-Identifier: Apache-2.0
#include "assess/assess.hpp"

#include "assess/because.hpp"
#include "assess/weigh.hpp"

#include <algorithm>
#include <utility>

namespace douse::assess {
namespace {

using model::Disposition;
using model::Verdict;

// The table of design.md: the first row that holds.
Disposition disposition_of(const Weighed& w, Case& story, const model::AssetHistory& history, Timestamp at) {
    if (w.infection == Verdict::infected) return history.isolation_active ? Disposition::infected_isolated : Disposition::infected;  // 1, 2
    if (w.done_at && !story.answered(*w.done_at, at)) return Disposition::fix_unverified;                                            // 3
    if (w.vulnerability == Verdict::not_affected) return Disposition::not_affected;                                                  // 4
    if (w.vulnerability == Verdict::fixed && story.answers(w)) return Disposition::fixed;                                            // 5
    if (history.exempt_until && at < *history.exempt_until) return Disposition::exempt;                                              // 6
    if (w.vulnerability == Verdict::vulnerable) return Disposition::vulnerable;                                                      // 7
    return Disposition::unknown;                                                                                                     // 8
}

model::Assessment assess_at(const model::AssetHistory& history, Case& story, const Weighed& w, Timestamp at) {
    model::Assessment out{.vulnerability = w.vulnerability, .infection = w.infection, .mitigated = w.mitigated};
    out.disposition = disposition_of(w, story, history, at);
    out.because = because(out.disposition, w, history);
    std::vector<const model::Evidence*> speaks;
    for (const auto* by : {&w.vulnerability_by, &w.infection_by}) {
        for (const Item* item : *by) speaks.push_back(item->evidence);
    }
    if (w.platform_by) speaks.push_back(w.platform_by);
    std::ranges::sort(speaks, {}, [](const model::Evidence* e) { return std::pair(e->taken_at, e); });
    for (const model::Evidence* e : speaks) out.speaks.push_back(e->id);
    if (!speaks.empty()) out.evidence_at = speaks.back()->taken_at;
    return out;
}

}  // namespace

model::Assessment assess(const model::AssetHistory& history, const playbook::Playbook& playbook, Timestamp now) {
    Case story(history, playbook);
    const Weighed weighed = story.weigh(now);
    model::Assessment out = assess_at(history, story, weighed, now);
    for (const Timestamp t : story.moments_after(now, weighed)) {  // nothing changes between two moments
        if (assess_at(history, story, story.weigh(t), t) == out) continue;
        out.changes_at = t;
        break;
    }
    return out;
}

model::Assessment no_incident() {
    return {.because = "No incident is open."};
}

}  // namespace douse::assess
