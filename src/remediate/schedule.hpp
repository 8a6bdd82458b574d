// SPDX-License-Identifier: Apache-2.0
// Who is treated in which wave, and what may start now: pure.
//
// The canary is small and holds machines that Douse entered lately, so that a bad method shows on few machines and shows for
// sure; waves then grow by `growth`. Machines that nobody reached lately come last, and there is a canary whoever they are. Two gates, on verified
// results: too many failed, or too many unreachable, hold the next wave until a person settles it.
#pragma once

#include "base/clock.hpp"
#include "model/campaign.hpp"

#include <string>
#include <vector>

namespace douse::remediate {

struct Limits {
    int tasks_at_once = 24;
    int growth = 20;             // size of a wave by that of the one before: 5, 100, 2000; a wave costs its slowest machine's time
    double failed_share = 0.10;  // of a wave's tasks; more holds the next wave
    double unreachable_share = 0.25;
    Millis login_deadline = std::chrono::seconds{12};
    Millis retry_wait = std::chrono::seconds{2};        // before an attempt after one that failed
    Millis unreachable_wait = std::chrono::seconds{8};  // before an attempt after one that reached nobody
    Millis settle_every = std::chrono::seconds{30};     // between questions about attempts that no campaign follows any more
};

struct Candidate {
    model::AssetId asset;
    model::Disposition disposition = model::Disposition::unknown;
    bool entered_lately = false;  // an inside look succeeded since the last sweep began
};
// Waves in order, each with its assets; every candidate is in exactly one.
std::vector<std::vector<Candidate>> waves_for(std::vector<Candidate> candidates, const Limits& limits);

struct CampaignView {
    model::Campaign campaign;
    std::vector<model::Wave> waves;  // by number
    std::vector<model::Task> tasks;
};
struct Decision {
    enum class Kind { start_wave, pass_wave, gate_wave, run_task, finish };
    Kind kind = Kind::finish;
    model::WaveId wave;
    model::TaskId task;
    std::string because;  // of a gate
    bool operator==(const Decision&) const = default;
};
// In order of execution. `busy`: tasks that a thread has in hand; `waiting`: those that go on at a time of their own, and take no place.
// Nothing while paused; waves of a draft never start.
std::vector<Decision> decide(const CampaignView& view, const std::vector<model::TaskId>& busy, const std::vector<model::TaskId>& waiting,
                             const Limits& limits);

[[nodiscard]] bool counts_as_unreachable(model::NeedsHands reason);

}  // namespace douse::remediate
