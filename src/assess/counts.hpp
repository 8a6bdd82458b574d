// SPDX-License-Identifier: Apache-2.0
// What became of each piece of evidence: the word that stands beside it where a responder reads why a machine is what it is.
// It follows from the same weighing as the disposition, so that the two never tell different stories.
#pragma once

#include "base/clock.hpp"
#include "model/evidence.hpp"
#include "playbook/playbook.hpp"

#include <string_view>
#include <vector>

namespace douse::assess {

enum class Counts {
    speaks,        // it decided
    agrees,        // it stands and says the same as those that decided
    outranked,     // it stands, but a stronger check or a hint's weakness keeps it from deciding
    newer_answer,  // the same question was answered since
    expired,       // too old
    history,       // taken before an attempt that overtook it, or the question has changed
    no_answer,     // it says nothing either way
};
[[nodiscard]] std::string_view name_of(Counts counts);

// One for each row of `history.evidence`, in its order.
[[nodiscard]] std::vector<Counts> how_each_counts(const model::AssetHistory& history, const playbook::Playbook& playbook, Timestamp now);

}  // namespace douse::assess
