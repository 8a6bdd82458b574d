// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

namespace douse::base {
std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
            ++i;
        } else if (c < 0x20) {
            out += fmt::format("\\u{:04x}", c);
            ++i;
        } else if (const size_t length = first_code_point(text.substr(i)).bytes; length != 0) {
            out += text.substr(i, length);
            i += length;
        } else {
            out += "\xef\xbf\xbd";
            ++i;
        }
    }
    return out + '"';
}

std::string json_object(std::initializer_list<std::pair<std::string_view, JsonScalar>> members) {
    std::string out = "{";
    for (const auto& [key, value] : members) {
        if (out.size() > 1) out += ',';
        out += json_string(key) + ':';
        if (const auto* text = std::get_if<std::string>(&value)) {
            out += json_string(*text);
        } else {
            out += std::to_string(std::get<int64_t>(value));
        }
    }
    return out + '}';
}

}  // namespace douse::base
