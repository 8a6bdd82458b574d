// SPDX-License-Identifier: Apache-2.0
// The API's client: what the command line and the drill speak through. Blocking, with a deadline for each call; a connection
// a call, so one client may be used from any thread.
//
// An error that the server answered comes back as it was sent: code, sentence, hint and effect. When the connection breaks after
// a mutating request went out, the effect is `unknown`.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::wire {

struct Target {
    std::filesystem::path socket;  // a unix socket, or:
    std::string host;              // an address, or "localhost"; no other names are looked up
    uint16_t port = 0;
};

struct Body {
    std::string type;  // empty: none
    std::string bytes;
    static Body none() { return {}; }
    static Body json(const boost::json::value& value);
    static Body octets(std::string bytes) { return {.type = "application/octet-stream", .bytes = std::move(bytes)}; }
};

struct Answer {
    int status = 0;
    std::string text;         // as it came
    boost::json::value body;  // null if it isn't JSON
};

struct Event {
    std::string id;
    std::string kind;
    int64_t subject = 0;
};

class Client {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;
    static constexpr Millis call_time = std::chrono::seconds{60};

    // An empty token: over the socket the caller is the person of their uid.
    Client(Target target, std::string token);

    // unreachable: nobody listens there. `path` with its query, "/api/now".
    Result<Answer> call(std::string_view method, std::string_view path, const Body& body = {}, const Headers& headers = {},
                        Millis time = call_time) const;
    Result<boost::json::value> get(std::string_view path) const;
    Result<boost::json::value> post(std::string_view path, const boost::json::value& body, const Headers& headers = {}) const;

    // Hands on events until `on_event` answers false or a stop is asked (then it returns without error). The first is a `reload`
    // when the stream is open: what was read before may be old by then. A broken stream is taken up again after the last id; it
    // gives up when the server has not been reached for `patience`, or refuses.
    Result<void> events(const std::function<bool(const Event&)>& on_event, std::stop_token stop, Millis patience = std::chrono::seconds{30}) const;

private:
    class Connection;
    std::string head(std::string_view method, std::string_view path, const Body& body, const Headers& headers) const;
    // True: `on_event` wants no more. An error is a stream that could not be opened or broke; `last_id` follows what came.
    Result<bool> stream_once(const std::function<bool(const Event&)>& on_event, const std::stop_token& stop, std::string& last_id,
                             bool& opened) const;

    Target target_;
    std::string token_;
};

}  // namespace douse::wire
