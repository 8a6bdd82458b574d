// SPDX-License-Identifier: Apache-2.0
// Carries out running campaigns: one scheduling thread decides by the pure rules of schedule.hpp what may run, pool threads do
// the tasks. All state is in the store, so that a new process goes on where a killed one left off.
#pragma once

#include "base/job_pool.hpp"
#include "incident/guard.hpp"
#include "remediate/schedule.hpp"
#include "store/store.hpp"
#include "transport/transport.hpp"

#include <memory>

namespace douse::remediate {

class Runner {
public:
    Runner(store::Store& store, const incident::Guard& guard, transport::Transport& transport, Limits limits);
    ~Runner();  // no new step; waits for those under way to be recorded, or leaves them to the next start

    void wake();  // something changed: a campaign was started, settled, resumed

private:
    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace douse::remediate
