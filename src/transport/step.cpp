// SPDX-License-Identifier: Apache-2.0
#include "transport/step.hpp"

#include "base/digest.hpp"
#include "base/utf8.hpp"
#include "transport/shell.hpp"
#include "transport/step_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace douse::transport {
namespace {

constexpr std::string_view greeting = "douse-step 2\n";
constexpr std::string_view farewell = "douse-end\n";
constexpr int script_missing = 97;
constexpr size_t name_limit = 100;
constexpr size_t actions_limit = 12;                             // the format's
constexpr auto answer_margin = std::chrono::milliseconds{1500};  // for the answer's way back before the caller's deadline

bool all_of(std::string_view text, std::string_view extra) {
    return std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || extra.find(c) != std::string_view::npos;
    });
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= name_limit && all_of(text.substr(0, 1), "") && all_of(text, "._-");
}

std::unexpected<Error> invalid(std::string sentence) {
    return fail(ErrorCode::invalid, std::move(sentence));
}

Result<void> check_names(const std::string& job, const std::string& step, int run, const std::string& root) {
    if (!is_name(job)) return invalid(fmt::format("\"{}\" is not the name of a job", job));
    if (!is_name(step)) return invalid(fmt::format("\"{}\" is not the name of a step", step));
    if (run < 1) return invalid(fmt::format("run {} of a step is not a number from 1", run));
    if (!is_plain_path(root)) return invalid(fmt::format("\"{}\" is not a folder for receipts", root));
    return {};
}

// The lines of one action in the parameter file, or why it is refused.
struct Lines {
    std::string& out;

    Result<void> operator()(const RemoveJob& a) const {
        if (!is_one_line(a.pattern) || a.pattern.empty()) return invalid("a job's pattern is not one line of text");
        if (!model::is_literal(a.pattern))
            return fail(ErrorCode::unsupported, fmt::format("the job pattern \"{}\" is more than plain text", a.pattern));
        out += "remove_job\n" + a.pattern + '\n';
        return {};
    }
    Result<void> operator()(const RemoveFile& a) const {
        if (!is_plain_path(a.path) || a.path.rfind('/') == 0) return invalid(fmt::format("\"{}\" is not a file that may be removed", a.path));
        out += "remove_file\n" + a.path + '\n';
        return {};
    }
    Result<void> operator()(const StopProcess& a) const {
        if (!model::is_process_name(a.name)) return invalid("a process's name is not one line of text");
        if (!is_plain_path(a.path)) return invalid(fmt::format("\"{}\" is not a program's absolute path", a.path));
        out += "stop_process\n" + a.name + '\n' + a.path + '\n';
        return {};
    }
    Result<void> operator()(const InstallPackage& a) const {
        if (!model::is_package_name(a.package)) return invalid(fmt::format("\"{}\" is not a package", a.package));
        if (!model::is_package_version(a.version)) return invalid(fmt::format("\"{}\" is not a package's version", a.version));
        if (!is_plain_path(a.file)) return invalid(fmt::format("\"{}\" is not a file's absolute path", a.file));
        out += "install_package\n" + a.package + '\n' + a.version + '\n' + a.file + '\n';
        return {};
    }
    Result<void> operator()(const RestartService& a) const {
        if (a.name.empty() || a.name.size() > name_limit || a.name.front() == '-' || a.name.front() == '.' || !all_of(a.name, "@._:-")) {
            return invalid(fmt::format("\"{}\" is not a service's name", a.name));
        }
        out += "restart_service\n" + a.name + '\n';
        return {};
    }
};

Result<std::string> parameters(const StepJob& job) {
    if (job.timeout <= Millis{0}) return invalid("a step without a timeout is not started");
    if (job.needs_disk_bytes < 0) return invalid("the room that a step needs is less than nothing");
    if (job.actions.empty() || job.actions.size() > actions_limit)
        return invalid(fmt::format("a step of {} actions is not started", job.actions.size()));
    if (job.step_hash.empty() || job.step_hash.size() > name_limit || !all_of(job.step_hash, "")) return invalid("the step's hash is not a hash");
    const auto seconds = (job.timeout.count() + 999) / 1000;
    std::string text = fmt::format("{}\n{}\n", seconds, job.needs_disk_bytes);
    for (const auto& action : job.actions) TRY(std::visit(Lines{text}, action));
    return text + "end\n";
}

std::optional<std::string_view> line_after(std::string_view text, std::string_view key) {
    for (const auto line : lines_of(text)) {
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ') return line.substr(key.size() + 1);
    }
    return std::nullopt;
}

// The lines behind ">" that follow the line `key`.
std::string quoted_after(std::string_view text, std::string_view key) {
    std::string quoted;
    bool inside = false;
    for (const auto line : lines_of(text)) {
        if (inside && !line.starts_with('>')) break;
        if (inside) quoted.append(line.substr(1)).push_back('\n');
        if (line == key) inside = true;
    }
    return quoted;
}

// The lines of base64 between the line `key` and the next one that ends in a colon.
std::string decoded_after(std::string_view text, std::string_view key) {
    std::string digits;
    bool inside = false;
    for (const auto line : lines_of(text)) {
        if (inside && line.ends_with(':')) break;
        if (inside) digits += line;
        if (line == key) inside = true;
    }
    return base::from_base64(digits).value_or("");
}

