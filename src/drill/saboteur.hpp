// SPDX-License-Identifier: Apache-2.0
// Kills the server while attempts are under way, at a random moment of the 3 s after they were seen. The canary is one machine or a
// few, and then everybody waits for its proof: it meets one kill at most, the later waves the rest. In one wave a kill comes after some
// attempt has ended since the last one, so that each meets the wave at another point; for one that doesn't move it waits 6 s.
//
// A wave may have fewer such moments than kills are left. So one after the canary in which nothing is under way for a while is killed
// into as well: a server is killed while it waits for proof, too.
#pragma once

#include "base/clock.hpp"
#include "drill/chance.hpp"
#include "drill/plot.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace douse::drill {

class Saboteur {
public:
    Saboteur(std::function<void()> kill, uint64_t seed, int kills) : kill_(std::move(kill)), chance_(seed ^ 0x5ab07e0000000000ULL), left_(kills) {}

    // What the owner sees of a running campaign at `now`, several times a second. May kill.
    void sees(const CampaignSeen& campaign, Deadline now);

    [[nodiscard]] int left() const { return left_; }
    [[nodiscard]] const std::vector<CampaignSeen>& kills() const { return kills_; }  // what each met

private:
    [[nodiscard]] bool has_moved(const CampaignSeen& campaign, Deadline now) const;

    std::function<void()> kill_;
    Chance chance_;
    int left_;
    bool met_canary_ = false;
    Deadline last_{};
    int64_t most_under_way_ = 0;       // since the kill was planned
    std::optional<Deadline> planned_;  // for while attempts are under way
    std::optional<Deadline> idle_;     // for while none is
    std::vector<CampaignSeen> kills_;
};

}  // namespace douse::drill
