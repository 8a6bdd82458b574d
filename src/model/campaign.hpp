// SPDX-License-Identifier: Apache-2.0
// The states of a remediation run and their legal moves, as tables. One function per kind answers whether a move is legal;
// the store makes it in the same transaction as the row that records it.
//
//   campaign  draft -> approved -> running <-> paused ; running -> done ; stopped from draft, approved, running, paused
//   wave      waiting -> running -> passed | gated ; gated -> passed (settled by a person)
//   task      open -> verified | needs_hands | cancelled
//   attempt   queued -> sent -> running -> succeeded | failed | fate_unknown ; sent -> unreachable ; queued, sent -> cancelled, expired
//             fate_unknown -> succeeded | failed (settled by asking the machine) | running (asked, and gone on from there)
//             fate_unknown -> unreachable, if no step was ever sent
#pragma once

#include "base/clock.hpp"
#include "model/evidence.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::model {

enum class CampaignState { draft, approved, running, paused, stopped, done };
enum class WaveState { waiting, running, gated, passed };
enum class TaskState { open, verified, needs_hands, cancelled };

[[nodiscard]] std::string_view name_of(CampaignState state);
[[nodiscard]] std::string_view name_of(WaveState state);
[[nodiscard]] std::string_view name_of(TaskState state);
[[nodiscard]] std::string_view name_of(AttemptState state);
[[nodiscard]] std::optional<CampaignState> campaign_state_from(std::string_view name);
[[nodiscard]] std::optional<WaveState> wave_state_from(std::string_view name);
[[nodiscard]] std::optional<TaskState> task_state_from(std::string_view name);
[[nodiscard]] std::optional<AttemptState> attempt_state_from(std::string_view name);

[[nodiscard]] bool may_move(CampaignState from, CampaignState to);
[[nodiscard]] bool may_move(WaveState from, WaveState to);
[[nodiscard]] bool may_move(TaskState from, TaskState to);
[[nodiscard]] bool may_move(AttemptState from, AttemptState to);
[[nodiscard]] bool is_over(AttemptState state);  // no move but a settled fate leads out of it

// Why a task can't be done remotely; it becomes the work order's reason.
enum class NeedsHands {
    none,
    unreachable,           // no answer on the way in, three times
    no_credentials,        // the machine refuses every credential
    hangs,                 // it accepts the connection and then says nothing
    host_key_changed,      // another key than the pinned one; a person settles it
    host_key_unconfirmed,  // only a password could help, and none goes to a key that nobody confirmed
    disk_full,             // the playbook's room on disk isn't there
    step_failed,           // a step failed, three times
    not_verified,          // the steps said done and the checks say otherwise, three times
    fate_unknown,          // an attempt's end can't be learned, and its step must not be repeated
    not_for_this,          // no step of the plan is for this platform
};
[[nodiscard]] std::string_view name_of(NeedsHands reason);
[[nodiscard]] std::optional<NeedsHands> needs_hands_from(std::string_view name);

struct Campaign {
    CampaignId id;
    IncidentId incident;
    CampaignState state = CampaignState::draft;
    std::string plan_hash;  // SHA-256 over plan, playbook and files: what an approval names
    PersonId asked_by;
    PersonId approved_by;
    std::string paused_because;
    Timestamp created_at{};
    Timestamp started_at{};
    Timestamp ended_at{};
    int64_t playbook_version = 0;
    std::string playbook_id;
    std::string playbook_sha256;
};

struct Wave {
    WaveId id;
    CampaignId campaign;
    int number = 0;  // 0 is the canary
    WaveState state = WaveState::waiting;
    std::string gated_because;
    Timestamp started_at{};
    Timestamp ended_at{};
};

struct Task {
    TaskId id;
    CampaignId campaign;
    WaveId wave;
    AssetId asset;
    TaskState state = TaskState::open;
    NeedsHands reason = NeedsHands::none;
    std::string because;  // the sentence behind the reason
    Disposition planned_as = Disposition::unknown;
};

struct Attempt {
    AttemptId id;
    TaskId task;
    AssetId asset;
    int number = 1;  // of at most attempts_per_task
    AttemptState state = AttemptState::queued;
    bool ran_a_step = false;
    std::string because;
    NeedsHands obstacle = NeedsHands::none;  // what stood in the way, if something did
    Timestamp created_at{};
    Timestamp ended_at{};
};
inline constexpr int attempts_per_task = 3;

// One row of the journal on our side: written and committed before a step starts and after it ended.
enum class StepEvent { started, ended, skipped };
[[nodiscard]] std::string_view name_of(StepEvent event);
struct StepRow {
    AttemptId attempt;
    std::string step;
    int run = 1;  // how many-th start of this step in this attempt
    StepEvent event = StepEvent::started;
    std::optional<int64_t> exit_code;
    std::string said;  // the step's outcome in a sentence
    Timestamp at{};
};

}  // namespace douse::model
