// SPDX-License-Identifier: Apache-2.0
#include "drill/netns.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace douse::drill {
namespace {

bool wait_for(int fd, short what, Deadline deadline) {
    pollfd wait{fd, what, 0};
    for (;;) {
        const int ready = ::poll(&wait, 1, static_cast<int>(base::left_until(deadline).count()));
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

}  // namespace

Result<void> run_in_netns(const std::filesystem::path& netns, const std::function<void()>& work) {
    const base::UniqueFd fd(::open(netns.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail(ErrorCode::not_found, fmt::format("no network namespace \"{}\"", netns.string()), std::strerror(errno));
    int failed = 0;
    std::thread visitor([&] {
        if (::setns(fd.get(), CLONE_NEWNET) != 0)
            failed = errno;
        else
            work();
    });
    visitor.join();
    if (failed != 0)
        return fail(ErrorCode::denied, fmt::format("could not enter the network namespace \"{}\"", netns.string()), std::strerror(failed));
    return {};
}

Result<base::UniqueFd> connect_to(const Endpoint& endpoint, Millis timeout) {
    base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail(ErrorCode::exhausted, "out of sockets", std::strerror(errno));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(endpoint.port);
    to.sin_addr.s_addr = htonl(endpoint.address.v4_value());
    const Deadline deadline = base::deadline_in(timeout);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        if (errno != EINPROGRESS) return fail(ErrorCode::unreachable, fmt::format("no way to {}", endpoint.text()), std::strerror(errno));
        if (!wait_for(fd.get(), POLLOUT, deadline)) return fail(ErrorCode::timed_out, fmt::format("no answer from {}", endpoint.text()));
        int failed = 0;
        socklen_t size = sizeof failed;
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
        if (failed != 0) return fail(ErrorCode::unreachable, fmt::format("{} refuses", endpoint.text()), std::strerror(failed));
    }
    return fd;
}

Result<std::string> ask_service_version(const Endpoint& endpoint, Millis timeout) {
    const Deadline deadline = base::deadline_in(timeout);
    TRY(auto fd, connect_to(endpoint, timeout));
    constexpr std::string_view question = "VERSION\r\n";
    if (::send(fd.get(), question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size()))
        return fail(ErrorCode::unreachable, fmt::format("{} hung up", endpoint.text()));
    std::string answer;
    std::array<char, 128> buffer{};
    while (answer.find('\n') == std::string::npos && answer.size() < buffer.size()) {
        if (!wait_for(fd.get(), POLLIN, deadline)) return fail(ErrorCode::timed_out, fmt::format("{} doesn't say its version", endpoint.text()));
        const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) return fail(ErrorCode::unreachable, fmt::format("{} hung up", endpoint.text()));
        answer.append(buffer.data(), static_cast<size_t>(got));
    }
    constexpr std::string_view prefix = "drill-svc ";
    const size_t end = answer.find_first_of("\r\n");
    if (!answer.starts_with(prefix) || end == std::string::npos)
        return fail(ErrorCode::corrupt, fmt::format("{} doesn't speak the drill service's protocol", endpoint.text()));
    return answer.substr(prefix.size(), end - prefix.size());
}

}  // namespace douse::drill
