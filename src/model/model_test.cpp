// SPDX-License-Identifier: Apache-2.0
#include "model/campaign.hpp"
#include "model/disposition.hpp"
#include "model/incident.hpp"
#include "model/permit_for_tests.hpp"
#include "model/person.hpp"
#include "model/scope.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace douse::model {
namespace {

template <class State>
bool leads_to(State from, State to, int states) {  // by any number of moves
    std::vector<bool> seen(static_cast<size_t>(states));
    std::vector<State> open{from};
    while (!open.empty()) {
        const State at = open.back();
        open.pop_back();
        for (int i = 0; i < states; ++i) {
            if (!may_move(at, static_cast<State>(i)) || seen[static_cast<size_t>(i)]) continue;
            seen[static_cast<size_t>(i)] = true;
            open.push_back(static_cast<State>(i));
        }
    }
    return seen[static_cast<size_t>(to)];
}

TEST(States, EndsLeadNowhereAndEveryStateCanBeReached) {
    for (auto end : {CampaignState::stopped, CampaignState::done}) {
        for (int i = 0; i < 6; ++i) EXPECT_FALSE(may_move(end, static_cast<CampaignState>(i)));
    }
    for (int i = 1; i < 6; ++i) EXPECT_TRUE(leads_to(CampaignState::draft, static_cast<CampaignState>(i), 6)) << i;
    for (int i = 1; i < 4; ++i) EXPECT_TRUE(leads_to(WaveState::waiting, static_cast<WaveState>(i), 4)) << i;
    for (int i = 1; i < 9; ++i) EXPECT_TRUE(leads_to(AttemptState::queued, static_cast<AttemptState>(i), 9)) << i;
    EXPECT_FALSE(may_move(CampaignState::draft, CampaignState::running)) << "only what is approved may run";
    EXPECT_FALSE(may_move(AttemptState::fate_unknown, AttemptState::queued)) << "never silently run again";
}

TEST(States, NamesReadBack) {
    for (int i = 0; i < 9; ++i) EXPECT_EQ(attempt_state_from(name_of(static_cast<AttemptState>(i))), static_cast<AttemptState>(i));
    for (int i = 0; i < 8; ++i) EXPECT_EQ(disposition_from(name_of(static_cast<Disposition>(i))), static_cast<Disposition>(i));
    for (int i = 0; i < 6; ++i) EXPECT_EQ(verdict_from(name_of(static_cast<Verdict>(i))), static_cast<Verdict>(i));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(role_from(name_of(static_cast<Role>(i))), static_cast<Role>(i));
    EXPECT_FALSE(disposition_from("cured"));
}

TEST(Dispositions, SeverityOrdersAllOfThemOpenOnesFirst) {
    std::set<int> ranks;
    for (int i = 0; i < 8; ++i) ranks.insert(severity_of(static_cast<Disposition>(i)));
    EXPECT_EQ(ranks, (std::set<int>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_LT(severity_of(Disposition::infected), severity_of(Disposition::vulnerable));
    EXPECT_LT(severity_of(Disposition::fix_unverified), severity_of(Disposition::fixed));
}

TEST(Rights, ReadersOnlyReadAndEveryRightHasSomebody) {
    for (int i = 0; i < right_count; ++i) {
        const auto right = static_cast<Right>(i);
        EXPECT_EQ(may(Role::reader, right), right == Right::read) << name_of(right);
        EXPECT_TRUE(may(Role::owner, right)) << name_of(right);
    }
}

// Written out, so that a right given away by mistake is seen.
TEST(Rights, AreThese) {
    const std::set<Right> of_lead{Right::read, Right::import_lists, Right::look, Right::ask, Right::retire, Right::stop_everything};
    for (int i = 0; i < right_count; ++i) {
        const auto right = static_cast<Right>(i);
        EXPECT_EQ(may(Role::lead, right), of_lead.contains(right)) << name_of(right);
        EXPECT_TRUE(may(Role::deputy, right)) << name_of(right);
    }
}

TEST(Scope, ContainsExactlyItsRanges) {
    EXPECT_TRUE(rc::check([](const std::vector<std::pair<uint16_t, uint8_t>>& spans, uint16_t asked) {
        std::vector<AddressRange> ranges;
        bool expected = false;
        for (auto [start, length] : spans) {
            ranges.push_back({Address::v4(start), Address::v4(start + length)});
            expected = expected || (asked >= start && asked <= start + length);
        }
        RC_ASSERT(Scope(ranges).contains(Address::v4(asked)) == expected);
    }));
    EXPECT_FALSE(Scope().contains(Address::v4(1)));
}

TEST(Permit, IsAskedAgainEachTime) {
    bool stopped = false;
    const Permit::Parts parts{
        .scope = std::make_shared<Scope>(std::vector{*AddressRange::parse("127.0.0.0/8")}), .credentials = {}, .judge_host_key = {}, .stopped = [&] {
            return stopped;
        }};
    const Permit act = PermitForTests::make(Purpose::act, parts);
    const Permit look = PermitForTests::make(Purpose::look, parts);
    EXPECT_TRUE(act.allows(*Address::parse("127.0.0.1")));
    EXPECT_EQ(act.allows(*Address::parse("10.0.0.1")).error().code, ErrorCode::denied);
    stopped = true;
    EXPECT_EQ(act.allows(*Address::parse("127.0.0.1")).error().code, ErrorCode::cancelled);
    EXPECT_TRUE(look.allows(*Address::parse("127.0.0.1"))) << "looking goes on after a stop";
}

}  // namespace
}  // namespace douse::model
