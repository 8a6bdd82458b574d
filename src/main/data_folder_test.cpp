// SPDX-License-Identifier: Apache-2.0
#include "main/data_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <cstdlib>
#include <fstream>

namespace douse {
namespace {

class DataFolderTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "douse-XXXXXX";
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        path_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(path_); }
    std::filesystem::path path_;
};

TEST_F(DataFolderTest, IsHeldByOneServerAtATime) {
    auto first = DataFolder::open(path_ / "data");
    ASSERT_TRUE(first);
    const auto second = DataFolder::open(path_ / "data");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    {
        const DataFolder ended = std::move(*first);
    }
    EXPECT_TRUE(DataFolder::open(path_ / "data"));
}

TEST_F(DataFolderTest, OthersMayPassThroughItAndReadTheAddressOnly) {
    const auto folder = DataFolder::open(path_ / "data");
    ASSERT_TRUE(folder);
    ASSERT_TRUE(folder->write_address("127.0.0.1:8440"));
    const auto mode = [&](const char* name) {
        struct stat about{};
        EXPECT_EQ(::stat((path_ / "data" / name).c_str(), &about), 0);
        return about.st_mode & 0777;
    };
    EXPECT_EQ(mode("."), 0711u);
    EXPECT_EQ(mode("lock"), 0600u);
    EXPECT_EQ(mode("address"), 0644u);
    std::ifstream file(path_ / "data" / "address");
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "127.0.0.1:8440");
}

TEST_F(DataFolderTest, WhatCantBeMadeIsSaid) {
    std::ofstream(path_ / "file") << "x";
    const auto folder = DataFolder::open(path_ / "file" / "data");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace douse
