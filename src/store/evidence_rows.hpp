// SPDX-License-Identifier: Apache-2.0
// Evidence, and everything that is derived from it: verdicts, dispositions, counts, and the append-only history of changes.
#pragma once

#include "model/evidence.hpp"
#include "model/ids.hpp"
#include "store/store.hpp"

namespace douse::store {

// Appends the rows and derives the assets that they are about, in this transaction. Ids are filled in.
Result<void> insert_evidence(Tx& tx, std::vector<model::Evidence>& rows);
Result<std::vector<model::Evidence>> evidence_of(Tx& tx, model::AssetId asset);  // oldest first, merged assets' too
// When something was last learned: a look that was answered, or a list that gave a row. None: nothing yet. Cheap at any size.
Result<std::optional<Timestamp>> newest_fact_at(Tx& tx);
Result<model::AssetHistory> history_of(Tx& tx, model::AssetId asset);

struct DispositionRow {
    model::AssetId asset;
    model::Assessment assessment;
    Timestamp since{};  // of the disposition
};
Result<DispositionRow> disposition_of(Tx& tx, model::AssetId asset);

struct DispositionChange {
    model::AssetId asset;
    std::string name;
    std::string place;
    std::optional<model::Disposition> from;  // nothing: it came onto the books
    std::optional<model::Disposition> to;    // nothing: it left them
    std::string because;
    Timestamp at{};
};
Result<std::vector<DispositionChange>> disposition_changes(Tx& tx, Timestamp since, int64_t limit);  // newest first
Result<std::vector<DispositionChange>> disposition_changes_of(Tx& tx, model::AssetId asset);         // oldest first
Result<int64_t> count_disposition_changes(Tx& tx, Timestamp since);                                  // at or after
struct CurvePoint {
    Timestamp at{};
    model::Books books;
};
Result<std::vector<CurvePoint>> books_curve(Tx& tx, Timestamp since, int points);  // at most `points`, oldest first, last = now

Result<model::Books> books(Tx& tx);          // as the counts table says
Result<model::Books> recount_books(Tx& tx);  // as the rows say; law 1 holds when both are equal
Result<int> derive_due(Tx& tx);              // the decay pass: assets whose verdict time alone may have changed by tx.now()
struct Rebuild {
    int64_t assets = 0;
    Timestamp at{};
    std::vector<std::string> differences;  // "asset 12: vulnerable, was fixed"; empty when byte-equal
};
Result<Rebuild> rebuild(Tx& tx);           // decay pass, dump, recompute all at one now, dump, compare
Result<std::string> dump_derived(Tx& tx);  // ordered, one line a row

}  // namespace douse::store
