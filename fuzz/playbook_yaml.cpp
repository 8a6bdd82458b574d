// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.hpp"
#include "playbook/parse.hpp"

#include <algorithm>

namespace douse::fuzz {

std::string playbook_yaml(std::string_view bytes) {
    const playbook::Parsed first = playbook::parse(bytes, "fuzz.yaml");
    const playbook::Parsed second = playbook::parse(bytes, "fuzz.yaml");
    const bool any_error = std::any_of(first.findings.begin(), first.findings.end(), [](const playbook::Finding& f) { return f.error; });
    if (first.ok() == any_error) return "a playbook with errors, or none and no error";
    if (first.findings.size() > playbook::findings_limit) return "more findings than the limit";
    if (first.ok() != second.ok() || (first.ok() && first.playbook->sha256 != second.playbook->sha256)) return "the second reading differs";
    return {};
}

}  // namespace douse::fuzz
