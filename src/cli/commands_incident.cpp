// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include "base/duration.hpp"
#include "wire/forms.hpp"
#include "wire/url.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace douse::cli {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

void print_incident(Session& s, const json::value& incident) {
    const json::value& playbook = field_of(incident, "playbook");
    s.terminal.say(fmt::format("{} is {}: opened {} by {}, playbook {} version {}.", s.terminal.bold(text_of(incident, "name")),
                               text_of(incident, "state"), s.terminal.time(number_of(incident, "opened_at_ms")), text_of(incident, "owner"),
                               text_of(playbook, "id"), number_of(playbook, "version")));
}

int print_scope(Session& s, const json::value& answer) {
    if (s.as_json()) return s.answer(answer);
    for (const json::value& range : rows_of(answer, "ranges")) s.terminal.say(range.as_string());
    s.terminal.tell(fmt::format("{} addresses in scope", number_of(answer, "addresses")));
    return 0;
}

int print_stop(Session& s, const json::value& answer) {
    if (s.as_json()) return s.answer(answer);
    s.terminal.say(truth_of(answer, "stopped")
                       ? fmt::format("Stopped by {}: no new attempt starts. Steps under way end by themselves.", text_of(answer, "by"))
                       : "New actions are allowed again.");
    return 0;
}

void print_exemption(Session& s, const json::value& e) {
    s.terminal.say(fmt::format("Exemption {} of {} until {}: {} ({}, asked by {}{}{})", number_of(e, "id"), text_of(e, "asset_name"),
                               s.terminal.time(number_of(e, "expires_at_ms")), text_of(e, "reason"), text_of(e, "state"), text_of(e, "asked_by"),
                               text_of(e, "decided_by").empty() ? "" : ", decided by ", text_of(e, "decided_by")));
}

// "24h", "7d", or a moment.
Result<Timestamp> moment(const std::string& text) {
    if (const auto span = base::parse_duration(text)) return base::SystemClock{}.now() + *span;
    if (const auto at = base::from_rfc3339(text)) return *at;
    return fail(ErrorCode::invalid, fmt::format("\"{}\" is neither a span nor a moment", text), "", "write 24h, 7d or 2026-11-30T08:00:00Z");
}

}  // namespace

Result<int> now(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/now"));
    TRY(const model::Books books, wire::books_from(field_of(answer, "books")));
    const int status = books.balanced() ? 0 : 1;
    if (s.as_json()) {
        s.answer(answer);
        return status;
    }
    const json::value& form = field_of(answer, "books");
    if (const json::value& incident = field_of(answer, "incident"); incident.is_null()) {
        s.terminal.say("No incident is open.");
    } else {
        print_incident(s, incident);
    }
    s.terminal.say(fmt::format("{} on the books: {} open, {} done, {} accepted risk. {} retired.", books.on_books, number_of(form, "open"),
                               number_of(form, "done"), number_of(form, "accepted_risk"), books.retired));
    Table counts({"DISPOSITION", "MACHINES", "IN AN HOUR"});
    const json::value& change = field_of(field_of(answer, "change"), "counts");
    for (size_t i = 0; i < model::disposition_count; ++i) {
        const std::string_view name = model::name_of(static_cast<model::Disposition>(i));
        counts.add({s.terminal.colour(name), fmt::format("{}", books.counts[i]), fmt::format("{:+}", number_of(change, name))});
    }
    counts.print(s.terminal);
    if (!books.balanced()) s.terminal.say(fmt::format("THE BOOKS DON'T BALANCE: the counts sum to {}.", books.sum()));
    if (truth_of(field_of(answer, "stop"), "stopped"))
        s.terminal.say(fmt::format("New actions are stopped by {}.", text_of(field_of(answer, "stop"), "by")));
    if (!rows_of(answer, "decisions").empty()) s.terminal.say(s.terminal.bold("Needs a decision"));
    for (const json::value& d : rows_of(answer, "decisions")) {
        s.terminal.say(fmt::format("  {} {}{}", text_of(d, "title"), text_of(d, "why"),
                                   text_of(d, "refused_because").empty() ? "" : " " + text_of(d, "refused_because")));
    }
    if (!rows_of(answer, "happened").empty()) s.terminal.say(s.terminal.bold("Just happened"));
    int shown = 0;
    for (const json::value& row : rows_of(answer, "happened")) {
        if (++shown > 12) break;
        s.terminal.say(fmt::format("  {}: {}", s.terminal.time(number_of(row, "at_ms")), text_of(row, "text")));
    }
    return status;
}

Result<int> incident_new(Session& s, const Given& given) {
    TRY(const json::value answer,
        s.post("/api/incident",
               json::object{{"name", given.one("NAME")}, {"playbook", given.one("--playbook")}, {"ranges", texts(given.all("--scope"))}}));
    if (s.as_json()) return s.answer(answer);
    print_incident(s, field_of(answer, "incident"));
    return 0;
}

