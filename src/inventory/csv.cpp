// SPDX-License-Identifier: Apache-2.0
#include "inventory/csv.hpp"

#include <algorithm>
#include <array>

namespace douse::inventory {

void CsvText::choose_separator() {
    constexpr std::array separators{',', ';', '\t'};
    std::array<int, 3> counts{};
    bool quoted = false;
    for (size_t i = at_; i < text_.size() && (quoted || (text_[i] != '\n' && text_[i] != '\r')); ++i) {
        if (text_[i] == '"') quoted = !quoted;
        if (quoted) continue;
        for (size_t s = 0; s < separators.size(); ++s) counts[s] += text_[i] == separators[s];
    }
    separator_ = separators[static_cast<size_t>(std::ranges::max_element(counts) - counts.begin())];
}

bool CsvText::skip_line_starting_with(std::string_view prefix) {
    if (!text_.substr(at_).starts_with(prefix)) return false;
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    end_line();
    return true;
}

void CsvText::end_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
}

std::optional<CsvText::Record> CsvText::next() {
    if (at_ >= text_.size()) return std::nullopt;
    Record record{.fields = {{}}, .line = line_};
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '\n' || c == '\r') {
            end_line();
            return record;
        }
        if (c == separator_) {
            record.fields.emplace_back();
            ++at_;
        } else if (c == '"' && record.fields.back().empty()) {
            ++at_;
            bool closed = false;
            while (at_ < text_.size() && !closed) {
                if (text_[at_] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                    record.fields.back() += '"';
                    at_ += 2;
                } else if (text_[at_] == '"') {
                    closed = true;
                    ++at_;
                } else {
                    line_ += text_[at_] == '\n';
                    record.fields.back() += text_[at_++];
                }
            }
            record.broken = !closed;
        } else {
            record.fields.back() += c;
            ++at_;
        }
    }
    return record;
}

}  // namespace douse::inventory
