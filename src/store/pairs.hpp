// SPDX-License-Identifier: Apache-2.0
// How attributes, facts and messages are written in one TEXT column: a line each, fields set apart by tabs; tab, line feed and
// backslash inside a field as \t, \n and \\. Readable in any SQL shell, and read back exactly.
#pragma once

#include "model/fact.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::store {

using Fields = std::vector<std::string>;
[[nodiscard]] std::string join_lines(const std::vector<Fields>& lines);
[[nodiscard]] std::vector<Fields> split_lines(std::string_view text);

[[nodiscard]] std::string write_pairs(const std::vector<std::pair<std::string, std::string>>& pairs);
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_pairs(std::string_view text);
[[nodiscard]] std::string write_facts(const model::Facts& facts);
[[nodiscard]] std::optional<model::Facts> read_facts(std::string_view text);  // nothing: not written by write_facts
[[nodiscard]] std::string write_messages(const std::vector<std::string>& messages);
[[nodiscard]] std::vector<std::string> read_messages(std::string_view text);

}  // namespace douse::store
