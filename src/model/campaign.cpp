// SPDX-License-Identifier: Apache-2.0
#include "model/campaign.hpp"

#include <array>
#include <initializer_list>

namespace douse::model {
namespace {

constexpr std::array<std::string_view, 6> campaign_names{"draft", "approved", "running", "paused", "stopped", "done"};
constexpr std::array<std::string_view, 4> wave_names{"waiting", "running", "gated", "passed"};
constexpr std::array<std::string_view, 4> task_names{"open", "verified", "needs_hands", "cancelled"};
constexpr std::array<std::string_view, 9> attempt_names{"queued",      "sent",    "running",   "succeeded",   "failed",
                                                        "unreachable", "expired", "cancelled", "fate_unknown"};
constexpr std::array<std::string_view, 11> reason_names{
    "none",      "unreachable", "no_credentials", "hangs",        "host_key_changed", "host_key_unconfirmed",
    "disk_full", "step_failed", "not_verified",   "fate_unknown", "not_for_this"};
constexpr std::array<std::string_view, 3> event_names{"started", "ended", "skipped"};
constexpr std::array<std::string_view, 5> origin_names{"outside", "inside", "program", "person", "import"};

template <class E, size_t N>
std::optional<E> find(const std::array<std::string_view, N>& names, std::string_view name) {
    for (size_t i = 0; i < N; ++i) {
        if (names[i] == name) return static_cast<E>(i);
    }
    return std::nullopt;
}

// A row of bits per state: the states it may move to.
template <class E>
constexpr unsigned to(std::initializer_list<E> states) {
    unsigned bits = 0;
    for (E s : states) bits |= 1u << static_cast<unsigned>(s);
    return bits;
}
template <class E, size_t N>
bool legal(const std::array<unsigned, N>& table, E from, E next) {
    return (table[static_cast<size_t>(from)] >> static_cast<unsigned>(next) & 1) != 0;
}

using enum CampaignState;
constexpr std::array<unsigned, 6> campaign_moves{
    to({approved, stopped}), to({CampaignState::running, stopped}), to({paused, stopped, done}), to({CampaignState::running, stopped}), 0u, 0u};
constexpr std::array<unsigned, 4> wave_moves{to({WaveState::running}), to({WaveState::gated, WaveState::passed}), to({WaveState::passed}), 0u};
constexpr std::array<unsigned, 4> task_moves{to({TaskState::verified, TaskState::needs_hands, TaskState::cancelled}), 0u, 0u, 0u};
using A = AttemptState;
constexpr std::array<unsigned, 9> attempt_moves{
    to({A::sent, A::cancelled, A::expired}),                                                 // queued
    to({A::running, A::unreachable, A::cancelled, A::expired, A::fate_unknown, A::failed}),  // sent
    to({A::succeeded, A::failed, A::unreachable, A::cancelled, A::fate_unknown}),            // running
    0u,
    0u,
    0u,
    0u,
    0u,
    to({A::running, A::succeeded, A::failed, A::unreachable, A::cancelled}),  // ends, fate_unknown
};

}  // namespace

std::string_view name_of(CampaignState s) {
    return campaign_names[static_cast<size_t>(s)];
}
std::string_view name_of(WaveState s) {
    return wave_names[static_cast<size_t>(s)];
}
std::string_view name_of(TaskState s) {
    return task_names[static_cast<size_t>(s)];
}
std::string_view name_of(AttemptState s) {
    return attempt_names[static_cast<size_t>(s)];
}
std::string_view name_of(NeedsHands r) {
    return reason_names[static_cast<size_t>(r)];
}
std::string_view name_of(StepEvent e) {
    return event_names[static_cast<size_t>(e)];
}
std::string_view name_of(Origin o) {
    return origin_names[static_cast<size_t>(o)];
}
std::optional<CampaignState> campaign_state_from(std::string_view n) {
    return find<CampaignState>(campaign_names, n);
}
std::optional<WaveState> wave_state_from(std::string_view n) {
    return find<WaveState>(wave_names, n);
}
std::optional<TaskState> task_state_from(std::string_view n) {
    return find<TaskState>(task_names, n);
}
std::optional<AttemptState> attempt_state_from(std::string_view n) {
    return find<AttemptState>(attempt_names, n);
}
std::optional<NeedsHands> needs_hands_from(std::string_view n) {
    return find<NeedsHands>(reason_names, n);
}
std::optional<Origin> origin_from(std::string_view n) {
    return find<Origin>(origin_names, n);
}

bool may_move(CampaignState from, CampaignState to) {
    return legal(campaign_moves, from, to);
}
bool may_move(WaveState from, WaveState to) {
    return legal(wave_moves, from, to);
}
bool may_move(TaskState from, TaskState to) {
    return legal(task_moves, from, to);
}
bool may_move(AttemptState from, AttemptState to) {
    return legal(attempt_moves, from, to);
}

bool is_over(AttemptState state) {
    return state != A::queued && state != A::sent && state != A::running;
}

}  // namespace douse::model
