// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

namespace douse::base {

CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) { return i < text.size() && byte(i) >= low && byte(i) <= high; };
    const auto bits = [&](size_t i) { return static_cast<char32_t>(byte(i) & 0x3f); };
    const char32_t first = byte(0);
    if (first < 0x80) return {first, 1};
    if (first >= 0xc2 && first <= 0xdf && tail(1)) return {(first & 0x1f) << 6 | bits(1), 2};
    if (first >= 0xe0 && first <= 0xef && tail(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && tail(2)) {
        return {(first & 0x0f) << 12 | bits(1) << 6 | bits(2), 3};
    }
    if (first >= 0xf0 && first <= 0xf4 && tail(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && tail(2) && tail(3)) {
        return {(first & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), 4};
    }
    return {};
}

void append_utf8(std::string& text, char32_t c) {
    const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xc0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        text += static_cast<char>(0xe0 | c >> 12);
        tail(6), tail(0);
    } else {
        text += static_cast<char>(0xf0 | c >> 18);
        tail(12), tail(6), tail(0);
    }
}

}  // namespace douse::base
