// SPDX-License-Identifier: Apache-2.0
// Text from outside, made fit to be kept and shown. What a machine or a list says is bytes; JSON, and whoever reads it, wants
// UTF-8, and one odd byte in one row would spoil every answer that contains the row. So bytes become text at the entries.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace douse::base {

struct CodePoint {
    char32_t value = 0;
    size_t bytes = 0;  // 0: the text doesn't start with a well-formed sequence (Unicode 15, table 3-7)
};
[[nodiscard]] CodePoint first_code_point(std::string_view text);  // of a text that isn't empty
[[nodiscard]] inline size_t utf8_length(std::string_view text) {
    return first_code_point(text).bytes;
}
[[nodiscard]] bool is_utf8(std::string_view bytes);

// As it is where well formed; every other byte as U+FFFD.
[[nodiscard]] std::string utf8_text(std::string_view bytes);
// The code page of western Windows; its five empty places become U+FFFD.
[[nodiscard]] std::string utf8_from_windows_1252(std::string_view bytes);
void append_utf8(std::string& out, char32_t code);

// Whether it may be a name of something: UTF-8 without control characters, line breaks or U+FFFD.
[[nodiscard]] bool is_printable(std::string_view text);
// utf8_text with control characters as U+FFFD: for a sentence about what isn't printable.
[[nodiscard]] std::string printable(std::string_view bytes);

}  // namespace douse::base
