// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/evidence_rows.hpp"
#include "store/ledger_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace douse::server {
namespace json = boost::json;
namespace {

Result<store::LedgerHead> head_of(std::string_view text) {
    store::LedgerHead head;
    const size_t colon = std::min(text.find(':'), text.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + colon, head.seq);
    head.hash = text.substr(std::min(colon + 1, text.size()));
    const bool is_hash = head.hash.size() == 64 && head.hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (error == std::errc{} && end == text.data() + colon && head.seq >= 1 && is_hash) return head;
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is no head of a ledger", text.substr(0, 100)), {}, "as verify prints it: SEQ:HASH");
}

}  // namespace

Result<Reply> list_ledger(House& house, const Call& call) {
    TRY(const int64_t before, call.number("before", 1, std::numeric_limits<int64_t>::max(), 0));
    TRY(const int64_t limit, call.number("limit", 1, 500, 100));
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<model::LedgerRow> ledger, store::list_ledger(s.tx, before, limit));
        TRY(const int64_t total, store::count_ledger(s.tx));
        json::array rows;
        for (const model::LedgerRow& row : ledger) {
            TRY(std::string person, s.person(row.person));
            rows.emplace_back(json::object{{"seq", row.seq},
                                           {"at_ms", base::to_ms(row.at)},
                                           {"person_id", row.person ? json::value(row.person.value) : json::value(nullptr)},
                                           {"person", std::move(person)},
                                           {"action", row.action},
                                           {"subject", row.subject},
                                           {"detail", row.detail},
                                           {"hash", row.hash}});
        }
        return json::object{{"rows", std::move(rows)}, {"total", total}};
    });
}

Result<Reply> verify_ledger(House& house, const Call& call) {
    std::optional<store::LedgerHead> copy;
    if (const std::string_view given = call.parameter("head"); !given.empty()) {
        TRY(copy, head_of(given));
    }
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(const store::LedgerCheck check, store::verify_ledger(s.tx, copy));
        json::object out{{"verified", check.verified()},
                         {"rows", check.rows},
                         {"head", json::object{{"seq", check.head.seq}, {"hash", check.head.hash}}},
                         {"first_broken", nullptr}};
        if (check.first_broken) out["first_broken"] = *check.first_broken;
        if (!check.why.empty()) out["why"] = check.why;
        return out;
    });
}

Result<Reply> rebuild_store(House& house, const Call& call) {
    return house.store.write([&](store::Tx& tx) -> Result<Reply> {
        TRY(const store::Rebuild rebuild, store::rebuild(tx));
        const auto differences = static_cast<int64_t>(rebuild.differences.size());
        TRY(store::append_ledger(tx, call.actor.id, "store.rebuild", "store",
                                 base::json_object({{"assets", rebuild.assets}, {"differences", differences}})));
        json::array rows;
        for (const std::string& difference : rebuild.differences) rows.emplace_back(difference);
        return Reply({{"equal", differences == 0}, {"assets", rebuild.assets}, {"at_ms", base::to_ms(rebuild.at)}, {"differences", std::move(rows)}});
    });
}

}  // namespace douse::server
