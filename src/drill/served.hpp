// SPDX-License-Identifier: Apache-2.0
// The drill's server: `douse serve` as a process of its own, living in the console's network namespace and listening on a socket
// that was made outside, so that the host's browser reaches it. When it dies it is started again; `kill` is the saboteur's.
#pragma once

#include "base/address.hpp"
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace douse::drill {

struct ServedOptions {
    std::filesystem::path program;  // douse
    std::filesystem::path data;
    std::filesystem::path log;             // where its stderr goes
    std::string listen;                    // "127.0.0.1:8440"; empty: that port if free, else any
    std::string netns;                     // /run/netns/NAME
    std::function<void(int pid)> started;  // each time, before it has served anything
};

class Served {
public:
    // Returns when the server has printed its address and the owner's one-time link. timed_out, unreachable (it ended at once).
    static Result<std::unique_ptr<Served>> start(ServedOptions options);
    ~Served();  // asks it to end, then waits

    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& owner_link() const { return owner_link_; }
    [[nodiscard]] int restarts() const;
    void kill();  // SIGKILL; the supervisor starts it again

private:
    explicit Served(ServedOptions options) : options_(std::move(options)) {}
    Result<void> bind_listener();
    Result<int> spawn(int stdout_fd);
    Result<void> read_greeting(int fd);
    void supervise(const std::stop_token& stop);

    ServedOptions options_;
    std::string host_;
    uint16_t port_ = 0;
    std::string owner_link_;
    base::UniqueFd listener_;
    mutable base::Mutex mutex_;
    int pid_ GUARDED_BY(mutex_) = 0;
    int restarts_ GUARDED_BY(mutex_) = 0;
    std::jthread supervisor_;
};

}  // namespace douse::drill
