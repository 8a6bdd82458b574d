// SPDX-License-Identifier: Apache-2.0
#include "drill/saboteur.hpp"

#include <algorithm>

namespace douse::drill {
namespace {

constexpr size_t within_ms = 3000;
constexpr Millis idle_at_least{4000};
constexpr Millis unmoved_at_most{6000};

}  // namespace

bool Saboteur::has_moved(const CampaignSeen& campaign, Deadline now) const {
    if (kills_.empty() || now - last_ >= unmoved_at_most) return true;
    const CampaignSeen& met = kills_.back();
    return met.campaign != campaign.campaign || met.wave != campaign.wave || met.ended() < campaign.ended();
}

void Saboteur::sees(const CampaignSeen& campaign, Deadline now) {
    const bool canary = campaign.wave == 0 && campaign.waves > 1;
    if (left_ == 0 || (canary && met_canary_)) return;
    const int64_t under_way = campaign.under_way();
    if (under_way > 0) {
        idle_.reset();
        if (!planned_ && has_moved(campaign, now)) {
            most_under_way_ = 0;
            planned_ = now + Millis{static_cast<int64_t>(chance_.below(within_ms))};
        }
        most_under_way_ = std::max(most_under_way_, under_way);
    } else if (!canary && !idle_) {
        idle_ = now + idle_at_least + Millis{static_cast<int64_t>(chance_.below(within_ms))};
    }
    // The moment that was drawn is lost once all of them have ended, so it comes sooner when most have.
    const bool ending = under_way * 2 < most_under_way_;
    const bool due = under_way > 0 ? planned_ && (*planned_ <= now || ending) : idle_ && *idle_ <= now;
    if (under_way == 0) planned_.reset();
    if (!due) return;
    kill_();
    --left_;
    last_ = now;
    met_canary_ = met_canary_ || canary;
    planned_.reset();
    idle_.reset();
    kills_.push_back(campaign);
}

}  // namespace douse::drill
