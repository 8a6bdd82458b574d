// SPDX-License-Identifier: Apache-2.0
// Runs a program of the host to its end, with its input given and its output caught. For `ip`, `nft`, `dpkg-deb` and the like:
// a few kilobytes each way, no shell.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::drill {

struct Finished {
    int exit_code = 0;   // 128 + signal when it was killed
    std::string output;  // stdout and stderr, as they came
};

// Its path, sought in PATH and in the sbin folders; empty if it isn't there.
[[nodiscard]] std::string find_program(std::string_view name);

// Blocks until the program ends. The calling thread's namespaces are the program's. unsupported: no such program.
[[nodiscard]] Result<Finished> run_program(const std::vector<std::string>& words, std::string_view input = {},
                                           const std::vector<std::string>& more_environment = {});
// The same, and an exit code other than 0 is an error with the last line of its output.
[[nodiscard]] Result<std::string> must_run(const std::vector<std::string>& words, std::string_view input = {},
                                           const std::vector<std::string>& more_environment = {});

}  // namespace douse::drill
