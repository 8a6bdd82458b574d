// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.hpp"

#include "base/unique_fd.hpp"

#include <gtest/gtest.h>

namespace douse::base {
namespace {

TEST(SocketAddress, ASocketSaysItIsBoundWhereItWasPut) {
    for (const char* text : {"127.0.0.1", "::1"}) {
        const SocketAddress any_port({.address = *Address::parse(text), .port = 0});
        const UniqueFd fd(::socket(any_port.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (!fd || ::bind(fd.get(), any_port.get(), any_port.size) != 0) {
            ASSERT_STREQ(text, "::1");
            GTEST_SKIP() << "this machine has no IPv6 loopback";
        }
        const auto bound = bound_to(fd.get());
        ASSERT_TRUE(bound);
        EXPECT_EQ(bound->address.text(), text);
        EXPECT_NE(bound->port, 0);
        const SocketAddress taken(*bound);
        const UniqueFd second(::socket(taken.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
        EXPECT_NE(::bind(second.get(), taken.get(), taken.size), 0) << "the port is the one that is taken";
    }
    EXPECT_EQ(bound_to(-1), std::nullopt);
}

TEST(SocketAddress, APathMayBeAsLongAsTheSystemTakesAndNotOneLonger) {
    EXPECT_TRUE(SocketAddress::local(std::string(107, 'p')));
    const auto longer = SocketAddress::local(std::string(108, 'p'));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace douse::base
