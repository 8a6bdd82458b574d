// SPDX-License-Identifier: Apache-2.0
#include "server/server.hpp"

#include "base/socket_address.hpp"
#include "server/door.hpp"
#include "server/events.hpp"
#include "server/schedule.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cerrno>
#include <cstring>
#include <optional>

namespace douse::server {
namespace {

constexpr int pool_threads = 4;      // calls at once; each waits for the disk more than it computes
constexpr size_t pool_queue = 4096;  // twice the connections of both doors: an admission and a call each
constexpr int backlog = 512;

std::string system_error() {
    return std::generic_category().message(errno);
}

Result<base::UniqueFd> listen_tcp(const Listen& wanted) {
    if (wanted.fd >= 0) return base::UniqueFd(wanted.fd);
    const base::SocketAddress to(wanted.where);
    base::UniqueFd fd(::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return fail(ErrorCode::internal, "could not make a socket", system_error());
    if (::bind(fd.get(), to.get(), to.size) != 0 || ::listen(fd.get(), backlog) != 0) {
        return fail(errno == EADDRINUSE ? ErrorCode::conflict : ErrorCode::internal, fmt::format("could not listen on {}", wanted.where.text()),
                    system_error());
    }
    return fd;
}

Result<void> check_loopback(const Address& address) {
    if (address.is_loopback()) return {};
    return fail(ErrorCode::invalid, fmt::format("cannot listen on {}: without TLS only a loopback address is safe", address.text()), "",
                "listen on 127.0.0.1 and reach it from elsewhere with: ssh -L PORT:127.0.0.1:PORT");
}

// Whoever starts the server holds the data folder's lock, so that what stands at `path` is a dead server's.
Result<base::UniqueFd> listen_local(const std::filesystem::path& path) {
    TRY(const base::SocketAddress name, base::SocketAddress::local(path));
    const std::string text = path.string();
    ::unlink(text.c_str());
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Everybody on the machine may connect: who they are, the kernel says; what they may, the person of their uid.
    if (!fd || ::bind(fd.get(), name.get(), name.size) != 0 || ::chmod(text.c_str(), 0666) != 0 || ::listen(fd.get(), backlog) != 0) {
        return fail(ErrorCode::internal, fmt::format("could not listen on {}", text), system_error());
    }
    return fd;
}

}  // namespace

class Server::Parts {
public:
    Parts(House rooms, const Endpoint& where) : house(std::move(rooms)), host(where.address.text()), port(where.port) {
        house.url = fmt::format("http://{}", where.text());
        house.cookie = cookie_name(port);
    }

    House house;
    const std::string host;
    const uint16_t port;
    std::shared_ptr<EventRing> ring = std::make_shared<EventRing>();  // owners: the server and the store's listener, which outlives it
    std::optional<Door> door;
    std::optional<base::JobPool> pool;
    std::optional<HttpServer> http;
    std::optional<Schedule> schedule;
};

Result<std::unique_ptr<Server>> Server::start(House house, Listen listen, HttpLimits limits) {
    TRY(check_loopback(listen.where.address));
    TRY(base::UniqueFd tcp, listen_tcp(listen));
    const auto where = base::bound_to(tcp.get());
    if (!where) return fail(ErrorCode::invalid, "the socket to listen on is none, or neither IPv4 nor IPv6", system_error());
    TRY(check_loopback(where->address));
    base::UniqueFd local;
    if (!listen.socket.empty()) {
        TRY(local, listen_local(listen.socket));
    }
    auto parts = std::make_unique<Parts>(std::move(house), *where);
    parts->door.emplace(parts->house, parts->host, parts->port);
    parts->house.store.on_commit([ring = parts->ring](const std::vector<store::Change>& changes) { ring->push(changes); });
    parts->pool.emplace(pool_threads, pool_queue);
    HttpPort port{.admit = [door = &*parts->door](const Head& head) { return door->admit(head); },
                  .may_go_on = [door = &*parts->door](const Head& head) { return door->may_go_on(head); }};
    parts->http.emplace(std::move(port), *parts->ring, std::move(tcp), std::move(local), *parts->pool, limits);
    parts->ring->on_push([http = &*parts->http] { http->wake_streams(); });
    parts->schedule.emplace(parts->house.store);
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() {
    stop();
}

uint16_t Server::port() const {
    return parts_->port;
}
const std::string& Server::host() const {
    return parts_->host;
}
const std::string& Server::url() const {
    return parts_->house.url;
}

void Server::stop() {
    parts_->ring->on_push({});
    parts_->schedule.reset();
    parts_->http->stop();
}

}  // namespace douse::server
