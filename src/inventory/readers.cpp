// SPDX-License-Identifier: Apache-2.0
#include "inventory/readers.hpp"

#include <utility>

namespace douse::inventory {
namespace {

void append_utf8(std::string& out, uint32_t code) {
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

std::string from_utf16(std::string_view bytes, bool little) {
    std::string out;
    auto unit = [&](size_t at) {
        const auto first = static_cast<uint8_t>(bytes[at]);
        const auto second = static_cast<uint8_t>(bytes[at + 1]);
        return static_cast<uint32_t>(little ? first | second << 8 : first << 8 | second);
    };
    for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
        uint32_t code = unit(at);
        if (code >= 0xd800 && code < 0xdc00 && at + 3 < bytes.size()) {
            const uint32_t low = unit(at + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                at += 2;
            }
        }
        append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    }
    return out;
}

}  // namespace

void Reading::refuse(std::string message) {
    ++refused;
    remark(std::move(message));
}

void Reading::remark(std::string message) {
    if (messages.size() < most_messages) messages.push_back(std::move(message));
}

std::string decode_text(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) return std::string(bytes.substr(3));
    if (bytes.starts_with("\xff\xfe")) return from_utf16(bytes.substr(2), true);
    if (bytes.starts_with("\xfe\xff")) return from_utf16(bytes.substr(2), false);
    // Without a mark: ASCII in UTF-16 has a zero in every other byte.
    if (bytes.size() >= 4 && bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0) return from_utf16(bytes, true);
    return std::string(bytes);
}

}  // namespace douse::inventory
