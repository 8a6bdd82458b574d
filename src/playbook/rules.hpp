// SPDX-License-Identifier: Apache-2.0
// What an answer means: facts against a check's rules, in three values (format section 5).
//
// A fact that is missing or unknown makes a test unknown, never false; the first true rule speaks, provided every rule above
// it that names another verdict is false. Unknown is what is left over, with the facts that were lacking as its reason.
#pragma once

#include "model/fact.hpp"
#include "playbook/playbook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

enum class Truth { no, unknown, yes };

struct Answer {
    model::Verdict says = model::Verdict::unknown;
    bool mitigated = false;
    std::string because;              // the rule's why; for unknown what was lacking, as a sentence without full stop
    std::vector<std::string> lacked;  // facts, sorted
};

[[nodiscard]] Truth test(const Check& check, const Line& line, const model::Facts& facts, std::string_view platform);

// `platform` is empty while nobody knows it.
[[nodiscard]] Answer judge(const Check& check, const model::Facts& facts, std::string_view platform);

}  // namespace douse::playbook
