// SPDX-License-Identifier: Apache-2.0
// Debian Policy 5.6.12: [epoch:]upstream-version[-debian-revision]. Epochs compare as numbers, then upstream versions, then
// revisions (a missing one is "0"), each by turns: a part without digits, then a part of digits. Where texts differ, letters
// sort before other characters, and ~ before everything, even the end.
#include "playbook/version.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace douse::playbook {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Parts {
    uint64_t epoch = 0;
    std::string_view upstream;
    std::string_view revision;
};

Parts split(std::string_view text) {
    Parts parts;
    if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
        std::from_chars(text.data(), text.data() + colon, parts.epoch);
        text.remove_prefix(colon + 1);
    }
    if (const size_t dash = text.rfind('-'); dash != std::string_view::npos) {
        parts.revision = text.substr(dash + 1);
        text = text.substr(0, dash);
    }
    parts.upstream = text;
    return parts;
}

int weight(std::string_view rest) {  // of a character in a part without digits; the part's end weighs 0
    if (rest.empty() || is_digit(rest.front())) return 0;
    if (rest.front() == '~') return -1;
    return is_letter(rest.front()) ? rest.front() : rest.front() + 256;
}

std::string_view take_number(std::string_view& rest) {  // without leading zeros
    const size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    std::string_view number = rest.substr(0, end);
    rest.remove_prefix(end);
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

std::weak_ordering compare_part(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        while ((!a.empty() && !is_digit(a.front())) || (!b.empty() && !is_digit(b.front()))) {
            const int x = weight(a), y = weight(b);
            if (x != y) return x <=> y;
            a.remove_prefix(1);  // neither is at its part's end: both would weigh 0, and one doesn't
            b.remove_prefix(1);
        }
        const std::string_view x = take_number(a), y = take_number(b);
        if (x.size() != y.size()) return x.size() <=> y.size();  // any length, so no number type is too small
        if (x != y) return x <=> y;
    }
    return std::weak_ordering::equivalent;
}

}  // namespace

bool is_deb_version(std::string_view text) {
    if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
        int32_t epoch = 0;
        const auto [rest, error] = std::from_chars(text.data(), text.data() + colon, epoch);
        if (error != std::errc{} || rest != text.data() + colon || epoch < 0) return false;
        text.remove_prefix(colon + 1);
    }
    const Parts parts = split(text);
    if (text.empty() || !is_digit(text.front()) || text.ends_with('-') || parts.upstream.empty()) return false;
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '+' || c == '-' || c == '~'; });
}

std::weak_ordering compare_deb(std::string_view a, std::string_view b) {
    const Parts x = split(a), y = split(b);
    if (x.epoch != y.epoch) return x.epoch <=> y.epoch;
    if (const auto order = compare_part(x.upstream, y.upstream); order != 0) return order;
    return compare_part(x.revision, y.revision);
}

}  // namespace douse::playbook
