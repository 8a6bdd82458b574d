// SPDX-License-Identifier: Apache-2.0
// A sweep from outside: ordinary TCP connects (no raw sockets, no rights), and a playbook's conversation where a port is open.
//
// One epoll loop on the caller's thread. Every target ends in exactly one outcome, the silent ones too: that is what makes a count
// out of a scan. The pace is a token bucket over the last moments, not since the start, so that a slow stretch is never made up
// for by a burst.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/fact.hpp"
#include "model/permit.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

namespace douse::playbook {
struct Talk;
}

namespace douse::scan {

struct Limits {
    double connects_per_second = 2000;
    double burst = 64;             // connects that may go out back to back
    size_t at_once = 1024;         // connections open; lowered to what the process may open
    int tries = 3;                 // for a target that is silent
    Millis connect_timeout{1500};  // each try
};

struct Target {
    Endpoint endpoint;
    const playbook::Talk* talk = nullptr;  // null: only the port's state. Must live as long as the sweep
    bool ssh_banner = false;               // without a talk: read the server's first line, fact "ssh.banner"; no login
};

enum class PortState {
    open,
    closed,        // refused
    filtered,      // an administrator's firewall said so
    silent,        // no answer in any try
    unreachable,   // no route, no such host
    out_of_scope,  // nothing was sent
    cancelled,     // stopped before an answer
};
[[nodiscard]] std::string_view name_of(PortState state);
[[nodiscard]] bool is_up(PortState state);  // somebody answered: open or closed

struct Outcome {
    size_t target = 0;  // its index
    PortState state = PortState::silent;
    model::Facts facts;  // "port" (text: open closed filtered silent, when looked at) and what the conversation captured
    int tries = 0;       // connects that left
    Timestamp at{};      // of its last connect: an answer is never newer than what it saw
};

// Blocks until every target has its outcome; in the order of targets. `on_outcome` (may be empty) is called on this thread as they
// come. After a stop the rest ends as `cancelled`, within milliseconds. exhausted: no descriptor for even one connection.
Result<std::vector<Outcome>> sweep(const model::Permit& permit, std::span<const Target> targets, const Limits& limits, std::stop_token stop,
                                   const std::function<void(const Outcome&)>& on_outcome = {});

}  // namespace douse::scan
