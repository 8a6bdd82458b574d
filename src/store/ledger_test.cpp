// SPDX-License-Identifier: Apache-2.0
// The chain breaks wherever somebody touched it, and verify says where. The triggers forbid that to honest programs; here they
// are dropped first, as a dishonest one would.
#include "base/digest.hpp"
#include "store/database.hpp"
#include "store/ledger_rows.hpp"
#include "store/store_for_tests.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace douse::store {
namespace {

class Ledger : public testing::Test {
protected:
    StoreForTests s;

    void SetUp() override {
        for (int i = 2; i <= 5; ++i) {  // after the row that names the owner
            s.write([&](Tx& tx) { return append_ledger(tx, s.owner, "act", fmt::format("thing {}", i), "{\"n\":1}"); });
        }
    }
    LedgerCheck after(std::string_view meddling) {
        return s.write([&](Tx& tx) -> Result<LedgerCheck> {
            TRY(tx.db().execute("DROP TRIGGER IF EXISTS ledger_no_update; DROP TRIGGER IF EXISTS ledger_no_delete;"));
            TRY(tx.db().execute(meddling));
            return verify_ledger(tx);
        });
    }
};

TEST_F(Ledger, IsTheChainThatItsHeaderDescribes) {
    const auto rows = s.read([](Tx& tx) { return list_ledger(tx, 0, 10); });
    ASSERT_EQ(rows.size(), 5u);
    const auto& first = rows.back();
    EXPECT_EQ(first.previous, std::string(64, '0'));
    const auto& second = rows[3];
    EXPECT_EQ(second.previous, first.hash);
    EXPECT_EQ(second.hash, base::sha256_hex(fmt::format("douse-ledger-1\n{}\n2\n{}\n{}\nact\nthing 2\n{{\"n\":1}}", second.previous,
                                                        base::to_ms(second.at), s.owner.value)));
    EXPECT_TRUE(s.read([](Tx& tx) { return verify_ledger(tx); }).verified());
    EXPECT_EQ(s.read([](Tx& tx) { return list_ledger(tx, 3, 1); })[0].seq, 2);
}

TEST_F(Ledger, AChangedRowIsNamed) {
    const auto check = after("UPDATE ledger SET detail = '{}' WHERE seq = 3");
    EXPECT_EQ(check.first_broken, 3);
    EXPECT_EQ(check.rows, 5);
    EXPECT_NE(check.why.find("was changed"), std::string::npos) << check.why;
}

TEST_F(Ledger, AChangedRowWithAFreshHashBreaksTheNext) {
    const auto rows = s.read([](Tx& tx) { return list_ledger(tx, 4, 1); });
    const auto hash = base::sha256_hex(
        fmt::format("douse-ledger-1\n{}\n3\n{}\n{}\nact\nthing 3\nforged", rows[0].previous, base::to_ms(rows[0].at), s.owner.value));
    EXPECT_EQ(after(fmt::format("UPDATE ledger SET detail = 'forged', hash = '{}' WHERE seq = 3", hash)).first_broken, 4);
}

TEST_F(Ledger, AMissingRowIsNamed) {
    const auto check = after("DELETE FROM ledger WHERE seq = 2");
    EXPECT_EQ(check.first_broken, 2);
    EXPECT_NE(check.why.find("missing"), std::string::npos) << check.why;
}

TEST_F(Ledger, RowsCutOffTheEndAreNoticed) {
    const auto check = after("DELETE FROM ledger WHERE seq >= 4");
    EXPECT_EQ(check.first_broken, 4);
    EXPECT_NE(check.why.find("4 to 5"), std::string::npos) << check.why;
}

TEST_F(Ledger, AnEmptiedLedgerIsNoticed) {
    EXPECT_EQ(after("DELETE FROM ledger").first_broken, 1);
}

TEST_F(Ledger, AnEmptiedLedgerWithoutAHeadIsNoticed) {
    const auto check = after("DELETE FROM ledger; DELETE FROM ledger_head");
    EXPECT_EQ(check.first_broken, 1);
    EXPECT_NE(check.why.find("head is missing"), std::string::npos) << check.why;
    EXPECT_EQ(s.store->write([](Tx& tx) { return append_ledger(tx, {}, "act", "", "{}"); }).error().code, ErrorCode::corrupt);
}

TEST_F(Ledger, AnEmptiedLedgerIsNoticedByItsPeopleWhenTheHeadWasResetToo) {
    const auto check = after(fmt::format("DELETE FROM ledger; UPDATE ledger_head SET seq = 0, hash = '{}'", std::string(64, '0')));
    EXPECT_EQ(check.first_broken, 1);
    EXPECT_NE(check.why.find("no row says how person 1, \"Ada\", came here"), std::string::npos) << check.why;
}

TEST_F(Ledger, ACutLedgerWithAResetHeadIsFoundByACopyOfAnEarlierHead) {
    const auto copy = s.read([](Tx& tx) { return ledger_head(tx); });
    ASSERT_EQ(copy->seq, 5);
    EXPECT_TRUE(s.read([&](Tx& tx) { return verify_ledger(tx, copy); }).verified());
    s.write([&](Tx& tx) { return append_ledger(tx, s.owner, "act", "thing 6", "{}"); });
    EXPECT_TRUE(s.read([&](Tx& tx) { return verify_ledger(tx, copy); }).verified()) << "a longer ledger still holds the copy";
    const auto alone = after("DELETE FROM ledger WHERE seq >= 4; UPDATE ledger_head SET seq = 3, hash = (SELECT hash FROM ledger WHERE seq = 3)");
    EXPECT_TRUE(alone.verified()) << "what the file alone can't show";
    EXPECT_EQ(alone.head.seq, 3);
    const auto held = s.read([&](Tx& tx) { return verify_ledger(tx, copy); });
    EXPECT_EQ(held.first_broken, 4);
    EXPECT_NE(held.why.find("knows row 5"), std::string::npos) << held.why;
    for (int i = 4; i <= 6; ++i) s.write([&](Tx& tx) { return append_ledger(tx, s.owner, "act", "another", "{}"); });
    const auto anew = s.read([&](Tx& tx) { return verify_ledger(tx, copy); });
    EXPECT_EQ(anew.first_broken, 5);
    EXPECT_NE(anew.why.find("written anew"), std::string::npos) << anew.why;
}

TEST_F(Ledger, APersonWhoIsNotWhoTheRowsSayIsNoticed) {
    for (const auto& [meddling, back] : {std::pair("UPDATE people SET name = 'Eve'", "UPDATE people SET name = 'Ada'"),
                                         std::pair("UPDATE people SET role = 'reader'", "UPDATE people SET role = 'owner'")}) {
        const auto check = after(meddling);
        EXPECT_EQ(check.first_broken, 1) << meddling;
        EXPECT_NE(check.why.find("person 1"), std::string::npos) << check.why;
        EXPECT_TRUE(after(back).verified());
    }
    const auto added = after("INSERT INTO people (id, name, role, added_at_ms) VALUES (7, 'Eve', 'owner', 1)");
    EXPECT_EQ(added.first_broken, 6);
    EXPECT_NE(added.why.find("\"Eve\""), std::string::npos) << added.why;
    s.write([](Tx& tx) { return append_ledger(tx, {}, "person.add", "person 8", "{}"); });
    EXPECT_NE(after("DELETE FROM people WHERE id = 7").why.find("not here any more"), std::string::npos);
}

TEST(LedgerAtFirst, IsWholeWithItsHead) {
    base::FakeClock clock;
    const auto store = Store::open("", plain_deriver, clock);
    const auto check = (*store)->read([](Tx& tx) { return verify_ledger(tx); });
    EXPECT_TRUE(check->verified()) << check->why;
    EXPECT_EQ(check->head, LedgerHead{});
}

TEST_F(Ledger, AForgedHeadIsNoticed) {
    EXPECT_EQ(after("UPDATE ledger_head SET hash = 'x'").first_broken, 5);
}

}  // namespace
}  // namespace douse::store
