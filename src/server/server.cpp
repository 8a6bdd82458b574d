// SPDX-License-Identifier: Apache-2.0
#include "server/server.hpp"

#include "base/address.hpp"
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
constexpr size_t pool_queue = 2048;  // twice the connections: an admission and a call each
constexpr int backlog = 512;

std::string system_error() {
    return std::generic_category().message(errno);
}

Result<base::UniqueFd> listen_tcp(const Listen& wanted) {
    if (wanted.fd >= 0) return base::UniqueFd(wanted.fd);
    const auto address = Address::parse(wanted.host == "localhost" ? "127.0.0.1" : wanted.host);
    if (!address) return fail(ErrorCode::invalid, fmt::format("\"{}\" is no address to listen on", wanted.host));
    const bool loopback = address->is_v4() ? address->v4_value() >> 24 == 127 : *address == *Address::parse("::1");
    if (!loopback) {
        return fail(ErrorCode::invalid, fmt::format("cannot listen on {}: without TLS only a loopback address is safe", wanted.host), "",
                    "listen on 127.0.0.1 and reach it from elsewhere with: ssh -L PORT:127.0.0.1:PORT");
    }
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (address->is_v4()) {
        auto& name = reinterpret_cast<sockaddr_in&>(storage);
        name.sin_family = AF_INET;
        name.sin_port = htons(wanted.port);
        name.sin_addr.s_addr = htonl(address->v4_value());
        size = sizeof name;
    } else {
        auto& name = reinterpret_cast<sockaddr_in6&>(storage);
        name.sin6_family = AF_INET6;
        name.sin6_port = htons(wanted.port);
        std::memcpy(&name.sin6_addr, address->bytes().data(), 16);
        size = sizeof name;
    }
    base::UniqueFd fd(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return fail(ErrorCode::internal, "could not make a socket", system_error());
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 || ::listen(fd.get(), backlog) != 0) {
        return fail(errno == EADDRINUSE ? ErrorCode::conflict : ErrorCode::internal,
                    fmt::format("could not listen on {} port {}", wanted.host, wanted.port), system_error());
    }
    return fd;
}

// Whoever starts the server holds the data folder's lock, so that what stands at `path` is a dead server's.
Result<base::UniqueFd> listen_local(const std::filesystem::path& path) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof name.sun_path)
        return fail(ErrorCode::invalid, fmt::format("the socket's path \"{}\" is longer than {} bytes", text, sizeof name.sun_path - 1), "",
                    "choose a shorter --data");
    std::memcpy(name.sun_path, text.c_str(), text.size() + 1);
    ::unlink(text.c_str());
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Everybody on the machine may connect: who they are, the kernel says; what they may, the person of their uid.
    if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 || ::chmod(text.c_str(), 0666) != 0 ||
        ::listen(fd.get(), backlog) != 0) {
        return fail(ErrorCode::internal, fmt::format("could not listen on {}", text), system_error());
    }
    return fd;
}

Result<Endpoint> name_of_socket(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0)
        return fail(ErrorCode::invalid, "the socket to listen on is none", system_error());
    if (storage.ss_family == AF_INET) {
        const auto& name = reinterpret_cast<const sockaddr_in&>(storage);
        return Endpoint{.address = Address::v4(ntohl(name.sin_addr.s_addr)), .port = ntohs(name.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        const auto& name = reinterpret_cast<const sockaddr_in6&>(storage);
        std::array<uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &name.sin6_addr, 16);
        return Endpoint{.address = Address::from_bytes(bytes), .port = ntohs(name.sin6_port)};
    }
    return fail(ErrorCode::invalid, "the socket to listen on is neither IPv4 nor IPv6");
}

}  // namespace

class Server::Parts {
public:
    Parts(House rooms, const Endpoint& where) : house(std::move(rooms)), host(where.address.text()), port(where.port) {
        house.url = fmt::format("http://{}", where.text());
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
    TRY(base::UniqueFd tcp, listen_tcp(listen));
    TRY(const Endpoint where, name_of_socket(tcp.get()));
    base::UniqueFd local;
    if (!listen.socket.empty()) {
        TRY(local, listen_local(listen.socket));
    }
    auto parts = std::make_unique<Parts>(std::move(house), where);
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
