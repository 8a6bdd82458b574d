// SPDX-License-Identifier: Apache-2.0
// One array per column, one slot per asset. Strings are interned: a column holds small numbers, and a dictionary knows each
// number's place in the sorted order (`Ranked`), so that sorting by a string is sorting integers. A question is one pass over
// the slots, which marks what matches and counts the facets; the page is then cut out of the matches by nth_element and a sort
// of the page alone.
//
// Text is searched in one long buffer of all assets' words, so that a search is a scan of memory and not a million small ones.
#include "store/mirror.hpp"

#include "base/address.hpp"
#include "base/mutex.hpp"
#include "store/mirror_text.hpp"
#include "store/ranked.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

namespace douse::store {
namespace {

using model::Disposition;

// Bits of a slot's mark while a question is answered.
constexpr uint8_t in_disposition = 1, in_place = 2, in_system = 4, in_rest = 8;
constexpr uint8_t in_all = in_disposition | in_place | in_system | in_rest;

bool address_before(const std::string& a, const std::string& b) {  // assets without one come last
    const auto left = Address::parse(a);
    const auto right = Address::parse(b);
    if (!left || !right) return left.has_value() != right.has_value() ? left.has_value() : a < b;
    return *left < *right;
}

bool text_before(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return b.empty() && !a.empty();
    return a < b;
}

// Which dictionary entries a filter names; everything if it names none.
std::vector<uint8_t> wanted(const Ranked& column, const std::vector<std::string>& values, uint8_t bit) {
    std::vector<uint8_t> marks(column.size(), values.empty() ? bit : 0);
    for (const std::string& value : values) {
        if (const auto id = column.find(value)) marks[*id] = bit;
    }
    return marks;
}

std::vector<std::pair<std::string, int64_t>> most_first(const Ranked& column, const std::vector<int64_t>& counts) {
    std::vector<std::pair<std::string, int64_t>> facet;
    for (uint32_t id = 0; id < counts.size(); ++id) {
        if (counts[id] > 0) facet.emplace_back(column.text(id), counts[id]);
    }
    std::ranges::sort(facet, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    return facet;
}

}  // namespace

class Mirror::Columns {
public:
    void put(Row row) {
        const base::MutexLock lock(mutex_);
        put_locked(std::move(row));
    }

    void apply(std::vector<Row> rows, const std::vector<model::AssetId>& removed) {
        const base::MutexLock lock(mutex_);
        for (Row& row : rows) put_locked(std::move(row));
        for (const model::AssetId id : removed) remove_locked(id);
    }

    AssetPage page(const AssetFilter& filter, SortBy sort, bool descending, int64_t offset, int64_t limit) {
        const base::MutexLock lock(mutex_);
        AssetPage page{.books = books_};
        mark_locked(filter);
        count_locked(page);
        cut_locked(page, sort, descending, offset, limit);
        return page;
    }

    model::Books books() {
        const base::MutexLock lock(mutex_);
        return books_;
    }

    std::vector<std::pair<std::string, model::Books>> books_by_place() {
        const base::MutexLock lock(mutex_);
        std::vector<model::Books> per_place(place_.size());
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            model::Books& books = per_place[place_of_[slot]];
            if (standing_[slot] == on_books) {
                ++books.counts[disposition_[slot]];
                ++books.on_books;
            } else if (standing_[slot] == retired) {
                ++books.retired;
            }
        }
        std::vector<std::pair<std::string, model::Books>> places;
        for (uint32_t id = 0; id < per_place.size(); ++id) {
            if (per_place[id].on_books + per_place[id].retired > 0) places.emplace_back(place_.text(id), per_place[id]);
        }
        auto open = [](const model::Books& books) {
            int64_t sum = 0;
            for (size_t d = 0; d < model::disposition_count; ++d) {
                if (model::standing_of(static_cast<Disposition>(d)) == model::Standing::open) sum += books.counts[d];
            }
            return sum;
        };
        std::ranges::sort(places, [&](const auto& a, const auto& b) {
            return open(a.second) != open(b.second) ? open(a.second) > open(b.second) : a.first < b.first;
        });
        return places;
    }

    void remove(model::AssetId id) {
        const base::MutexLock lock(mutex_);
        remove_locked(id);
    }

private:
    enum Standing : uint8_t { off_books, on_books, retired };

