// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <gtest/gtest.h>

#include <set>

namespace douse {
namespace {

Result<int> half(int n) {
    if (n % 2 != 0) return fail(ErrorCode::invalid, "odd number", "", "", Effect::none);
    return n / 2;
}
Result<void> refuse_odd(int n) {
    TRY([[maybe_unused]] int h, half(n));
    return {};
}
Result<int> quarter(int n) {
    TRY(refuse_odd(n));
    TRY(int h, half(n));
    return half(h);
}

TEST(Error, EveryCodeHasOneRowWithAUniqueNameAndDoorValues) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
        const auto& row = base::row_of(static_cast<ErrorCode>(i));
        EXPECT_EQ(static_cast<int>(row.code), i);
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_GE(row.http_status, 400);
        EXPECT_TRUE(row.exit_status == 2 || row.exit_status == 3);
        EXPECT_EQ(base::error_code_from(row.name), row.code);
    }
    EXPECT_FALSE(base::error_code_from("no such code"));
}

TEST(Error, TryPassesValuesOnAndReturnsTheFirstError) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(7).error().code, ErrorCode::invalid);
    EXPECT_EQ(quarter(6).error().sentence, "odd number");
}

TEST(Error, ContextIsAPrefixOfTheSentence) {
    Result<int> r = within("site north", half(3).error());
    EXPECT_EQ(r.error().sentence, "site north: odd number");
    EXPECT_EQ(r.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace douse
