// SPDX-License-Identifier: Apache-2.0
// The drill-machine processes of one lab: started, listened to by one thread, told to restart, and ended. The messages are in
// machine/spec.hpp. Ending is closing our end of a machine's socket.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"
#include "drill/machine/spec.hpp"
#include "drill/process.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace douse::drill {

struct GuestState {
    ProcessId supervisor;
    bool has_network = false;  // its network namespace is there
    bool up = false;
    int init = 0;       // 0: off
    int boots = 0;      // starts that came up
    int host_keys = 0;  // changes of its host key
    std::string failure;
};

class Guests {
public:
    Guests();
    ~Guests();  // ends all
    Guests(const Guests&) = delete;
    Guests& operator=(const Guests&) = delete;

    // `log` takes what the machine's programs print before they are daemons.
    [[nodiscard]] Result<ProcessId> start(size_t number, const std::filesystem::path& program, const MachineSpec& spec,
                                          const std::filesystem::path& log);
    void tell(size_t number, char command);
    [[nodiscard]] GuestState state_of(size_t number) const;
    [[nodiscard]] std::map<size_t, int> supervisors() const;
    // Waits until `enough` holds for all of them, calling `counted` with how many it holds for when that changes. Fails with the
    // machine's sentence when one failed; timed_out, cancelled.
    [[nodiscard]] Result<void> wait_for_all(const std::function<bool(const GuestState&)>& enough, Deadline deadline, const std::stop_token& stop,
                                            const std::function<void(size_t)>& counted);
    [[nodiscard]] Result<void> wait_for(size_t number, const std::function<bool(const GuestState&)>& enough, Deadline deadline);
    void end_all();  // blocks until the processes are gone

private:
    struct Guest {
        GuestState state;
        base::UniqueFd control;
        std::string name;
    };
    void listen(const std::stop_token& stop);
    void take_locked(Guest& guest, std::string_view message) REQUIRES(mutex_);

    mutable base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<size_t, Guest> guests_ GUARDED_BY(mutex_);
    base::UniqueFd epoll_;
    base::UniqueFd wake_;
    std::jthread listener_;
};

}  // namespace douse::drill
