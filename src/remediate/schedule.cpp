// SPDX-License-Identifier: Apache-2.0
#include "remediate/schedule.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::remediate {
namespace {

using model::TaskState;
using model::WaveState;

// The canary: a twentieth of what was entered lately, 1 to 5 machines.
size_t canary_size(size_t entered) {
    return std::clamp<size_t>((entered + 19) / 20, 1, 5);
}

struct Tally {
    int tasks = 0, open = 0, failed = 0, unreachable = 0;
};

Tally tally(const CampaignView& view, model::WaveId wave) {
    Tally out;
    for (const model::Task& task : view.tasks) {
        if (task.wave != wave) continue;
        ++out.tasks;
        if (task.state == TaskState::open) ++out.open;
        if (task.state == TaskState::needs_hands) ++(counts_as_unreachable(task.reason) ? out.unreachable : out.failed);
    }
    return out;
}

// Why the next wave must wait, or nothing.
std::string gate(const Tally& t, int wave, const Limits& limits) {
    // One failure in a canary is always worth a look: it is why there is a canary.
    const double failed_share = wave == 0 ? 0.0 : limits.failed_share;
    if (t.failed > failed_share * t.tasks) {
        return fmt::format("{} of {} failed; the gate allows {}", t.failed, t.tasks, static_cast<int>(failed_share * t.tasks));
    }
    if (t.unreachable > limits.unreachable_share * t.tasks) {
        return fmt::format("{} of {} could not be reached; the gate allows {}", t.unreachable, t.tasks,
                           static_cast<int>(limits.unreachable_share * t.tasks));
    }
    return {};
}

}  // namespace

bool counts_as_unreachable(model::NeedsHands reason) {
    using enum model::NeedsHands;
    return reason == unreachable || reason == no_credentials || reason == hangs || reason == host_key_changed || reason == host_key_unconfirmed;
}

std::vector<std::vector<Candidate>> waves_for(std::vector<Candidate> candidates, const Limits& limits) {
    const auto rank = [](const Candidate& c) {
        const bool infected = c.disposition == model::Disposition::infected;
        return std::tuple(!c.entered_lately, !infected, c.asset.value);
    };
    std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) { return rank(a) < rank(b); });
    const auto entered = static_cast<size_t>(std::ranges::count_if(candidates, &Candidate::entered_lately));

    // There is always a canary, also where nobody was entered lately: then it shows whether anybody can be.
    std::vector<std::vector<Candidate>> waves;
    size_t size = canary_size(entered == 0 ? candidates.size() : entered);
    for (size_t at = 0; at < candidates.size(); size *= static_cast<size_t>(limits.growth)) {
        // After the canary, a rest smaller than half a wave joins it: a wave costs its slowest machine's time.
        const size_t left = candidates.size() - at;
        const size_t take = left <= size || (at > 0 && left <= size + size / 2) ? left : size;
        waves.emplace_back(candidates.begin() + static_cast<ptrdiff_t>(at), candidates.begin() + static_cast<ptrdiff_t>(at + take));
        at += take;
    }
    return waves;
}

std::vector<Decision> decide(const CampaignView& view, const std::vector<model::TaskId>& busy, const std::vector<model::TaskId>& waiting,
                             const Limits& limits) {
    std::vector<Decision> out;
    if (view.campaign.state != model::CampaignState::running) return out;
    for (size_t i = 0; i < view.waves.size(); ++i) {
        const model::Wave& wave = view.waves[i];
        if (wave.state == WaveState::passed) continue;
        if (wave.state == WaveState::gated) return out;
        if (wave.state == WaveState::waiting) out.push_back({.kind = Decision::Kind::start_wave, .wave = wave.id, .task = {}, .because = {}});
        const Tally t = tally(view, wave.id);
        if (t.open == 0) {
            const std::string because = gate(t, wave.number, limits);
            const bool holds_somebody = i + 1 < view.waves.size();
            const auto kind = because.empty() || !holds_somebody ? Decision::Kind::pass_wave : Decision::Kind::gate_wave;
            out.push_back({.kind = kind, .wave = wave.id, .task = {}, .because = because});
            return out;  // the next wave starts at the next decision, after this one is stored
        }
        size_t running = busy.size();
        for (const model::Task& task : view.tasks) {
            if (running >= static_cast<size_t>(limits.tasks_at_once)) break;
            if (task.wave != wave.id || task.state != TaskState::open) continue;
            if (std::ranges::count(busy, task.id) != 0 || std::ranges::count(waiting, task.id) != 0) continue;
            out.push_back({.kind = Decision::Kind::run_task, .wave = wave.id, .task = task.id, .because = {}});
            ++running;
        }
        return out;
    }
    out.push_back({.kind = Decision::Kind::finish, .wave = {}, .task = {}, .because = {}});
    return out;
}

}  // namespace douse::remediate
