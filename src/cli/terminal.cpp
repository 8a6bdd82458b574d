// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>

namespace douse::cli {
namespace {

void put(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written <= 0) return;  // whoever read it is gone
        text.remove_prefix(static_cast<size_t>(written));
    }
}

// Columns that a text takes on a terminal: colours take none, a UTF-8 letter one.
size_t width_of(std::string_view text) {
    size_t width = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b') {
            while (i < text.size() && text[i] != 'm') ++i;
        } else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) {
            ++width;
        }
    }
    return width;
}

// Names come from machines and lists: what would move a cursor or end a row is shown as a space.
std::string harmless(std::string_view text, bool keep_colours) {
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 && !(keep_colours && c == '\x1b')) c = ' ';
        if (c == 0x7F) c = ' ';
    }
    return out;
}

}  // namespace

Terminal::Terminal() : is_terminal_(::isatty(STDOUT_FILENO) == 1), has_colour_(is_terminal_ && std::getenv("NO_COLOR") == nullptr) {}

void Terminal::say(std::string_view line) {
    put(STDOUT_FILENO, std::string(line) + "\n");
}
void Terminal::write(std::string_view text) {
    put(STDOUT_FILENO, text);
}
void Terminal::tell(std::string_view line) {
    put(STDERR_FILENO, std::string(line) + "\n");
}

std::string Terminal::colour(std::string_view disposition) const {
    std::string text(disposition);
    if (!has_colour_) return text;
    std::ranges::replace(text, '_', ' ');
    const auto paint = [&](std::string_view code) { return fmt::format("\x1b[{}m{}\x1b[0m", code, text); };
    if (disposition == "infected") return paint("1;31");
    if (disposition == "infected_isolated") return paint("31");
    if (disposition == "vulnerable") return paint("33");
    if (disposition == "fix_unverified") return paint("34");
    if (disposition == "exempt") return paint("35");
    if (disposition == "fixed" || disposition == "not_affected" || disposition == "verified") return paint("32");
    return text;
}

std::string Terminal::bold(std::string_view text) const {
    return has_colour_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

std::string Terminal::age(int64_t at_ms) const {
    const int64_t seconds = std::max<int64_t>(0, (base::to_ms(base::SystemClock{}.now()) - at_ms) / 1000);
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h {:02}", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} d", seconds / 86400);
}

std::string Terminal::time(int64_t at_ms) const {
    if (!is_terminal_) return base::to_rfc3339(base::from_ms(at_ms));
    const int64_t ahead = (at_ms - base::to_ms(base::SystemClock{}.now())) / 1000;
    if (ahead > 0) return base::to_rfc3339(base::from_ms(at_ms)).substr(0, 16).replace(10, 1, " ") + " UTC";
    return age(at_ms) + " ago";
}

void Table::print(Terminal& terminal) const {
    std::string out;
    if (!terminal.is_terminal()) {
        for (const auto& row : rows_) {
            for (size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : "\t") + harmless(row[i], false);
            out += '\n';
        }
        terminal.write(out);
        return;
    }
    std::vector<size_t> widths;
    for (const std::string& header : headers_) widths.push_back(width_of(header));
    for (const auto& row : rows_) {
        for (size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    const auto line = [&](const std::vector<std::string>& row, bool is_header) {
        for (size_t i = 0; i < row.size() && i < widths.size(); ++i) {
            const std::string text = harmless(row[i], true);
            out += is_header ? terminal.bold(text) : text;
            if (i + 1 < row.size()) out += std::string(widths[i] - width_of(row[i]) + 2, ' ');
        }
        out += '\n';
    };
    line(headers_, true);
    for (const auto& row : rows_) line(row, false);
    terminal.write(out);
}

}  // namespace douse::cli
