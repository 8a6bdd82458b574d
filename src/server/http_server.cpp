// SPDX-License-Identifier: Apache-2.0
// The only source with Beast in it (12 s to compile). One session type serves both doors through a generic stream socket, because
// instantiating the session once per stream type is what costs. Past 400 lines for the same reason: a second source would cost as much.
#include "server/http_server.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <map>
#include <thread>

namespace douse::server {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Executor = net::io_context::executor_type;
template <class T>
using Task = net::awaitable<T, Executor>;
constexpr auto as_value = net::as_tuple(net::use_awaitable_t<Executor>{});
using Protocol = net::generic::stream_protocol;
using Socket = net::basic_stream_socket<Protocol, Executor>;
using Stream = beast::basic_stream<Protocol, Executor>;
using Timer = net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor>;
using Parser = http::request_parser<http::string_body>;
using boost::system::error_code;

constexpr uint64_t unread_limit = 1 << 20;  // of a refused body
constexpr Millis linger_time{1000};

// To who finds no place on the unix socket; the call wasn't read, so it has no other answer.
constexpr std::string_view no_room_left =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 90\r\nConnection: close\r\nRetry-After: 1\r\n\r\n"
    R"({"code":"exhausted","sentence":"too many connections to the local socket","effect":"none"})";

Head head_of(const Parser& parser, Entry entry, std::optional<int64_t> uid) {
    const auto& request = parser.get();
    Head head{
        .entry = entry, .peer_uid = uid, .method = std::string(request.method_string()), .target = std::string(request.target()), .headers = {}};
    for (const auto& field : request.base()) {
        std::string name(field.name_string());
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
        head.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return head;
}

std::optional<int64_t> uid_of_peer(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
}

}  // namespace

std::string_view Head::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

int Head::count(std::string_view lower_case_name) const {
    return static_cast<int>(std::ranges::count_if(headers, [&](const auto& field) { return field.first == lower_case_name; }));
}

// Everything here but `io_` and `waking_` is touched on the loop's thread only.
class HttpServer::Loop {
public:
    Loop(HttpPort port, const EventRing& events, base::UniqueFd tcp, base::UniqueFd local, base::JobPool& pool, HttpLimits limits)
        : port_(std::move(port)), events_(events), pool_(pool), limits_(limits) {
        if (tcp) listen(std::move(tcp), Entry::tcp);
        if (local) listen(std::move(local), Entry::local);
        thread_ = std::jthread([this] { io_.run(); });
    }
    ~Loop() { stop(); }

    void wake_streams() {
        if (waking_.exchange(true)) return;
        net::post(io_, [this] {
            waking_ = false;
            for (Timer* timer : stream_timers_) timer->cancel();
        });
    }

    void stop() {
        if (!thread_.joinable()) return;
        net::post(io_, [this] {
            closing_ = true;
            for (auto& acceptor : acceptors_) {
                error_code ignored;  // closing a listener can't be helped if it fails
                acceptor.close(ignored);
            }
            for (Timer* timer : stream_timers_) timer->cancel();
            for (auto& [stream, busy] : sessions_) {
                if (!busy) stream->close();
            }
            net::co_spawn(io_, drain(this), net::detached);
        });
        thread_.join();
        pool_.wait_until_idle();  // a call that outlived the drain still resumes into `io_`, which is there until now
    }

private:
    struct Session {
        Stream* stream;
        bool busy;  // a request is being read, answered or written
    };

    // An entry of a list for as long as its coroutine's frame lives.
    template <class T>
    struct Registered {
        Registered(std::list<T>& in, T value) : list(in), place(in.insert(in.end(), value)) {}
        ~Registered() { list.erase(place); }
        Registered(const Registered&) = delete;
        Registered& operator=(const Registered&) = delete;
        std::list<T>& list;
        const typename std::list<T>::iterator place;
    };

    void listen(base::UniqueFd fd, Entry entry) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
        acceptors_.emplace_back(io_, Protocol(address.ss_family, 0), fd.release());
        net::co_spawn(io_, accept(this, &acceptors_.back(), entry), net::detached);
    }

