// SPDX-License-Identifier: Apache-2.0
// One line a record on stderr: time, level, sentence. Errors are logged where they are handled, not where they pass.
#pragma once

#include <string_view>

namespace douse::base {

enum class LogLevel { debug, info, warning, error };

void log(LogLevel level, std::string_view sentence);  // any thread; whole lines
void set_log_level(LogLevel least);                   // default: info

}  // namespace douse::base
