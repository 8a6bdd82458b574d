// SPDX-License-Identifier: Apache-2.0
#include "transport/shell.hpp"

namespace douse::transport {

std::string shell_word(std::string_view word) {
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + '\'';
}

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
}

bool is_plain_path(std::string_view path) {
    constexpr size_t longest = 4000;  // PATH_MAX is 4096
    if (path.size() < 2 || path.size() > longest || path.front() != '/' || !is_one_line(path)) return false;
    for (std::string_view rest = path.substr(1);;) {
        const auto slash = rest.find('/');
        const auto name = rest.substr(0, slash);
        if (name.empty() || name == "." || name == "..") return false;
        if (slash == std::string_view::npos) return true;
        rest.remove_prefix(slash + 1);
    }
}

}  // namespace douse::transport
