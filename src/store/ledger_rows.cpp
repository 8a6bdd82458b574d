// SPDX-License-Identifier: Apache-2.0
#include "store/ledger_rows.hpp"

#include "base/digest.hpp"
#include "store/database.hpp"

#include <fmt/format.h>

namespace douse::store {
namespace {

constexpr Sql columns{"seq, at_ms, person, action, subject, detail, previous, hash"};
model::LedgerRow read_ledger_row(Row& row) {
    return {.seq = row.next<int64_t>(),
            .at = row.next<Timestamp>(),
            .person = row.next<model::PersonId>(),
            .action = row.next<std::string>(),
            .subject = row.next<std::string>(),
            .detail = row.next<std::string>(),
            .previous = row.next<std::string>(),
            .hash = row.next<std::string>()};
}

constexpr auto add = "INSERT INTO ledger (" + columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr auto whole = "SELECT " + columns + " FROM ledger ORDER BY seq";
constexpr auto page = "SELECT " + columns + " FROM ledger WHERE $1 = 0 OR seq < $1 ORDER BY seq DESC LIMIT $2";
constexpr Sql count{"SELECT COUNT(*) FROM ledger"};
constexpr Sql read_head{"SELECT seq, hash FROM ledger_head WHERE one = 1"};
constexpr Sql write_head{"INSERT INTO ledger_head (one, seq, hash) VALUES (1, $1, $2) ON CONFLICT (one) DO UPDATE SET seq = $1, hash = $2"};

struct Head {
    int64_t seq = 0;
    std::string hash = std::string(64, '0');
};

Result<Head> head_of(Tx& tx) {
    TRY(auto head, tx.db().first(read_head, [](Row& row) { return Head{row.next<int64_t>(), row.next<std::string>()}; }));
    return head.value_or(Head{});
}

std::string hash_of(const model::LedgerRow& row) {
    return base::sha256_hex(fmt::format("douse-ledger-1\n{}\n{}\n{}\n{}\n{}\n{}\n{}", row.previous, row.seq, base::to_ms(row.at), row.person.value,
                                        row.action, row.subject, row.detail));
}

// Why the row doesn't follow the one before, or nothing.
std::string break_at(const model::LedgerRow& row, const Head& before) {
    if (row.seq != before.seq + 1) return fmt::format("row {} is missing", before.seq + 1);
    if (row.previous != before.hash) return fmt::format("row {} does not follow the row before it", row.seq);
    if (row.hash != hash_of(row)) return fmt::format("row {} was changed after it was written", row.seq);
    return {};
}

}  // namespace

Result<int64_t> append_ledger(Tx& tx, model::PersonId person, std::string_view action, std::string_view subject, std::string_view detail) {
    TRY(const Head head, head_of(tx));
    model::LedgerRow row{.seq = head.seq + 1,
                         .at = tx.now(),
                         .person = person,
                         .action = std::string(action),
                         .subject = std::string(subject),
                         .detail = std::string(detail),
                         .previous = head.hash,
                         .hash = {}};
    row.hash = hash_of(row);
    TRY(tx.db().run(add, row.seq, row.at, row.person, row.action, row.subject, row.detail, row.previous, row.hash));
    TRY(tx.db().run(write_head, row.seq, row.hash));
    tx.changed(Change::Kind::ledger, row.seq);
    return row.seq;
}

Result<LedgerCheck> verify_ledger(Tx& tx) {
    TRY(const Head kept, head_of(tx));
    LedgerCheck check;
    Head before;
    TRY(tx.db().each(whole, [&](Row& next) {
        const model::LedgerRow row = read_ledger_row(next);
        ++check.rows;
        if (check.first_broken) return;
        if (std::string why = break_at(row, before); !why.empty()) {
            check.first_broken = before.seq + 1;
            check.why = std::move(why);
        }
        before = {row.seq, row.hash};
    }));
    if (check.first_broken) return check;
    if (before.seq < kept.seq) {
        check.first_broken = before.seq + 1;
        check.why = fmt::format("rows {} to {} were cut off the end", before.seq + 1, kept.seq);
    } else if (before.seq != kept.seq || before.hash != kept.hash) {
        check.first_broken = before.seq;
        check.why = fmt::format("row {} is not the one that was written last", before.seq);
    }
    return check;
}

Result<std::vector<model::LedgerRow>> list_ledger(Tx& tx, int64_t before, int64_t limit) {
    return tx.db().all(page, read_ledger_row, before, limit);
}

Result<int64_t> count_ledger(Tx& tx) {
    return tx.db().number(count);
}

}  // namespace douse::store
