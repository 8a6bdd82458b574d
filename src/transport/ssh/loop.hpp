// SPDX-License-Identifier: Apache-2.0
// The one thread that drives every SSH connection: epoll, deadlines, and the orders of callers, who wait on promises.
//
// A caller's thread never touches libssh; the loop's thread never waits for a caller, a store or one machine.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"
#include "transport/ssh/connection.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

namespace douse::transport {

class SshLoop {
public:
    SshLoop();
    ~SshLoop();
    SshLoop(const SshLoop&) = delete;
    SshLoop& operator=(const SshLoop&) = delete;

    // Carries out the order on its connection and waits for the result: at most until the order's deadline or the stop.
    Result<Output> perform(const std::shared_ptr<Connection>& connection, const std::shared_ptr<Order>& order, std::stop_token stop);
    void close(std::shared_ptr<Connection> connection);  // returns at once
    void shut_down();                                    // every order ends as cancelled, also the ones to come; waits for the thread

private:
    struct Watched {
        std::shared_ptr<Connection> connection;
        uint32_t events = 0;
    };
    bool post(std::function<void()> work);  // runs it on the loop's thread; false after shut_down
    void wake();
    void run();
    void run_posted();
    void expire();
    void watch(uint64_t id);
    [[nodiscard]] int wait_millis() const;

    base::UniqueFd epoll_;
    base::UniqueFd wake_;
    base::Mutex mutex_;
    std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
    bool down_ GUARDED_BY(mutex_) = false;
    // The loop's thread alone from here. An event carries the id, not an address: a late one finds nobody.
    std::unordered_map<uint64_t, Watched> watched_;
    std::unordered_map<const Connection*, uint64_t> ids_;
    uint64_t last_id_ = 0;
    bool running_ = true;
    std::thread thread_;
};

}  // namespace douse::transport
