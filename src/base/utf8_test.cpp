// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <cstdint>

namespace douse::base {
namespace {

TEST(Utf8, KeepsWhatIsWellFormedAndReplacesEveryOtherByte) {
    EXPECT_EQ(utf8_text("Übung €"), "Übung €");
    EXPECT_EQ(utf8_text("a\xff\xfe"
                        "b"),
              "a\ufffd\ufffdb");
    EXPECT_EQ(utf8_text("\xe2\x82\""), "\ufffd\ufffd\"") << "a broken sequence eats nothing behind it";
    for (const char* bytes : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\x80"}) EXPECT_FALSE(is_utf8(bytes)) << bytes;
    for (const char* bytes : {"", "a", "\xc2\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) EXPECT_TRUE(is_utf8(bytes)) << bytes;
}

TEST(Utf8, ReadsWindows1252) {
    EXPECT_EQ(utf8_from_windows_1252("b\xfcro-1 \x80 \x9f \x81"), "büro-1 € Ÿ \ufffd");
}

TEST(Utf8, ANameHasNoControlCharacters) {
    for (const char* name : {"", "büro-1", "a b", "\xc2\xa0"}) EXPECT_TRUE(is_printable(name)) << name;
    for (const char* name : {"a\nb", "a\tb", "\x7f", "\xc2\x85", "\u2028", "a\xff", "\ufffd"}) EXPECT_FALSE(is_printable(name)) << name;
    EXPECT_FALSE(is_printable(std::string_view("a\0b", 3)));
    EXPECT_EQ(printable("a\nb\xff"
                        "c\x1b[2J"),
              "a\ufffdb\ufffdc\ufffd[2J");
}

TEST(Utf8, AnyBytesBecomeText) {
    EXPECT_TRUE(rc::check([](const std::string& bytes) {
        RC_ASSERT(is_utf8(utf8_text(bytes)));
        RC_ASSERT(is_utf8(utf8_from_windows_1252(bytes)));
        RC_ASSERT(utf8_text(utf8_text(bytes)) == utf8_text(bytes));
        RC_ASSERT(!is_utf8(bytes) || utf8_text(bytes) == bytes);
    }));
}

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