// Lines become sentences: "removed /a; stopped 1 of /b".
std::string sentence_of(std::string said) {
    while (!said.empty() && said.back() == '\n') said.pop_back();
    for (size_t at = 0; (at = said.find('\n', at)) != std::string::npos; at += 2) said.replace(at, 1, "; ");
    return said;
}

Result<StepResult> read_answer(const Output& output) {
    const auto unreadable = [&] {
        return fail(ErrorCode::unsupported, "the machine's shell does not answer about the step", output.err.substr(0, 500), {}, Effect::unknown);
    };
    const std::string_view all = output.out;
    const auto first = all.find(greeting);
    if (first == std::string_view::npos || !all.ends_with(farewell)) return unreadable();
    const std::string_view text = all.substr(first + greeting.size());
    StepResult result;
    const auto state = line_after(text, "state");
    if (state == "not_started") {
        result.state = StepResult::State::not_started;
    } else if (state == "running") {
        result.state = StepResult::State::running;
    } else if (state == "fate_unknown") {
        result.state = StepResult::State::fate_unknown;
        result.said = "the step began, and no process and no result of it are there";
    } else if (state == "ended") {
        result.state = StepResult::State::ended;
    } else {
        return unreadable();
    }
    result.reboot_pending = line_after(text, "reboot").has_value();
    if (result.state != StepResult::State::ended) return result;
    const auto code = line_after(text, "code");
    if (!code || std::from_chars(code->data(), code->data() + code->size(), result.code).ec != std::errc{}) {
        result.state = StepResult::State::fate_unknown;
        result.said = "the step's receipt is damaged";
        return result;
    }
    result.disk_short = line_after(text, "short") == "1";
    result.said = sentence_of(quoted_after(text, "said:"));
    if (const auto words = sentence_of(decoded_after(text, "output:")); !words.empty()) result.said += ": " + words;
    result.said = base::utf8_text(result.said);
    return result;
}

Result<StepResult> judge(const Output& output) {
    const std::string why = base::utf8_text(output.err.substr(0, output.err.find('\n')));
    switch (output.exit_code) {
        case 0: return read_answer(output);
        case 13: return fail(ErrorCode::denied, "the folder for receipts is not ours alone", why);
        case 28: return fail(ErrorCode::exhausted, "the disk is full: not even the step's receipt could be written, nothing ran", why);
        case 74: return fail(ErrorCode::unreachable, "the step did not begin: its parameters were cut off on the way", why);
        case 77: return fail(ErrorCode::denied, "a step runs as root, and this login is not root's", why);
        case 75: return fail(ErrorCode::wrong_state, "the machine holds the receipt of another step under this name", why);
        default:
            return fail(ErrorCode::unsupported, "the step could not be started",
                        fmt::format("code {}: {}", output.exit_code, output.err.substr(0, 500)), {}, Effect::unknown);
    }
}

}  // namespace

Result<StepResult> start_step(Session& session, const StepJob& job, Deadline deadline, std::stop_token stop) {
    TRY(check_names(job.job, job.step, job.run, job.root));
    TRY(const auto text, parameters(job));
    const std::string program = fmt::format("{}/bin/run-step-{}", job.root, base::sha256_hex(step_script()));
    const auto left = std::max(base::left_until(deadline) - answer_margin, Millis{0});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left).count();
    const std::string command =
        fmt::format("exec /bin/sh -c 'test -f \"$0\" || exit {}; exec /bin/sh \"$0\" \"$@\"' {} start {} {} {} {} {} {}", script_missing,
                    shell_word(program), shell_word(job.root), job.job, job.step, job.run, job.step_hash, seconds);
    TRY(auto output, session.run(command, text, deadline, stop));
    if (output.exit_code == script_missing) {
        if (auto put = session.put(program, step_script(), 0600, deadline, stop); !put) {
            put.error().effect = Effect::none;  // of the step: nothing of it is there yet
            return std::unexpected(std::move(put).error());
        }
        TRY(output, session.run(command, text, deadline, stop));
    }
    return judge(output);
}

Result<StepResult> ask_step(Session& session, const std::string& job, const std::string& step, int run, Deadline deadline, std::stop_token stop,
                            const std::string& root) {
    TRY(check_names(job, step, run, root));
    // The text goes along, so that asking puts nothing on the machine and works whatever version started the step.
    const std::string command = fmt::format("exec /bin/sh -c {} sh ask {} {} {} {}", shell_word(step_script()), shell_word(root), job, step, run);
    auto output = session.run(command, {}, deadline, std::move(stop));
    if (!output) {
        output.error().effect = Effect::none;  // only reads
        return std::unexpected(std::move(output).error());
    }
    auto result = judge(*output);
    if (!result) result.error().effect = Effect::none;
    return result;
}

std::string file_place(const std::string& sha256, const std::string& name, const std::string& root) {
    return fmt::format("{}/files/{}/{}", root, sha256, name);
}

}  // namespace douse::transport