    void put_locked(Row row) REQUIRES(mutex_) {
        const auto [at, is_new] = slot_of_.try_emplace(row.id, static_cast<uint32_t>(id_.size()));
        const uint32_t slot = at->second;
        if (is_new)
            add_slot_locked(row.id);
        else
            count_in_books_locked(slot, -1);
        name_of_[slot] = name_.intern(row.name);
        address_of_[slot] = address_.intern(row.address);
        place_of_[slot] = place_.intern(row.place);
        system_of_[slot] = system_.intern(row.os);
        disposition_[slot] = static_cast<uint8_t>(row.disposition);
        standing_[slot] = row.on_books ? on_books : row.retired ? retired : off_books;
        since_[slot] = base::to_ms(row.since);
        evidence_at_[slot] = base::to_ms(row.evidence_at);
        text_.put(slot, row.name + ' ' + row.address + ' ' + row.search);
        count_in_books_locked(slot, 1);
    }

    void add_slot_locked(model::AssetId id) REQUIRES(mutex_) {
        id_.push_back(id.value);
        for (auto* column : {&name_of_, &address_of_, &place_of_, &system_of_}) column->push_back(0);
        disposition_.push_back(0);
        standing_.push_back(off_books);
        since_.push_back(0);
        evidence_at_.push_back(0);
        mark_.push_back(0);
    }

    // A removed asset keeps its slot, off the books: ids don't come back.
    void remove_locked(model::AssetId id) REQUIRES(mutex_) {
        const auto at = slot_of_.find(id);
        if (at == slot_of_.end()) return;
        count_in_books_locked(at->second, -1);
        standing_[at->second] = off_books;
        text_.put(at->second, {});
    }

    void count_in_books_locked(uint32_t slot, int64_t by) REQUIRES(mutex_) {
        if (standing_[slot] == on_books) {
            books_.counts[disposition_[slot]] += by;
            books_.on_books += by;
        } else if (standing_[slot] == retired) {
            books_.retired += by;
        }
    }

    void mark_locked(const AssetFilter& filter) REQUIRES(mutex_) {
        std::array<uint8_t, model::disposition_count> dispositions{};
        dispositions.fill(filter.dispositions.empty() ? in_disposition : 0);
        for (const Disposition d : filter.dispositions) dispositions[static_cast<size_t>(d)] = in_disposition;
        const auto places = wanted(place_, filter.places, in_place);
        const auto systems = wanted(system_, filter.systems, in_system);
        const uint8_t standing = filter.retired ? retired : on_books;
        const bool by_text = !filter.text.empty();
        if (by_text) text_.search(filter.text, id_.size(), found_);
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            const bool rest = standing_[slot] == standing && (!by_text || found_[slot] != 0);
            mark_[slot] =
                static_cast<uint8_t>(dispositions[disposition_[slot]] | places[place_of_[slot]] | systems[system_of_[slot]] | (rest ? in_rest : 0));
        }
    }

