// SPDX-License-Identifier: Apache-2.0
#include "playbook/report.hpp"

#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace douse::playbook {

std::string Finding::text() const {
    return fmt::format("{}:{}:{}: {}: {}{}{}.{}{} [{}]", file, line, col, error ? "error" : "warning", where, where.empty() ? "" : ": ", what,
                       cure.empty() ? "" : " ", cure, code);
}

void Report::keep(Kept& kept, Finding finding) {
    const std::tuple at(finding.line, finding.col, coming_++);
    if (kept.size() == findings_limit) {
        const auto last = std::prev(kept.end());
        if (last->first < at) return;
        kept.erase(last);
    }
    kept.emplace(at, std::move(finding));
}

void Report::error(Place place, std::string_view where, std::string what, std::string cure, std::string_view code) {
    ++errors_;
    keep(kept_errors_, {.file = file_,
                        .line = place.line,
                        .col = place.col,
                        .error = true,
                        .where = std::string(where),
                        .what = std::move(what),
                        .cure = std::move(cure),
                        .code = std::string(code)});
}

void Report::warning(Place place, std::string_view where, std::string what, std::string cure, std::string_view code) {
    keep(kept_warnings_, {.file = file_,
                          .line = place.line,
                          .col = place.col,
                          .error = false,
                          .where = std::string(where),
                          .what = std::move(what),
                          .cure = std::move(cure),
                          .code = std::string(code)});
}

std::vector<Finding> Report::in_file_order() const {
    Kept shown = kept_errors_;
    for (const auto& [at, warning] : kept_warnings_) {
        if (shown.size() == findings_limit) break;
        shown.emplace(at, warning);
    }
    std::vector<Finding> out;
    for (auto& [at, finding] : shown) out.push_back(std::move(finding));
    return out;
}

}  // namespace douse::playbook
