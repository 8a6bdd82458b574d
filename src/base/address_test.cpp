// SPDX-License-Identifier: Apache-2.0
#include "base/address.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace douse::base {
namespace {

TEST(Address, ReadsBothFamiliesAndWritesThemBack) {
    for (const char* text : {"10.0.0.1", "255.255.255.255", "::", "2001:db8::1", "fe80::1"}) EXPECT_EQ(Address::parse(text)->text(), text);
    for (const char* bad : {"", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/24", "fe80::1%eth0", "x"}) EXPECT_FALSE(Address::parse(bad)) << bad;
}

TEST(AddressRange, ReadsPrefixesSpansAndSingleAddresses) {
    EXPECT_EQ(AddressRange::parse("10.1.0.0/24")->size(), 256u);
    EXPECT_EQ(AddressRange::parse("10.1.0.5-10.1.0.9")->size(), 5u);
    EXPECT_EQ(AddressRange::parse("10.1.0.5")->size(), 1u);
    for (const char* bad : {"10.1.0.1/24", "10.1.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::2", "10.0.0.0/", "/24"}) {
        EXPECT_FALSE(AddressRange::parse(bad)) << bad;
    }
    EXPECT_EQ(AddressRange::parse("::/0")->size(), std::numeric_limits<uint64_t>::max());
}

TEST(AddressRange, TextReadsBackAsTheSameRange) {
    EXPECT_TRUE(rc::check([](uint32_t a, uint32_t b) {
        const AddressRange range{Address::v4(std::min(a, b)), Address::v4(std::max(a, b))};
        RC_ASSERT(AddressRange::parse(range.text()) == range);
        RC_ASSERT(range.contains(range.first) && range.contains(range.last));
        RC_ASSERT(a == 0xffffffff || b == 0xffffffff || !range.contains(range.last.next()));
    }));
}

TEST(Endpoint, ReadsWhatItWrites) {
    for (const char* text : {"10.0.0.1:80", "[::1]:8440", "0.0.0.0:0"}) EXPECT_EQ(Endpoint::parse(text)->text(), text);
    EXPECT_EQ(Endpoint::parse("localhost:80")->text(), "127.0.0.1:80");
    for (const char* bad : {"", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.1:80x", "::1:80", "[10.0.0.1]:80", "nowhere:80"}) {
        EXPECT_FALSE(Endpoint::parse(bad)) << bad;
    }
}

TEST(Address, LoopbackIsOneNetworkAndOneAddress) {
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1"}) EXPECT_TRUE(Address::parse(text)->is_loopback()) << text;
    for (const char* text : {"128.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2"}) EXPECT_FALSE(Address::parse(text)->is_loopback()) << text;
}

TEST(Mac, ReadsTheThreeSpellings) {
    for (const char* text : {"00:16:3e:ab:CD:ef", "00-16-3E-AB-CD-EF", "0016.3eab.cdef"}) EXPECT_EQ(Mac::parse(text)->text(), "00:16:3e:ab:cd:ef");
    EXPECT_FALSE(Mac::parse("00:16:3e:ab:cd"));
    EXPECT_FALSE(Mac::parse("01:00:5e:00:00:01")->is_usable());
}

}  // namespace
}  // namespace douse::base
