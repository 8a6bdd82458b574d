// SPDX-License-Identifier: Apache-2.0
// The ways in which lists write a moment. None of them names a time zone, so a moment is taken as UTC and may be off by half a
// day; nothing is decided by less.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace douse::inventory {

enum class DateOrder { month_first, day_first };
// From all dates of a file: one with a first number over 12 shows that days come first.
[[nodiscard]] DateOrder order_of_dates(const std::vector<std::string_view>& dates);
// "5/26/2025 4:27:40 PM", "26/05/2025 16:27", "24.11.2026 15:27:55", RFC 3339, "2026-11-24", or 100 ns since 1601 as Windows counts.
[[nodiscard]] std::optional<Timestamp> parse_list_date(std::string_view text, DateOrder order);

}  // namespace douse::inventory
