// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include "wire/url.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <filesystem>

namespace douse::cli {
namespace json = boost::json;
namespace {

// Without a hash it is the newest version.
std::string path_of_playbook(std::string_view id, std::string_view sha256) {
    const std::string path = "/api/playbooks/" + wire::percent_encode(id);
    return sha256.empty() ? path : path + "?sha256=" + wire::percent_encode(sha256);
}

void list(Session& s, std::string_view title, const json::array& lines) {
    if (lines.empty()) return;
    s.terminal.say(s.terminal.bold(title));
    for (const json::value& line : lines) s.terminal.say("  " + std::string(line.as_string()));
}

void print_signers(Session& s, const json::value& answer) {
    Table table({"SIGNER", "KEY", "PUBLIC KEY"});
    for (const json::value& row : rows_of(answer, "signers")) table.add({text_of(row, "name"), text_of(row, "key_id"), text_of(row, "public_key")});
    table.print(s.terminal);
}

void print_credentials(Session& s, const json::value& answer) {
    Table table({"ID", "KIND", "USER", "NOTE"});
    for (const json::value& row : rows_of(answer, "credentials"))
        table.add({fmt::format("{}", number_of(row, "id")), text_of(row, "kind"), text_of(row, "user"), text_of(row, "note")});
    table.print(s.terminal);
}

void print_changes(Session& s, const json::value& answer) {
    Table table({"ID", "WHERE", "MACHINE", "PINNED", "OFFERED", "SEEN", "ACCEPTED BY"});
    for (const json::value& row : rows_of(answer, "changes")) {
        table.add({fmt::format("{}", number_of(row, "id")), text_of(row, "endpoint"), text_of(row, "asset_name"),
                   text_of(row, "pinned").empty() ? "none" : text_of(row, "pinned"), text_of(row, "offered"),
                   s.terminal.time(number_of(row, "seen_at_ms")), text_of(row, "accepted_by")});
    }
    table.print(s.terminal);
}

}  // namespace

Result<int> playbook_put(Session& s, const Given& given) {
    const std::string& path = given.one("FILE");
    TRY(std::string yaml, read_file(path));
    std::string signatures;
    if (std::filesystem::exists(path + ".sig")) {
        TRY(signatures, read_file(path + ".sig"));
    }
    TRY(const json::value stored,
        s.post("/api/playbooks",
               json::object{{"yaml", yaml}, {"signatures", signatures}, {"name", std::filesystem::path(path).filename().string()}}));
    // Which files it names, the stored playbook says; each is sent unless the server has it.
    TRY(const json::value detail, s.get(path_of_playbook(text_of(stored, "id"), text_of(stored, "sha256"))));
    std::string missing;
    for (const json::value& file : rows_of(detail, "files")) {
        if (truth_of(file, "here")) continue;
        const std::string name = text_of(file, "name");
        const std::filesystem::path where = std::filesystem::path(given.one("--files")) / name;
        if (!given.has("--files") || !std::filesystem::exists(where)) {
            missing += (missing.empty() ? "" : ", ") + name;
            continue;
        }
        TRY(std::string bytes, read_file(where.string()));
        TRY(const json::value sent, s.send("/api/files?name=" + wire::percent_encode(name), std::move(bytes)));
        if (text_of(sent, "sha256") != text_of(file, "sha256"))
            return fail(ErrorCode::invalid, fmt::format("\"{}\" isn't the file that the playbook names", where.string()),
                        "its SHA-256 is " + text_of(sent, "sha256"));
    }
    if (s.as_json()) return s.answer(stored);
    std::string signers;
    for (const json::value& name : rows_of(stored, "signed_by")) signers += (signers.empty() ? "" : ", ") + std::string(name.as_string());
    s.terminal.say(fmt::format("Playbook {} version {} is stored, signed by {}.", text_of(stored, "id"), number_of(stored, "version"),
                               signers.empty() ? "nobody whose key is pinned here" : signers));
    if (!missing.empty()) s.terminal.say(fmt::format("Still missing: {}. Send them with --files DIR.", missing));
    for (const json::value& warning : rows_of(stored, "warnings")) s.terminal.tell(warning.as_string());
    return 0;
}

Result<int> playbook_show(Session& s, const Given& given) {
    TRY(const json::value answer, s.get(path_of_playbook(given.one("PLAYBOOK"), given.one("--sha256"))));
    if (s.as_json()) return s.answer(answer);
    const json::value& playbook = field_of(answer, "playbook");
    s.terminal.say(fmt::format("{} ({} version {}, {}, {})", s.terminal.bold(text_of(playbook, "name")), text_of(playbook, "id"),
                               number_of(playbook, "version"), text_of(playbook, "kind"), text_of(playbook, "state")));
    s.terminal.say(text_of(answer, "summary"));
    s.terminal.say(s.terminal.bold("Checks"));
    for (const json::value& check : rows_of(answer, "checks")) {
        s.terminal.say(fmt::format("  {} ({}): {}", text_of(check, "id"), text_of(check, "ask"), text_of(check, "title")));
        for (const json::value& look : rows_of(check, "by_hand"))
            s.terminal.say(fmt::format("    {} by hand: {}", text_of(look, "look"), text_of(look, "how")));
    }
    s.terminal.say(s.terminal.bold("Plan"));
    for (const json::value& step : rows_of(answer, "plan")) {
        s.terminal.say(fmt::format("  {}: {}", text_of(step, "step"), text_of(step, "title")));
        for (const json::value& action : rows_of(step, "actions")) s.terminal.say("    " + std::string(action.as_string()));
    }
    list(s, "Isolation", rows_of(answer, "isolation"));
    for (const json::value& page : rows_of(answer, "instructions")) {
        s.terminal.say(s.terminal.bold(fmt::format("Instructions, {}, {}", text_of(page, "role"), text_of(page, "language"))));
        s.terminal.say("  " + text_of(page, "title"));
        for (const json::value& line : rows_of(page, "steps")) s.terminal.say("  - " + std::string(line.as_string()));
        for (const json::value& line : rows_of(page, "never")) s.terminal.say("  never: " + std::string(line.as_string()));
    }
    list(s, "It cannot know", rows_of(answer, "cannot_know"));
    list(s, "Shown, not carried out by this version", rows_of(answer, "not_carried_out"));
    s.terminal.say("sha256 " + text_of(playbook, "sha256"));
    return 0;
}

Result<int> playbook_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/playbooks"));
    if (s.as_json()) return s.answer(answer);
    Table table({"ID", "VERSION", "NAME", "KIND", "STATE", "SIGNED BY", "SHA256"});
    for (const json::value& row : rows_of(answer, "playbooks")) {
        std::string signers;
        for (const json::value& name : rows_of(row, "signed_by")) signers += (signers.empty() ? "" : ", ") + std::string(name.as_string());
        table.add({text_of(row, "id"), fmt::format("{}", number_of(row, "version")), text_of(row, "name"), text_of(row, "kind"),
                   text_of(row, "state"), signers, text_of(row, "sha256")});
    }
    table.print(s.terminal);
    return 0;
}

