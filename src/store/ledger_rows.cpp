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
constexpr Sql write_head{"UPDATE ledger_head SET seq = $1, hash = $2 WHERE one = 1"};

}  // namespace

std::string hash_of(const model::LedgerRow& row) {
    return base::sha256_hex(fmt::format("douse-ledger-1\n{}\n{}\n{}\n{}\n{}\n{}\n{}", row.previous, row.seq, base::to_ms(row.at), row.person.value,
                                        row.action, row.subject, row.detail));
}

Result<std::optional<LedgerHead>> ledger_head(Tx& tx) {
    return tx.db().first(read_head, [](Row& row) { return LedgerHead{row.next<int64_t>(), row.next<std::string>()}; });
}

Result<int64_t> append_ledger(Tx& tx, model::PersonId person, std::string_view action, std::string_view subject, std::string_view detail) {
    TRY(const auto head, ledger_head(tx));
    if (!head) return fail(ErrorCode::corrupt, "the ledger's head is missing", {}, "see what else is: douse ledger verify");
    model::LedgerRow row{.seq = head->seq + 1,
                         .at = tx.now(),
                         .person = person,
                         .action = std::string(action),
                         .subject = std::string(subject),
                         .detail = std::string(detail),
                         .previous = head->hash,
                         .hash = {}};
    row.hash = hash_of(row);
    TRY(tx.db().run(add, row.seq, row.at, row.person, row.action, row.subject, row.detail, row.previous, row.hash));
    TRY(tx.db().run(write_head, row.seq, row.hash));
    tx.changed(Change::Kind::ledger, row.seq);
    return row.seq;
}

Result<void> each_ledger_row(Tx& tx, const std::function<void(const model::LedgerRow&)>& visit) {
    return tx.db().each(whole, [&](Row& row) { visit(read_ledger_row(row)); });
}

Result<std::vector<model::LedgerRow>> list_ledger(Tx& tx, int64_t before, int64_t limit) {
    return tx.db().all(page, read_ledger_row, before, limit);
}

Result<int64_t> count_ledger(Tx& tx) {
    return tx.db().number(count);
}

}  // namespace douse::store
