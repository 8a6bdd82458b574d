// SPDX-License-Identifier: Apache-2.0
// Campaigns, waves, tasks, attempts and the journal of their steps. Attempts and steps are append-only: an attempt's state is
// its newest event. An attempt's end derives its asset. Moves are checked against the tables of model/campaign.hpp: an illegal
// one is wrong_state and changes nothing.
#pragma once

#include "model/campaign.hpp"
#include "store/store.hpp"

namespace douse::store {

Result<model::CampaignId> insert_campaign(Tx& tx, const model::Campaign& campaign);  // state draft
Result<model::WaveId> insert_wave(Tx& tx, const model::Wave& wave);
Result<model::TaskId> insert_task(Tx& tx, const model::Task& task);

Result<model::Campaign> find_campaign(Tx& tx, model::CampaignId id);
Result<std::vector<model::Campaign>> list_campaigns(Tx& tx);  // newest first
Result<std::vector<model::Campaign>> campaigns_in(Tx& tx, model::CampaignState state);
Result<std::vector<model::Wave>> waves_of(Tx& tx, model::CampaignId id);        // by number
Result<std::vector<model::Task>> tasks_of(Tx& tx, model::CampaignId id);        // by id
Result<std::vector<model::Task>> tasks_of_asset(Tx& tx, model::AssetId asset);  // newest first
Result<model::Task> find_task(Tx& tx, model::TaskId id);
// Those for which a task ended so and none was verified since.
Result<std::vector<model::AssetId>> assets_in_needs_hands(Tx& tx, model::IncidentId incident);

Result<void> move_campaign(Tx& tx, model::CampaignId id, model::CampaignState to, model::PersonId by, std::string_view because = {});
// A wave's end is when nothing of it ran any more: at its gate, or where it passed without one.
Result<void> move_wave(Tx& tx, model::WaveId id, model::WaveState to, std::string_view because = {});
Result<void> move_task(Tx& tx, model::TaskId id, model::TaskState to, model::NeedsHands reason = model::NeedsHands::none,
                       std::string_view because = {});

// Why a task that is still open isn't over: what the last attempt came to. Nothing for one that is over.
Result<void> explain_task(Tx& tx, model::TaskId id, std::string_view because);

Result<model::AttemptId> insert_attempt(Tx& tx, model::TaskId task, int number);  // queued
Result<model::Attempt> find_attempt(Tx& tx, model::AttemptId id);
Result<std::vector<model::Attempt>> attempts_of(Tx& tx, model::TaskId task);  // by number
Result<std::vector<model::Attempt>> attempts_of_campaign(Tx& tx, model::CampaignId id);
Result<std::vector<model::Attempt>> attempts_not_over(Tx& tx);                           // queued, sent, running, fate_unknown unsettled
Result<std::vector<model::Attempt>> attempts_not_over_on(Tx& tx, model::AssetId asset);  // the same, of any campaign
Result<int> times_fate_unknown(Tx& tx, model::AttemptId id);
Result<void> move_attempt(Tx& tx, model::AttemptId id, model::AttemptState to, std::string_view because = {},
                          model::NeedsHands obstacle = model::NeedsHands::none);

Result<void> append_step(Tx& tx, const model::StepRow& row);                // a `started` row marks the attempt as having run a step
Result<std::vector<model::StepRow>> steps_of(Tx& tx, model::AttemptId id);  // in order
struct StepTally {
    model::AssetId asset;
    std::string step;
    int64_t started = 0, ended = 0;
};
Result<std::vector<StepTally>> tally_steps(Tx& tx);  // per asset and step, over all attempts

}  // namespace douse::store
