// SPDX-License-Identifier: Apache-2.0
// The append-only history of changes: as a list, and as the course of the books over time.
#include "store/asset_rows.hpp"
#include "store/database.hpp"
#include "store/derive.hpp"
#include "store/evidence_rows.hpp"

#include <algorithm>

namespace douse::store {
namespace {

constexpr Sql change_columns{"h.asset, a.name, a.place, h.was, h.is_now, h.because, h.at_ms"};
DispositionChange read_change(Row& row) {
    return {.asset = row.next<model::AssetId>(),
            .name = row.next<std::string>(),
            .place = row.next<std::string>(),
            .from = row.named_or_null(model::disposition_from),
            .to = row.named_or_null(model::disposition_from),
            .because = row.next<std::string>(),
            .at = row.next<Timestamp>()};
}
constexpr auto newest_changes =
    "SELECT " + change_columns + " FROM disposition_history h JOIN assets a ON a.id = h.asset WHERE h.at_ms >= $1 ORDER BY h.id DESC LIMIT $2";
constexpr auto changes_of_one = "SELECT " + change_columns +
                                " FROM disposition_history h JOIN assets a ON a.id = h.asset"
                                " WHERE h.asset IN (SELECT id FROM assets WHERE id = $1 OR merged_into = $1) ORDER BY h.id";
constexpr Sql count_changes{"SELECT COUNT(*) FROM disposition_history WHERE at_ms >= $1"};
constexpr Sql first_change{"SELECT at_ms FROM disposition_history WHERE at_ms >= $1 ORDER BY at_ms LIMIT 1"};
constexpr Sql changes_backwards{"SELECT was, is_now, at_ms FROM disposition_history WHERE at_ms > $1 ORDER BY at_ms DESC, id DESC"};
constexpr Sql retirements_backwards{"SELECT retired_at_ms FROM assets WHERE merged_into IS NULL AND retired_at_ms > $1 ORDER BY retired_at_ms DESC"};

// `count` moments from `first` to `last`, evenly apart.
std::vector<Timestamp> moments(Timestamp first, Timestamp last, int count) {
    std::vector<Timestamp> all;
    const int64_t span = (last - first).count();
    for (int i = 0; i < count; ++i) {
        const Timestamp at = count == 1 ? last : first + Millis(span * i / (count - 1));
        if (all.empty() || all.back() < at) all.push_back(at);
    }
    return all;
}

}  // namespace

Result<std::vector<DispositionChange>> disposition_changes(Tx& tx, Timestamp since, int64_t limit) {
    TRY(settle(tx));
    return tx.db().all(newest_changes, read_change, since, limit);
}

Result<std::vector<DispositionChange>> disposition_changes_of(Tx& tx, model::AssetId asset) {
    TRY(const model::Asset found, find_asset(tx, asset));
    return tx.db().all(changes_of_one, read_change, found.id);
}

Result<int64_t> count_disposition_changes(Tx& tx, Timestamp since) {
    TRY(settle(tx));
    return tx.db().number(count_changes, since);
}

// Walks from the books of now backwards and undoes each change, so that a short span costs little however long the history.
Result<std::vector<CurvePoint>> books_curve(Tx& tx, Timestamp since, int points) {
    std::vector<CurvePoint> curve;
    if (points < 1) return curve;
    TRY(model::Books at_moment, books(tx));
    TRY(const auto first, tx.db().first(first_change, [](Row& row) { return row.next<Timestamp>(); }, since));
    // The moment just before the first change shows what the books were when it came.
    const Timestamp start = std::clamp(first ? *first - Millis(1) : tx.now(), std::min(since, tx.now()), tx.now());
    std::vector<Timestamp> open = moments(start, tx.now(), points);

    std::vector<Timestamp> retirements;
    TRY(tx.db().each(retirements_backwards, [&](Row& row) { retirements.push_back(row.next<Timestamp>()); }, start));
    auto retirement = retirements.begin();
    auto close_points_after = [&](Timestamp change_at) {  // those at or after the change see the books as they are now
        while (!open.empty() && open.back() >= change_at) {
            for (; retirement != retirements.end() && *retirement > open.back(); ++retirement) --at_moment.retired;
            curve.push_back({open.back(), at_moment});
            open.pop_back();
        }
    };
    TRY(tx.db().each(
        changes_backwards,
        [&](Row& row) {
            const auto from = row.named_or_null(model::disposition_from);
            const auto to = row.named_or_null(model::disposition_from);
            close_points_after(row.next<Timestamp>());
            if (to) --at_moment.counts[static_cast<size_t>(*to)];
            if (from) ++at_moment.counts[static_cast<size_t>(*from)];
            at_moment.on_books += (from ? 1 : 0) - (to ? 1 : 0);
        },
        start));
    close_points_after(Timestamp::min());
    std::ranges::reverse(curve);
    return curve;
}

}  // namespace douse::store
