// SPDX-License-Identifier: Apache-2.0
// The fixed part of what goes to `sh -s` for inside looks: functions only. looks.cpp appends their calls.
//
// The answer is lines of words: KIND INDEX WORD..., in which free text is base64, so that no byte of a path or a process's name can
// be taken for structure. First line "douse-looks 1", last line "douse-end".
#pragma once

#include <string>
#include <string_view>

namespace douse::transport {

[[nodiscard]] const std::string& look_functions();

// with_other_jobs: the jobs besides cron's tables and at's spool, for looks and for the removal of jobs. Calls no_jobs.
extern const std::string_view other_jobs_script;

inline constexpr std::string_view look_greeting = "douse-looks 1";
inline constexpr std::string_view look_farewell = "douse-end";

}  // namespace douse::transport
