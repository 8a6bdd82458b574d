// SPDX-License-Identifier: Apache-2.0
#include "wire/client.hpp"

#include "base/address.hpp"
#include "base/socket_address.hpp"
#include "base/unique_fd.hpp"
#include "wire/event_reader.hpp"
#include "wire/forms.hpp"
#include "wire/http_reader.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>

namespace douse::wire {
namespace json = boost::json;
namespace {

constexpr Millis stop_slice{100};  // how late a stop may be noticed
constexpr Millis reconnect_wait{500};
constexpr Millis connect_time = std::chrono::seconds{10};
constexpr Millis silence_limit = std::chrono::seconds{30};  // the server's heartbeat is 10 s

std::string system_error(int number) {
    return std::generic_category().message(number);
}

}  // namespace

Body Body::json(const boost::json::value& value) {
    return {.type = "application/json", .bytes = boost::json::serialize(value)};
}

// A connected, non-blocking socket with deadlines.
class Client::Connection {
public:
    static Result<Connection> open(const Target& target, Deadline deadline);
    Result<void> send(std::string_view bytes, Deadline deadline);
    // Bytes, or none at the end of the stream.
    Result<std::string> receive(Deadline deadline, const std::stop_token& stop = {});

private:
    explicit Connection(base::UniqueFd fd) : fd_(std::move(fd)) {}
    Result<void> wait(short what, Deadline deadline, const std::stop_token& stop) const;
    static Result<void> connect(int fd, const sockaddr* address, socklen_t size);

