// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <gtest/gtest.h>
#include <cstdint>

namespace douse::base {
namespace {

TEST(Utf8, WhatIsWrittenIsReadAgain) {
    for (char32_t c = 1; c <= 0x10ffff; c += c < 0x3000 ? 1 : 97) {
        if (c >= 0xd800 && c <= 0xdfff) continue;
        std::string text;
        append_utf8(text, c);
        const CodePoint read = first_code_point(text);
        ASSERT_EQ(static_cast<uint32_t>(read.value), static_cast<uint32_t>(c));
        ASSERT_EQ(read.bytes, text.size());
        ASSERT_EQ(first_code_point(text.substr(0, text.size() - 1) + "x").bytes, text.size() == 1 ? 1u : 0u) << static_cast<uint32_t>(c);
    }
}

TEST(Utf8, OverlongFormsSurrogatesAndStrayBytesAreNone) {
    for (const char* text : {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80", "\xff"})
        EXPECT_EQ(first_code_point(text).bytes, 0u) << text;
}

}  // namespace
}  // namespace douse::base
