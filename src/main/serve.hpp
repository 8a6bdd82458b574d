// SPDX-License-Identifier: Apache-2.0
// `douse serve`: builds the object graph and runs it until a signal ends it.
#pragma once

#include "cli/cli.hpp"

namespace douse {

int serve(const cli::Given& given, cli::Terminal& terminal);

}  // namespace douse
