// SPDX-License-Identifier: Apache-2.0
// Sweeps and looks: asks every address of the scope from outside, goes in wherever a credential opens, and stores what was
// seen as observations and evidence. It judges by the playbook's rules (pure) and never acts on a machine.
#pragma once

#include "base/job_pool.hpp"
#include "model/evidence.hpp"
#include "model/permit.hpp"
#include "playbook/playbook.hpp"
#include "store/store.hpp"
#include "store/sweep_rows.hpp"
#include "transport/transport.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

namespace douse::survey {

struct Limits {
    double connects_per_second = 2000;  // of a sweep, over the last moments
    int looks_at_once = 16;             // inside looks; an sshd login costs some 35 ms of CPU at both ends together
    Millis login_deadline = std::chrono::seconds{15};
};

class Survey {
public:
    // `permit_to_look` is the guard's; the survey knows nothing of incidents.
    Survey(store::Store& store, transport::Transport& transport, std::function<Result<model::Permit>()> permit_to_look, Limits limits);
    ~Survey();  // stops and waits

    // Starts a sweep of the scope on a thread of its own and writes its ledger row, through the caller's handle of the store.
    // wrong_state: one is running.
    Result<store::SweepRow> start_sweep(store::Store& store, model::PersonId by);
    // Looks at these assets only, outside and inside.
    Result<store::SweepRow> start_check(store::Store& store, model::PersonId by, const std::vector<model::AssetId>& assets);
    void wait();  // until no sweep runs

private:
    class Run;
    Result<store::SweepRow> start(store::Store& store, store::SweepKind kind, model::PersonId by, std::vector<model::AssetId> assets);

    store::Store& store_;
    transport::Transport& transport_;
    std::function<Result<model::Permit>()> permit_to_look_;
    Limits limits_;
    base::Mutex mutex_;
    std::jthread running_ GUARDED_BY(mutex_);
    std::atomic<bool> busy_ = false;
};

}  // namespace douse::survey
