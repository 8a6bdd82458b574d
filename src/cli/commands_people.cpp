// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace douse::cli {
namespace json = boost::json;

Result<int> sign_in(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/sign-in", json::object{{"link", given.one("LINK")}}));
    if (s.as_json()) return s.answer(answer);
    const json::value& person = field_of(answer, "person");
    s.terminal.say(fmt::format("You are {}, {}.", text_of(person, "name"), text_of(person, "role")));
    if (const std::string taken = text_of(answer, "uid_taken_from"); !taken.empty()) {
        s.terminal.say(
            fmt::format("This local user acted as {0} until now, and the ledger says so; for {0} again: douse person invite \"{0}\"", taken));
    }
    s.terminal.say(given.has("--server")
                       ? fmt::format("Commands act as {} with: export DOUSE_TOKEN={}", text_of(person, "name"), text_of(answer, "token"))
                       : "Commands of this local user act as you from now on.");
    return 0;
}

Result<int> sign_out(Session& s, const Given&) {
    TRY(const json::value answer, s.post("/api/sign-out"));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say("Signed out: the token is worth nothing any more.");
    return 0;
}

Result<int> who(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/me"));
    if (s.as_json()) return s.answer(answer);
    const json::value& person = field_of(answer, "person");
    std::string rights;
    for (const json::value& right : rows_of(answer, "rights")) rights += (rights.empty() ? "" : ", ") + with_spaces(right.as_string());
    s.terminal.say(fmt::format("You are {}, {}. You may: {}.", text_of(person, "name"), text_of(person, "role"), rights));
    return 0;
}

Result<int> person_add(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/people", json::object{{"name", given.one("NAME")}, {"role", given.one("--role")}}));
    if (s.as_json()) return s.answer(answer);
    const json::value& person = field_of(answer, "person");
    s.terminal.say(text_of(answer, "link"));
    s.terminal.tell(fmt::format("{} is added as {}. Give them this link: it works once, within three days, and is shown only now.",
                                text_of(person, "name"), text_of(person, "role")));
    return 0;
}

Result<int> person_invite(Session& s, const Given& given) {
    const std::string& name = given.one("NAME");
    TRY(const json::value everybody, s.get("/api/people"));
    for (const json::value& person : rows_of(everybody, "people")) {
        if (text_of(person, "name") != name) continue;
        TRY(const json::value answer, s.post(fmt::format("/api/people/{}/invite", number_of(person, "id"))));
        if (s.as_json()) return s.answer(answer);
        s.terminal.say(text_of(answer, "link"));
        s.terminal.tell(fmt::format("Give {} this link: it works once, within three days, and is shown only now. Older links are void.", name));
        return 0;
    }
    return fail(ErrorCode::not_found, fmt::format("there is no person \"{}\"", name), "", "see who is here with: douse person list");
}

Result<int> person_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/people"));
    if (s.as_json()) return s.answer(answer);
    Table table({"NAME", "ROLE", "SIGNED IN"});
    for (const json::value& person : rows_of(answer, "people")) {
        table.add({text_of(person, "name"), text_of(person, "role"), truth_of(person, "redeemed") ? "yes" : "not yet"});
    }
    table.print(s.terminal);
    return 0;
}

}  // namespace douse::cli
