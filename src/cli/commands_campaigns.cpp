// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include "wire/url.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>

namespace douse::cli {
namespace json = boost::json;
namespace {

std::string path_of(const Given& given) {
    return "/api/campaigns/" + wire::percent_encode(given.one("ID"));
}

std::string counts_line(const json::value& summary) {
    const json::value& tasks = field_of(summary, "tasks");
    std::string out =
        fmt::format("campaign {} is {}: {} verified, {} open, {} need hands, {} cancelled", number_of(summary, "id"), text_of(summary, "state"),
                    number_of(tasks, "verified"), number_of(tasks, "open"), number_of(tasks, "needs_hands"), number_of(tasks, "cancelled"));
    if (!field_of(summary, "wave").is_null()) out += fmt::format("; wave {} of {}", number_of(summary, "wave"), number_of(summary, "waves") - 1);
    if (const std::string because = text_of(summary, "paused_because"); !because.empty()) out += "; paused: " + because;
    return out;
}

// In the order of a watch: how many in each state, what is stuck and why, when done.
void print_campaign(Session& s, const json::value& campaign, bool with_tasks) {
    const json::value& summary = field_of(campaign, "summary");
    s.terminal.say(counts_line(summary));
    for (const json::value& wave : rows_of(campaign, "waves")) {
        if (text_of(wave, "state") == "gated")
            s.terminal.say(fmt::format("wave {} waits at its gate: {}", number_of(wave, "number"), text_of(wave, "gated_because")));
    }
    std::map<std::string, std::string> stuck;
    for (const json::value& task : rows_of(campaign, "tasks")) {
        if (text_of(task, "state") != "needs_hands") continue;
        std::string& names = stuck[with_spaces(text_of(task, "reason"))];
        names += (names.empty() ? "" : ", ") + text_of(task, "asset_name");
    }
    for (const auto& [reason, names] : stuck) s.terminal.say(fmt::format("needs hands, {}: {}", reason, names));
    for (const json::value& note : rows_of(campaign, "notes")) s.terminal.say("note: " + std::string(note.as_string()));
    s.terminal.say(fmt::format("asked by {}{}; plan hash {}", text_of(summary, "asked_by"),
                               text_of(summary, "approved_by").empty() ? ", not approved" : ", approved by " + text_of(summary, "approved_by"),
                               text_of(campaign, "plan_hash")));
    if (!field_of(summary, "ended_at_ms").is_null()) s.terminal.say("ended " + s.terminal.time(number_of(summary, "ended_at_ms")));
    if (!with_tasks) return;
    Table table({"MACHINE", "WAVE", "TASK", "ATTEMPTS", "BECAUSE"});
    for (const json::value& task : rows_of(campaign, "tasks")) {
        table.add({text_of(task, "asset_name"), fmt::format("{}", number_of(task, "wave")), with_spaces(text_of(task, "state")),
                   fmt::format("{}", rows_of(task, "attempts").size()), text_of(task, "because")});
    }
    table.print(s.terminal);
}

Result<int> act(Session& s, const Given& given, std::string_view what, const json::value& body = nullptr) {
    TRY(const json::value campaign, s.post(path_of(given) + std::string(what), body));
    if (s.as_json()) return s.answer(campaign);
    print_campaign(s, campaign, false);
    return 0;
}

}  // namespace

Result<int> campaign_plan(Session& s, const Given& given) {
    json::object body;
    if (given.has("MACHINE")) {
        json::array ids;
        for (const std::string& reference : given.all("MACHINE")) {
            TRY(const int64_t id, machine_number(s, reference));
            ids.emplace_back(id);
        }
        body["assets"] = std::move(ids);
    }
    TRY(const json::value campaign, s.post("/api/campaigns", body));
    if (s.as_json()) return s.answer(campaign);
    print_campaign(s, campaign, false);
    s.terminal.tell(fmt::format("Another person approves it: douse approve campaign {}", number_of(field_of(campaign, "summary"), "id")));
    return 0;
}

Result<int> campaign_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/campaigns"));
    if (s.as_json()) return s.answer(answer);
    Table table({"ID", "STATE", "VERIFIED", "OPEN", "NEED HANDS", "CANCELLED", "WAVES", "ASKED BY", "APPROVED BY"});
    for (const json::value& row : rows_of(answer, "campaigns")) {
        const json::value& tasks = field_of(row, "tasks");
        const auto number = [&](std::string_view name) { return fmt::format("{}", number_of(tasks, name)); };
        table.add({fmt::format("{}", number_of(row, "id")), text_of(row, "state"), number("verified"), number("open"), number("needs_hands"),
                   number("cancelled"), fmt::format("{}", number_of(row, "waves")), text_of(row, "asked_by"), text_of(row, "approved_by")});
    }
    table.print(s.terminal);
    return 0;
}

Result<int> campaign_show(Session& s, const Given& given) {
    TRY(const json::value campaign, s.get(path_of(given)));
    if (s.as_json()) return s.answer(campaign);
    print_campaign(s, campaign, given.has("--tasks"));
    return 0;
}

Result<int> campaign_start(Session& s, const Given& given) {
    return act(s, given, "/start");
}
Result<int> campaign_pause(Session& s, const Given& given) {
    return act(s, given, "/pause");
}
Result<int> campaign_resume(Session& s, const Given& given) {
    return act(s, given, "/resume");
}
Result<int> campaign_stop(Session& s, const Given& given) {
    return act(s, given, "/stop");
}
Result<int> campaign_retry(Session& s, const Given& given) {
    return act(s, given, "/retry");
}

Result<int> campaign_settle(Session& s, const Given& given) {
    TRY(const int64_t wave, given.number("--wave", 0, 1'000'000, 0));
    if (given.has("--pass") == given.has("--stop")) return fail(ErrorCode::invalid, "give either --pass or --stop");
    return act(s, given, "/settle",
               json::object{{"wave", wave}, {"decision", given.has("--pass") ? "pass" : "stop"}, {"reason", given.one("--reason")}});
}

Result<int> campaign_watch(Session& s, const Given& given) {
    std::string last;
    std::string state;
    Result<void> looked;
    // Reads the campaign and prints it if it changed; false when it has ended or can't be read.
    const auto look = [&] {
        const auto campaign = s.get(path_of(given));
        if (!campaign) {
            if (campaign.error().code == ErrorCode::unreachable && !last.empty()) return true;  // the stream decides how long to wait
            looked = std::unexpected(campaign.error());
            return false;
        }
        const json::value& summary = field_of(*campaign, "summary");
        const std::string line = s.as_json() ? json::serialize(summary) : counts_line(summary);
        state = text_of(summary, "state");
        const bool ended = state == "done" || state == "stopped";
        if (line != last && (!ended || s.as_json())) s.terminal.say(line);
        last = line;
        if (ended && !s.as_json()) print_campaign(s, *campaign, false);
        return !ended;
    };
    if (look()) {
        TRY(s.client().events([&](const wire::Event& event) { return event.kind == "campaign" || event.kind == "reload" ? look() : true; }, {}));
    }
    TRY(looked);
    return state == "done" ? 0 : 1;
}

}  // namespace douse::cli
