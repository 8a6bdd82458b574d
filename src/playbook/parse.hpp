// SPDX-License-Identifier: Apache-2.0
// From YAML to a playbook, or to everything that is wrong with it, each with file, line and column and what to write instead.
//
// Order: the safe part of YAML (format section 1), the shape of each part, what only a look at the whole can tell (lint),
// and the playbook's own examples. What the format has and this version doesn't is refused as "unsupported", never ignored.
#pragma once

#include "playbook/playbook.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

inline constexpr size_t yaml_limit = 1 << 20;  // bytes: a playbook is read by people
inline constexpr int depth_limit = 20;
inline constexpr size_t entries_limit = 1000;  // of one map or list; more is no playbook, and names are compared with each other
inline constexpr size_t findings_limit = 50;   // nobody reads the fifty-first

struct Finding {
    std::string file;
    int line = 0, col = 0;
    bool error = true;  // else a warning
    std::string where;  // "check svc-banner"; may be empty
    std::string what;   // what is wrong
    std::string cure;   // what to write instead, as a sentence
    std::string code;   // "no-timeout"

    // FILE:LINE:COL: error: WHERE: what is wrong. What to write instead. [code]
    [[nodiscard]] std::string text() const;
};

struct Parsed {
    std::optional<Playbook> playbook;  // only if no finding is an error
    std::vector<Finding> findings;     // in file order, at most findings_limit; errors before warnings are dropped
    [[nodiscard]] bool ok() const { return playbook.has_value(); }
};

[[nodiscard]] Parsed parse(std::string_view yaml_text, std::string_view file_name);

}  // namespace douse::playbook
