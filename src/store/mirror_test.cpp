// SPDX-License-Identifier: Apache-2.0
// Every answer of the mirror against the same question asked of a plain list.
#include "store/mirror.hpp"

#include "base/address.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <map>

namespace douse::store {
namespace {

using model::Disposition;

class Plain {  // the slow and obvious way
public:
    void put(const Mirror::Row& row) { rows_[row.id] = row; }
    void remove(model::AssetId id) { rows_.erase(id); }

    [[nodiscard]] AssetPage page(const AssetFilter& filter, SortBy sort, bool descending, int64_t offset, int64_t limit) const {
        AssetPage page{.books = books()};
        std::map<std::string, int64_t> places, systems;
        std::map<Disposition, int64_t> dispositions;
        std::vector<Mirror::Row> matches;
        for (const auto& [id, row] : rows_) {
            const bool rest = (filter.retired ? row.retired && !row.on_books : row.on_books) && matches_text(filter.text, row);
            const bool d = is_named(filter.dispositions, row.disposition);
            const bool p = is_named(filter.places, row.place);
            const bool o = is_named(filter.systems, row.os);
            if (rest && p && o) ++dispositions[row.disposition];
            if (rest && d && o) ++places[row.place];
            if (rest && d && p) ++systems[row.os];
            if (rest && d && p && o) matches.push_back(row);
        }
        page.total = static_cast<int64_t>(matches.size());
        std::ranges::sort(matches, [&](const Mirror::Row& a, const Mirror::Row& b) {
            const int order = compare(sort, a, b);
            return order != 0 ? (descending ? order > 0 : order < 0) : a.id < b.id;
        });
        for (auto i = offset; i < std::min(offset + limit, page.total); ++i) page.ids.push_back(matches[static_cast<size_t>(i)].id);
        for (size_t i = 0; i < model::disposition_count; ++i)
            page.by_disposition.emplace_back(static_cast<Disposition>(i), dispositions[static_cast<Disposition>(i)]);
        page.by_place = facet(places);
        page.by_system = facet(systems);
        return page;
    }
    [[nodiscard]] model::Books books() const {
        model::Books books;
        for (const auto& [id, row] : rows_) {
            if (row.on_books)
                ++books.counts[static_cast<size_t>(row.disposition)], ++books.on_books;
            else if (row.retired)
                ++books.retired;
        }
        return books;
    }

private:
    template <class T>
    static bool is_named(const std::vector<T>& values, const T& value) {
        return values.empty() || std::ranges::find(values, value) != values.end();
    }
    static bool matches_text(const std::string& text, const Mirror::Row& row) {
        return text.empty() || (row.name + " " + row.address + " " + row.search).find(text) != std::string::npos;
    }
    static std::vector<std::pair<std::string, int64_t>> facet(const std::map<std::string, int64_t>& counts) {
        std::vector<std::pair<std::string, int64_t>> all;
        for (const auto& entry : counts) {
            if (entry.second > 0) all.emplace_back(entry);
        }
        std::ranges::sort(all, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
        return all;
    }
    static int three_way(const std::string& a, const std::string& b) {  // empty ones last
        if (a.empty() != b.empty()) return a.empty() ? 1 : -1;
        return a.compare(b);
    }
    static int compare(SortBy sort, const Mirror::Row& a, const Mirror::Row& b) {
        auto numbers = [](auto x, auto y) { return x < y ? -1 : y < x ? 1 : 0; };
        switch (sort) {
            case SortBy::name: return three_way(a.name, b.name);
            case SortBy::place: return three_way(a.place, b.place);
            case SortBy::os: return three_way(a.os, b.os);
            case SortBy::disposition: return numbers(model::severity_of(a.disposition), model::severity_of(b.disposition));
            case SortBy::evidence: return numbers(a.evidence_at, b.evidence_at);
            case SortBy::since: return numbers(a.since, b.since);
            case SortBy::address: {
                if (a.address.empty() || b.address.empty()) return numbers(a.address.empty(), b.address.empty());
                return numbers(*Address::parse(a.address), *Address::parse(b.address));
            }
        }
        return 0;
    }
    std::map<model::AssetId, Mirror::Row> rows_;
};

int below(int bound) {
    return *rc::gen::inRange(0, bound);
}

Mirror::Row random_row() {
    Mirror::Row row{.id = model::AssetId(1 + below(12))};
    row.name = below(6) == 0 ? "" : fmt::format("pc-{}", below(20));
    row.address = below(5) == 0 ? "" : fmt::format("10.0.{}.{}", below(3), below(120));
    row.place = below(4) == 0 ? "" : fmt::format("site {}", below(3));
    row.os = fmt::format("debian {}", below(3));
    row.search = fmt::format("{} 02:d0:00:00:00:{:02x}", row.name, below(256));
    row.disposition = static_cast<Disposition>(below(8));
    row.since = base::from_ms(below(5));
    row.evidence_at = base::from_ms(below(5));
    row.on_books = below(4) != 0;
    row.retired = !row.on_books && below(2) == 0;
    return row;
}

AssetFilter random_filter() {
    AssetFilter filter;
    for (int i = below(3); i > 0; --i) filter.dispositions.push_back(static_cast<Disposition>(below(8)));
    if (below(3) == 0) filter.places = {fmt::format("site {}", below(4)), ""};
    if (below(3) == 0) filter.systems = {fmt::format("debian {}", below(4))};
    if (below(3) == 0) filter.text = below(2) == 0 ? fmt::format("pc-{}", below(20)) : fmt::format(":{:02x}", below(256));
    filter.retired = below(4) == 0;
    return filter;
}

TEST(Mirror, AnswersAsAPlainListWould) {
    EXPECT_TRUE(rc::check([] {
        Mirror mirror;
        Plain plain;
        for (int step = below(40); step > 0; --step) {
            if (below(6) == 0) {
                const model::AssetId id(1 + below(12));
                mirror.remove(id);
                plain.remove(id);
            } else {
                const auto row = random_row();
                mirror.put(row);
                plain.put(row);
            }
            if (below(4) != 0) continue;
            const auto filter = random_filter();
            const auto sort = static_cast<SortBy>(below(7));
            const bool descending = below(2) == 0;
            const auto got = mirror.page(filter, sort, descending, 0, 100);
            const auto expected = plain.page(filter, sort, descending, 0, 100);
            RC_ASSERT(got.total == expected.total);
            RC_ASSERT(got.ids == expected.ids);
            RC_ASSERT(got.by_disposition == expected.by_disposition);
            RC_ASSERT(got.by_place == expected.by_place);
            RC_ASSERT(got.by_system == expected.by_system);
            RC_ASSERT(got.books == expected.books);
            const int64_t offset = below(6), limit = below(4);
            RC_ASSERT(mirror.page(filter, sort, descending, offset, limit).ids == plain.page(filter, sort, descending, offset, limit).ids);
        }
    }));
}

TEST(Mirror, TextIsFoundWithoutCaseInNamesAddressesAndIdentifiers) {
    Mirror mirror;
    mirror.put({.id = model::AssetId(1), .name = "NOR-pc-001", .address = "10.0.0.1", .search = "02:d0:AA:00:00:01", .on_books = true});
    mirror.put({.id = model::AssetId(2), .name = "sou-pc-002", .address = "10.0.0.2", .search = "", .on_books = true});
    auto found = [&](std::string_view text) { return mirror.page({.text = std::string(text)}, SortBy::name, false, 0, 9).ids.size(); };
    EXPECT_EQ(found("nor-"), 1u);
    EXPECT_EQ(found("PC-00"), 2u);
    EXPECT_EQ(found("d0:aa"), 1u);
    EXPECT_EQ(found("10.0.0.2"), 1u);
    EXPECT_EQ(found("nothing"), 0u);
    EXPECT_EQ(found("\n"), 0u);
    for (int i = 0; i < 50; ++i) mirror.put({.id = model::AssetId(2), .name = fmt::format("renamed-{}", i), .on_books = true});
    EXPECT_EQ(found("sou-"), 0u) << "old words are gone";
    EXPECT_EQ(found("renamed-49"), 1u);
    EXPECT_EQ(found("nor-"), 1u);
}

TEST(Mirror, PlacesComeWithTheMostOpenFirst) {
    Mirror mirror;
    auto add = [&](int64_t id, std::string_view place, Disposition d) {
        mirror.put({.id = model::AssetId(id), .place = std::string(place), .disposition = d, .on_books = true});
    };
    add(1, "north", Disposition::fixed);
    add(2, "north", Disposition::vulnerable);
    add(3, "south", Disposition::infected);
    add(4, "south", Disposition::unknown);
    const auto places = mirror.books_by_place();
    ASSERT_EQ(places.size(), 2u);
    EXPECT_EQ(places[0].first, "south");
    EXPECT_EQ(places[1].second.of(Disposition::fixed), 1);
    for (const auto& [place, books] : places) EXPECT_TRUE(books.balanced());
}

TEST(Mirror, OneCommitIsSeenWholeOrNotAtAll) {
    Mirror mirror;
    mirror.put({.id = model::AssetId(1), .on_books = true});
    mirror.apply({{.id = model::AssetId(2), .on_books = true}, {.id = model::AssetId(3), .on_books = true}}, {model::AssetId(1)});
    EXPECT_EQ(mirror.books().on_books, 2);
    EXPECT_EQ(mirror.page({}, SortBy::name, false, 0, 9).ids, (std::vector{model::AssetId(2), model::AssetId(3)}));
}

}  // namespace
}  // namespace douse::store