    base::UniqueFd fd_;
};

Result<void> Client::Connection::wait(short what, Deadline deadline, const std::stop_token& stop) const {
    for (;;) {
        const Millis left = base::left_until(deadline);
        if (left.count() == 0) return fail(ErrorCode::timed_out, "the server did not answer in time");
        if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped");
        const Millis slice = stop.stop_possible() ? std::min(left, stop_slice) : left;
        pollfd entry{.fd = fd_.get(), .events = what, .revents = 0};
        const int ready = ::poll(&entry, 1, static_cast<int>(std::min<int64_t>(slice.count(), 1'000'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail(ErrorCode::internal, "could not wait for the server", system_error(errno));
    }
}

Result<void> Client::Connection::connect(int fd, const sockaddr* address, socklen_t size) {
    if (::connect(fd, address, size) == 0 || errno == EINPROGRESS) return {};
    return fail(ErrorCode::unreachable, "no server answers there", system_error(errno));
}

Result<Client::Connection> Client::Connection::open(const Target& target, Deadline deadline) {
    const bool local = !target.socket.empty();
    std::string where = target.socket.string();
    std::optional<base::SocketAddress> to;
    if (local) {
        TRY(to, base::SocketAddress::local(target.socket));
    } else {
        const auto parsed = Address::parse(target.host == "localhost" ? "127.0.0.1" : target.host);
        if (!parsed) return fail(ErrorCode::invalid, fmt::format("\"{}\" is no address", target.host));
        const Endpoint endpoint{.address = *parsed, .port = target.port};
        where = endpoint.text();
        to.emplace(endpoint);
    }
    Connection connection(base::UniqueFd(::socket(to->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)));
    if (!connection.fd_) return fail(ErrorCode::internal, "could not make a socket", system_error(errno));
    if (auto begun = connect(connection.fd_.get(), to->get(), to->size); !begun) {
        return within(where, std::move(begun).error());
    }
    if (auto ready = connection.wait(POLLOUT, deadline, {}); !ready) return within(where, std::move(ready).error());
    int failed = 0;
    socklen_t length = sizeof failed;
    ::getsockopt(connection.fd_.get(), SOL_SOCKET, SO_ERROR, &failed, &length);
    if (failed != 0) return fail(ErrorCode::unreachable, fmt::format("{}: no server answers there", where), system_error(failed));
    return connection;
}

Result<void> Client::Connection::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
        } else if (errno == EAGAIN || errno == EINTR) {
            TRY(wait(POLLOUT, deadline, {}));
        } else {
            return fail(ErrorCode::unreachable, "the connection to the server broke", system_error(errno));
        }
    }
    return {};
}

Result<std::string> Client::Connection::receive(Deadline deadline, const std::stop_token& stop) {
    std::array<char, 64 << 10> buffer;
    for (;;) {
        const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
        if (got >= 0) return std::string(buffer.data(), static_cast<size_t>(got));
        if (errno != EAGAIN && errno != EINTR) {
            return fail(ErrorCode::unreachable, "the connection to the server broke", system_error(errno));
        }
        TRY(wait(POLLIN, deadline, stop));
    }
}

Client::Client(Target target, std::string token) : target_(std::move(target)), token_(std::move(token)) {}

std::string Client::head(std::string_view method, std::string_view path, const Body& body, const Headers& headers) const {
    std::string host = "localhost";
    if (target_.socket.empty()) {
        const bool v6 = target_.host.find(':') != std::string::npos;
        host = fmt::format("{}{}{}:{}", v6 ? "[" : "", target_.host, v6 ? "]" : "", target_.port);
    }
    std::string out =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/json, text/event-stream\r\n", method, path, host);
    if (!token_.empty()) out += fmt::format("Authorization: Bearer {}\r\n", token_);
    if (!body.type.empty()) out += fmt::format("Content-Type: {}\r\n", body.type);
    if (method != "GET") out += fmt::format("Content-Length: {}\r\n", body.bytes.size());
    for (const auto& [name, value] : headers) out += fmt::format("{}: {}\r\n", name, value);
    return out + "\r\n";
}

Result<Answer> Client::call(std::string_view method, std::string_view path, const Body& body, const Headers& headers, Millis time) const {
    const Deadline deadline = base::deadline_in(time);
    TRY(Connection connection, Connection::open(target_, std::min(deadline, base::deadline_in(connect_time))));
    ResponseReader reader;
    const auto talk = [&]() -> Result<void> {
        const Result<void> sent = connection.send(head(method, path, body, headers) + body.bytes, deadline);
        // A server that refuses early may close before it has read all; its answer is still there to be read.
        while (reader.state() != ResponseReader::State::done) {
            auto bytes = connection.receive(deadline);
            if (!bytes) return std::unexpected(sent ? std::move(bytes).error() : sent.error());
            if ((bytes->empty() ? reader.end() : reader.feed(*bytes)) == ResponseReader::State::broken) {
                return fail(ErrorCode::unreachable, reader.why_broken());
            }
        }
        return {};
    };
    if (auto done = talk(); !done) {
        Error error = std::move(done).error();
        if (method != "GET") error.effect = Effect::unknown;
        return std::unexpected(std::move(error));
    }
    if (reader.status() >= 400) return std::unexpected(error_from(reader.status(), reader.body()));
    Answer answer{.status = reader.status(), .text = reader.take_body()};
    if (reader.header("content-type").starts_with("application/json")) {
        boost::system::error_code broken;
        answer.body = json::parse(answer.text, broken);
        if (broken) return fail(ErrorCode::internal, "the server's answer isn't JSON", broken.message());
    }
    return answer;
}

Result<json::value> Client::get(std::string_view path) const {
    TRY(Answer answer, call("GET", path));
    return std::move(answer.body);
}

Result<json::value> Client::post(std::string_view path, const json::value& body, const Headers& headers) const {
    TRY(Answer answer, call("POST", path, body.is_null() ? Body::none() : Body::json(body), headers));
    return std::move(answer.body);
}

Result<bool> Client::stream_once(const std::function<bool(const Event&)>& on_event, const std::stop_token& stop, std::string& last_id,
                                 bool& opened) const {
    TRY(Connection connection, Connection::open(target_, base::deadline_in(connect_time)));
    Headers headers;
    if (!last_id.empty()) headers.emplace_back("Last-Event-ID", last_id);
    TRY(connection.send(head("GET", "/api/events", {}, headers), base::deadline_in(connect_time)));
    ResponseReader reader;
    EventReader events;
    for (;;) {
        TRY(const std::string bytes, connection.receive(base::deadline_in(silence_limit), stop));
        const auto state = bytes.empty() ? reader.end() : reader.feed(bytes);
        if (state == ResponseReader::State::broken) return fail(ErrorCode::unreachable, reader.why_broken());
        if (state == ResponseReader::State::head) continue;
        if (reader.status() >= 400) {
            if (state == ResponseReader::State::done) return std::unexpected(error_from(reader.status(), reader.body()));
            continue;
        }
        if (!opened && last_id.empty() && !on_event({.id = {}, .kind = "reload"})) return true;
        opened = true;
        for (const RawEvent& raw : events.feed(reader.take_body())) {
            boost::system::error_code broken;
            const json::value value = json::parse(raw.data, broken);
            const json::object* object = broken ? nullptr : value.if_object();
            if (object == nullptr) continue;
            Event event{.id = raw.id};
            if (const json::value* kind = object->if_contains("kind"); kind != nullptr && kind->is_string()) {
                event.kind = std::string(kind->get_string());
            }
            if (const json::value* subject = object->if_contains("subject"); subject != nullptr && subject->is_int64()) {
                event.subject = subject->get_int64();
            }
            if (!on_event(event)) return true;
            last_id = raw.id;
        }
        if (!events.last_id().empty()) last_id = events.last_id();
        if (state == ResponseReader::State::done) return fail(ErrorCode::unreachable, "the event stream ended");
    }
}

Result<void> Client::events(const std::function<bool(const Event&)>& on_event, std::stop_token stop, Millis patience) const {
    std::string last_id;
    Deadline give_up = base::deadline_in(patience);
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        bool opened = false;
        const auto enough = stream_once(on_event, stop, last_id, opened);
        if (enough || stop.stop_requested()) return {};
        if (opened) give_up = base::deadline_in(patience);
        const ErrorCode code = enough.error().code;
        const bool may_pass = code == ErrorCode::unreachable || code == ErrorCode::timed_out || code == ErrorCode::exhausted;
        if (!may_pass || base::left_until(give_up).count() == 0) return std::unexpected(enough.error());
        std::unique_lock lock(mutex);
        stopped.wait_for(lock, stop, reconnect_wait, [] { return false; });
    }
    return {};
}

}  // namespace douse::wire
