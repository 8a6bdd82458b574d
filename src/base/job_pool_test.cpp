// SPDX-License-Identifier: Apache-2.0
#include "base/job_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace douse::base {
namespace {

TEST(JobPool, RunsEveryJobAndRefusesBeyondItsQueue) {
    std::atomic<int> ran = 0;
    std::latch hold(1);
    std::latch taken(1);
    {
        JobPool pool(1, 2);
        ASSERT_TRUE(pool.submit([&] {
            taken.count_down();
            hold.wait();
            ++ran;
        }));
        taken.wait();
        EXPECT_TRUE(pool.submit([&] { ++ran; }));
        EXPECT_TRUE(pool.submit([&] { ++ran; }));
        EXPECT_EQ(pool.submit([&] { ++ran; }).error().code, ErrorCode::exhausted);
        hold.count_down();
        pool.wait_until_idle();
        EXPECT_EQ(ran, 3);
        ASSERT_TRUE(pool.submit([&] { ++ran; }));
    }
    EXPECT_EQ(ran, 4) << "what was taken is finished";
}

}  // namespace
}  // namespace douse::base
