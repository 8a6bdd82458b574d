// SPDX-License-Identifier: Apache-2.0
// What a person may be called. Names stand in the ledger beside decisions, so no two may look alike and none may pass for the
// program. Blanks count as one, and letters are compared without case: Latin, Greek and Cyrillic by their simple folding (the
// scripts that have case and are common in names); others are compared as they are.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace douse::model {

inline constexpr size_t person_name_limit = 80;  // bytes; a name has to fit a badge and a column

// Without surrounding blanks. invalid: nothing left, too long, not UTF-8, characters that aren't seen, or the program's own name.
Result<std::string> person_name(std::string_view written);
// Equal for two names that would be taken for one.
[[nodiscard]] std::string folded_name(std::string_view name);

}  // namespace douse::model