Result<int> signer_add(Session& s, const Given& given) {
    TRY(const json::value answer, s.post("/api/signers", json::object{{"name", given.one("NAME")}, {"public_key", given.one("PUBLIC_KEY")}}));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say(fmt::format("Signatures of {} count here from now on.", given.one("NAME")));
    return 0;
}

Result<int> signer_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/signers"));
    if (s.as_json()) return s.answer(answer);
    print_signers(s, answer);
    return 0;
}

Result<int> credential_add(Session& s, const Given& given) {
    json::object body{{"user", given.one("--user")}};
    if (given.has("--key") == given.has("--password-file")) return fail(ErrorCode::invalid, "give either --key or --password-file");
    if (given.has("--key")) {
        TRY(body["private_key"], read_file(given.one("--key")));
    } else {
        TRY(std::string password, read_file(given.one("--password-file")));
        while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
        body["password"] = password;
    }
    if (given.has("--note")) body["note"] = given.one("--note");
    TRY(const json::value answer, s.post("/api/credentials", body));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say(fmt::format("Kept: Douse may sign in as {} on machines in scope.", given.one("--user")));
    return 0;
}

Result<int> credential_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/credentials"));
    if (s.as_json()) return s.answer(answer);
    print_credentials(s, answer);
    return 0;
}

Result<int> hostkey_list(Session& s, const Given&) {
    TRY(const json::value answer, s.get("/api/host-keys"));
    if (s.as_json()) return s.answer(answer);
    print_changes(s, answer);
    return 0;
}

Result<int> hostkey_accept(Session& s, const Given& given) {
    TRY(const json::value answer,
        s.post("/api/host-keys/" + wire::percent_encode(given.one("ID")) + "/accept", json::object{{"reason", given.one("--reason")}}));
    if (s.as_json()) return s.answer(answer);
    s.terminal.say("The key is pinned and confirmed; Douse may sign in there again.");
    return 0;
}

}  // namespace douse::cli