    // A facet ignores its own filter: what it counts is how many there would be, were another value chosen.
    void count_locked(AssetPage& page) REQUIRES(mutex_) {
        std::array<int64_t, model::disposition_count> by_disposition{};
        std::vector<int64_t> by_place(place_.size()), by_system(system_.size());
        int64_t total = 0;
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            const uint8_t mark = mark_[slot];
            total += mark == in_all;
            by_disposition[disposition_[slot]] += (mark | in_disposition) == in_all;
            by_place[place_of_[slot]] += (mark | in_place) == in_all;
            by_system[system_of_[slot]] += (mark | in_system) == in_all;
        }
        page.total = total;
        for (size_t d = 0; d < by_disposition.size(); ++d) page.by_disposition.emplace_back(static_cast<Disposition>(d), by_disposition[d]);
        page.by_place = most_first(place_, by_place);
        page.by_system = most_first(system_, by_system);
    }

    struct Candidate {
        uint64_t key;
        uint32_t slot;
    };

    void cut_locked(AssetPage& page, SortBy sort, bool descending, int64_t offset, int64_t limit) REQUIRES(mutex_) {
        if (offset < 0 || limit <= 0 || offset >= page.total) return;
        candidates_.clear();
        switch (sort) {
            case SortBy::name: collect_ranked_locked(name_.ranks(), name_of_); break;
            case SortBy::address: collect_ranked_locked(address_.ranks(), address_of_); break;
            case SortBy::place: collect_ranked_locked(place_.ranks(), place_of_); break;
            case SortBy::os: collect_ranked_locked(system_.ranks(), system_of_); break;
            case SortBy::disposition: collect_worst_first_locked(); break;
            case SortBy::evidence: collect_locked(evidence_at_); break;
            case SortBy::since: collect_locked(since_); break;
        }
        if (descending) {
            for (Candidate& candidate : candidates_) candidate.key = ~candidate.key;
        }
        auto before = [ids = id_.data()](const Candidate& a, const Candidate& b) {
            return a.key != b.key ? a.key < b.key : ids[a.slot] < ids[b.slot];
        };
        const auto first = candidates_.begin() + offset;
        const auto last = candidates_.begin() + std::min(offset + limit, page.total);
        if (offset > 0) std::nth_element(candidates_.begin(), first, candidates_.end(), before);
        std::partial_sort(first, last, candidates_.end(), before);
        for (auto at = first; at != last; ++at) page.ids.emplace_back(id_[at->slot]);
    }

    void collect_worst_first_locked() REQUIRES(mutex_) {
        std::array<uint64_t, model::disposition_count> rank{};
        for (size_t d = 0; d < rank.size(); ++d) rank[d] = static_cast<uint64_t>(model::severity_of(static_cast<Disposition>(d)));
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            if (mark_[slot] == in_all) candidates_.push_back({rank[disposition_[slot]], static_cast<uint32_t>(slot)});
        }
    }
    template <class Column>
    void collect_locked(const Column& keys) REQUIRES(mutex_) {
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            if (mark_[slot] == in_all) candidates_.push_back({static_cast<uint64_t>(keys[slot]), static_cast<uint32_t>(slot)});
        }
    }
    void collect_ranked_locked(const std::vector<uint32_t>& ranks, const std::vector<uint32_t>& column) REQUIRES(mutex_) {
        for (size_t slot = 0; slot < id_.size(); ++slot) {
            if (mark_[slot] == in_all) candidates_.push_back({ranks[column[slot]], static_cast<uint32_t>(slot)});
        }
    }

    base::Mutex mutex_;
    std::unordered_map<model::AssetId, uint32_t> slot_of_ GUARDED_BY(mutex_);
    std::vector<int64_t> id_ GUARDED_BY(mutex_);
    Ranked name_ GUARDED_BY(mutex_){text_before}, address_ GUARDED_BY(mutex_){address_before}, place_ GUARDED_BY(mutex_){text_before},
        system_ GUARDED_BY(mutex_){text_before};
    std::vector<uint32_t> name_of_ GUARDED_BY(mutex_), address_of_ GUARDED_BY(mutex_), place_of_ GUARDED_BY(mutex_), system_of_ GUARDED_BY(mutex_);
    std::vector<uint8_t> disposition_ GUARDED_BY(mutex_), standing_ GUARDED_BY(mutex_);
    std::vector<int64_t> since_ GUARDED_BY(mutex_), evidence_at_ GUARDED_BY(mutex_);
    MirrorText text_ GUARDED_BY(mutex_);
    model::Books books_ GUARDED_BY(mutex_);

    // Kept between questions, so that none of them allocates millions of bytes.
    std::vector<uint8_t> mark_ GUARDED_BY(mutex_), found_ GUARDED_BY(mutex_);
    std::vector<Candidate> candidates_ GUARDED_BY(mutex_);
};

Mirror::Mirror() : columns_(std::make_unique<Columns>()) {}
Mirror::~Mirror() = default;

void Mirror::apply(std::vector<Row> put, const std::vector<model::AssetId>& removed) {
    columns_->apply(std::move(put), removed);
}
void Mirror::put(Row row) {
    columns_->put(std::move(row));
}
void Mirror::remove(model::AssetId id) {
    columns_->remove(id);
}

AssetPage Mirror::page(const AssetFilter& filter, SortBy sort, bool descending, int64_t offset, int64_t limit) const {
    return columns_->page(filter, sort, descending, offset, limit);
}

model::Books Mirror::books() const {
    return columns_->books();
}

std::vector<std::pair<std::string, model::Books>> Mirror::books_by_place() const {
    return columns_->books_by_place();
}

}  // namespace douse::store
