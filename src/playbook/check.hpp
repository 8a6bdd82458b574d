// SPDX-License-Identifier: Apache-2.0
// `douse playbook check FILE`: everything that is wrong with a playbook, and what its recorded examples give.
#pragma once

#include "playbook/parse.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

struct ExampleResult {
    std::string check;
    int number = 1;  // within its check
    int line = 0, col = 0;
    model::Verdict wanted = model::Verdict::unknown;
    model::Verdict given = model::Verdict::unknown;
    std::string because;
    [[nodiscard]] bool passed() const { return wanted == given; }
};

struct Checked {
    std::vector<Finding> findings;        // as parse() gives them
    std::vector<ExampleResult> examples;  // empty if the playbook can't be read
    std::string sha256;                   // empty if it is refused
    [[nodiscard]] bool ok() const;        // no error
};

[[nodiscard]] Checked check(std::string_view yaml_text, std::string_view file_name);

// What one example gives: its facts, or its bytes through the check's conversation, against the check's rules.
[[nodiscard]] ExampleResult run_example(const Check& check, size_t index);

}  // namespace douse::playbook
