// SPDX-License-Identifier: Apache-2.0
// What an asset is called, where it is and what addresses it has now: decided from all that its observations claim. Pure.
//
// Which addresses are current:
//   - An inside look reads every interface, so it settles the matter: claims that are not newer than the newest inside look
//     count only if they are part of it.
//   - Of what is left, the newest claim is current, and every lease that had not ended when the newest claim was made: a
//     machine with two interfaces holds two leases at once.
// No clock is read, so that an asset doesn't leave the books by the passing of time alone: its newest known address stays its
// address until something newer is known.
#pragma once

#include "model/scope.hpp"
#include "store/asset_rows.hpp"

#include <string>
#include <vector>

namespace douse::store {

[[nodiscard]] std::vector<Address> current_addresses(const std::vector<CarriedIdentifier>& carried);  // newest first

struct AssetSummary {
    std::string name, address, os, place;
    Timestamp first_seen_at{}, last_seen_at{};
    std::vector<Address> addresses;  // current
    bool operator==(const AssetSummary&) const = default;
};
// `added_at` stands in where no source says when it saw the machine. The address shown is one in scope, if there is one.
[[nodiscard]] AssetSummary summarise(const std::vector<CarriedIdentifier>& carried, const std::vector<CarriedAttribute>& attributes,
                                     const model::Scope& scope, Timestamp added_at);

}  // namespace douse::store
