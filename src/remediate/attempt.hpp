// SPDX-License-Identifier: Apache-2.0
// One task carried to its next rest: an attempt's steps, their proof, and what follows from it. Blocking; for pool threads.
//
// All it knows is in the store, so it begins by reading where the task stands and goes on from there, after a crash as after a
// first start:
//
//   no attempt, or the last one failed or reached nobody  -> a new attempt, if one is left, else needs hands; never while the end of
//                                                            another attempt on this machine isn't known or it still runs
//   queued                                                 -> sent, reach the machine, running
//   sent, running (of a process that died), fate_unknown   -> ask the machine for its receipts, go on after the last step that ended
//   fate_unknown without a step, and nobody is reached     -> unreachable, so that it is tried again
//   any, and a person stopped the campaign, exempted or retired the machine -> no further step begins: cancelled, or failed if one ran
//   succeeded                                              -> the playbook's verify looks: verified, or the next attempt, or needs hands
//
// Only what lies between two looks of a verification, or before the next attempt, is kept in `Between`: a playbook may wait for an hour
// there, and a task that waits takes nobody's place. A new process looks, and waits, from the first look on.
//
// Intent first: `started` is committed before a step is sent. A step whose fate isn't known is asked for, and run again only if its
// retry class allows it.
#pragma once

#include "incident/guard.hpp"
#include "model/campaign.hpp"
#include "playbook/playbook.hpp"
#include "remediate/schedule.hpp"
#include "store/store.hpp"
#include "transport/transport.hpp"

#include <stop_token>

namespace douse::remediate {

struct Tools {
    store::Store& store;
    const incident::Guard& guard;
    transport::Transport& transport;
    const Limits& limits;
    std::string approved_hash = {};  // of the plan as it is stored now: what an approval must name
};

enum class Progress {
    rests,  // the task is over, or its campaign isn't running any more
    later,  // there is a next part, at once
    waits,  // there is a next part, not before Between::until
};

struct Between {
    Deadline until{};
    bool verifies = false;       // an attempt said done, and its looks have begun or are waited for
    size_t good_looks = 0;       // of this verification
    bool may_try_again = false;  // the wait before the next attempt is over
};

// Does the next part of the task. `between` is empty at first, and given back with each part. Errors are the store's.
Result<Progress> advance(const Tools& tools, const playbook::Playbook& playbook, model::TaskId task, Between& between, std::stop_token stop);

}  // namespace douse::remediate
