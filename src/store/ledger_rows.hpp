// SPDX-License-Identifier: Apache-2.0
// The ledger: append-only and hash-chained. A row's hash is the SHA-256 of
//   "douse-ledger-1\n" previous "\n" seq "\n" at_ms "\n" person "\n" action "\n" subject "\n" detail
// in decimal and UTF-8, with `previous` of 64 zeros for row 1. Evidence is never repaired: verify names the first broken row.
#pragma once

#include "model/incident.hpp"
#include "store/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::store {

// Every mutating call writes its row in the transaction of its effect. `detail` is one JSON object.
Result<int64_t> append_ledger(Tx& tx, model::PersonId person, std::string_view action, std::string_view subject, std::string_view detail);

// The last row, or what stands before the first. Written down elsewhere it shows later that everything up to it is still the same.
struct LedgerHead {
    int64_t seq = 0;
    std::string hash = std::string(64, '0');
    bool operator==(const LedgerHead&) const = default;
};
Result<std::optional<LedgerHead>> ledger_head(Tx& tx);  // as it is kept beside the ledger; none: somebody took it away

struct LedgerCheck {
    int64_t rows = 0;
    LedgerHead head;  // of the rows that hold together
    std::optional<int64_t> first_broken;
    std::string why;
    [[nodiscard]] bool verified() const { return !first_broken; }
};
// Also catches a gap, rows cut off the end while the head stayed, and a person who isn't who the rows of person.add, person.invite and
// person.invite_owner say (their detail begins with name and role). With a copy of an earlier head: whatever was written anew up to it.
Result<LedgerCheck> verify_ledger(Tx& tx, const std::optional<LedgerHead>& copy = {});
[[nodiscard]] std::string hash_of(const model::LedgerRow& row);                                   // as it must be
Result<void> each_ledger_row(Tx& tx, const std::function<void(const model::LedgerRow&)>& visit);  // oldest first
Result<std::vector<model::LedgerRow>> list_ledger(Tx& tx, int64_t before, int64_t limit);         // newest first; before 0 = from the end
Result<int64_t> count_ledger(Tx& tx);

}  // namespace douse::store
