// SPDX-License-Identifier: Apache-2.0
#include "incident/incidents.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <limits>

namespace douse::server {
namespace json = boost::json;
namespace {

constexpr int64_t page_limit = 500;
constexpr size_t search_limit = 200;  // bytes of a search text

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const size_t end = text.find(',');
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return out;
}

// A word that means nothing is refused: an ignored filter would show, and act on, more machines than were meant.
Result<void> add_dispositions(store::AssetFilter& filter, std::string_view text) {
    const auto add_standing = [&](model::Standing standing) {
        for (size_t i = 0; i < model::disposition_count; ++i) {
            if (const auto d = static_cast<model::Disposition>(i); model::standing_of(d) == standing) filter.dispositions.push_back(d);
        }
    };
    const std::vector<std::string> words = split(text);
    for (const std::string& word : words) {
        if (word == "open") {
            add_standing(model::Standing::open);
        } else if (word == "done") {
            add_standing(model::Standing::done);
        } else if (word == "accepted_risk") {
            add_standing(model::Standing::accepted_risk);
        } else if (word == "retired") {
            if (words.size() != 1) return fail(ErrorCode::invalid, "retired machines are off the books and stand alone: they have no disposition");
            filter.retired = true;
        } else if (const auto disposition = model::disposition_from(word)) {
            filter.dispositions.push_back(*disposition);
        } else {
            return fail(ErrorCode::invalid, fmt::format("\"{}\" is no disposition", word.substr(0, 60)));
        }
    }
    return {};
}

struct SortWord {
    std::string_view word;
    store::SortBy by;
};
constexpr std::array sort_words{
    SortWord{"name", store::SortBy::name},  SortWord{"address", store::SortBy::address},         SortWord{"place", store::SortBy::place},
    SortWord{"os", store::SortBy::os},      SortWord{"disposition", store::SortBy::disposition}, SortWord{"evidence", store::SortBy::evidence},
    SortWord{"since", store::SortBy::since}};

template <class Rows, class Name>
json::array facet(const Rows& rows, Name name) {
    json::array out;
    for (const auto& [value, count] : rows) out.emplace_back(json::object{{"value", name(value)}, {"count", count}});
    return out;
}

}  // namespace

Result<Reply> list_assets(House& house, const Call& call) {
    store::AssetFilter filter{
        .places = split(call.parameter("place")), .systems = split(call.parameter("os")), .text = std::string(call.parameter("q"))};
    TRY(add_dispositions(filter, call.parameter("disposition")));
    if (filter.text.size() > search_limit) return fail(ErrorCode::invalid, fmt::format("a search has at most {} bytes", search_limit));
    const std::string_view sort = call.parameter("sort").empty() ? "name" : call.parameter("sort");
    const auto* by = std::ranges::find(sort_words, sort, &SortWord::word);
    if (by == sort_words.end()) return fail(ErrorCode::invalid, fmt::format("machines can't be sorted by \"{}\"", sort.substr(0, 60)));
    const std::string_view order = call.parameter("order");
    if (!order.empty() && order != "asc" && order != "desc")
        return fail(ErrorCode::invalid, fmt::format("order is asc or desc, not \"{}\"", order.substr(0, 60)));
    TRY(const int64_t offset, call.number("offset", 0, std::numeric_limits<int64_t>::max(), 0));
    TRY(const int64_t limit, call.number("limit", 1, page_limit, 100));

    const store::AssetPage page = house.store.mirror().page(filter, by->by, order == "desc", offset, limit);
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        json::array rows;
        for (const model::AssetId id : page.ids) {
            TRY(const model::Asset asset, store::find_asset(s.tx, id));
            TRY(const store::DispositionRow disposition, store::disposition_of(s.tx, asset.id));
            TRY(json::object row, asset_row_view(s, asset, disposition));
            rows.emplace_back(std::move(row));
        }
        const auto plain = [](const std::string& value) { return std::string_view(value); };
        return json::object{{"total", page.total},
                            {"on_books", page.books.on_books},
                            {"retired", page.books.retired},
                            {"offset", offset},
                            {"rows", std::move(rows)},
                            {"facets",
                             {{"disposition", facet(page.by_disposition, [](model::Disposition d) { return model::name_of(d); })},
                              {"place", facet(page.by_place, plain)},
                              {"os", facet(page.by_system, plain)}}},
                            {"as_of_ms", s.now_ms()}};
    });
}

Result<Reply> get_asset(House& house, const Call& call) {
    TRY(const auto id, call.id<model::AssetId>());
    return show(house, call, [&](Snapshot& s) { return asset_detail_view(s, id); });
}

Result<Reply> retire_asset(House& house, const Call& call) {
    TRY(const auto id, call.id<model::AssetId>());
    TRY(const std::string reason, call.reason());
    TRY(incident::retire(house.store, call.actor, id, reason));
    return show(house, call, [&](Snapshot& s) { return asset_detail_view(s, id); });
}

}  // namespace douse::server
