// SPDX-License-Identifier: Apache-2.0
#include "main/data_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
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
    ASSERT_TRUE(DataFolder::open(path_ / "data" / "deeper" / ""));
    EXPECT_EQ(mode("deeper"), 0711u);
    EXPECT_EQ(mode("lock"), 0600u);
    EXPECT_EQ(mode("address"), 0644u);
    std::ifstream file(path_ / "data" / "address");
    std::string line;
    std::getline(file, line);
    EXPECT_EQ(line, "127.0.0.1:8440");
}

TEST_F(DataFolderTest, AFolderThatWasThereKeepsItsModeOrIsRefused) {
    const auto with_mode = [&](mode_t mode) {
        EXPECT_EQ(::chmod(path_.c_str(), mode), 0);
        const auto folder = DataFolder::open(path_);
        struct stat about{};
        EXPECT_EQ(::stat(path_.c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 07777, mode);
        return folder ? std::string("used") : folder.error().sentence + "; " + folder.error().hint;
    };
    for (const mode_t mine : {0700, 0711, 0755}) EXPECT_EQ(with_mode(mine), "used");
    for (const mode_t shared : {01777, 01755, 0770, 0777, 0757}) {
        const std::string said = with_mode(shared);
        EXPECT_NE(said.find("shared with others"), std::string::npos) << said;
        EXPECT_NE(said.find("--data"), std::string::npos) << said;
    }
    EXPECT_EQ(with_mode(0700), "used");
}

TEST_F(DataFolderTest, AnotherUsersFolderIsRefused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
    ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
    const auto folder = DataFolder::open(path_);
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::denied);
    EXPECT_NE(folder.error().sentence.find("uid 65534"), std::string::npos) << folder.error().sentence;
    EXPECT_FALSE(std::filesystem::exists(path_ / "lock"));
}

TEST_F(DataFolderTest, WhatCantBeMadeIsSaid) {
    std::ofstream(path_ / "file") << "x";
    const auto folder = DataFolder::open(path_ / "file" / "data");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace douse
