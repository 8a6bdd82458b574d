// SPDX-License-Identifier: Apache-2.0
// Well-formed UTF-8 (Unicode 15, table 3-7), one code point at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace douse::base {

struct CodePoint {
    char32_t value = 0;
    size_t bytes = 0;  // 0: the text doesn't start with a well-formed sequence
};
[[nodiscard]] CodePoint first_code_point(std::string_view text);  // of a text that isn't empty
void append_utf8(std::string& text, char32_t code_point);

}  // namespace douse::base
