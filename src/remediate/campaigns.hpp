// SPDX-License-Identifier: Apache-2.0
// A campaign's life as people steer it: plan, approval by a second person, start, pause, resume, stop, retry, settling a gate.
#pragma once

#include "incident/actor.hpp"
#include "model/campaign.hpp"
#include "playbook/playbook.hpp"
#include "store/store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::remediate {

// Over `assets`, or when empty over all infected, vulnerable and unknown ones that have no task in needs_hands. The playbook must
// carry the signature of a pinned signer and all its files must be stored. wrong_state: nothing to do, or a campaign is open.
Result<model::Campaign> plan(store::Store& store, const incident::Actor& actor, const std::vector<model::AssetId>& assets);
// A new plan over only what failed (needs_hands) in an ended campaign.
Result<model::Campaign> retry(store::Store& store, const incident::Actor& actor, model::CampaignId id);
// conflict: the hash is another one than the plan's by now; denied: one's own plan.
Result<model::Campaign> approve(store::Store& store, const incident::Actor& actor, model::CampaignId id, std::string_view plan_hash);
Result<model::Campaign> start(store::Store& store, const incident::Actor& actor, model::CampaignId id);
Result<model::Campaign> pause(store::Store& store, const incident::Actor& actor, model::CampaignId id);
Result<model::Campaign> resume(store::Store& store, const incident::Actor& actor, model::CampaignId id);
Result<model::Campaign> stop(store::Store& store, const incident::Actor& actor, model::CampaignId id);

enum class Settle { pass, stop };
Result<model::Campaign> settle(store::Store& store, const incident::Actor& actor, model::CampaignId id, int wave, Settle decision,
                               std::string_view reason);

// The hash of the plan as it is stored now; an approval that names another one allows nothing. corrupt: another playbook.
Result<std::string> stored_plan_hash(store::Tx& tx, const model::Campaign& campaign, const playbook::Playbook& playbook);

// What the plan does not do, and for how many, in sentences.
Result<std::vector<std::string>> notes(const store::Store& store, model::CampaignId id);

}  // namespace douse::remediate
