// SPDX-License-Identifier: Apache-2.0
#include "transport/looks.hpp"

#include "transport/look_script.hpp"
#include "transport/shell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace douse::transport {

using model::Look;
using model::LookKind;

namespace {

constexpr int64_t seconds_a_look = 20;  // where the look says nothing

int64_t seconds_of(const Look& look) {
    return look.timeout > Millis{0} ? (look.timeout.count() + 999) / 1000 : seconds_a_look;
}

// The call that asks ls of all places at once; nothing where no look has one.
std::string places_of(std::span<const Look> looks) {
    std::string call;
    bool jobs = false;
    int64_t seconds = 0;
    for (const Look& look : looks) {
        if (!unaskable(look).empty() || (look.kind != LookKind::file && look.kind != LookKind::job)) continue;
        seconds = seconds == 0 ? seconds_of(look) : std::min(seconds, seconds_of(look));
        if (look.kind == LookKind::file) call += ' ' + shell_word(look.argument);
        jobs = jobs || look.kind == LookKind::job;
    }
    if (seconds == 0) return {};
    return fmt::format("begin {}\nask_places{}{}\n", seconds, call, jobs ? " $job_places /home/*/.config/systemd/user" : "");
}

}  // namespace

std::string unaskable(const Look& look) {
    const auto& argument = look.argument;
    switch (look.kind) {
        case LookKind::file: return is_plain_path(argument) ? "" : "the path is not a plain absolute path";
        case LookKind::process:
            if (!look.path.empty() && !is_plain_path(look.path)) return "the program's path is not a plain absolute path";
            return model::is_process_name(argument) ? "" : "the name is not a process's name";
        case LookKind::package: return model::is_package_name(argument) ? "" : "the name is not a package's name";
        case LookKind::listener: {
            const auto slash = argument.find('/');
            uint16_t port = 0;
            const auto digits = std::string_view(argument).substr(0, slash);
            const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
            const bool is_port = error == std::errc{} && end == digits.data() + digits.size() && port != 0;
            const auto protocol = slash == std::string::npos ? "" : argument.substr(slash + 1);
            return is_port && (protocol == "tcp" || protocol == "udp") ? "" : "the port is not written like 80/tcp";
        }
        case LookKind::job:
        case LookKind::reboot_pending: return "";
    }
    return "this look is not known";
}

std::string look_script(std::span<const Look> looks) {
    // One function holds all calls, so that the shell has read the whole script before it runs anything that could eat its stdin.
    std::string script = look_functions() + "main() {\necho '" + std::string(look_greeting) + "'\nmachine\n" + places_of(looks);
    for (size_t i = 0; i < looks.size(); ++i) {
        const Look& look = looks[i];
        if (!unaskable(look).empty()) continue;
        script += fmt::format("begin {}\n", seconds_of(look));
        switch (look.kind) {
            case LookKind::file: script += fmt::format("look_file {} {}\n", i, shell_word(look.argument)); break;
            case LookKind::process:
                script += fmt::format("look_process {} {} {}\n", i, shell_word(look.argument.substr(0, comm_limit)), shell_word(look.path));
                break;
            case LookKind::listener: {
                const auto slash = look.argument.find('/');
                script += fmt::format("look_listener {} {} {:04X}\n", i, look.argument.substr(slash + 1), std::stoi(look.argument.substr(0, slash)));
                break;
            }
            case LookKind::job: script += fmt::format("look_job {}\n", i); break;
            case LookKind::package: script += fmt::format("look_package {} {}\n", i, shell_word(look.argument)); break;
            case LookKind::reboot_pending: script += fmt::format("look_reboot {}\n", i); break;
        }
    }
    return script + "tables\necho '" + std::string(look_farewell) + "'\n}\nmain </dev/null\nexit 0\n";
}

Result<LookAnswers> look(Session& session, std::span<const Look> looks, Deadline deadline, std::stop_token stop) {
    TRY(auto output, session.run("exec /bin/sh -s", look_script(looks), deadline, std::move(stop)));
    if (output.truncated && output.out.size() >= output_limit) {
        return fail(ErrorCode::exhausted, "the machine's answer to the looks is too long", fmt::format("more than {} bytes", output_limit));
    }
    auto answers = read_look_answer(looks, output.out);
    if (!answers && !output.err.empty()) answers.error().detail = output.err.substr(0, 500);
    return answers;
}

}  // namespace douse::transport
