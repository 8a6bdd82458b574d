// SPDX-License-Identifier: Apache-2.0
// The durations and sizes people write: "30s", "15m", "24h", "7d"; "512B", "20KiB", "50MiB", "1GiB".
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace douse::base {

[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text);  // one number, one unit (ms s m h d)
[[nodiscard]] std::string format_duration(Millis span);                     // the shortest exact form of the same grammar
[[nodiscard]] std::optional<int64_t> parse_size(std::string_view text);     // bytes

}  // namespace douse::base
