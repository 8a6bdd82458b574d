// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <array>
#include <cstdint>

namespace douse::base {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

// 0x80 to 0x9f of Windows-1252; above that it is Latin-1.
constexpr std::array<uint16_t, 32> windows_1252{0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
                                                0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
                                                0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};

// C0, DEL, C1, and the two separators that some programs take for a line's end.
bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
    if (first == 0xc2) return static_cast<unsigned char>(sequence[1]) < 0xa0;
    return sequence == "\u2028" || sequence == "\u2029";
}

}  // namespace

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

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const size_t length = utf8_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string utf8_text(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    std::string out;
    while (!bytes.empty()) {
        const size_t length = utf8_length(bytes);
        out += length == 0 ? replacement : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string utf8_from_windows_1252(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        append_utf8(out, byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte);
    }
    return out;
}

void append_utf8(std::string& out, char32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
}

bool is_printable(std::string_view text) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0 || is_control(text.substr(0, length)) || text.substr(0, length) == replacement) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes) {
    std::string out;
    while (!bytes.empty()) {
        const size_t length = utf8_length(bytes);
        out += length == 0 || is_control(bytes.substr(0, length)) ? replacement : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace douse::base
