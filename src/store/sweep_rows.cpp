// SPDX-License-Identifier: Apache-2.0
#include "store/sweep_rows.hpp"

#include "store/database.hpp"

#include <fmt/format.h>
#include <array>

namespace douse::store {
namespace {

constexpr std::array<std::string_view, 3> state_names{"running", "done", "failed"};
constexpr std::array<std::string_view, 2> kind_names{"sweep", "check"};

template <class E, size_t N>
std::optional<E> named(const std::array<std::string_view, N>& names, std::string_view name) {
    for (size_t i = 0; i < N; ++i) {
        if (names[i] == name) return static_cast<E>(i);
    }
    return std::nullopt;
}
std::optional<SweepState> state_from(std::string_view name) {
    return named<SweepState>(state_names, name);
}
std::optional<SweepKind> kind_from(std::string_view name) {
    return named<SweepKind>(kind_names, name);
}

constexpr Sql columns{
    "started_by, state, kind, targets, answered, inside, not_entered, new_assets, changed, clean, because, started_at_ms, ended_at_ms"};
SweepRow read_sweep(Row& row) {
    return {.id = row.next<model::SweepId>(),
            .started_by = row.next<model::PersonId>(),
            .state = row.named(state_from),
            .kind = row.named(kind_from),
            .targets = row.next<int64_t>(),
            .answered = row.next<int64_t>(),
            .inside = row.next<int64_t>(),
            .not_entered = row.next<int64_t>(),
            .new_assets = row.next<int64_t>(),
            .changed = row.next<int64_t>(),
            .clean = row.next<bool>(),
            .because = row.next<std::string>(),
            .started_at = row.next<Timestamp>(),
            .ended_at = row.next<std::optional<Timestamp>>()};
}
constexpr auto add = "INSERT INTO sweeps (" + columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id";
constexpr Sql update{
    "UPDATE sweeps SET state = $2, targets = $3, answered = $4, inside = $5, not_entered = $6, new_assets = $7, changed = $8, clean = $9, "
    "because = $10, ended_at_ms = $11 WHERE id = $1"};
constexpr auto by_id = "SELECT id, " + columns + " FROM sweeps WHERE id = $1";
constexpr auto newest = "SELECT id, " + columns + " FROM sweeps ORDER BY id DESC LIMIT $1";
constexpr auto newest_of_scope = "SELECT id, " + columns + " FROM sweeps WHERE kind = 'sweep' ORDER BY id DESC LIMIT 1";
constexpr Sql fail_running{"UPDATE sweeps SET state = 'failed', because = $1, ended_at_ms = $2 WHERE state = 'running'"};

}  // namespace

std::string_view name_of(SweepState state) {
    return state_names[static_cast<size_t>(state)];
}
std::string_view name_of(SweepKind kind) {
    return kind_names[static_cast<size_t>(kind)];
}

Result<model::SweepId> insert_sweep(Tx& tx, const SweepRow& row) {
    TRY(const auto id,
        tx.db().insert<model::SweepId>(add, row.started_by, name_of(row.state), name_of(row.kind), row.targets, row.answered, row.inside,
                                       row.not_entered, row.new_assets, row.changed, row.clean, row.because, row.started_at, row.ended_at));
    tx.changed(Change::Kind::sweep, id.value);
    return id;
}

Result<void> update_sweep(Tx& tx, const SweepRow& row) {
    TRY(const int64_t updated, tx.db().run(update, row.id, name_of(row.state), row.targets, row.answered, row.inside, row.not_entered, row.new_assets,
                                           row.changed, row.clean, row.because, row.ended_at));
    if (updated == 0) return fail(ErrorCode::not_found, fmt::format("there is no sweep {}", row.id.value));
    tx.changed(Change::Kind::sweep, row.id.value);
    return {};
}

Result<SweepRow> find_sweep(Tx& tx, model::SweepId id) {
    TRY(auto row, tx.db().first(by_id, read_sweep, id));
    if (!row) return fail(ErrorCode::not_found, fmt::format("there is no sweep {}", id.value));
    return *std::move(row);
}

Result<std::vector<SweepRow>> list_sweeps(Tx& tx, int64_t limit) {
    return tx.db().all(newest, read_sweep, limit);
}

Result<std::optional<SweepRow>> newest_sweep(Tx& tx) {
    return tx.db().first(newest_of_scope, read_sweep);
}

Result<int> fail_unfinished_sweeps(Tx& tx, std::string_view because) {
    TRY(const int64_t failed, tx.db().run(fail_running, because, tx.now()));
    if (failed > 0) tx.changed(Change::Kind::sweep);
    return static_cast<int>(failed);
}

}  // namespace douse::store
