// SPDX-License-Identifier: Apache-2.0
// An endpoint, or the path of a local socket, as the system's socket calls want it.
#pragma once

#include "base/address.hpp"
#include "base/error.hpp"

#include <sys/socket.h>

#include <filesystem>
#include <optional>

namespace douse::base {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
    explicit SocketAddress(const Endpoint& endpoint);
    static Result<SocketAddress> local(const std::filesystem::path& path);  // invalid: longer than the system takes
    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

private:
    SocketAddress() = default;
};

// The endpoint a socket is bound to; none if it isn't bound to an address of the internet families.
[[nodiscard]] std::optional<Endpoint> bound_to(int socket);

}  // namespace douse::base
