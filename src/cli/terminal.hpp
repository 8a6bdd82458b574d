// SPDX-License-Identifier: Apache-2.0
// Where answers go: stdout is the answer, stderr everything else. On a terminal tables are aligned, times relative, and states have
// their colour (unless NO_COLOR is set); in a pipe columns are separated by tabs, times are RFC 3339, and there is no header.
#pragma once

#include "base/clock.hpp"
#include "model/disposition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::cli {

class Terminal {
public:
    Terminal();  // of this process

    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    void say(std::string_view line);                                       // a line of the answer
    void write(std::string_view text);                                     // of the answer, as it is
    void tell(std::string_view line);                                      // a line beside the answer, on stderr
    [[nodiscard]] std::string colour(std::string_view disposition) const;  // its word, in its colour
    [[nodiscard]] std::string bold(std::string_view text) const;
    [[nodiscard]] std::string time(int64_t at_ms) const;  // "3 min ago", or RFC 3339 in a pipe
    [[nodiscard]] std::string age(int64_t at_ms) const;   // "3 min"

private:
    bool is_terminal_;
    bool has_colour_;
};

class Table {
public:
    explicit Table(std::vector<std::string> headers) : headers_(std::move(headers)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    void print(Terminal& terminal) const;

private:
    std::vector<std::string> headers_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace douse::cli
