// SPDX-License-Identifier: Apache-2.0
// Processes by number, told from later ones of the same number by the time when they began.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace douse::drill {

struct ProcessId {
    int pid = 0;
    uint64_t began = 0;  // ticks since the kernel started, /proc/PID/stat field 22
    bool operator==(const ProcessId&) const = default;
};

[[nodiscard]] std::optional<ProcessId> process_of(int pid);  // nothing if there is none, or only its remains
[[nodiscard]] bool is_alive(const ProcessId& process);
void end_process(const ProcessId& process);  // SIGKILL, if it is still the same

// Those whose network namespace is the named one. Never the caller.
[[nodiscard]] std::vector<ProcessId> processes_in_netns(const std::string& name);

}  // namespace douse::drill