Result<int> incident_show(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/incident"));
    if (s.as_json()) return s.answer(answer);
    if (field_of(answer, "incident").is_null()) {
        s.terminal.say("No incident is open.");
    } else {
        print_incident(s, field_of(answer, "incident"));
    }
    return 0;
}

Result<int> incident_close(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/incident/close", json::object{{"reason", given.one("--reason")}}));
    if (s.as_json()) return s.answer(answer);
    print_incident(s, field_of(answer, "incident"));
    return 0;
}

Result<int> scope_add(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/scope", json::object{{"ranges", texts(given.all("RANGE"))}}));
    return print_scope(s, answer);
}

Result<int> scope_remove(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/scope/remove", json::object{{"ranges", texts(given.all("RANGE"))}}));
    return print_scope(s, answer);
}

Result<int> scope_show(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/scope"));
    return print_scope(s, answer);
}

Result<int> exempt(Session& s, const Given& given) {
    TRY(const Timestamp until, moment(given.one("--until")));
    TRY(const int64_t id, machine_number(s, given.one("MACHINE")));
    TRY(const json::value answer,
        s.post("/api/exemptions", json::object{{"asset", id}, {"reason", given.one("--reason")}, {"expires_at_ms", base::to_ms(until)}}));
    if (s.as_json()) return s.answer(answer);
    print_exemption(s, answer);
    s.terminal.tell(fmt::format("Another person approves it: douse approve exemption {}", number_of(answer, "id")));
    return 0;
}

Result<int> exemption_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/exemptions"));
    if (s.as_json()) return s.answer(answer);
    Table table({"ID", "MACHINE", "STATE", "UNTIL", "ASKED BY", "DECIDED BY", "REASON"});
    for (const json::value& e : rows_of(answer, "exemptions")) {
        table.add({fmt::format("{}", number_of(e, "id")), text_of(e, "asset_name"), text_of(e, "state"),
                   s.terminal.time(number_of(e, "expires_at_ms")), text_of(e, "asked_by"), text_of(e, "decided_by"), text_of(e, "reason")});
    }
    table.print(s.terminal);
    return 0;
}

Result<int> approve(Session& s, const Given& given) {
    const std::string id = wire::percent_encode(given.one("ID"));
    if (given.one("KIND") == "exemption") {
        TRY(const json::value answer, s.post("/api/exemptions/" + id + "/approve"));
        if (s.as_json()) return s.answer(answer);
        print_exemption(s, answer);
        return 0;
    }
    if (given.one("KIND") != "campaign")
        return fail(ErrorCode::invalid, fmt::format("\"{}\" is nothing to approve; exemption or campaign", given.one("KIND")));
    if (!given.has("--hash")) {  // an approval names what was read
        TRY(const json::value campaign, s.get("/api/campaigns/" + id));
        if (s.as_json()) {
            s.answer(campaign);
            return 1;
        }
        const json::value& summary = field_of(campaign, "summary");
        const json::value& playbook = field_of(campaign, "playbook");
        s.terminal.say(fmt::format("Campaign {}, asked by {}: {} machines, {} waves with the canary, playbook {} version {}.", id,
                                   text_of(summary, "asked_by"), rows_of(campaign, "tasks").size(), number_of(summary, "waves"),
                                   text_of(playbook, "id"), number_of(playbook, "version")));
        for (const json::value& note : rows_of(campaign, "notes")) s.terminal.say("  " + std::string(note.as_string()));
        s.terminal.say(
            fmt::format("The playbook is read with:\n  douse playbook show {} --sha256 {}", text_of(playbook, "id"), text_of(playbook, "sha256")));
        s.terminal.say(
            fmt::format("Not approved yet. This plan is approved with:\n  douse approve campaign {} --hash {}", id, text_of(campaign, "plan_hash")));
        return 1;
    }
    TRY(const json::value answer, s.post("/api/campaigns/" + id + "/approve", json::object{{"plan_hash", given.one("--hash")}}));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say(fmt::format("Campaign {} is approved. Start it with: douse campaign start {}", id, id));
    return 0;
}

Result<int> decline(Session& s, const Given& given) {
    const std::string id = wire::percent_encode(given.one("ID"));
    if (given.one("KIND") == "exemption") {
        TRY(const json::value answer, s.post("/api/exemptions/" + id + "/decline", json::object{{"reason", given.one("--reason")}}));
        if (s.as_json()) return s.answer(answer);
        print_exemption(s, answer);
        return 0;
    }
    if (given.one("KIND") != "campaign")
        return fail(ErrorCode::invalid, fmt::format("\"{}\" is nothing to decline; exemption or campaign", given.one("KIND")));
    TRY(const json::value answer, s.post("/api/campaigns/" + id + "/stop"));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say(fmt::format("Campaign {} is stopped; it will not run.", id));
    return 0;
}

Result<int> stop_everything(Session& s, const Given&) {
    TRY(const json::value answer, s.post("/api/stop-everything"));
    return print_stop(s, answer);
}

Result<int> resume_everything(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/resume-everything", json::object{{"reason", given.one("--reason")}}));
    return print_stop(s, answer);
}

}  // namespace douse::cli
