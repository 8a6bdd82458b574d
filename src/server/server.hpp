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
    std::string host = "127.0.0.1";  // a loopback address: this version speaks no TLS
    uint16_t port = 0;               // 0: any that is free
    int fd = -1;                     // or a socket that listens already; the server takes it over
    std::filesystem::path socket;    // the unix socket's path; empty: none
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
