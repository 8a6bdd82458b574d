// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"
#include "wire/url.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <limits>

namespace douse::cli {
namespace json = boost::json;

Result<int> ledger_show(Session& s, const Given& given) {
    TRY(const int64_t limit, given.number("--limit", 1, 500, 50));
    TRY(const int64_t before, given.number("--before", 1, std::numeric_limits<int64_t>::max(), 0));
    TRY(const json::value answer, s.get(fmt::format("/api/ledger?limit={}{}", limit, before == 0 ? "" : fmt::format("&before={}", before))));
    if (s.as_json()) return s.answer(answer);
    Table table({"ROW", "WHEN", "WHO", "WHAT", "OF", "DETAIL"});
    for (const json::value& row : rows_of(answer, "rows")) {
        table.add({fmt::format("{}", number_of(row, "seq")), s.terminal.time(number_of(row, "at_ms")), text_of(row, "person"), text_of(row, "action"),
                   text_of(row, "subject"), text_of(row, "detail")});
    }
    table.print(s.terminal);
    return 0;
}

Result<int> ledger_verify(Session& s, const Given& given) {
    const std::string copy = given.has("--head") ? "?head=" + wire::percent_encode(given.one("--head")) : "";
    TRY(const json::value answer, s.get("/api/ledger/verify" + copy));
    const bool verified = truth_of(answer, "verified");
    if (s.as_json()) {
        s.answer(answer);
    } else if (verified) {
        const json::value& head = field_of(answer, "head");
        s.terminal.say(fmt::format("The ledger is whole: {} rows, each hash as it must be{}.", number_of(answer, "rows"),
                                   copy.empty() ? "" : ", and the copy's row is in it"));
        s.terminal.say(
            fmt::format("Its head, to be kept elsewhere and held against with --head: {}:{}", number_of(head, "seq"), text_of(head, "hash")));
    } else {
        s.terminal.say(fmt::format("The ledger is broken at row {}: {}.", number_of(answer, "first_broken"), text_of(answer, "why")));
    }
    return verified ? 0 : 1;
}

Result<int> store_rebuild(Session& s, const Given&) {
    TRY(const json::value answer, s.post("/api/store/rebuild"));
    const bool equal = truth_of(answer, "equal");
    if (s.as_json()) {
        s.answer(answer);
    } else {
        s.terminal.say(fmt::format("{} machines were derived anew: {}.", number_of(answer, "assets"), equal ? "all as they were" : "some differ"));
        for (const json::value& difference : rows_of(answer, "differences")) s.terminal.say("  " + std::string(difference.as_string()));
    }
    return equal ? 0 : 1;
}

}  // namespace douse::cli
