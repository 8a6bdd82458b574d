// SPDX-License-Identifier: Apache-2.0
// One flat JSON object as text: what a ledger row keeps as its detail. Reading and anything deeper is the doors' business.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace douse::base {

using JsonScalar = std::variant<std::string, int64_t>;

// Keys in the order given; strings escaped per RFC 8259 7, bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string json_object(std::initializer_list<std::pair<std::string_view, JsonScalar>> members);
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace douse::base
