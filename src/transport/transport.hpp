// SPDX-License-Identifier: Apache-2.0
// How a machine is reached: the port that `survey`, `remediate` and `contain` act through. One implementation: ssh/.
//
// Every call blocks its caller (a thread of the job pool, up to 64 at once) until it is done, its deadline has passed or a stop
// was requested. No transport opens without a permit, which is asked again right before each connect and each send.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/campaign.hpp"
#include "model/permit.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace douse::transport {

inline constexpr size_t output_limit = 4u << 20;  // bytes kept of a program's stdout: the texts of a machine's jobs fit in it
inline constexpr size_t error_limit = 64u << 10;  // bytes kept of its stderr; the rest of both is read and thrown away

struct Output {
    int64_t exit_code = 0;  // as the machine says it; -1 when a signal ended the program
    std::string out;
    std::string err;
    std::string signal;      // "TERM" and so on, when a signal ended it
    bool truncated = false;  // a limit was reached
};

// One signed-in connection. For one thread at a time. Its end closes the connection; what runs detached on the machine goes on.
class Session {
public:
    virtual ~Session() = default;

    // Runs `command` through the login shell and gives it `input` on stdin. An exit code other than 0 is an answer, not an error.
    // Errors before the command was sent: denied, cancelled, unreachable, timed_out with effect none; after that effect is unknown.
    virtual Result<Output> run(const std::string& command, std::string_view input, Deadline deadline, std::stop_token stop) = 0;

    // Writes a file whole or not at all: to a temporary name in the same folder, SHA-256 checked on the machine, synced, renamed.
    // The folder must be a real path (no symbolic link) that only this user can write to; missing folders are made (0700).
    // exhausted: the disk is full; denied: the folder isn't ours alone. Putting again what is there already does no harm.
    virtual Result<void> put(const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop) = 0;

    // not_found; exhausted: larger than `max_bytes`; unsupported: not a regular file (symbolic links are not followed).
    virtual Result<std::string> read(const std::string& path, size_t max_bytes, Deadline deadline, std::stop_token stop) = 0;

    [[nodiscard]] virtual model::HostKey host_key() const = 0;
};

class Transport {
public:
    virtual ~Transport() = default;

    // Connects, has the host key judged (on the caller's thread, since judging may write to the store) and signs in. Effect is none:
    //   unreachable      refused, no route, reset, something that isn't this protocol, or a host key that can't be judged now
    //   timed_out        `detail` starts with hangs_after_connect (connection accepted, then silence) or no_answer
    //   unauthenticated  every credential was refused, or `detail` starts with password_withheld: the host key isn't confirmed
    //   conflict         the host key isn't the pinned one
    //   denied, cancelled  by the permit or the stop
    virtual Result<std::unique_ptr<Session>> reach(const model::Permit& permit, Endpoint endpoint, Deadline deadline, std::stop_token stop) = 0;
};

// How the `detail` of reach's timed_out begins, and of its unauthenticated.
inline constexpr std::string_view hangs_after_connect = "hangs after connect";
inline constexpr std::string_view no_answer = "no answer";
inline constexpr std::string_view password_withheld = "password withheld";

// What an error of reach, put or start_step means for a task: its reason to need hands; `none` for one that a visit wouldn't
// mend (denied, cancelled, invalid and so on).
[[nodiscard]] model::NeedsHands obstacle_of(const Error& error);

}  // namespace douse::transport
