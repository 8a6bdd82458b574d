// SPDX-License-Identifier: Apache-2.0
// Words for a POSIX shell.
#pragma once

#include "model/plain_words.hpp"

#include <string>
#include <string_view>

namespace douse::transport {

// One word that the shell reads as exactly these bytes. NUL can't be in a word: the caller has refused it.
[[nodiscard]] std::string shell_word(std::string_view word);

using model::is_one_line;
using model::is_plain_path;

}  // namespace douse::transport
