// SPDX-License-Identifier: Apache-2.0
// Which of a playbook's platforms a machine is: the first whose conditions all hold. Unknown facts make a platform unknown,
// not unfit: if an earlier platform can't be ruled out, nobody knows.
#pragma once

#include "model/fact.hpp"
#include "model/look.hpp"
#include "playbook/playbook.hpp"

#include <string>

namespace douse::playbook {

struct PlatformFit {
    std::string id;      // "" if none is known to fit
    bool known = false;  // true with an empty id: surely none of the playbook's platforms
};

// Facts `os`, `distro`, `release`, `arch` as an inside visit stores them; arch in uname's words or the format's.
[[nodiscard]] PlatformFit fit_platform(const Playbook& playbook, const model::Facts& facts);

[[nodiscard]] std::string platform_of(const Playbook& playbook, const model::Facts& facts);  // "" when unknown
[[nodiscard]] std::string platform_of(const Playbook& playbook, const model::MachineFacts& machine);
[[nodiscard]] model::Facts facts_of(const model::MachineFacts& machine);  // empty parts become unknown

}  // namespace douse::playbook
