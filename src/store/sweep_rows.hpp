// SPDX-License-Identifier: Apache-2.0
// Sweeps and checks on demand: when, over what, and what became of them.
#pragma once

#include "model/ids.hpp"
#include "store/store.hpp"

namespace douse::store {

enum class SweepState { running, done, failed };
enum class SweepKind { sweep, check };
struct SweepRow {
    model::SweepId id;
    model::PersonId started_by;
    SweepState state = SweepState::running;
    SweepKind kind = SweepKind::sweep;
    int64_t targets = 0, answered = 0, inside = 0, not_entered = 0, new_assets = 0, changed = 0;
    bool clean = false;
    std::string because;  // of a failure
    Timestamp started_at{};
    std::optional<Timestamp> ended_at;
};
[[nodiscard]] std::string_view name_of(SweepState state);
[[nodiscard]] std::string_view name_of(SweepKind kind);

Result<model::SweepId> insert_sweep(Tx& tx, const SweepRow& row);
Result<void> update_sweep(Tx& tx, const SweepRow& row);  // progress and end
Result<SweepRow> find_sweep(Tx& tx, model::SweepId id);
Result<std::vector<SweepRow>> list_sweeps(Tx& tx, int64_t limit);  // newest first
Result<std::optional<SweepRow>> newest_sweep(Tx& tx);              // of the scope, not a check of some machines; ended or not
// Started and not ended: after a crash they are closed as failed with this sentence.
Result<int> fail_unfinished_sweeps(Tx& tx, std::string_view because);

}  // namespace douse::store
