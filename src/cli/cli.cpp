// SPDX-License-Identifier: Apache-2.0
// From words to a command: the longest name in the catalogue that they begin with, then its arguments as the catalogue says.
#include "cli/cli.hpp"

#include "cli/commands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace douse::cli {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string{} : std::string(value);
}

struct Found {
    const Command* command = nullptr;
    size_t words = 0;  // how many of the words are its name
};

Found find_command(const std::vector<std::string>& words) {
    Found best;
    for (const Command& command : catalogue()) {
        size_t count = 0;
        std::string_view name = command.words;
        bool fits = true;
        while (fits && !name.empty()) {
            const size_t end = name.find(' ');
            fits = count < words.size() && words[count] == name.substr(0, end);
            ++count;
            name = end == std::string_view::npos ? std::string_view{} : name.substr(end + 1);
        }
        if (fits && count > best.words) best = {&command, count};
    }
    return best;
}

const Argument* find_option(const Command& command, std::string_view name) {
    for (const Argument& argument : command.arguments) {
        if (argument.is_option() && argument.name == name) return &argument;
    }
    const auto common = common_options();
    const auto found = std::ranges::find(common, name, &Argument::name);
    return found == common.end() ? nullptr : &*found;
}

Result<Given> parse(const Command& command, const std::vector<std::string>& words) {
    const auto usage = [&](std::string sentence) { return fail(ErrorCode::invalid, std::move(sentence), "", "usage: " + usage_line(command)); };
    Given given;
    std::vector<std::string> by_place;
    bool options = true;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!options || !word.starts_with("--")) {
            by_place.push_back(word);
            continue;
        }
        if (word == "--") {
            options = false;
            continue;
        }
        const size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const Argument* option = find_option(command, name);
        if (option == nullptr) return usage(fmt::format("\"{}\" takes no option {}", command.words, name));
        if (option->value.empty()) {
            if (equals != std::string::npos) return usage(fmt::format("{} takes no value", name));
            given.add(option->name, "");
        } else if (equals != std::string::npos) {
            given.add(option->name, word.substr(equals + 1));
        } else if (i + 1 < words.size()) {
            given.add(option->name, words[++i]);
        } else {
            return usage(fmt::format("{} needs a value: {}", name, option->value));
        }
        if (option->count != Argument::Count::many && option->count != Argument::Count::any && given.all(option->name).size() > 1)
            return usage(fmt::format("{} is given twice", name));
    }
    if (given.has("--help")) return given;
    size_t next = 0;
    for (const Argument& argument : command.arguments) {
        if (argument.name.empty() || argument.is_option()) continue;
        const bool all = argument.count == Argument::Count::many || argument.count == Argument::Count::any;
        const size_t end = all ? by_place.size() : std::min(next + 1, by_place.size());
        for (; next < end; ++next) given.add(argument.name, by_place[next]);
    }
    if (next < by_place.size()) return usage(fmt::format("\"{}\" is one argument too many", by_place[next]));
    for (const Argument& argument : command.arguments) {
        const bool needed = argument.count == Argument::Count::one || argument.count == Argument::Count::many;
        if (!argument.name.empty() && needed && !given.has(argument.name)) return usage(fmt::format("{} is missing", argument.name));
    }
    return given;
}

Result<wire::Target> target_of(const Given& given) {
    if (!given.has("--server")) return wire::Target{.socket = std::filesystem::path(data_folder(given)) / "douse.sock"};
    const std::string& text = given.one("--server");
    const size_t colon = text.rfind(':');
    const int port = colon == std::string::npos ? 0 : std::atoi(text.c_str() + colon + 1);
    if (port < 1 || port > 65535) return fail(ErrorCode::invalid, fmt::format("\"{}\" is not a server's HOST:PORT", text));
    return wire::Target{.socket = {}, .host = text.substr(0, colon), .port = static_cast<uint16_t>(port)};
}

// An empty token is a script's mistake: to act as somebody else than was meant would be worse than not to act.
Result<std::string> token_given() {
    const char* token = std::getenv("DOUSE_TOKEN");
    if (token == nullptr) return std::string();
    if (*token != '\0') return std::string(token);
    return fail(ErrorCode::invalid, "DOUSE_TOKEN is set, but empty", {}, "to act as this local user's person: unset DOUSE_TOKEN");
}

