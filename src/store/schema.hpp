// SPDX-License-Identifier: Apache-2.0
// The numbered migrations of schema/, embedded at build time and never edited after a release, and the two numbers that decide
// whether this program may open a database: the newest migration that was applied to it, and the oldest program that its
// contents still make sense to (`db_compat`). A program's number is the newest migration that it knows.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace douse::store {

class Database;

struct Migration {
    int64_t number;
    std::string_view name;
    std::string_view sql;
};
[[nodiscard]] std::span<const Migration> migrations();  // in order

// Raised together with the migration that older programs would misread.
inline constexpr int64_t oldest_program_that_may_open = 1;

// Applies what is missing, in one transaction. wrong_state: the database needs a newer program; both numbers are named.
Result<void> migrate(Database& db);

}  // namespace douse::store
