// SPDX-License-Identifier: Apache-2.0
// Replays every target's corpus, and cuts of it: what a fuzzer found once stays found.
#include "fuzz/targets.hpp"

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace douse::fuzz {
namespace {

class Replay : public ::testing::TestWithParam<Target> {};

TEST_P(Replay, HoldsItsLaw) {
    const std::filesystem::path folder = std::filesystem::path(DOUSE_SOURCE_DIR) / "fuzz" / "corpus" / GetParam().name;
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        const std::string whole = text.str();
        ++inputs;
        for (size_t cut : {whole.size(), whole.size() / 2, whole.size() / 3, size_t{1}, size_t{0}}) {
            EXPECT_EQ(GetParam().run(std::string_view(whole).substr(0, cut)), "") << entry.path() << " cut at " << cut;
        }
    }
    EXPECT_GT(inputs, 0) << folder << " is empty";
}

INSTANTIATE_TEST_SUITE_P(Corpus, Replay, ::testing::ValuesIn(targets), [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace douse::fuzz
