// SPDX-License-Identifier: Apache-2.0
// What a playbook may say to a machine, word by word. Whoever reads a playbook asks here, and whoever carries it out asks again:
// what `playbook check` accepts, the hands don't refuse later.
#pragma once

#include <string_view>

namespace douse::model {

// No NUL, no newline: it can go to the machine as one line of a parameter file.
[[nodiscard]] bool is_one_line(std::string_view text);

// "/", then names without "." and "..", no empty one: what no shell or kernel reads in two ways.
[[nodiscard]] bool is_plain_path(std::string_view path);

[[nodiscard]] bool is_process_name(std::string_view text);
[[nodiscard]] bool is_package_name(std::string_view text);  // Debian's, perhaps with :ARCHITECTURE
[[nodiscard]] bool is_package_version(std::string_view text);

// A job to remove is found by its text as it stands: a pattern with signs of a regular expression would mean something else.
[[nodiscard]] bool is_literal(std::string_view pattern);

}  // namespace douse::model
