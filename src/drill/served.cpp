// SPDX-License-Identifier: Apache-2.0
#include "drill/served.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/socket_address.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace douse::drill {
namespace {

constexpr uint16_t usual_port = 8440;
constexpr Millis greeting_limit = std::chrono::seconds{20};
constexpr Millis ending_limit = std::chrono::seconds{10};

bool bind_to(int fd, const Endpoint& where) {
    const base::SocketAddress to(where);
    return ::bind(fd, to.get(), to.size) == 0;
}

Error system_error(std::string_view what) {
    return {.code = ErrorCode::internal, .sentence = fmt::format("{}: {}", what, std::strerror(errno))};
}

}  // namespace

Result<std::unique_ptr<Served>> Served::start(ServedOptions options) {
    std::unique_ptr<Served> served(new Served(std::move(options)));
    TRY(served->bind_listener());
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0) return std::unexpected(system_error("pipe"));
    base::UniqueFd read_end(out[0]);
    base::UniqueFd write_end(out[1]);
    TRY(const int pid, served->spawn(write_end.get()));
    {
        base::MutexLock lock(served->mutex_);
        served->pid_ = pid;
    }
    write_end.reset();
    const Result<void> greeted = served->read_greeting(read_end.get());
    served->supervisor_ = std::jthread([raw = served.get()](const std::stop_token& stop) { raw->supervise(stop); });
    if (!greeted) return std::unexpected(greeted.error());
    return served;
}

Result<void> Served::bind_listener() {
    std::vector<Endpoint> wanted{{.address = Address::v4(INADDR_LOOPBACK), .port = usual_port}, {.address = Address::v4(INADDR_LOOPBACK), .port = 0}};
    if (!options_.listen.empty()) {
        const auto given = Endpoint::parse(options_.listen);
        if (!given || !given->address.is_loopback()) {
            return fail(ErrorCode::invalid, fmt::format("\"{}\" is no loopback address and port to listen on, like 127.0.0.1:8440", options_.listen));
        }
        wanted = {*given};
    }
    listener_.reset(::socket(base::SocketAddress(wanted.front()).family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (std::ranges::none_of(wanted, [&](const Endpoint& where) { return bind_to(listener_.get(), where); })) {
        return fail(ErrorCode::conflict, fmt::format("cannot listen on {}: {}", wanted.front().text(), std::strerror(errno)));
    }
    if (::listen(listener_.get(), 128) != 0) return std::unexpected(system_error("listen"));
    const auto bound = base::bound_to(listener_.get());
    if (!bound) return std::unexpected(system_error("listen"));
    host_ = bound->address.text();
    port_ = bound->port;
    return {};
}

Result<int> Served::spawn(int stdout_fd) {
    // Everything the child needs is made before the fork: between fork and exec only async-signal-safe calls are allowed.
    base::UniqueFd netns(::open(("/run/netns/" + options_.netns).c_str(), O_RDONLY | O_CLOEXEC));
    if (!netns) return std::unexpected(system_error("namespace " + options_.netns));
    base::UniqueFd log(::open(options_.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!log) return std::unexpected(system_error(options_.log.string()));
    const int inherited = ::fcntl(listener_.get(), F_DUPFD, 10);  // without close-on-exec
    base::UniqueFd inherited_fd(inherited);
    const std::string fd_text = std::to_string(inherited);
    const std::string program = options_.program.string();
    const std::string data = options_.data.string();
    const char* words[] = {program.c_str(), "serve", "--data", data.c_str(), "--listen-fd", fd_text.c_str(), "--drill", nullptr};
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return std::unexpected(system_error("fork"));
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent || ::setns(netns.get(), CLONE_NEWNET) != 0) ::_exit(126);
        ::dup2(stdout_fd, STDOUT_FILENO);
        ::dup2(log.get(), STDERR_FILENO);
        ::execv(program.c_str(), const_cast<char**>(words));
        ::_exit(127);
    }
    if (options_.started) options_.started(pid);
    return static_cast<int>(pid);
}

Result<void> Served::read_greeting(int fd) {
    const Deadline limit = base::deadline_in(greeting_limit);
    std::string text;
    for (;;) {
        const size_t mark = text.find("/sign-in#");
        if (mark != std::string::npos && text.find('\n', mark) != std::string::npos) {
            const size_t begin = text.rfind("http", mark);
            owner_link_ = text.substr(begin, text.find_first_of(" \n", mark) - begin);
            return {};
        }
        pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(base::left_until(limit).count())) <= 0)
            return fail(ErrorCode::timed_out, "the server did not start in time");
        char buffer[4096];
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count <= 0) return fail(ErrorCode::unreachable, "the server ended before it served; see " + options_.log.string());
        text.append(buffer, static_cast<size_t>(count));
    }
}

void Served::supervise(const std::stop_token& stop) {
    for (;;) {
        int pid = 0;
        {
            base::MutexLock lock(mutex_);
            pid = pid_;
        }
        int status = 0;
        if (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
        if (stop.stop_requested()) return;
        base::log(base::LogLevel::info, fmt::format("the drill's server ended ({} {}) and is started again", WIFSIGNALED(status) ? "signal" : "exit",
                                                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
        base::UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        const Result<int> next = spawn(nowhere.get());
        if (!next) {
            base::log(base::LogLevel::error, next.error().sentence);
            return;
        }
        base::MutexLock lock(mutex_);
        pid_ = *next;
        ++restarts_;
    }
}

int Served::restarts() const {
    base::MutexLock lock(mutex_);
    return restarts_;
}

void Served::kill() {
    base::MutexLock lock(mutex_);
    if (pid_ > 0) ::kill(pid_, SIGKILL);
}

Served::~Served() {
    if (!supervisor_.joinable()) return;
    supervisor_.request_stop();
    const Deadline limit = base::deadline_in(ending_limit);
    {
        base::MutexLock lock(mutex_);
        if (pid_ > 0) ::kill(pid_, SIGTERM);
    }
    // The supervisor's waitpid returns when the server has ended; one that doesn't end in time is killed.
    std::jthread killer([this, limit](const std::stop_token& stop) {
        while (!stop.stop_requested() && base::left_until(limit).count() > 0) std::this_thread::sleep_for(Millis{20});
        if (!stop.stop_requested()) kill();
    });
    supervisor_.join();
}

}  // namespace douse::drill
