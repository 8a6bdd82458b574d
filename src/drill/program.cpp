// SPDX-License-Identifier: Apache-2.0
#include "drill/program.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

extern char** environ;

namespace douse::drill {
namespace {

std::string last_line(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return std::string(text.substr(text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1));
}

// Input goes in while output comes out, so that neither side waits for the other. A socket pair, because a program that ends
// before it read everything must not cost us a SIGPIPE.
std::string feed_and_read(base::UniqueFd in, const base::UniqueFd& out, std::string_view input) {
    std::string output;
    std::array<char, 8192> buffer{};
    if (input.empty()) in.reset();
    for (;;) {
        std::array<pollfd, 2> waits{{{out.get(), POLLIN, 0}, {in.get(), POLLOUT, 0}}};
        if (::poll(waits.data(), in ? 2 : 1, -1) < 0 && errno != EINTR) break;
        if (in && (waits[1].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
            const ssize_t sent = ::send(in.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent > 0) input.remove_prefix(static_cast<size_t>(sent));
            if (input.empty() || (sent < 0 && errno != EAGAIN && errno != EINTR)) in.reset();
        }
        if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const ssize_t got = ::read(out.get(), buffer.data(), buffer.size());
            if (got == 0 || (got < 0 && errno != EINTR)) break;
            if (got > 0) output.append(buffer.data(), static_cast<size_t>(got));
        }
    }
    return output;
}

// An ordinary user's PATH lacks the folders of `ip` and `nft`, and `su` keeps it.
std::string search_path() {
    const char* own = std::getenv("PATH");
    return std::string(own == nullptr ? "/usr/bin:/bin" : own) + ":/usr/local/sbin:/usr/sbin:/sbin";
}

}  // namespace

std::string find_program(std::string_view name) {
    if (name.contains('/')) return std::string(name);
    std::istringstream folders(search_path());
    for (std::string folder; std::getline(folders, folder, ':');) {
        std::string candidate = fmt::format("{}/{}", folder, name);
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

Result<Finished> run_program(const std::vector<std::string>& words, std::string_view input, const std::vector<std::string>& more_environment) {
    const std::string program = find_program(words.front());
    if (program.empty()) return fail(ErrorCode::unsupported, fmt::format("the program \"{}\" is not installed", words.front()));
    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) != 0) return fail(ErrorCode::exhausted, "out of sockets");
    base::UniqueFd in_ours(in[0]);
    base::UniqueFd in_theirs(in[1]);
    if (::pipe2(out.data(), O_CLOEXEC) != 0) return fail(ErrorCode::exhausted, "out of pipes");
    base::UniqueFd out_ours(out[0]);
    base::UniqueFd out_theirs(out[1]);

    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::string path = "PATH=" + search_path();
    std::vector<char*> environment;
    for (const auto& each : more_environment) environment.push_back(const_cast<char*>(each.c_str()));
    environment.push_back(path.data());
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in_theirs.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, out_theirs.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, out_theirs.get(), 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return fail(failed == ENOENT ? ErrorCode::unsupported : ErrorCode::exhausted, fmt::format("could not start \"{}\"", words.front()),
                    std::strerror(failed));
    in_theirs.reset();
    out_theirs.reset();
    Finished finished;
    finished.output = feed_and_read(std::move(in_ours), out_ours, input);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return finished;
}

Result<std::string> must_run(const std::vector<std::string>& words, std::string_view input, const std::vector<std::string>& more_environment) {
    TRY(Finished finished, run_program(words, input, more_environment));
    if (finished.exit_code != 0)
        return fail(ErrorCode::internal, fmt::format("\"{}\" ended with {}: {}", words.front(), finished.exit_code, last_line(finished.output)),
                    finished.output);
    return std::move(finished.output);
}

}  // namespace douse::drill
