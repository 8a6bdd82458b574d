// SPDX-License-Identifier: Apache-2.0
// Restarting a machine. The proof that it happened is another boot id (MachineFacts), which the caller waits for.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "transport/transport.hpp"

#include <stop_token>

namespace douse::transport {

// Asks for a restart within a second or so, detached; returns once the machine took the order. Effect unknown: look at the boot id.
Result<void> reboot(Session& session, Deadline deadline, std::stop_token stop);

}  // namespace douse::transport
