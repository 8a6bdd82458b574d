// SPDX-License-Identifier: Apache-2.0
// One look at one machine, now: what an attempt's verification and its skip_if ask. Blocking; for pool threads.
#pragma once

#include "model/permit.hpp"
#include "playbook/playbook.hpp"
#include "store/store.hpp"
#include "transport/transport.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace douse::survey {

struct MachineAt {
    model::AssetId asset;
    Address address;
};

struct OneLook {
    std::vector<model::Evidence> evidence;  // stored already, oldest first
    std::string platform;                   // "" when it could not be read
    std::optional<Error> not_entered;       // why there are no inside answers
};

inline constexpr uint16_t ssh_port = 22;

// Asks the named checks, inside and outside, and stores the answers. Errors are the store's; a machine that can't be reached is
// an answer (rows without a real look).
Result<OneLook> look_at(store::Store& store, transport::Transport& transport, const model::Permit& permit, const playbook::Playbook& playbook,
                        const MachineAt& machine, const std::vector<std::string>& checks, Deadline deadline, std::stop_token stop);

// A machine that answers at an asset's address and isn't it: a sentence. Nothing: it is, or nobody can tell.
Result<std::optional<std::string>> somebody_else(store::Tx& tx, model::AssetId asset, const model::MachineFacts& machine);

// Where the asset can be reached now: its addresses in scope, the one last seen first. not_found: none is known.
Result<std::vector<Address>> addresses_of(const store::Store& store, const model::Scope& scope, model::AssetId asset);

}  // namespace douse::survey
