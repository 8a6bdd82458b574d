// SPDX-License-Identifier: Apache-2.0
#include "model/plain_words.hpp"

#include <algorithm>

namespace douse::model {
namespace {

constexpr size_t longest_path = 4000;  // PATH_MAX is 4096
constexpr size_t longest_word = 4000;
constexpr size_t longest_name = 100;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

}  // namespace

bool is_one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\n\0", 2)) == std::string_view::npos;
}

bool is_plain_path(std::string_view path) {
    if (path.size() < 2 || path.size() > longest_path || path.front() != '/' || !is_one_line(path)) return false;
    for (std::string_view rest = path.substr(1);;) {
        const auto slash = rest.find('/');
        const auto name = rest.substr(0, slash);
        if (name.empty() || name == "." || name == "..") return false;
        if (slash == std::string_view::npos) return true;
        rest.remove_prefix(slash + 1);
    }
}

bool is_process_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_word && is_one_line(text);
}

bool is_package_name(std::string_view text) {
    const auto fits = [](char c) { return is_lower(c) || is_digit(c) || std::string_view("+-.:").find(c) != std::string_view::npos; };
    return !text.empty() && text.size() <= longest_name && (is_lower(text[0]) || is_digit(text[0])) && std::ranges::all_of(text, fits);
}

bool is_package_version(std::string_view text) {
    const auto fits = [](char c) {
        return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || std::string_view(".+-:~").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= longest_name && std::ranges::all_of(text, fits);
}

bool is_literal(std::string_view pattern) {
    return !pattern.empty() && pattern.size() <= longest_word && is_one_line(pattern) &&
           pattern.find_first_of("\\^$*+?()[]{}|") == std::string_view::npos;
}

}  // namespace douse::model
