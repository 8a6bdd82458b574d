// SPDX-License-Identifier: Apache-2.0
#include "playbook/report.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <utility>

namespace douse::playbook {

std::string Finding::text() const {
    return fmt::format("{}:{}:{}: {}: {}{}{}.{}{} [{}]", file, line, col, error ? "error" : "warning", where, where.empty() ? "" : ": ", what,
                       cure.empty() ? "" : " ", cure, code);
}

void Report::error(Place place, std::string_view where, std::string what, std::string cure, std::string_view code) {
    ++errors_;
    findings_.push_back({.file = file_,
                         .line = place.line,
                         .col = place.col,
                         .error = true,
                         .where = std::string(where),
                         .what = std::move(what),
                         .cure = std::move(cure),
                         .code = std::string(code)});
}

void Report::warning(Place place, std::string_view where, std::string what, std::string cure, std::string_view code) {
    findings_.push_back({.file = file_,
                         .line = place.line,
                         .col = place.col,
                         .error = false,
                         .where = std::string(where),
                         .what = std::move(what),
                         .cure = std::move(cure),
                         .code = std::string(code)});
}

std::vector<Finding> Report::in_file_order() const {
    std::multimap<std::pair<int, int>, const Finding*> sorted;
    for (const Finding& f : findings_) sorted.emplace(std::pair(f.line, f.col), &f);
    const size_t room_for_warnings = findings_limit - std::min(errors_, findings_limit);
    std::vector<Finding> kept;
    size_t warnings = 0;
    for (const auto& [place, f] : sorted) {
        if (kept.size() == findings_limit) break;
        if (f->error || warnings++ < room_for_warnings) kept.push_back(*f);
    }
    return kept;
}

}  // namespace douse::playbook
