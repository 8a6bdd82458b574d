// SPDX-License-Identifier: Apache-2.0
// Percent-encoding (RFC 3986 2.1) and query strings. A broken escape is no text at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::wire {

using Query = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] std::string percent_encode(std::string_view text);                 // all but unreserved characters
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);  // nothing if an escape is broken
[[nodiscard]] std::optional<Query> parse_query(std::string_view text);           // without the "?"; "+" is a space
[[nodiscard]] std::string write_query(const Query& query);                       // with the "?", or empty

}  // namespace douse::wire
