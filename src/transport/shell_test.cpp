// SPDX-License-Identifier: Apache-2.0
#include "transport/shell.hpp"
#include "transport/ssh/sshd_for_tests.hpp"
#include "transport/transport.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace douse::transport {
namespace {

TEST(ShellWord, IsReadByAShellAsExactlyItsBytes) {
    const bool holds = rc::check([] {
        auto word = *rc::gen::container<std::string>(
            rc::gen::oneOf(rc::gen::elementOf(std::string("'\"\\$`!* \n\t;&|<>(){}#~-a")), rc::gen::inRange<char>(1, 127)));
        std::string out;
        RC_ASSERT(run_here({"/bin/sh", "-c", "printf %s " + shell_word(word)}, &out) == 0);
        RC_ASSERT(out == word);
    });
    EXPECT_TRUE(holds);
}

TEST(PlainPath, HoldsOnlyWhatCanBeReadInOneWay) {
    for (const char* good : {"/a", "/a/b c", "/a/..b", "/-rf", "/var/lib/x'y", "/a/*"}) EXPECT_TRUE(is_plain_path(good)) << good;
    for (const char* bad : {"", "a", "/", "//", "/a/", "/a//b", "/a/./b", "/a/..", "/a\nb"}) EXPECT_FALSE(is_plain_path(bad)) << bad;
    EXPECT_FALSE(is_plain_path(std::string("/a\0b", 4)));
    EXPECT_FALSE(is_plain_path("/" + std::string(4000, 'a')));
}

TEST(Obstacle, FollowsFromTheError) {
    const auto of = [](ErrorCode code, std::string detail) {
        return obstacle_of(Error{.code = code, .sentence = {}, .detail = std::move(detail), .hint = {}});
    };
    EXPECT_EQ(of(ErrorCode::timed_out, std::string(no_answer)), model::NeedsHands::unreachable);
    EXPECT_EQ(of(ErrorCode::timed_out, std::string(hangs_after_connect) + ": signing in"), model::NeedsHands::hangs);
    EXPECT_EQ(of(ErrorCode::exhausted, ""), model::NeedsHands::disk_full);
    EXPECT_EQ(of(ErrorCode::cancelled, ""), model::NeedsHands::none);
    EXPECT_EQ(of(ErrorCode::denied, ""), model::NeedsHands::none);
}

}  // namespace
}  // namespace douse::transport
