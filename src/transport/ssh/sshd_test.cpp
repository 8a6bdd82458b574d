// SPDX-License-Identifier: Apache-2.0
#include "transport/ssh/sshd_for_tests.hpp"

#include "base/socket_address.hpp"
#include "base/unique_fd.hpp"

#include <gtest/gtest.h>

namespace douse::transport {
namespace {

namespace fs = std::filesystem;

bool answers(const Endpoint& endpoint) {
    const base::SocketAddress to(endpoint);
    const base::UniqueFd fd(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(fd.get(), to.get(), to.size) == 0;
}

TEST(SshdForTests, AnswersWhereItSaysAndIsGoneAfterwards) {
    Endpoint endpoint;
    fs::path folder;
    {
        const SshdForTests sshd;
        if (!sshd.why_not().empty()) GTEST_SKIP() << sshd.why_not();
        endpoint = sshd.endpoint();
        folder = sshd.folder();
        EXPECT_TRUE(answers(endpoint));
    }
    EXPECT_FALSE(answers(endpoint));
    EXPECT_FALSE(fs::exists(folder));
}

}  // namespace
}  // namespace douse::transport
