// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <gtest/gtest.h>

namespace douse::base {
namespace {

TEST(Duration, ReadsWhatPeopleWriteAndNothingElse) {
    EXPECT_EQ(parse_duration("30s"), Millis{30'000});
    EXPECT_EQ(parse_duration("7d"), Millis{7LL * 86'400'000});
    EXPECT_EQ(parse_duration("15ms"), Millis{15});
    for (const char* bad : {"", "s", "30", "30 s", "-1s", "1.5h", "30sec", "99999999999999999d"}) EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Duration, FormatsTheShortestExactForm) {
    for (const char* text : {"30s", "90s", "15m", "24ms", "1h", "7d", "0s"}) EXPECT_EQ(format_duration(*parse_duration(text)), text);
    EXPECT_EQ(format_duration(Millis{24LL * 3'600'000}), "1d");
}

TEST(Size, ReadsBinaryUnits) {
    EXPECT_EQ(parse_size("20MiB"), 20 * 1024 * 1024);
    EXPECT_EQ(parse_size("512B"), 512);
    EXPECT_FALSE(parse_size("20MB"));
}

TEST(Time, Rfc3339RoundTripsAndRefusesNonsense) {
    const Timestamp t = from_ms(1'795'534'075'120);
    EXPECT_EQ(from_rfc3339(to_rfc3339(t)), t);
    EXPECT_EQ(from_rfc3339("1970-01-02 00:00:01"), from_ms(86'401'000));
    for (const char* bad : {"", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00+02:00"}) {
        EXPECT_FALSE(from_rfc3339(bad)) << bad;
    }
}

}  // namespace
}  // namespace douse::base
