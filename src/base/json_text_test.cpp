// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"

#include <gtest/gtest.h>

namespace douse::base {
namespace {

TEST(JsonText, EscapesWhatMustBeEscapedAndKeepsTheRest) {
    EXPECT_EQ(json_object({{"name", std::string("a\"b\\c\n")}, {"count", int64_t{-3}}}), R"({"name":"a\"b\\c\u000a","count":-3})");
    EXPECT_EQ(json_string("Übung"), "\"Übung\"");
    EXPECT_EQ(json_string("\xff\xc3"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    EXPECT_EQ(json_object({}), "{}");
}

}  // namespace
}  // namespace douse::base
