// SPDX-License-Identifier: Apache-2.0
#include "playbook/check.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace douse::playbook {
namespace {

std::string drill() {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Parse, TakesTheDrillWithoutAFinding) {
    const Parsed parsed = parse(drill(), "drill.yaml");
    for (const Finding& f : parsed.findings) ADD_FAILURE() << f.text();
    ASSERT_TRUE(parsed.ok());
}

}  // namespace
}  // namespace douse::playbook
