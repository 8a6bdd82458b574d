// SPDX-License-Identifier: Apache-2.0
// Words for a POSIX shell, and lines of what one said.
#pragma once

#include "model/plain_words.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::transport {

// One word that the shell reads as exactly these bytes. NUL can't be in a word: the caller has refused it.
[[nodiscard]] std::string shell_word(std::string_view word);

// The lines of what a shell said, without their ends; what follows the last end is a line too, unless it is empty.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

using model::is_one_line;
using model::is_plain_path;

}  // namespace douse::transport
