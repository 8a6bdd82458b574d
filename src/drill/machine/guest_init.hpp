// SPDX-License-Identifier: Apache-2.0
// Pid 1 of a drill machine: mounts, names and starts it, then reaps, and restarts it on SIGUSR1.
#pragma once

#include "drill/machine/spec.hpp"

namespace douse::drill {

inline constexpr int restart_me = 77;  // the exit code that asks the supervisor for another boot

// In fresh PID, mount, UTS and IPC namespaces, with the machine's file system at /m, its call counts at /counts and the fixed
// package at /fixed.deb.
[[noreturn]] void be_init(const MachineSpec& spec);

}  // namespace douse::drill
