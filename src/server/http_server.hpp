// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over TCP and a unix socket: Beast on one thread, coroutines, keep-alive. It knows no operation: a request's head goes to
// `admit`, which answers it or says how long its body may be; then the body goes to the function that `admit` gave. Both run on
// the job pool, through one function that runs a call there and resumes; the loop itself never blocks.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/job_pool.hpp"
#include "base/unique_fd.hpp"
#include "server/events.hpp"
#include "server/http.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace douse::server {

// Each number's reason is beside it; the tests stand at the limit and one past it.
struct HttpLimits {
    uint32_t head_bytes = 16 << 10;                // a browser's head is under 2 KiB
    int connections = 1024;                        // by TCP: 500 streams and as many calls; more wait in the kernel's queue
    int local_connections = 512;                   // by the unix socket, of all users but root and the server's own; more are refused
    int of_one_uid = 64;                           // of these: a user's commands, and the watches of a few terminals
    int of_the_server_uid = 256;                   // of root, and of the server's own uid; on top of local_connections
    int streams = 500;                             // people who watch; each keeps a connection
    Millis head_time = std::chrono::seconds{15};   // from the first wait for a request on a new connection
    Millis idle_time = std::chrono::seconds{60};   // between requests
    Millis body_time = std::chrono::seconds{120};  // 64 MiB at 5 Mbit/s
    Millis write_time = std::chrono::seconds{60};
    Millis heartbeat = std::chrono::seconds{10};
    Millis coalesce = std::chrono::milliseconds{150};  // commits this close together make one message
    Millis drain_time = std::chrono::seconds{5};       // at a stop, for calls under way
};

struct Admitted {
    uint64_t body_limit = 0;
    std::function<Response(std::string body)> answer;
};
using Admission = std::variant<Response, Admitted>;

// What the HTTP server asks; both are called on pool threads.
struct HttpPort {
    std::function<Admission(const Head&)> admit;
    std::function<bool(const Head&)> may_go_on;  // asked at each heartbeat of a stream: is the session still good?
};

class HttpServer {
public:
    // The sockets listen already. `local` may be empty.
    HttpServer(HttpPort port, const EventRing& events, base::UniqueFd tcp, base::UniqueFd local, base::JobPool& pool, HttpLimits limits);
    ~HttpServer();

    void wake_streams();  // any thread: events were pushed
    void stop();          // takes nothing new, waits for calls under way up to `drain_time`

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace douse::server
