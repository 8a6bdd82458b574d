// SPDX-License-Identifier: Apache-2.0
// CSV as spreadsheets and PowerShell write it: RFC 4180 with comma, semicolon or tab, quotes doubled inside quotes, line feeds
// inside quotes, any line ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::inventory {

class CsvText {
public:
    explicit CsvText(std::string_view text) : text_(text) {}

    struct Record {
        std::vector<std::string> fields;
        int64_t line = 1;     // of its first byte
        bool broken = false;  // a quote was never closed; the text ends there
        [[nodiscard]] bool is_blank() const { return fields.size() == 1 && fields.front().empty() && !broken; }
    };
    std::optional<Record> next();
    // Whichever of the three stands most often outside quotes in the line ahead.
    void choose_separator();
    bool skip_line_starting_with(std::string_view prefix);

private:
    void end_line();

    std::string_view text_;
    size_t at_ = 0;
    int64_t line_ = 1;
    char separator_ = ',';
};

}  // namespace douse::inventory
