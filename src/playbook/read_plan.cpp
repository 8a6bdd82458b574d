// SPDX-License-Identifier: Apache-2.0
#include "playbook/read.hpp"

#include "base/digest.hpp"
#include "model/plain_words.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>
#include <charconv>

namespace douse::playbook {
namespace {

constexpr size_t actions_limit = 12;

// remove takes one file by its exact name, and nothing whose loss would take the system along.
std::string read_exact_path(Fields& f, std::string_view key) {
    std::string path = f.text(key, path_limit, Need::required);
    if (path.empty()) return path;
    const Place place = f.node().find(key)->place;
    if (path.find('\\') != std::string::npos || path.starts_with('%') || (path.size() > 1 && path[1] == ':')) {
        f.error(place, "paths of Windows are not supported in this version", "Write a path that begins with /.", "unsupported");
    } else if (path.find_first_of("*?[") != std::string::npos) {
        f.error(place, fmt::format("\"{}\" is a wildcard", path), "Name each file exactly.", "wildcard");
    } else if (!path.starts_with('/') || path.find("//") != std::string::npos || (path + "/").find("/../") != std::string::npos ||
               (path + "/").find("/./") != std::string::npos) {
        f.error(place, fmt::format("\"{}\" is not an absolute path", path), "Write a path that begins with /, without . and ..", "path");
    } else if (path.ends_with('/')) {
        f.error(place, fmt::format("\"{}\" is a folder", path), "Name each file exactly.", "folder");
    } else if (!model::is_plain_path(path)) {
        f.error(place, "the path holds a line break or a NUL", "Write the path on one line.", "path");
    } else if (path.find('/', 1) == std::string::npos) {
        f.error(place, fmt::format("\"{}\" lies directly under the root", path), "Nothing there is removed by a playbook.", "under-root");
    }
    return path;
}

std::optional<Action> read_remove(Fields& f) {
    const Node& node = f.node();
    if (const Node* job = node.find("job")) {
        Remove remove;
        f.ignore("job");
        remove.job = regex_of(f.report(), *job, f.where(), "job");
        if (remove.job && !model::is_literal(remove.job->text()))
            f.wrong(*job, "job", "the job's own text on one line",
                    "Signs of a regular expression would fit other jobs too; write a part of its line.", "job-not-literal");
        f.close();
        return remove;
    }
    if (node.find("file")) {
        Remove remove{.file = read_exact_path(f, "file")};
        f.not_yet("sha256", "The file is removed by its exact name; take it out.");
        f.not_yet("size", "The file is removed by its exact name; take it out.");
        f.close();
        return remove;
    }
    for (const std::string_view key : {"registry", "service", "member"}) {
        if (!node.find(key)) continue;
        f.not_yet(key, "Supported are remove of a file and of a job.");
        return std::nullopt;
    }
    f.error(f.place(), "removes nothing", "Write remove: {file: /PATH} or remove: {job: PATTERN}.", "action");
    return std::nullopt;
}

std::optional<Action> read_stop(Fields& f) {
    if (f.node().find("service")) {
        f.not_yet("service", "Supported is stop of a process with its path.");
        return std::nullopt;
    }
    Stop stop{.process = f.text("process", line_limit, Need::required), .path = {}};
    if (!f.node().find("path"))
        f.error(f.place(), "stops a process without its path", "Write path: too; names are shared, paths are not.", "stop-without-path");
    else
        stop.path = read_exact_path(f, "path");
    if (stop.process.find_first_of("*?[") != std::string::npos)
        f.error(f.place(), "stops processes by a wildcard", "Name the process exactly.", "wildcard");
    else if (!stop.process.empty() && !model::is_process_name(stop.process))
        f.wrong(*f.node().find("process"), "process", "a process's name", "Write it on one line.", "process");
    f.close();
    return stop;
}

std::optional<Action> read_install(Fields& f) {
    Install install;
    install.package = f.text("package", line_limit, Need::required);
    if (!install.package.empty() && !model::is_package_name(install.package))
        f.wrong(*f.node().find("package"), "package", "a package's name", "Lower-case letters, digits, + - and .", "package");
    install.version = f.version("version", Need::required);
    if (!install.version.empty() && !model::is_package_version(install.version))
        f.wrong(*f.node().find("version"), "version", "a version of a Debian package", "Write it as dpkg prints it.", "version");
    if (!f.node().find("file"))
        f.error(f.place(), "install without a file is not supported in this version", "Put the package under files and name it here.", "unsupported");
    else
        install.file = f.name("file", Need::required);
    f.close();
    return install;
}

std::optional<Action> read_action(const Node& node, const std::string& where, Report& report) {
    if (!node.is_map() || node.members.size() != 1) {
        report.error(node.place, where, "an action is one word and what it acts on", "Write one of remove, stop, install or restart.", "action");
        return std::nullopt;
    }
    const Member& m = node.members.front();
    if (m.key == "run" || m.key == "set") {
        report.error(m.place, where, fmt::format("the action {} is not supported in this version", m.key),
                     "Supported are remove, stop, install and restart.", "unsupported");
        return std::nullopt;
    }
    Fields f(report, m.value, where + ", " + m.key);
    if (!f.is_map()) return std::nullopt;
    if (m.key == "remove") return read_remove(f);
    if (m.key == "stop") return read_stop(f);
    if (m.key == "install") return read_install(f);
    if (m.key == "restart") {
        static const RE2 services("[A-Za-z0-9][A-Za-z0-9@._-]{0,99}");
        Restart restart{.service = f.text("service", line_limit, Need::required)};
        if (!restart.service.empty() && !RE2::FullMatch(restart.service, services))
            f.wrong(*m.value.find("service"), "service", "a service's name", "Letters, digits, @ . _ and -.", "service");
        f.close();
        return restart;
    }
    report.error(m.place, where, fmt::format("nothing is called \"{}\" here", m.key), "Actions are remove, stop, install and restart.",
                 "unknown-key");
    return std::nullopt;
}

std::optional<int64_t> exit_code(std::string_view text) {
    const bool hex = text.starts_with("0x");
    const std::string_view digits = hex ? text.substr(2) : text;
    int64_t code = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    const bool fits = error == std::errc{} && rest == digits.data() + digits.size() && code >= INT32_MIN && code <= UINT32_MAX;
    return fits ? std::optional(code) : std::nullopt;
}

std::map<int64_t, Outcome> read_exit(const Node& node, const std::string& where, Report& report) {
    std::map<int64_t, Outcome> table;
    for (const Member& m : node.members) {
        const auto code = exit_code(m.key);
        if (!code)
            report.error(m.place, where, fmt::format("\"{}\" is not an exit code", m.key),
                         "Write a decimal number, or 0x and hex digits, of 32 bits.", "exit-code");
        std::optional<Outcome> outcome;
        for (const Outcome o : {Outcome::done, Outcome::done_reboot, Outcome::rebooting, Outcome::already, Outcome::retry, Outcome::not_for_this}) {
            if (m.value.kind == Node::Kind::text && name_of(o) == m.value.text) outcome = o;
        }
        if (!outcome)
            report.error(m.value.place, where, fmt::format("an exit code means {}", shown(m.value)),
                         "Write done, done_reboot, rebooting, already, retry or not_for_this; what is not listed has failed.", "exit-outcome");
        if (code && outcome && !table.emplace(*code, *outcome).second)
            report.error(m.place, where, fmt::format("the exit code {} is listed twice", *code), "Keep one of them.", "duplicate-key");
    }
    return table;
}

void read_needs(Fields& step, Step& out) {
    const Node* needs = step.map("needs", Need::optional);
    if (!needs) return;
    Fields f(step.report(), *needs, step.where() + ", needs");
    out.needs.disk = f.size("disk", Need::optional).value_or(0);
    if (f.word("rights", {"admin", "user"}, Need::optional) == "user")
        f.error(needs->find("rights")->place, "rights: user is not supported in this version",
                "Every step runs as root, and is refused where the login isn't root's; write admin, or take it out.", "unsupported");
    f.not_yet("free_of", "No step waits for a restart that is due; put the step with the reboot before it.");
    f.close();
}

void read_retry(Fields& step, Step& out) {
    const Node* retry = step.map("retry", Need::required,
                                 "Write what may happen after an attempt whose end nobody knows, e.g. retry: {class: safe, limit: 3, wait: 10m}.");
    if (!retry) return;
    Fields f(step.report(), *retry, step.where() + ", retry");
    const std::string word = f.word("class", {"safe", "ask", "never"}, Need::required);
    out.retry.when = word == "safe" ? RetryClass::safe : word == "ask" ? RetryClass::ask : RetryClass::never;
    out.retry.limit = static_cast<int>(f.integer("limit", 0, 10, Need::optional).value_or(0));
    out.retry.wait = f.duration("wait", Need::optional).value_or(Millis{});
    f.close();
}

void read_reboot(Fields& step, Step& out) {
    const Node* reboot = step.map("reboot", Need::optional);
    if (!reboot) return;
    Fields f(step.report(), *reboot, step.where() + ", reboot");
    Reboot r;
    r.when = f.word("when", {"if_asked", "always"}, Need::required) == "always" ? RebootWhen::always : RebootWhen::if_asked;
    const Node* window = f.node().find("window");
    if (f.word("window", {"maintenance", "any"}, Need::required) == "maintenance")
        f.error(window->place, "a restart in a maintenance window is not supported in this version",
                "It keeps no windows yet; write window: any, which restarts as soon as the step asks for it.", "unsupported");
    r.warn = f.duration("warn", Need::optional).value_or(Millis{});
    r.timeout = f.duration("timeout", Need::required).value_or(Millis{});
    (void)f.word("proof", {"boot_id"}, Need::required);
    f.close();
    out.reboot = r;
}

}  // namespace

Step read_step(const Node& node, const std::vector<std::string>& affected, Report& report) {
    const Node* id = node.find("step");
    Fields f(report, node, "step " + (id && id->kind == Node::Kind::text ? id->text : "?"));
    Step step;
    if (!f.is_map()) return step;
    step.id = f.name("step", Need::required);
    step.title = f.text("title", line_limit, Need::required);
    const std::string does = f.word("does", {"prepare", "clean", "patch", "mitigate"}, Need::required);
    for (const Does d : {Does::prepare, Does::clean, Does::patch, Does::mitigate}) {
        if (name_of(d) == does) step.does = d;
    }
    step.platforms = f.names("for", Need::optional);
    if (!node.find("for")) step.platforms = affected;
    read_needs(f, step);
    if (const Node* skip = f.map("skip_if", Need::optional)) {
        for (const Member& m : skip->members) {
            const auto verdict = m.value.kind == Node::Kind::text ? model::verdict_from(m.value.text) : std::nullopt;
            if (!verdict || *verdict == model::Verdict::unknown)
                f.wrong(m.value, "skip_if", "a verdict", "Write vulnerable, fixed, not_affected, infected or clean.", "bad-verdict");
            else
                step.skip_if.emplace_back(m.key, *verdict);
        }
    }
    if (const Node* actions = f.list("do", Need::required, "Write what it does.")) {
        if (actions->items.size() > actions_limit)
            f.error(actions->place, fmt::format("there are {} actions", actions->items.size()),
                    fmt::format("At most {}; make two steps.", actions_limit), "too-many");
        for (const Node& item : actions->items) {
            if (auto action = read_action(item, f.where(), report)) step.actions.push_back(*std::move(action));
        }
    }
    if (const Node* exit = f.map("exit", Need::optional)) step.exit = read_exit(*exit, f.where(), report);
    step.timeout = f.duration("timeout", Need::required, "Write how long it may take at most, e.g. timeout: 20m.").value_or(Millis{});
    read_retry(f, step);
    read_reboot(f, step);
    if (const Node* exit = node.find("exit"); exit && !node.find("reboot")) {
        for (const Member& m : exit->members) {
            if (m.value.text != name_of(Outcome::done_reboot) && m.value.text != name_of(Outcome::rebooting)) continue;
            f.error(m.value.place, fmt::format("the exit code {} means {}, and the step has no reboot", m.key, m.value.text),
                    "Write reboot: with its window and timeout, or another outcome.", "no-reboot");
        }
    }
    f.not_yet("keep", "Nothing is put into quarantine yet; take it out if that is acceptable.");
    f.ignore("ref");
    (void)f.text("note", text_limit, Need::optional);
    f.close();
    step.hash = base::sha256_hex(canonical_json_without(node, {"note"}));
    return step;
}

}  // namespace douse::playbook
