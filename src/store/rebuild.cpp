// SPDX-License-Identifier: Apache-2.0
// The proof that derived rows follow from the rest: bring them up to this moment, write them down, make them anew, compare.
// The history of changes is not derived and not touched.
#include "store/database.hpp"
#include "store/derive.hpp"
#include "store/evidence_rows.hpp"
#include "store/pairs.hpp"

#include <fmt/format.h>
#include <map>

namespace douse::store {
namespace {

constexpr Sql dump_columns{
    "d.asset, d.disposition, d.on_books, d.retired, d.vulnerability, d.infection, d.mitigated, d.because, d.evidence_at_ms, "
    "d.changes_at_ms, d.speaks, d.since_ms, a.name, a.address, a.os, a.place, a.first_seen_at_ms, a.last_seen_at_ms"};
constexpr std::array<std::string_view, 18> dump_names{
    "asset",         "disposition", "on_books", "retired", "vulnerability", "infection", "mitigated", "because",          "evidence_at_ms",
    "changes_at_ms", "speaks",      "since_ms", "name",    "address",       "os",        "place",     "first_seen_at_ms", "last_seen_at_ms"};
constexpr auto dump_rows = "SELECT " + dump_columns + " FROM dispositions d JOIN assets a ON a.id = d.asset ORDER BY d.asset";
constexpr Sql dump_counts{"SELECT name, assets FROM counts ORDER BY name"};

constexpr Sql forget_dispositions{"DELETE FROM dispositions"};
constexpr Sql forget_counts{"UPDATE counts SET assets = 0"};
constexpr Sql forget_summaries{"UPDATE assets SET name = '', address = '', os = '', place = '' WHERE merged_into IS NULL"};
constexpr Sql every_asset{"SELECT id FROM assets WHERE merged_into IS NULL ORDER BY id"};

constexpr size_t disposition_field = 1;

// Lines of the dump by what they are about.
std::map<std::string, Fields> lines_of(const std::string& dump) {
    std::map<std::string, Fields> lines;
    for (Fields& fields : split_lines(dump)) {
        std::string key = fields.front();
        lines.emplace(std::move(key), std::move(fields));
    }
    return lines;
}

std::string difference(const std::string& what, const Fields& was, const Fields& now) {
    if (was.size() != dump_names.size() || now.size() != dump_names.size()) return fmt::format("{}: {}, was {}", what, now.back(), was.back());
    if (was[disposition_field] != now[disposition_field]) {
        return fmt::format("{}: {}, was {}", what, now[disposition_field], was[disposition_field]);
    }
    for (size_t i = 0; i < was.size(); ++i) {
        if (was[i] != now[i]) return fmt::format("{}: {} is \"{}\", was \"{}\"", what, dump_names[i], now[i], was[i]);
    }
    return what;
}

std::vector<std::string> compare(const std::string& before, const std::string& after) {
    std::vector<std::string> differences;
    if (before == after) return differences;
    const auto was = lines_of(before);
    const auto now = lines_of(after);
    for (const auto& [what, fields] : now) {
        const auto old = was.find(what);
        if (old == was.end())
            differences.push_back(fmt::format("{}: was missing", what));
        else if (old->second != fields)
            differences.push_back(difference(what, old->second, fields));
    }
    for (const auto& [what, fields] : was) {
        if (!now.contains(what)) differences.push_back(fmt::format("{}: had a row and should have none", what));
    }
    return differences;
}

}  // namespace

Result<std::string> dump_derived(Tx& tx) {
    TRY(settle(tx));
    std::vector<Fields> lines;
    TRY(tx.db().each(dump_rows, [&](Row& row) {
        Fields fields;
        for (size_t i = 0; i < dump_names.size(); ++i) {
            fields.push_back(row.is_null() ? (row.skip(), "-") : row.next<std::string>());
        }
        fields.front() = "asset " + fields.front();
        lines.push_back(std::move(fields));
    }));
    TRY(tx.db().each(dump_counts, [&](Row& row) { lines.push_back({"count " + row.next<std::string>(), row.next<std::string>()}); }));
    return join_lines(lines);
}

Result<Rebuild> rebuild(Tx& tx) {
    TRY(derive_due(tx));
    TRY(const std::string before, dump_derived(tx));

    TRY(tx.db().run(forget_dispositions));
    TRY(tx.db().run(forget_counts));
    TRY(tx.db().run(forget_summaries));
    TRY(const auto assets, tx.db().all(every_asset, [](Row& row) { return row.next<model::AssetId>(); }));
    TRY(const Circumstances circumstances, circumstances_of(tx));
    for (const model::AssetId asset : assets) TRY(derive(tx, asset, circumstances, History::leave));

    TRY(const std::string after, dump_derived(tx));
    return Rebuild{.assets = static_cast<int64_t>(assets.size()), .at = tx.now(), .differences = compare(before, after)};
}

}  // namespace douse::store
