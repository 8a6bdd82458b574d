// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

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

}  // namespace
}  // namespace douse::base
