// SPDX-License-Identifier: Apache-2.0
#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace douse::base {
namespace {

TEST(Digest, MatchesThePublishedVector) {  // FIPS 180-4, example "abc"
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256Stream stream;
    stream.add("a");
    stream.add("bc");
    EXPECT_EQ(stream.finish_hex(), sha256_hex("abc"));
}

TEST(Digest, TextFormsRoundTripAndRefuseGarbage) {
    const std::string bytes(
        "\0\x01\xff"
        "foo",
        6);
    EXPECT_EQ(from_hex(hex(bytes)), bytes);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    EXPECT_EQ(from_base64(base64("ab")), "ab");
    EXPECT_FALSE(from_hex("0g"));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_base64("a"));
    EXPECT_EQ(random_token().size(), 64u);
    EXPECT_NE(random_token(), random_token());
    EXPECT_TRUE(equal_in_constant_time("same", "same"));
    EXPECT_FALSE(equal_in_constant_time("same", "sam"));
}

}  // namespace
}  // namespace douse::base
