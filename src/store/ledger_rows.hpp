// SPDX-License-Identifier: Apache-2.0
// The ledger: append-only and hash-chained. A row's hash is the SHA-256 of
//   "douse-ledger-1\n" previous "\n" seq "\n" at_ms "\n" person "\n" action "\n" subject "\n" detail
// in decimal and UTF-8, with `previous` of 64 zeros for row 1. Evidence is never repaired: verify names the first broken row.
#pragma once

#include "model/incident.hpp"
#include "store/store.hpp"

namespace douse::store {

// Every mutating call writes its row in the transaction of its effect. `detail` is one JSON object.
Result<int64_t> append_ledger(Tx& tx, model::PersonId person, std::string_view action, std::string_view subject, std::string_view detail);

struct LedgerCheck {
    int64_t rows = 0;
    std::optional<int64_t> first_broken;
    std::string why;
    [[nodiscard]] bool verified() const { return !first_broken; }
};
Result<LedgerCheck> verify_ledger(Tx& tx);  // also catches a gap and rows cut off the end (count and head are kept apart)
Result<std::vector<model::LedgerRow>> list_ledger(Tx& tx, int64_t before, int64_t limit);  // newest first; before 0 = from the end
Result<int64_t> count_ledger(Tx& tx);

}  // namespace douse::store
