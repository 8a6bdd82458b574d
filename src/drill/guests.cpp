// SPDX-License-Identifier: Apache-2.0
#include "drill/guests.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

extern char** environ;

namespace douse::drill {
namespace {

constexpr Millis ends_within{5000};
constexpr uint64_t wake_mark = ~uint64_t{0};

Result<pid_t> spawn(const std::vector<std::string>& words, int control, int log) {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, log, 1);
    posix_spawn_file_actions_adddup2(&actions, log, 2);
    posix_spawn_file_actions_adddup2(&actions, control, control_fd);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = -1;
    const int failed = ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) return fail(ErrorCode::exhausted, fmt::format("could not start \"{}\"", words.front()), std::strerror(failed));
    return pid;
}

void reap(const ProcessId& process, Deadline deadline) {
    for (;;) {
        if (::waitpid(process.pid, nullptr, WNOHANG) != 0) return;  // gone, or somebody else waited for it
        if (base::left_until(deadline) == Millis{0}) break;
        ::poll(nullptr, 0, 2);
    }
    ::kill(process.pid, SIGKILL);  // our own child, not waited for yet: the number can't be another's
    ::waitpid(process.pid, nullptr, 0);
}

}  // namespace

Guests::Guests() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = wake_mark;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
    listener_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
}

Guests::~Guests() {
    end_all();
    listener_.request_stop();
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = ::write(wake_.get(), &one, sizeof one);
}

Result<ProcessId> Guests::start(size_t number, const std::filesystem::path& program, const MachineSpec& spec, const std::filesystem::path& log) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0)
        return fail(ErrorCode::exhausted, "out of sockets", std::strerror(errno));
    Guest guest;
    guest.control.reset(pair[0]);
    guest.name = spec.of("name");
    // Above any descriptor that the child gives a meaning, so that dup2 always makes a copy without close-on-exec.
    const base::UniqueFd theirs(::fcntl(pair[1], F_DUPFD_CLOEXEC, 10));
    ::close(pair[1]);
    const base::UniqueFd output(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!theirs || !output) return fail(ErrorCode::exhausted, "out of descriptors", std::strerror(errno));
    TRY(const pid_t pid, spawn(spec.command_line(program.string()), theirs.get(), output.get()));
    guest.state.supervisor = process_of(pid).value_or(ProcessId{pid, 0});
    const ProcessId supervisor = guest.state.supervisor;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    const int control = guest.control.get();
    {
        const base::MutexLock lock(mutex_);
        guests_.insert_or_assign(number, std::move(guest));
    }
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, control, &event);
    return supervisor;
}

void Guests::tell(size_t number, char command) {
    const base::MutexLock lock(mutex_);
    ::send(guests_.at(number).control.get(), &command, 1, MSG_NOSIGNAL);
}

GuestState Guests::state_of(size_t number) const {
    const base::MutexLock lock(mutex_);
    const auto found = guests_.find(number);
    return found == guests_.end() ? GuestState{} : found->second.state;
}

std::map<size_t, int> Guests::supervisors() const {
    const base::MutexLock lock(mutex_);
    std::map<size_t, int> all;
    for (const auto& [number, guest] : guests_) all.emplace(number, guest.state.supervisor.pid);
    return all;
}

Result<void> Guests::wait_for_all(const std::function<bool(const GuestState&)>& enough, Deadline deadline, const std::stop_token& stop,
                                  const std::function<void(size_t)>& counted) {
    size_t told = 0;
    for (;;) {
        size_t count = 0;
        size_t all = 0;
        {
            const base::MutexLock lock(mutex_);
            all = guests_.size();
            for (const auto& [number, guest] : guests_) {
                if (!guest.state.failure.empty()) return fail(ErrorCode::internal, fmt::format("{}: {}", guest.name, guest.state.failure));
                count += enough(guest.state) ? 1 : 0;
            }
            if (count == told && count < all &&
                changed_.wait_until(mutex_, std::min(deadline, base::deadline_in(Millis{200}))) == std::cv_status::timeout &&
                base::left_until(deadline) == Millis{0})
                return fail(ErrorCode::timed_out, fmt::format("{} of {} machines came up in time", count, all));
        }
        if (count != told && counted) counted(count);
        told = count;
        if (count == all) return {};
        if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
    }
}

Result<void> Guests::wait_for(size_t number, const std::function<bool(const GuestState&)>& enough, Deadline deadline) {
    const base::MutexLock lock(mutex_);
    const Guest& guest = guests_.at(number);
    while (!enough(guest.state)) {
        if (!guest.state.failure.empty()) return fail(ErrorCode::internal, fmt::format("{}: {}", guest.name, guest.state.failure));
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && !enough(guest.state))
            return fail(ErrorCode::timed_out, fmt::format("{} didn't get that far in time", guest.name));
    }
    return {};
}

void Guests::end_all() {
    std::map<size_t, Guest> ending;
    {
        const base::MutexLock lock(mutex_);
        ending.swap(guests_);
    }
    for (auto& [number, guest] : ending) guest.control.reset();
    const Deadline deadline = base::deadline_in(ends_within);
    for (const auto& [number, guest] : ending) reap(guest.state.supervisor, deadline);
}

void Guests::listen(const std::stop_token& stop) {
    std::array<epoll_event, 32> events{};
    while (!stop.stop_requested()) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            if (events[static_cast<size_t>(i)].data.u64 == wake_mark) continue;
            const base::MutexLock lock(mutex_);
            const auto found = guests_.find(static_cast<size_t>(events[static_cast<size_t>(i)].data.u64));
            if (found == guests_.end()) continue;
            std::array<char, longest_message> message{};
            const ssize_t got = ::recv(found->second.control.get(), message.data(), message.size(), MSG_DONTWAIT);
            if (got > 0) {
                take_locked(found->second, std::string_view(message.data(), static_cast<size_t>(got)));
            } else if (got == 0) {
                ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.control.get(), nullptr);
                found->second.state.up = false;
                found->second.state.init = 0;
                if (found->second.state.failure.empty()) found->second.state.failure = "its process ended";
            }
            changed_.notify_all();
        }
    }
}

void Guests::take_locked(Guest& guest, std::string_view message) {
    GuestState& state = guest.state;
    switch (message.front()) {
        case 'n': state.has_network = true; break;
        case 'p':
            state.up = false;
            state.init = 0;
            if (message.size() > 2) std::from_chars(message.data() + 2, message.data() + message.size(), state.init);
            break;
        case 'u':
            state.up = true;
            ++state.boots;
            break;
        case 'k': ++state.host_keys; break;
        case 'x':
            state.up = false;
            state.init = 0;
            break;
        case 'e': state.failure = message.substr(std::min<size_t>(2, message.size())); break;
        default: break;
    }
}

}  // namespace douse::drill
