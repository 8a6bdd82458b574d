// SPDX-License-Identifier: Apache-2.0
// What is true of each machine at the end, read on the machine without Douse, and whether the books agree with it.
#pragma once

#include "base/error.hpp"
#include "drill/kinds.hpp"
#include "drill/lab.hpp"
#include "model/campaign.hpp"
#include "model/disposition.hpp"

#include <optional>
#include <string>

namespace douse::drill {

struct MachineTruth {
    bool marker_file = false;
    bool marker_program = false;
    bool marker_job = false;
    bool marker_runs = false;
    bool marker_listens = false;
    std::string running_version;    // what the service answers; empty: it doesn't
    std::string installed_version;  // empty: not installed
    bool restart_waiting = false;
    bool lock_taken = false;       // dpkg's lock was, where that is the machine's fault
    bool answers_outside = false;  // the service's or the marker's port, seen from the router
    CallCounts counts;

    [[nodiscard]] bool infected() const { return marker_file || marker_program || marker_job || marker_runs || marker_listens; }
};

// unreachable: the machine is off, so that nothing can be read.
[[nodiscard]] Result<MachineTruth> read_truth(const Lab& lab, const Machine& machine);

// infected, not_affected, fixed or vulnerable: what a look that sees everything would say.
[[nodiscard]] model::Disposition true_disposition(const MachineTruth& truth);
// The same by what the two ports show; unknown where none answers.
[[nodiscard]] model::Disposition disposition_seen_outside(const MachineTruth& truth);

// What the books say of a machine: its disposition, and its last task if it ever had one.
struct Booked {
    model::Disposition disposition = model::Disposition::unknown;
    std::optional<model::TaskState> task;
    model::NeedsHands reason = model::NeedsHands::none;
};

struct Judgement {
    bool agrees = false;
    std::string said;   // "vulnerable, task open"; "absent" when it isn't on the books
    std::string truth;  // what it had to be: "fixed, task verified"
};

// Pure. A machine agrees when its disposition is true and allowed by its kind's row, and its task ended as the row says,
// for the row's reason.
// Not for ghosts and the outsider, which have no place in the count.
[[nodiscard]] Judgement judge(Kind kind, const MachineTruth& truth, const std::optional<Booked>& booked);

}  // namespace douse::drill
