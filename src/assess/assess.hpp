// SPDX-License-Identifier: Apache-2.0
// From evidence to verdict to disposition: one asset's history against its playbook at one moment. Pure.
//
// The path: drop evidence of changed checks; per check keep the newest; drop what is too old or overtaken by an attempt;
// drop hints and unknowns; drop what a speaking check outranks; weigh each axis (playbook format 6); take the first row of
// the disposition table that holds. `because` is the sentence that a responder reads beside the result.
#pragma once

#include "base/clock.hpp"
#include "model/evidence.hpp"
#include "playbook/playbook.hpp"

namespace douse::assess {

// Everything in the result follows from the arguments. Between `now` and `changes_at` the result stays the same; at
// `changes_at` it differs in some part, if only in its sentence; without `changes_at` time alone changes nothing.
[[nodiscard]] model::Assessment assess(const model::AssetHistory& history, const playbook::Playbook& playbook, Timestamp now);

// What is said of an asset while no incident is open.
[[nodiscard]] model::Assessment no_incident();

}  // namespace douse::assess
