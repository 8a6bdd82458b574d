// SPDX-License-Identifier: Apache-2.0
#include "inventory/readers.hpp"

#include "base/utf8.hpp"

#include <utility>

namespace douse::inventory {
namespace {

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
        base::append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
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

ListText decode_text(std::string_view bytes) {
    if (bytes.starts_with("\xff\xfe")) return {.text = from_utf16(bytes.substr(2), true)};
    if (bytes.starts_with("\xfe\xff")) return {.text = from_utf16(bytes.substr(2), false)};
    // Without a mark: ASCII in UTF-16 has a zero in every other byte.
    if (bytes.size() >= 4 && bytes[0] != 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == 0) return {.text = from_utf16(bytes, true)};
    const bool marked = bytes.starts_with("\xef\xbb\xbf");
    if (marked) bytes.remove_prefix(3);
    if (base::is_utf8(bytes)) return {.text = std::string(bytes)};
    if (marked) return {.text = base::utf8_text(bytes), .assumed = "it calls itself UTF-8 and isn't throughout; the bytes that aren't are lost"};
    return {.text = base::utf8_from_windows_1252(bytes),
            .assumed = "it isn't UTF-8, so it was read as Windows-1252; export it as UTF-8 if names look odd"};
}

}  // namespace douse::inventory
