// SPDX-License-Identifier: Apache-2.0
// The column mirror: what filters, counts, facets, sorts and offsets over assets are answered from, in memory, kept up to date in
// the commit path. SQL then fetches the rows shown. Any filter at 1,000,000 assets is one pass of a few milliseconds
// (measured in ADR 0003). Safe from any thread; each answer is one consistent moment.
#pragma once

#include "base/clock.hpp"
#include "model/asset.hpp"
#include "model/disposition.hpp"

#include <memory>
#include <string>
#include <vector>

namespace douse::store {

enum class SortBy { name, address, place, os, disposition, evidence, since };

struct AssetFilter {
    std::vector<model::Disposition> dispositions;  // none: all
    std::vector<std::string> places, systems;      // none: all
    std::string text;                              // part of name, address or any identifier, without case
    bool retired = false;                          // true: only retired ones instead of those on the books
};

struct AssetPage {
    int64_t total = 0;
    std::vector<model::AssetId> ids;                                     // the page, in order
    std::vector<std::pair<model::Disposition, int64_t>> by_disposition;  // each facet ignores its own filter
    std::vector<std::pair<std::string, int64_t>> by_place, by_system;    // most first
    model::Books books;
};

class Mirror {
public:
    struct Row {
        model::AssetId id;
        std::string name, address, place, os;
        std::string search;  // lower-case: every identifier value
        model::Disposition disposition = model::Disposition::unknown;
        Timestamp since{}, evidence_at{};
        bool on_books = false, retired = false;
    };

    Mirror();
    ~Mirror();
    // One commit's changes, all at once: rows put by id, replacing what was there, and assets that were merged away.
    void apply(std::vector<Row> put, const std::vector<model::AssetId>& removed);
    void put(Row row);               // by id; replaces
    void remove(model::AssetId id);  // merged away
    [[nodiscard]] AssetPage page(const AssetFilter& filter, SortBy sort, bool descending, int64_t offset, int64_t limit) const;
    [[nodiscard]] model::Books books() const;
    // Per place, most open first.
    [[nodiscard]] std::vector<std::pair<std::string, model::Books>> books_by_place() const;

private:
    class Columns;
    std::unique_ptr<Columns> columns_;
};

}  // namespace douse::store
