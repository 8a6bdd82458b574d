// SPDX-License-Identifier: Apache-2.0
#include "inventory/resolve.hpp"

#include <fmt/format.h>

namespace douse::inventory {
namespace {

Result<std::vector<Candidate>> candidates_for(store::Tx& tx, const std::vector<model::Identifier>& identifiers) {
    std::set<model::AssetId> assets;
    for (const model::Identifier& identifier : identifiers) {
        TRY(const auto holders, store::holders_of(tx, identifier));
        for (const store::Holder& holder : holders) assets.insert(holder.asset);
    }
    std::vector<Candidate> candidates;
    for (const model::AssetId asset : assets) {
        TRY(auto carried, store::identifiers_of(tx, asset));
        candidates.push_back({asset, std::move(carried)});
    }
    return candidates;
}

}  // namespace

Result<Resolution> resolve(store::Tx& tx, model::Observation observation, const Surroundings& surroundings) {
    for (const model::Identifier& odd : unprintable(observation.identifiers)) {
        observation.attributes.emplace_back("left_out", fmt::format("{} \"{}\": it can't be shown", model::name_of(odd.kind), odd.value));
    }
    observation.identifiers = usable(observation.identifiers);
    if (observation.identifiers.empty()) {
        return fail(ErrorCode::invalid, "an observation from " + observation.source + " names no machine: no usable identifier");
    }
    if (!observation.id) {
        TRY(observation.id, store::insert_observation(tx, observation));
    }
    TRY(const auto candidates, candidates_for(tx, observation.identifiers));
    Surroundings around = surroundings;
    around.now = tx.now();
    const Decision decision = decide(observation, candidates, around);

    Resolution resolution{.is_new = !decision.asset, .reason = decision.reason};
    if (decision.asset) {
        resolution.asset = *decision.asset;
    } else {
        TRY(resolution.asset, store::insert_asset(tx, decision.reason));
    }
    for (const Decision::Merge& merge : decision.merges) {
        TRY(store::merge_assets(tx, resolution.asset, merge.from, merge.reason));
        resolution.merged.push_back(merge.from);
    }
    TRY(store::attach_observation(tx, resolution.asset, observation, decision.reason));
    return resolution;
}

}  // namespace douse::inventory
