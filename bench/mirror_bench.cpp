// SPDX-License-Identifier: Apache-2.0
// What a page of the mirror costs: random filters, sorts and offsets over N assets (default 1,000,000). Milliseconds of CPU, so
// that a busy machine gives the same numbers.
//   ninja -C build/release mirror_bench && build/release/bin/mirror_bench [N]
//
// Measured in November 2026 with N = 1,000,000 on one virtual core (release preset), p50 / p95 ms:
//   no filter, any sort, first page         11 / 13
//   no filter, any sort, any offset         18 / 22
//   any filter, any sort, any offset         5 / 14   (one page; the line below measures two)
//   text: part of one MAC                   14 / 18
//   text: part of many names                65 / 69
//   one changed asset, then a page by name  13 / 14
//   loading                                 2.8 s
#include "store/mirror.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

namespace {

using namespace douse;
using model::Disposition;

std::mt19937_64 chance(1);
int below(int bound) {
    return static_cast<int>(chance() % static_cast<unsigned>(bound));
}

store::Mirror::Row row(int64_t id) {
    const int place = below(400);
    store::Mirror::Row r{.id = model::AssetId(id)};
    r.name = fmt::format("site{:03}-pc-{:07}", place, chance() % 10'000'000);
    r.address = fmt::format("10.{}.{}.{}", below(256), below(256), below(256));
    r.place = fmt::format("Site {}", place);
    r.os = fmt::format("System {}", below(12));
    r.search = fmt::format("{:032x} 02:d0:{:02x}:{:02x}:{:02x}:{:02x}", chance(), below(256), below(256), below(256), below(256));
    r.disposition = static_cast<Disposition>(below(8));
    r.since = base::from_ms(1'700'000'000'000 + below(100'000'000));
    r.evidence_at = base::from_ms(1'700'000'000'000 + below(100'000'000));
    r.on_books = below(50) != 0;
    r.retired = !r.on_books && below(2) == 0;
    return r;
}

store::AssetFilter filter() {
    store::AssetFilter f;
    for (int i = below(3); i > 0; --i) f.dispositions.push_back(static_cast<Disposition>(below(8)));
    if (below(3) == 0) f.places.push_back(fmt::format("Site {}", below(400)));
    if (below(2) == 0) f.systems.push_back(fmt::format("System {}", below(12)));
    return f;
}

double cpu_ms() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

template <class F>
void measure(const char* what, int times, F&& question) {
    std::vector<double> took;
    for (int i = 0; i < times; ++i) {
        const double start = cpu_ms();
        question();
        took.push_back(cpu_ms() - start);
    }
    std::ranges::sort(took);
    std::printf("%-60s p50 %7.2f  p95 %7.2f  max %7.2f ms\n", what, took[took.size() / 2], took[took.size() * 95 / 100], took.back());
}

}  // namespace

int main(int argc, char** argv) {
    const int64_t assets = argc > 1 ? std::atoll(argv[1]) : 1'000'000;
    store::Mirror mirror;
    std::vector<store::Mirror::Row> rows;
    for (int64_t id = 1; id <= assets; ++id) rows.push_back(row(id));
    measure("load", 1, [&] { mirror.apply(std::move(rows), {}); });
    auto page = [&](const store::AssetFilter& f, store::SortBy sort, int64_t offset) { return mirror.page(f, sort, below(2) == 0, offset, 100); };
    for (int sort = 0; sort < 7; ++sort) (void)page({}, static_cast<store::SortBy>(sort), 0);  // the first sort by a column ranks it
    measure("no filter, any sort, first page", 100, [&] { (void)page({}, static_cast<store::SortBy>(below(7)), 0); });
    measure("no filter, any sort, any offset", 100, [&] { (void)page({}, static_cast<store::SortBy>(below(7)), below(static_cast<int>(assets))); });
    measure("any filter, any sort, any offset", 300, [&] {
        const auto f = filter();
        const auto total = page(f, store::SortBy::since, 0).total;
        (void)page(f, static_cast<store::SortBy>(below(7)), total > 0 ? static_cast<int64_t>(chance() % static_cast<uint64_t>(total)) : 0);
    });
    std::printf("  (that is two pages each)\n");
    measure("text: part of one MAC, by name", 100,
            [&] { (void)page({.text = fmt::format("{:02x}:{:02x}:{:02x}", below(256), below(256), below(256))}, store::SortBy::name, 0); });
    measure("text: part of many names, by name", 100, [&] { (void)page({.text = fmt::format("site{:02}", below(40))}, store::SortBy::name, 0); });
    measure("one changed asset, then a page by name", 100, [&] {
        mirror.put(row(1 + below(static_cast<int>(assets))));
        (void)page({}, store::SortBy::name, 0);
    });
    measure("books", 100, [&] { (void)mirror.books(); });
    measure("books by place", 100, [&] { (void)mirror.books_by_place(); });
}
