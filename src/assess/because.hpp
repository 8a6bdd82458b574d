// SPDX-License-Identifier: Apache-2.0
// The sentence beside a disposition, as a responder wants to read it. Inside this room only.
#pragma once

#include "assess/weigh.hpp"

#include <string>

namespace douse::assess {

[[nodiscard]] std::string because(model::Disposition disposition, const Weighed& weighed, const model::AssetHistory& history);

}  // namespace douse::assess