Result<int> run_command(const Command& command, const std::vector<std::string>& words, const Programs& programs, Terminal& terminal) {
    TRY(const Given given, parse(command, words));
    if (given.has("--help")) {
        terminal.write(help_of(command));
        return 0;
    }
    if (command.program != Program::none) {
        const auto program = programs.find(command.program);
        const std::string& first = given.one(command.arguments[0].name);
        if (program != programs.end() && (command.run == nullptr || std::filesystem::is_regular_file(first))) return program->second(given, terminal);
        if (command.run == nullptr) return fail(ErrorCode::unsupported, fmt::format("this program was built without \"{}\"", command.words));
    }
    TRY(wire::Target target, target_of(given));
    TRY(std::string token, token_given());
    Session session(wire::Client(std::move(target), std::move(token)), terminal, given.has("--json"));
    auto done = command.run(session, given);
    if (!done && done.error().code == ErrorCode::unreachable && done.error().hint.empty()) {
        Error error = done.error();
        error.hint = given.has("--server") ? "is the server running, and is that its address?"
                                           : "start one with: douse serve; or say where it keeps its data: --data DIR";
        return std::unexpected(std::move(error));
    }
    return done;
}

Result<int> help(const std::vector<std::string>& words, Terminal& terminal) {
    if (words.empty()) {
        terminal.write(overview());
        return 0;
    }
    if (words.front() == "--completion") {
        terminal.write(completion_script());
        return 0;
    }
    if (words.front() == "--manual") {
        terminal.write(manual());
        return 0;
    }
    const Found found = find_command(words);
    if (found.command != nullptr && found.words == words.size()) {
        terminal.write(help_of(*found.command));
        return 0;
    }
    std::string listed;
    for (const Command& command : catalogue()) {
        if (command.words.starts_with(words.front() + " ") && !command.hidden) listed += fmt::format("  {:<24} {}\n", command.words, command.summary);
    }
    if (listed.empty()) return fail(ErrorCode::invalid, fmt::format("there is no command \"{}\"", words.front()), "", "all commands: douse help");
    terminal.write(listed);
    return 0;
}

Result<int> dispatch(const std::vector<std::string>& words, const Programs& programs, Terminal& terminal) {
    if (words.empty() || words.front() == "--help" || words.front() == "-h") return help({}, terminal);
    if (words.front() == "help") return help({words.begin() + 1, words.end()}, terminal);
    const Found found = find_command(words);
    if (found.command != nullptr)
        return run_command(*found.command, {words.begin() + static_cast<std::ptrdiff_t>(found.words), words.end()}, programs, terminal);
    const bool is_group = std::ranges::any_of(catalogue(), [&](const Command& c) { return c.words.starts_with(words.front() + " "); });
    if (is_group && (words.size() == 1 || words[1] == "--help")) {
        if (words.size() > 1) return help({words.front()}, terminal);
        return fail(ErrorCode::invalid, fmt::format("\"{}\" needs a second word", words.front()), "",
                    fmt::format("see them with: douse help {}", words.front()));
    }
    std::string typed = words.front();
    if (words.size() > 1 && !words[1].starts_with("-")) typed += " " + words[1];
    const std::string nearest = nearest_to(typed);
    return fail(ErrorCode::invalid, fmt::format("there is no command \"{}\"", is_group ? typed : words.front()), "",
                nearest.empty() ? "all commands: douse help" : fmt::format("did you mean: douse {}", nearest));
}

}  // namespace

std::string data_folder(const Given& given) {
    if (given.has("--data")) return given.one("--data");
    if (const std::string named = environment("DOUSE_DATA"); !named.empty()) return named;
    if (const std::string state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/douse";
    const std::string home = environment("HOME");
    return (home.empty() ? "/root" : home) + "/.local/state/douse";
}

int report(const Error& error, Terminal& terminal) {
    terminal.tell(fmt::format("douse: {} [{}]", error.sentence, base::row_of(error.code).name));
    if (!error.detail.empty() && error.detail != error.sentence) terminal.tell("  " + error.detail);
    if (!error.hint.empty()) terminal.tell("  " + error.hint);
    if (error.effect == Effect::unknown) terminal.tell("  it may have happened: look before you do it again");
    return base::row_of(error.code).exit_status;
}

int run(const std::vector<std::string>& words, const Programs& programs, Terminal& terminal) {
    try {  // main's catch: a bug, or an exhausted machine
        const auto status = dispatch(words, programs, terminal);
        return status ? *status : report(status.error(), terminal);
    } catch (const std::exception& thrown) {
        return report({.code = ErrorCode::internal, .sentence = "the program met a bug", .detail = thrown.what()}, terminal);
    }
}

}  // namespace douse::cli
