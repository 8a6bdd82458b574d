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
        for (int i = 1; i <= 5; ++i) {
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
    EXPECT_EQ(first.hash, base::sha256_hex(fmt::format("douse-ledger-1\n{}\n1\n{}\n{}\nact\nthing 1\n{{\"n\":1}}", first.previous,
                                                       base::to_ms(first.at), s.owner.value)));
    EXPECT_EQ(rows[3].previous, first.hash);
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

TEST_F(Ledger, AForgedHeadIsNoticed) {
    EXPECT_EQ(after("UPDATE ledger_head SET hash = 'x'").first_broken, 5);
}

}  // namespace
}  // namespace douse::store
