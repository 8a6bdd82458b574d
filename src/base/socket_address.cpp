// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <algorithm>
#include <array>

namespace douse::base {

SocketAddress::SocketAddress(const Endpoint& endpoint) {
    if (endpoint.address.is_v4()) {
        auto& name = reinterpret_cast<sockaddr_in&>(storage);
        name.sin_family = AF_INET;
        name.sin_port = htons(endpoint.port);
        name.sin_addr.s_addr = htonl(endpoint.address.v4_value());
        size = sizeof name;
    } else {
        auto& name = reinterpret_cast<sockaddr_in6&>(storage);
        name.sin6_family = AF_INET6;
        name.sin6_port = htons(endpoint.port);
        std::ranges::copy(endpoint.address.bytes(), name.sin6_addr.s6_addr);
        size = sizeof name;
    }
}

Result<SocketAddress> SocketAddress::local(const std::filesystem::path& path) {
    SocketAddress out;
    auto& name = reinterpret_cast<sockaddr_un&>(out.storage);
    const std::string& text = path.native();
    if (text.size() >= sizeof name.sun_path) {
        return fail(ErrorCode::invalid, fmt::format("the socket's path \"{}\" is longer than {} bytes", text, sizeof name.sun_path - 1), "",
                    "choose a shorter --data");
    }
    name.sun_family = AF_UNIX;
    std::ranges::copy(text, name.sun_path);  // the rest is zero
    out.size = sizeof name;
    return out;
}

std::optional<Endpoint> bound_to(int socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
    if (storage.ss_family == AF_INET) {
        const auto& name = reinterpret_cast<const sockaddr_in&>(storage);
        return Endpoint{.address = Address::v4(ntohl(name.sin_addr.s_addr)), .port = ntohs(name.sin_port)};
    }
    if (storage.ss_family == AF_INET6) {
        const auto& name = reinterpret_cast<const sockaddr_in6&>(storage);
        std::array<uint8_t, 16> bytes{};
        std::copy_n(name.sin6_addr.s6_addr, bytes.size(), bytes.begin());
        return Endpoint{.address = Address::from_bytes(bytes), .port = ntohs(name.sin6_port)};
    }
    return std::nullopt;
}

}  // namespace douse::base
