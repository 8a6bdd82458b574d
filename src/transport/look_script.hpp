// SPDX-License-Identifier: Apache-2.0
// What goes to `sh -s` for inside looks: its fixed part only defines functions, and looks.cpp appends their calls.
//
// The answer is lines of words: KIND INDEX WORD..., in which free text is base64 (or a plain word behind "="). Texts of many lines
// follow the line that they belong to, each of their lines behind ">". So no byte of a path, a file or a process's name can be taken
// for structure. First line "douse-looks 2", last line "douse-end".
#pragma once

#include "model/look.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace douse::transport {

[[nodiscard]] const std::string& look_functions();

// with_other_jobs: the jobs besides cron's tables and at's spool, for looks and for the removal of jobs. Calls no_jobs.
extern const std::string_view other_jobs_script;

// Why the machine need not be asked: what can't be written down safely, or asked at all. Empty: it may be.
[[nodiscard]] std::string unaskable(const model::Look& look);

inline constexpr size_t comm_limit = 15;  // bytes the kernel keeps of a process's name
inline constexpr std::string_view look_greeting = "douse-looks 2";
inline constexpr std::string_view look_farewell = "douse-end";

}  // namespace douse::transport