    static Task<void> drain(Loop* loop) {
        Timer timer(loop->io_.get_executor());
        const Deadline end = base::deadline_in(loop->limits_.drain_time);
        while (!loop->sessions_.empty() && base::left_until(end).count() > 0) {
            timer.expires_after(Millis{20});
            co_await timer.async_wait(as_value);
        }
        loop->io_.stop();
    }

    static Task<void> accept(Loop* loop, net::basic_socket_acceptor<Protocol, Executor>* acceptor, Entry entry) {
        Timer timer(loop->io_.get_executor());
        while (!loop->closing_) {
            if (entry == Entry::tcp && loop->by_tcp_ >= loop->limits_.connections) {
                timer.expires_after(Millis{20});
                co_await timer.async_wait(as_value);
                continue;
            }
            auto [error, socket] = co_await acceptor->async_accept(as_value);
            if (loop->closing_) co_return;
            if (error) {  // out of descriptors, or the peer is gone already: neither ends the server
                timer.expires_after(Millis{50});
                co_await timer.async_wait(as_value);
                continue;
            }
            const auto uid = entry == Entry::local ? uid_of_peer(socket.native_handle()) : std::nullopt;
            if (entry == Entry::local && !(uid && loop->has_room_for(*uid))) {
                ::send(socket.native_handle(), no_room_left.data(), no_room_left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
                continue;
            }
            auto place = std::make_unique<Place>(loop, uid);
            net::co_spawn(loop->io_, serve(loop, Stream(std::move(socket)), entry, std::move(place)), net::detached);
        }
    }

    // Everybody on the machine may connect to the unix socket, so one user must not take the places of the others, and all of them
    // together not those of root and of the server's own user, who run the commands that matter in a crisis.
    [[nodiscard]] bool has_room_for(int64_t uid) const {
        const auto found = local_by_uid_.find(uid);
        const int of_this_uid = found == local_by_uid_.end() ? 0 : found->second;
        if (is_ours(uid)) return of_this_uid < limits_.of_the_server_uid;
        int of_others = 0;
        for (const auto& [other, count] : local_by_uid_) of_others += is_ours(other) ? 0 : count;
        return of_this_uid < limits_.of_one_uid && of_others < limits_.local_connections;
    }
    static bool is_ours(int64_t uid) { return uid == 0 || uid == static_cast<int64_t>(::geteuid()); }

    // A place taken at a door for as long as its connection's frame lives.
    struct Place {
        Place(Loop* at, std::optional<int64_t> of) : loop(at), uid(of) { ++(uid ? loop->local_by_uid_[*uid] : loop->by_tcp_); }
        ~Place() {
            if (!uid) {
                --loop->by_tcp_;
            } else if (--loop->local_by_uid_[*uid] == 0) {
                loop->local_by_uid_.erase(*uid);
            }
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        Loop* loop;
        const std::optional<int64_t> uid;
    };

    // Runs `call` on the pool and resumes here with its answer.
    template <class Call>
    static Task<std::invoke_result_t<Call>> on_pool(Loop* loop, Call call) {
        using Value = std::invoke_result_t<Call>;
        co_return co_await net::async_initiate<const net::use_awaitable_t<Executor>, void(Value)>(
            [loop](auto handler, Call work) {
                // Shared by the job, which std::function wants copyable, and the resumption that it posts.
                auto resume = std::make_shared<decltype(handler)>(std::move(handler));
                auto job = [loop, resume, work = std::move(work)]() mutable {
                    auto value = std::make_shared<Value>(work());
                    net::post(loop->io_, [resume, value] { std::move (*resume)(std::move(*value)); });
                };
                if (auto taken = loop->pool_.submit(std::move(job)); !taken) {
                    net::post(loop->io_, [resume] { std::move (*resume)(overloaded(static_cast<Value*>(nullptr))); });
                }
            },
            net::use_awaitable_t<Executor>{}, std::move(call));
    }
    static Response overloaded(const Response*) {
        return {.status = 503,
                .type = "application/json",
                .body = R"({"code":"exhausted","sentence":"the server has too much to do","effect":"none"})",
                .headers = {{"Retry-After", "1"}}};
    }
    static Admission overloaded(const Admission*) { return overloaded(static_cast<const Response*>(nullptr)); }
    static bool overloaded(const bool*) { return true; }

    static Task<bool> write(Loop* loop, Stream& stream, const Response& response, unsigned version, bool keep_alive, bool head_only) {
        http::response<http::string_body> out{static_cast<http::status>(response.status), version};
        if (!response.type.empty()) out.set(http::field::content_type, response.type);
        for (const auto& [name, value] : response.headers) out.insert(name, value);
        out.keep_alive(keep_alive);
        out.body() = response.body;
        out.prepare_payload();
        http::response_serializer<http::string_body> serializer{out};
        stream.expires_after(loop->limits_.write_time);
        if (head_only) {
            auto [error, count] = co_await http::async_write_header(stream, serializer, as_value);
            co_return !error;
        }
        auto [error, count] = co_await http::async_write(stream, serializer, as_value);
        co_return !error;
    }

    static Task<void> serve(Loop* loop, Stream stream, Entry entry, std::unique_ptr<Place> place) {
        const Registered session(loop->sessions_, Session{.stream = &stream, .busy = false});
        beast::flat_buffer buffer;
        Millis patience = loop->limits_.head_time;
        while (!loop->closing_ && co_await one_request(loop, *session.place, buffer, entry, place->uid, patience)) {
            session.place->busy = false;
            patience = loop->limits_.idle_time;
        }
        error_code ignored;  // the peer may be gone
        stream.socket().shutdown(net::socket_base::shutdown_send, ignored);
        // A close with unread bytes resets the connection, and the peer may lose the answer that it is about to read.
        uint64_t unread = 0;
        stream.expires_after(linger_time);
        while (!loop->closing_ && unread < unread_limit) {
            buffer.clear();
            auto [error, count] = co_await stream.async_read_some(buffer.prepare(16 << 10), as_value);
            if (error) break;
            unread += count;
        }
    }

    // True if another request may follow on the connection.
    static Task<bool> one_request(Loop* loop, Session& session, beast::flat_buffer& buffer, Entry entry, std::optional<int64_t> uid,
                                  Millis patience) {
        Stream& stream = *session.stream;
        Parser parser;
        parser.header_limit(loop->limits_.head_bytes);
        parser.body_limit(boost::none);
        stream.expires_after(patience);
        if (auto [error, count] = co_await http::async_read_header(stream, buffer, parser, as_value); error) {
            // HTTP's own errors are answered; an end, a timeout and a broken socket are not.
            const bool is_http = error.category() == http::make_error_code(http::error::header_limit).category();
            if (is_http && error != http::error::end_of_stream && error != http::error::partial_message) {
                const bool too_long = error == http::error::header_limit;
                co_await write(loop, stream,
                               bad_request(too_long ? 431 : 400, too_long ? "the request's head is too long" : "the request can't be read"), 11,
                               false, false);
            }
            co_return false;
        }
        session.busy = true;
        const unsigned version = parser.get().version();
        bool keep_alive = parser.get().keep_alive() && !loop->closing_;
        const bool head_only = parser.get().method() == http::verb::head;
        const Head head = head_of(parser, entry, uid);
        Admission admission = co_await on_pool(loop, [loop, head] { return loop->port_.admit(head); });
        Response response;
        if (auto* admitted = std::get_if<Admitted>(&admission)) {
            const auto length = parser.content_length();
            if (length && *length > admitted->body_limit) {
                response = bad_request(413, fmt::format("the body has {} bytes, the limit is {}", *length, admitted->body_limit));
                keep_alive = false;
            } else {
                if (head.header("expect") == "100-continue" && !parser.is_done()) {
                    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
                    stream.expires_after(loop->limits_.write_time);
                    if (auto [error, count] = co_await net::async_write(stream, net::buffer(go_on), as_value); error) co_return false;
                }
                parser.body_limit(admitted->body_limit);
                stream.expires_after(loop->limits_.body_time);
                auto [error, count] = co_await http::async_read(stream, buffer, parser, as_value);
                if (error == http::error::body_limit) {
                    response = bad_request(413, fmt::format("the body is longer than {} bytes", admitted->body_limit));
                    keep_alive = false;
                } else if (error) {
                    co_return false;  // cut in mid-body: nothing was done
                } else {
                    stream.expires_never();
                    auto body = std::make_shared<std::string>(std::move(parser.get().body()));  // owners: this frame and the job
                    auto answer = std::move(admitted->answer);
                    response = co_await on_pool(loop, [answer, body] { return answer(std::move(*body)); });
                }
            }
        } else {
            response = std::get<Response>(std::move(admission));
            if (!parser.is_done() || parser.chunked() || parser.content_length().value_or(0) > 0) keep_alive = false;  // its body stays unread
        }
        if (response.stream) {
            co_await events(loop, stream, head, std::move(response));
            co_return false;
        }
        co_return co_await write(loop, stream, response, version, keep_alive, head_only) && keep_alive;
    }

    static Response bad_request(int status, std::string_view sentence) {
        return {.status = status,
                .type = "application/json",
                .body = fmt::format(R"({{"code":"invalid","sentence":"{}","effect":"none"}})", sentence),
                .headers = {}};
    }

    static Task<void> events(Loop* loop, Stream& stream, const Head& head, Response response) {
        if (static_cast<int>(loop->stream_timers_.size()) >= loop->limits_.streams) {
            co_await write(loop, stream, overloaded(static_cast<const Response*>(nullptr)), 11, false, false);
            co_return;
        }
        Timer timer(loop->io_.get_executor());
        const Registered registered(loop->stream_timers_, &timer);
        co_await write_events(loop, stream, timer, head, std::move(response));
    }

    static Task<void> write_events(Loop* loop, Stream& stream, Timer& timer, const Head& head, Response response) {
        http::response<http::empty_body> out{http::status::ok, 11};
        out.set(http::field::content_type, "text/event-stream");
        for (const auto& [name, value] : response.headers) out.insert(name, value);
        out.chunked(true);
        http::response_serializer<http::empty_body> serializer{out};
        stream.expires_after(loop->limits_.write_time);
        if (auto [error, count] = co_await http::async_write_header(stream, serializer, as_value); error) co_return;
        const EventRing::Start start = loop->events_.start_after(head.header("last-event-id"));
        int64_t next = start.next;
        std::string text = loop->events_.hello(start);
        Deadline beat = base::deadline_in(loop->limits_.heartbeat);
        while (!loop->closing_) {
            if (!text.empty()) {
                stream.expires_after(loop->limits_.write_time);
                if (auto [error, count] = co_await net::async_write(stream, http::make_chunk(net::buffer(text)), as_value); error) co_return;
                stream.expires_never();
                const Deadline gathered = base::deadline_in(loop->limits_.coalesce);
                while (!loop->closing_ && base::left_until(gathered).count() > 0) {  // let commits gather; each wakes this wait
                    timer.expires_at(gathered);
                    co_await timer.async_wait(as_value);
                }
            }
            EventRing::Read read = loop->events_.read(next);
            next = read.next;
            text = std::move(read.text);
            if (!text.empty() || loop->closing_) continue;
            timer.expires_at(beat);
            co_await timer.async_wait(as_value);
            if (base::left_until(beat).count() > 0) continue;  // woken by events
            beat = base::deadline_in(loop->limits_.heartbeat);
            if (!co_await on_pool(loop, [loop, head] { return loop->port_.may_go_on(head); })) break;
            text = ": still here\n\n";
        }
        stream.expires_after(Millis{500});
        co_await net::async_write(stream, http::make_chunk_last(), as_value);
    }

    HttpPort port_;
    const EventRing& events_;
    base::JobPool& pool_;
    const HttpLimits limits_;
    std::list<Session> sessions_;  // before `io_`, which ends the frames that are registered here
    std::list<Timer*> stream_timers_;
    int by_tcp_ = 0;  // places taken, as are those by uid
    std::map<int64_t, int> local_by_uid_;
    net::io_context io_{1};
    std::list<net::basic_socket_acceptor<Protocol, Executor>> acceptors_;
    bool closing_ = false;
    std::atomic<bool> waking_ = false;
    std::jthread thread_;
};

HttpServer::HttpServer(HttpPort port, const EventRing& events, base::UniqueFd tcp, base::UniqueFd local, base::JobPool& pool, HttpLimits limits)
    : loop_(std::make_unique<Loop>(std::move(port), events, std::move(tcp), std::move(local), pool, limits)) {}
HttpServer::~HttpServer() = default;
void HttpServer::wake_streams() {
    loop_->wake_streams();
}
void HttpServer::stop() {
    loop_->stop();
}

}  // namespace douse::server
