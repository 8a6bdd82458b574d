// SPDX-License-Identifier: Apache-2.0
// The drill's playbook, playbooks/drill.yaml, as text.
#pragma once

#include <string_view>

namespace douse::drill {

[[nodiscard]] std::string_view playbook_text();

}  // namespace douse::drill
