// SPDX-License-Identifier: Apache-2.0
// Which machine is an observation about? Decided by typed identifiers, strongest first, one observation at a time, and kept
// with the reason. Two machines under one asset hide a machine; one machine under two assets is only counted twice until
// somebody looks: so what is doubtful stays apart.
//
//   what links                          and when it does not
//   machine_id                          cloned: two assets carry it, or the looks' MACs or host keys contradict it
//   directory_guid
//   serial                              carried by several assets
//   ssh_host_key                        carried by several assets, or the MACs contradict it
//   mac                                 carried by assets that contradict each other (docks, virtual adapters)
//   name and address together           their times don't overlap, or the MACs contradict it
//   address alone, inside its time      a lease's span, else the last look there, else the only list entry that has it;
//                                       not if names or MACs contradict it
//   name alone                          several machines are called so, or the MACs contradict it, or a stronger link explains
//                                       the name already, or the namesake was seen elsewhere within the hour
//
// Never joined, whatever links: two machine_ids, two directory GUIDs, two serials (a new board has a new serial, the same
// machine_id proves it). A changed SSH host key alone keeps nothing apart: machines are set up anew and certificates renewed.
// Two leases with one name and two MACs stay two assets until a look inside proves one machine with two interfaces.
//
// When an observation links assets that were thought to be two, they are merged, and the older one keeps its number. Only looks
// inside and the links above "address alone" merge.
#pragma once

#include "base/error.hpp"
#include "model/asset.hpp"
#include "store/asset_rows.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace douse::inventory {

// Lower case, canonical MACs and addresses, the host name beside each DNS name; values that say nothing are left out: zero and
// group MACs, virtual adapters' common ones, "localhost", vendors' placeholder serials.
[[nodiscard]] std::vector<model::Identifier> usable(const std::vector<model::Identifier>& identifiers);
// Those that it leaves out because they hold control characters or bytes that are no text; the values as they may be shown.
[[nodiscard]] std::vector<model::Identifier> unprintable(const std::vector<model::Identifier>& identifiers);

struct Candidate {  // an asset that carries one of the observation's identifiers
    model::AssetId asset;
    std::vector<store::CarriedIdentifier> carried;
};

struct Surroundings {
    Timestamp now{};
    std::set<std::string> shared_names;  // host names that the list at hand gives to several machines
};

struct Decision {
    std::optional<model::AssetId> asset;  // none: a new one
    std::string reason;
    struct Merge {
        model::AssetId from;  // into `asset`
        std::string reason;
    };
    std::vector<Merge> merges;
};
// Pure. `candidates`: every unmerged asset that carries one of the identifiers, in any order. The identifiers are usable ones.
[[nodiscard]] Decision decide(const model::Observation& observation, const std::vector<Candidate>& candidates, const Surroundings& surroundings);

struct Resolution {
    model::AssetId asset;
    bool is_new = false;
    std::string reason;
    std::vector<model::AssetId> merged;  // assets that were found to be this one
};
// Stores the observation (unless it has an id already), decides, and attaches it. An address that comes first is the one that a
// look was made at. invalid: no usable identifier.
Result<Resolution> resolve(store::Tx& tx, model::Observation observation, const Surroundings& surroundings = {});

}  // namespace douse::inventory
