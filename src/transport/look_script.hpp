// SPDX-License-Identifier: Apache-2.0
// The fixed part of what goes to `sh -s` for inside looks: functions only. looks.cpp appends their calls.
//
// The answer is lines of words: KIND INDEX WORD..., in which free text is base64, so that no byte of a path or a process's name can
// be taken for structure. First line "douse-looks 1", last line "douse-end".
#pragma once

#include <string_view>

namespace douse::transport {

extern const std::string_view look_functions;

inline constexpr std::string_view look_greeting = "douse-looks 1";
inline constexpr std::string_view look_farewell = "douse-end";

}  // namespace douse::transport
