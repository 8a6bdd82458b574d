// SPDX-License-Identifier: Apache-2.0
// Words for a POSIX shell.
#pragma once

#include <string>
#include <string_view>

namespace douse::transport {

// One word that the shell reads as exactly these bytes. NUL can't be in a word: the caller has refused it.
[[nodiscard]] std::string shell_word(std::string_view word);

// Whether it can go to the machine as one line: no NUL, no newline.
[[nodiscard]] bool is_one_line(std::string_view text);

// "/", then names without "." and "..", no empty one: what no shell or kernel reads in two ways.
[[nodiscard]] bool is_plain_path(std::string_view path);

}  // namespace douse::transport
