// SPDX-License-Identifier: Apache-2.0
// What waits for a person, the most urgent first, with what the caller may do about it.
#pragma once

#include "server/views.hpp"

namespace douse::server {

Result<boost::json::array> decisions_view(Snapshot& s, const std::vector<model::Campaign>& campaigns);

}  // namespace douse::server
