// SPDX-License-Identifier: Apache-2.0
// What `douse playbook` does with files, without a server.
#pragma once

#include "cli/cli.hpp"

namespace douse {

int playbook_check(const cli::Given& given, cli::Terminal& terminal);  // 1: something is wrong with it, or an example gives another verdict
int playbook_show(const cli::Given& given, cli::Terminal& terminal);
int playbook_sign(const cli::Given& given, cli::Terminal& terminal);  // writes FILE (hashes filled in) and FILE.sig
int playbook_keygen(const cli::Given& given, cli::Terminal& terminal);

}  // namespace douse
