// SPDX-License-Identifier: Apache-2.0
// The server: the API, the console and the event stream on a TCP socket of this machine and on a unix socket, and the schedule
// that lets old evidence decay. Start to stop it takes no part in the house but what operations.hpp names.
#pragma once

#include "base/error.hpp"
#include "server/house.hpp"
#include "server/http_server.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace douse::server {

struct Listen {
    Endpoint where{.address = Address::v4(0x7f000001), .port = 0};  // on loopback: this version speaks no TLS; port 0 is any
    int fd = -1;                                                    // or a socket that listens there already; the server takes it over
    std::filesystem::path socket = {};                              // the unix socket's path; empty: none
};

class Server {
public:
    // The house's rooms outlive the server. Codes: invalid (not a loopback address), conflict (the port is taken).
    static Result<std::unique_ptr<Server>> start(House house, Listen listen, HttpLimits limits = {});
    ~Server();

    [[nodiscard]] uint16_t port() const;
    [[nodiscard]] const std::string& host() const;
    [[nodiscard]] const std::string& url() const;  // "http://127.0.0.1:8440"
    void stop();                                   // takes nothing new, lets calls under way end

private:
    class Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace douse::server
