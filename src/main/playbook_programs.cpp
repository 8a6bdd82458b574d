// SPDX-License-Identifier: Apache-2.0
#include "main/playbook_programs.hpp"

#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "cli/session.hpp"
#include "playbook/check.hpp"
#include "playbook/sign.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <filesystem>

namespace douse {
namespace json = boost::json;
namespace {

// Whole or not at all; a new file is readable by its owner alone when `secret`.
enum class Secrecy { open, secret };
Result<void> write_file(const std::string& path, std::string_view text, Secrecy secrecy) {
    const std::string part = secrecy == Secrecy::secret ? path : path + ".part";
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (secrecy == Secrecy::secret ? O_EXCL : O_TRUNC);
    const base::UniqueFd file(::open(part.c_str(), flags, secrecy == Secrecy::secret ? 0600 : 0644));
    const auto failed = [&] { return fail(ErrorCode::invalid, fmt::format("could not write \"{}\"", path), std::generic_category().message(errno)); };
    if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) return failed();
    if (part != path && ::rename(part.c_str(), path.c_str()) != 0) return failed();
    return {};
}

Result<playbook::Playbook> parsed(std::string_view yaml, const std::string& path, cli::Terminal& terminal) {
    playbook::Parsed result = playbook::parse(yaml, path);
    for (const playbook::Finding& finding : result.findings) terminal.tell(finding.text());
    if (!result.playbook) return fail(ErrorCode::invalid, fmt::format("\"{}\" can't be used as it is", path));
    return std::move(*result.playbook);
}

Result<int> check(const cli::Given& given, cli::Terminal& terminal) {
    const std::string& path = given.one("FILE");
    TRY(const std::string yaml, cli::read_file(path));
    const playbook::Checked checked = playbook::check(yaml, path);
    const auto passed = std::ranges::count_if(checked.examples, &playbook::ExampleResult::passed);
    if (given.has("--json")) {
        json::array findings;
        for (const playbook::Finding& f : checked.findings) {
            findings.emplace_back(json::object{{"file", f.file},
                                               {"line", f.line},
                                               {"col", f.col},
                                               {"error", f.error},
                                               {"where", f.where},
                                               {"what", f.what},
                                               {"cure", f.cure},
                                               {"code", f.code}});
        }
        json::array examples;
        for (const playbook::ExampleResult& e : checked.examples) {
            examples.emplace_back(json::object{{"check", e.check},
                                               {"number", e.number},
                                               {"line", e.line},
                                               {"wanted", model::name_of(e.wanted)},
                                               {"given", model::name_of(e.given)},
                                               {"because", e.because},
                                               {"passed", e.passed()}});
        }
        terminal.say(json::serialize(
            json::object{{"ok", checked.ok()}, {"sha256", checked.sha256}, {"findings", std::move(findings)}, {"examples", std::move(examples)}}));
        return checked.ok() ? 0 : 1;
    }
    for (const playbook::Finding& finding : checked.findings) terminal.say(finding.text());
    for (const playbook::ExampleResult& e : checked.examples) {
        const bool told = std::ranges::any_of(checked.findings, [&](const playbook::Finding& f) { return f.line == e.line; });
        if (!e.passed() && !told)
            terminal.say(fmt::format("{}:{}:{}: example {} of {} gives {}, not {}: {}", path, e.line, e.col, e.number, e.check,
                                     model::name_of(e.given), model::name_of(e.wanted), e.because));
    }
    if (!checked.sha256.empty()) {
        terminal.say(fmt::format("{}: {} of {} examples give what they should; sha256 {}", path, passed, checked.examples.size(), checked.sha256));
    }
    return checked.ok() ? 0 : 1;
}

Result<int> show(const cli::Given& given, cli::Terminal& terminal) {
    const std::string& path = given.one("PLAYBOOK");
    TRY(const std::string yaml, cli::read_file(path));
    TRY(const playbook::Playbook p, parsed(yaml, path, terminal));
    if (given.has("--sha256") && given.one("--sha256") != p.sha256)
        return fail(ErrorCode::conflict, fmt::format("\"{}\" is another playbook than the one with that hash", path), "its sha256 is " + p.sha256);
    terminal.say(fmt::format("{} ({} version {}, {}, {})", terminal.bold(p.name), p.id, p.version, p.kind, p.state));
    terminal.say(p.summary);
    terminal.say(terminal.bold("Checks"));
    for (const playbook::Check& c : p.checks) {
        terminal.say(fmt::format("  {} ({}): {}", c.id, model::name_of(c.ask), c.title));
        for (const playbook::Rule& rule : c.rules) terminal.say(fmt::format("    {}: {}", model::name_of(rule.verdict), rule.why));
        for (const auto& [look, how] : c.by_hand) terminal.say(fmt::format("    {} by hand: {}", look, how));
    }
    terminal.say(terminal.bold("Plan"));
    for (const playbook::Step& step : p.plan) {
        terminal.say(fmt::format("  {}: {}", step.id, step.title));
        for (const playbook::Action& action : step.actions) terminal.say("    " + playbook::sentence_of(action));
    }
    if (!p.isolation.who.empty()) terminal.say(terminal.bold("Isolation"));
    for (const std::string& line : playbook::sentences_of(p.isolation)) terminal.say("  " + line);
    for (const auto& [role, pages] : p.instructions) {
        for (const playbook::Page& page : pages) {
            terminal.say(terminal.bold(fmt::format("Instructions, {}, {}", role, page.language)));
            terminal.say("  " + page.title);
            for (const std::string& line : page.steps) terminal.say("  - " + line);
            for (const std::string& line : page.never) terminal.say("  never: " + line);
        }
    }
    terminal.say(terminal.bold("It cannot know"));
    for (const std::string& line : p.cannot_know) terminal.say("  " + line);
    terminal.say("sha256 " + p.sha256);
    return 0;
}

Result<int> sign(const cli::Given& given, cli::Terminal& terminal) {
    const std::string& path = given.one("FILE");
    TRY(std::string yaml, cli::read_file(path));
    TRY(const std::string key_text, cli::read_file(given.one("--key")));
    TRY(const playbook::SigningKey key, playbook::read_key_file(key_text));
    TRY(playbook::Playbook p, parsed(yaml, path, terminal));
    std::map<std::string, std::string> hashes;
    for (const playbook::File& file : p.files) {
        if (!file.sha256.empty()) continue;
        if (!given.has("--files"))
            return fail(ErrorCode::invalid, fmt::format("the hash of file \"{}\" isn't filled in", file.name), "",
                        "say where it lies with --files DIR");
        TRY(const std::string bytes, cli::read_file((std::filesystem::path(given.one("--files")) / file.name).string()));
        hashes[file.id] = base::sha256_hex(bytes);
    }
    if (!hashes.empty()) {
        TRY(yaml, playbook::fill_in_files(yaml, hashes));
        TRY(p, parsed(yaml, path, terminal));
        TRY(write_file(path, yaml, Secrecy::open));
    }
    const std::string signature_path = path + ".sig";
    std::string existing;
    if (std::filesystem::exists(signature_path)) {
        TRY(existing, cli::read_file(signature_path));
    }
    TRY(const std::string signatures, playbook::sign(p, key, base::SystemClock{}.now(), existing));
    TRY(write_file(signature_path, signatures, Secrecy::open));
    terminal.say(fmt::format("{} version {} is signed with key {}: {}", p.id, p.version, playbook::key_id(key.public_key), signature_path));
    return 0;
}

Result<int> keygen(const cli::Given& given, cli::Terminal& terminal) {
    const playbook::SigningKey key = playbook::new_signing_key();
    TRY(write_file(given.one("FILE"), playbook::key_file_of(key), Secrecy::secret));
    terminal.say(playbook::to_base64(key.public_key));
    terminal.tell(fmt::format("The secret key is in {}. This is its public half; an owner pins it with: douse playbook signer add NAME {}",
                              given.one("FILE"), playbook::to_base64(key.public_key)));
    return 0;
}

template <class Function>
int ended(Function function, const cli::Given& given, cli::Terminal& terminal) {
    const Result<int> status = function(given, terminal);
    return status ? *status : cli::report(status.error(), terminal);
}

}  // namespace

int playbook_check(const cli::Given& given, cli::Terminal& terminal) {
    return ended(check, given, terminal);
}
int playbook_show(const cli::Given& given, cli::Terminal& terminal) {
    return ended(show, given, terminal);
}
int playbook_sign(const cli::Given& given, cli::Terminal& terminal) {
    return ended(sign, given, terminal);
}
int playbook_keygen(const cli::Given& given, cli::Terminal& terminal) {
    return ended(keygen, given, terminal);
}

}  // namespace douse
