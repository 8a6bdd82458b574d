// SPDX-License-Identifier: Apache-2.0
// How attempts ended that nobody followed to their end: a server died, a campaign was stopped, a connection was lost.
#pragma once

#include "base/error.hpp"
#include "model/campaign.hpp"
#include "remediate/attempt.hpp"
#include "store/store.hpp"

#include <optional>
#include <stop_token>

namespace douse::remediate {

// Asks the machine how an attempt ended whose fate isn't known, and records it: `failed` unless no step of it ever began, since
// nobody carried it to its end. An error inside: it could not be learned, and why (cancelled, denied: nobody may ask now).
Result<std::optional<Error>> settle_fate(const Tools& tools, const model::Attempt& attempt, std::stop_token stop);

// The same for an attempt that nobody has in hand and whose task is over, in whatever state it was left; one that ran no step is
// cancelled. False: its end is still not known.
Result<bool> settle_abandoned(const Tools& tools, model::AttemptId id, std::stop_token stop);

// At the start of a process: every attempt that was sent or running becomes fate_unknown, to be settled by asking the machine.
Result<int> mark_fates_unknown(store::Store& store);

}  // namespace douse::remediate
