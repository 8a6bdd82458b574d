// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include "wire/url.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <limits>
#include <thread>

namespace douse::cli {
namespace json = boost::json;
namespace {

constexpr Millis poll_wait{400};
constexpr int64_t page_size = 500;

Result<json::value> machine(const Session& s, const Given& given) {
    TRY(const int64_t id, machine_number(s, given.one("MACHINE")));
    return s.get(fmt::format("/api/assets/{}", id));
}

std::string sweep_line(const json::value& sweep) {
    const std::string kind = text_of(sweep, "kind");
    std::string out =
        fmt::format("{} {} {}: {} of {} addresses answered, {} looked at from inside, {} not entered, {} new machines, {} dispositions changed", kind,
                    number_of(sweep, "id"), text_of(sweep, "state"), number_of(sweep, "answered"), number_of(sweep, "targets"),
                    number_of(sweep, "inside"), number_of(sweep, "not_entered"), number_of(sweep, "new_assets"), number_of(sweep, "changed"));
    if (truth_of(sweep, "clean")) out += "; clean: every machine but the exempt is done";
    if (const std::string because = text_of(sweep, "because"); !because.empty()) out += "; " + because;
    return out;
}

Result<int> started(Session& s, const Given& given, json::value sweep) {
    const int64_t id = number_of(sweep, "id");
    if (given.has("--wait")) {
        while (text_of(sweep, "state") == "running") {
            std::this_thread::sleep_for(poll_wait);
            TRY(sweep, s.get(fmt::format("/api/sweeps/{}", id)));
        }
    }
    if (s.as_json()) {
        s.answer(sweep);
    } else {
        s.terminal.say(sweep_line(sweep));
        if (!given.has("--wait")) s.terminal.tell(fmt::format("See how it goes: douse sweep show {}", id));
    }
    return text_of(sweep, "state") == "failed" ? 1 : 0;
}

void print_evidence(Session& s, const json::array& evidence) {
    Table table({"SAYS", "CHECK", "ASKED", "WHEN", "COUNTS", "BECAUSE"});
    for (const json::value& row : evidence) {
        table.add({with_spaces(text_of(row, "says")), text_of(row, "check"), text_of(row, "origin"), s.terminal.time(number_of(row, "taken_at_ms")),
                   with_spaces(text_of(row, "counts")), text_of(row, "because")});
    }
    table.print(s.terminal);
}

void print_headline(Session& s, const json::value& detail) {
    const json::value& row = field_of(detail, "asset");
    s.terminal.say(fmt::format("{} ({}{}{}) is {}: {}", s.terminal.bold(text_of(row, "name")), number_of(row, "id"),
                               text_of(row, "address").empty() ? "" : ", ", text_of(row, "address"),
                               field_of(row, "retired_at_ms").is_null() ? s.terminal.colour(text_of(row, "disposition")) : "retired",
                               text_of(row, "because")));
    s.terminal.say("Next: " + text_of(row, "next"));
}

}  // namespace

Result<int> import_lists(Session& s, const Given& given) {
    bool all_read = true;
    for (const std::string& path : given.all("FILE")) {
        auto bytes = read_file(path);
        if (!bytes) return std::unexpected(bytes.error());
        wire::Query query{{"name", std::filesystem::path(path).filename().string()}};
        if (given.has("--format")) query.emplace_back("format", given.one("--format"));
        if (given.has("--source")) query.emplace_back("source", given.one("--source"));
        if (given.has("--dry-run")) query.emplace_back("dry_run", "true");
        auto answer = s.send("/api/imports" + wire::write_query(query), std::move(*bytes));
        if (!answer) return within(path, answer.error());
        if (s.as_json()) {
            s.answer(*answer);
        } else {
            s.terminal.say(fmt::format("{} ({}, {}): {} rows, {} accepted, {} refused, {} new machines{}", path, text_of(*answer, "format"),
                                       text_of(*answer, "source"), number_of(*answer, "rows"), number_of(*answer, "accepted"),
                                       number_of(*answer, "refused"), number_of(*answer, "new_assets"),
                                       given.has("--dry-run") ? "; nothing was changed" : ""));
            for (const json::value& message : rows_of(*answer, "messages")) s.terminal.tell("  " + std::string(message.as_string()));
        }
        all_read = all_read && number_of(*answer, "refused") == 0;
    }
    return all_read ? 0 : 1;
}

Result<int> import_list_show(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/imports"));
    if (s.as_json()) return s.answer(answer);
    Table table({"ID", "SOURCE", "FORMAT", "NAME", "ROWS", "ACCEPTED", "REFUSED", "NEW MACHINES", "WHEN"});
    for (const json::value& row : rows_of(answer, "imports")) {
        table.add({fmt::format("{}", number_of(row, "id")), text_of(row, "source"), text_of(row, "format"), text_of(row, "name"),
                   fmt::format("{}", number_of(row, "rows")), fmt::format("{}", number_of(row, "accepted")),
                   fmt::format("{}", number_of(row, "refused")), fmt::format("{}", number_of(row, "new_assets")),
                   s.terminal.time(number_of(row, "at_ms"))});
    }
    table.print(s.terminal);
    return 0;
}

Result<int> assets(Session& s, const Given& given) {
    TRY(const int64_t wanted, given.number("--limit", 1, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max()));
    wire::Query query;
    for (const std::string_view name : {"disposition", "place", "os", "q", "sort"}) {
        if (const std::string option = fmt::format("--{}", name); given.has(option)) query.emplace_back(name, given.one(option));
    }
    if (given.has("--desc")) query.emplace_back("order", "desc");
    Table table({"ID", "NAME", "ADDRESS", "PLACE", "SYSTEM", "DISPOSITION", "BECAUSE", "NEXT"});
    json::value whole;
    for (int64_t offset = 0;;) {
        wire::Query page_query = query;
        page_query.emplace_back("offset", fmt::format("{}", offset));
        page_query.emplace_back("limit", fmt::format("{}", std::min(page_size, wanted - offset)));
        TRY(json::value page, s.get("/api/assets" + wire::write_query(page_query)));
        const json::array& rows = rows_of(page, "rows");
        for (const json::value& row : rows) {
            table.add({fmt::format("{}", number_of(row, "id")), text_of(row, "name"), text_of(row, "address"), text_of(row, "place"),
                       text_of(row, "os"), field_of(row, "retired_at_ms").is_null() ? s.terminal.colour(text_of(row, "disposition")) : "retired",
                       text_of(row, "because"), text_of(row, "next")});
        }
        const auto count = static_cast<int64_t>(rows.size());
        const int64_t total = number_of(page, "total");
        offset += count;
        if (whole.is_null()) {
            whole = std::move(page);
        } else {
            json::array& all = whole.as_object()["rows"].as_array();
            for (const json::value& row : rows) all.push_back(row);
        }
        if (count == 0 || offset >= total || offset >= wanted) break;
    }
    if (s.as_json()) return s.answer(whole);
    table.print(s.terminal);
    s.terminal.tell(fmt::format("{} of {} machines on the books", number_of(whole, "total"), number_of(whole, "on_books")));
    return 0;
}

Result<int> asset_show(Session& s, const Given& given) {
    TRY(const json::value detail, machine(s, given));
    if (s.as_json()) return s.answer(detail);
    print_headline(s, detail);
    s.terminal.say(
        fmt::format("Vulnerability: {}. Infection: {}.", with_spaces(text_of(detail, "vulnerability")), with_spaces(text_of(detail, "infection"))));
    if (!rows_of(detail, "evidence").empty()) {
        s.terminal.say(s.terminal.bold("Evidence, newest first"));
        print_evidence(s, rows_of(detail, "evidence"));
    }
    s.terminal.say(s.terminal.bold("Story"));
    for (const json::value& row : rows_of(detail, "story")) {
        const std::string said = text_of(row, "detail");
        s.terminal.say(fmt::format("  {}: {}{}{}", s.terminal.time(number_of(row, "at_ms")), text_of(row, "text"), said.empty() ? "" : ": ", said));
    }
    s.terminal.say(s.terminal.bold("Records, newest first"));
    for (const json::value& record : rows_of(detail, "records")) {
        std::string identifiers;
        for (const json::value& identifier : rows_of(record, "identifiers"))
            identifiers +=
                fmt::format("{}{} {}", identifiers.empty() ? "" : ", ", with_spaces(text_of(identifier, "kind")), text_of(identifier, "value"));
        s.terminal.say(fmt::format("  {}: {}: {}", s.terminal.time(number_of(record, "seen_at_ms")), text_of(record, "source"), identifiers));
    }
    for (const json::value& task : rows_of(detail, "tasks")) {
        s.terminal.say(fmt::format("Campaign {}, wave {}: task {}{}", number_of(task, "campaign"), number_of(task, "wave"),
                                   with_spaces(text_of(task, "state")), text_of(task, "because").empty() ? "" : ": " + text_of(task, "because")));
    }
    return 0;
}

Result<int> why(Session& s, const Given& given) {
    TRY(const json::value detail, machine(s, given));
    if (s.as_json()) return s.answer(detail);
    print_headline(s, detail);
    s.terminal.say(s.terminal.bold("Why these records are one machine"));
    for (const json::value& line : rows_of(detail, "reasons")) s.terminal.say("  " + std::string(line.as_string()));
    if (rows_of(detail, "reasons").empty()) s.terminal.say("  it has one record only");
    s.terminal.say(s.terminal.bold("What decides its disposition"));
    json::array speaks;
    for (const json::value& row : rows_of(detail, "evidence")) {
        if (text_of(row, "counts") == "speaks") speaks.push_back(row);
    }
    if (speaks.empty()) {
        s.terminal.say("  no evidence speaks now");
    } else {
        print_evidence(s, speaks);
    }
    return 0;
}

Result<int> retire(Session& s, const Given& given) {
    TRY(const int64_t id, machine_number(s, given.one("MACHINE")));
    TRY(const json::value detail, s.post(fmt::format("/api/assets/{}/retire", id), json::object{{"reason", given.one("--reason")}}));
    if (s.as_json()) return s.answer(detail);
    s.terminal.say(fmt::format("{} is off the books. If it is seen again, it comes back as unknown.", text_of(field_of(detail, "asset"), "name")));
    return 0;
}

Result<int> sweep_start(Session& s, const Given& given) {
    TRY(json::value sweep, s.post("/api/sweeps"));
    return started(s, given, std::move(sweep));
}

Result<int> check(Session& s, const Given& given) {
    json::array ids;
    for (const std::string& reference : given.all("MACHINE")) {
        TRY(const int64_t id, machine_number(s, reference));
        ids.emplace_back(id);
    }
    TRY(json::value sweep, s.post("/api/checks", json::object{{"assets", std::move(ids)}}));
    return started(s, given, std::move(sweep));
}

Result<int> sweep_show(Session& s, const Given& given) {
    if (given.has("ID")) {
        TRY(const json::value sweep, s.get("/api/sweeps/" + wire::percent_encode(given.one("ID"))));
        if (s.as_json()) return s.answer(sweep);
        s.terminal.say(sweep_line(sweep));
        return 0;
    }
    TRY(const json::value answer, s.get("/api/sweeps"));
    if (s.as_json()) return s.answer(answer);
    Table table({"ID", "KIND", "STATE", "STARTED", "ADDRESSES", "ANSWERED", "INSIDE", "NOT ENTERED", "NEW", "CHANGED", "CLEAN"});
    for (const json::value& row : rows_of(answer, "sweeps")) {
        const auto number = [&](std::string_view name) { return fmt::format("{}", number_of(row, name)); };
        table.add({number("id"), text_of(row, "kind"), text_of(row, "state"), s.terminal.time(number_of(row, "started_at_ms")), number("targets"),
                   number("answered"), number("inside"), number("not_entered"), number("new_assets"), number("changed"),
                   truth_of(row, "clean") ? "yes" : "no"});
    }
    table.print(s.terminal);
    return 0;
}

}  // namespace douse::cli
