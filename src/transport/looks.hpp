// SPDX-License-Identifier: Apache-2.0
// Inside looks: everything a playbook asks of a machine, and who the machine is, in one visit of a few hundred milliseconds.
//
// One fixed POSIX sh script of ours (dash, busybox) goes to `sh -s` with the looks as quoted words; it sends raw material back in
// base64, and the judging (regexes, tables) happens here. A look says absent only after really looking: no permission, a missing
// tool, something unreadable or too large is unknown with its reason. Works for any user, but only root can look everywhere.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/fact.hpp"
#include "model/look.hpp"
#include "transport/transport.hpp"

#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace douse::transport {

struct LookAnswers {
    model::Facts facts;  // keys as model/look.hpp says; every look has its key
    model::MachineFacts machine;
};

// Errors are those of Session::run; unsupported: what answers there isn't a POSIX shell. A look changes nothing, so it may always
// be tried again.
Result<LookAnswers> look(Session& session, std::span<const model::Look> looks, Deadline deadline, std::stop_token stop);

// The two halves, for tests and fuzzing: what is sent to `sh -s`, and what its answer means.
[[nodiscard]] std::string look_script(std::span<const model::Look> looks);
Result<LookAnswers> read_look_answer(std::span<const model::Look> looks, std::string_view answer);

}  // namespace douse::transport
