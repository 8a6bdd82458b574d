// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace douse::base {
namespace {

TEST(Wait, EndsWithItsSpanOrAtOnceWithAStop) {
    std::stop_source stop;
    EXPECT_TRUE(wait_unless_stopped(Millis{1}, stop.get_token()));
    const auto began = std::chrono::steady_clock::now();
    const std::jthread other([&stop] { stop.request_stop(); });
    EXPECT_FALSE(wait_unless_stopped(std::chrono::hours{1}, stop.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes{1});
}

}  // namespace
}  // namespace douse::base
