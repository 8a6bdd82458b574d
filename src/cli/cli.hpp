// SPDX-License-Identifier: Apache-2.0
// The command line: the `douse` program's commands, clients of the API over the server's unix socket. Programs that run without a
// server (serve, drill, playbook check ...) are handed in by `main`.
// Exit status: 0 done, 1 the answer is no, 2 usage, 3 an error with its code on stderr.
#pragma once

#include "cli/given.hpp"
#include "cli/terminal.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace douse::cli {

enum class Program { none, serve, drill, playbook_check, playbook_show, playbook_sign, playbook_keygen };
using Programs = std::map<Program, std::function<int(const Given&, Terminal&)>>;

// `words`: the arguments after the program's name. Never throws.
int run(const std::vector<std::string>& words, const Programs& programs, Terminal& terminal);

// The folder of a server's data: --data, else DOUSE_DATA, else under XDG_STATE_HOME or ~/.local/state.
[[nodiscard]] std::string data_folder(const Given& given);

// Prints an error as every command does, and answers its exit status.
int report(const Error& error, Terminal& terminal);

}  // namespace douse::cli
