// SPDX-License-Identifier: Apache-2.0
#include "playbook/version.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <string>
#include <tuple>
#include <vector>

namespace douse::playbook {
namespace {

TEST(DebVersion, OrdersAsThePolicyDoes) {
    // Each before the next; the policy's own examples first, then what dpkg --compare-versions says.
    const std::vector<std::string> rising{
        "0~~",   "0~~a",   "0~",   "0",      "0a",     "0b",  "0+",  "0.0",  "1.0~beta1~svn1245", "1.0~beta1",        "1.0-1",    "1.0-2~rc1",
        "1.0-2", "1.0-10", "1.0a", "1.0+b1", "1.00.1", "1.1", "1.9", "1.10", "2.15.0-1~deb10u1",  "2.15.0-1~deb11u1", "2.15.0-1", "1:0.1",
        "2:0"};
    for (size_t i = 0; i < rising.size(); ++i) {
        for (size_t j = 0; j < rising.size(); ++j) {
            EXPECT_EQ(compare_deb(rising[i], rising[j]), i <=> j) << rising[i] << " and " << rising[j];
        }
    }
}

TEST(DebVersion, EqualsWithoutBeingTheSameText) {
    for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{
             {"1.0", "1.00"}, {"1.0", "1.0-0"}, {"0:1", "1"}, {"1.0-", "1.0"}, {"1.2", "1.02"}, {"00:1", "0:1"}}) {
        EXPECT_TRUE(compare_deb(a, b) == 0) << a << " and " << b;
    }
}

TEST(DebVersion, RefusesWhatIsNone) {
    for (const char* text : {"", "v1.0", "1.0_2", "1.0 2", ":1", "x:1", "-1:1", "1:", "1.0-", "~1", "1:2:3", "99999999999:1", "1\n"})
        EXPECT_FALSE(is_deb_version(text)) << text;
    for (const char* text : {"1", "0", "1.0-2~rc1", "2:1.0+dfsg-1+b3", "1.0-1-2", "1.0+really0.9"}) EXPECT_TRUE(is_deb_version(text)) << text;
}

rc::Gen<std::string> versions() {
    const auto piece = rc::gen::container<std::string>(rc::gen::element('0', '1', '9', 'a', 'Z', '.', '+', '~'));
    return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 3), piece, piece), [](const std::tuple<int, std::string, std::string>& t) {
        const auto& [epoch, upstream, revision] = t;
        return (epoch > 0 ? std::to_string(epoch) + ":" : "") + "1" + upstream + (revision.empty() ? "" : "-" + revision);
    });
}

TEST(DebVersion, IsAnOrder) {
    EXPECT_TRUE(rc::check("antisymmetric and transitive", [] {
        const std::string a = *versions(), b = *versions(), c = *versions();
        RC_ASSERT((compare_deb(a, a) == 0));
        RC_ASSERT((compare_deb(a, b) < 0) == (compare_deb(b, a) > 0));
        if (compare_deb(a, b) <= 0 && compare_deb(b, c) <= 0) RC_ASSERT((compare_deb(a, c) <= 0));
        RC_ASSERT((compare_deb(a + "~", a) < 0));
    }));
}

}  // namespace
}  // namespace douse::playbook
