// SPDX-License-Identifier: Apache-2.0
// One look of a task's verification: good if each inside check of the playbook's `verify` gives good news and no outside
// check of it bad news. A job's success is not an argument here.
#pragma once

#include "model/evidence.hpp"
#include "playbook/playbook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::assess {

enum class Look { good, bad, incomplete };

struct LookResult {
    Look look = Look::incomplete;
    std::string because;
};

// `evidence` is what this look brought, oldest first; the newest of each check counts. `platform` "" is unknown.
[[nodiscard]] LookResult judge_look(const playbook::Playbook& playbook, std::string_view platform, const std::vector<model::Evidence>& evidence);

}  // namespace douse::assess
