// SPDX-License-Identifier: Apache-2.0
#include "remediate/runner.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "playbook/parse.hpp"
#include "remediate/attempt.hpp"
#include "remediate/campaigns.hpp"
#include "remediate/fates.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <optional>
#include <thread>

namespace douse::remediate {
namespace {

// Between looks at the store when nobody wakes the scheduler: a state that another door changed is seen within this.
constexpr Millis heartbeat = std::chrono::milliseconds{250};

Result<CampaignView> view_of(store::Tx& tx, const model::Campaign& campaign) {
    CampaignView view{.campaign = campaign, .waves = {}, .tasks = {}};
    TRY(view.waves, store::waves_of(tx, campaign.id));
    TRY(view.tasks, store::tasks_of(tx, campaign.id));
    return view;
}

}  // namespace

class Runner::Parts {
public:
    Parts(store::Store& store, const incident::Guard& guard, transport::Transport& transport, Limits limits)
        : store_(store),
          limits_(limits),
          tools_{.store = store, .guard = guard, .transport = transport, .limits = limits_},
          pool_(limits.tasks_at_once, static_cast<size_t>(limits.tasks_at_once) * 2) {
        const auto marked = mark_fates_unknown(store_);
        if (!marked)
            base::log(base::LogLevel::error, "runner: " + marked.error().sentence);
        else if (*marked != 0)
            base::log(base::LogLevel::warning, fmt::format("{} attempts were under way when Douse ended; their machines are asked", *marked));
        scheduler_ = std::jthread([this](const std::stop_token& stop) { schedule(stop); });
    }

    ~Parts() {
        scheduler_.request_stop();
        stop_tasks_.request_stop();
        wake();
        scheduler_.join();
        pool_.wait_until_idle();
    }

    void wake() {
        {
            base::MutexLock lock(mutex_);
            woken_ = true;
        }
        changed_.notify_all();
    }

private:
    // A task between two of its parts.
    struct Waiting {
        model::Campaign campaign;
        model::TaskId task;
        Between between;
    };

    void schedule(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (const auto turn = take_turn(); !turn) base::log(base::LogLevel::error, "runner: " + turn.error().sentence);
            if (base::left_until(next_settling_).count() == 0) settle_forgotten();
            mutex_.lock();
            if (!woken_) changed_.wait_for(mutex_, heartbeat);
            woken_ = false;
            mutex_.unlock();
        }
    }

    Result<void> take_turn() {
        bool stopped = false;
        TRY(const std::vector<CampaignView> views, store_.read([&stopped](store::Tx& tx) -> Result<std::vector<CampaignView>> {
            std::vector<CampaignView> out;
            TRY(const store::StopSwitch stop, store::get_stop(tx));
            stopped = stop.stopped;
            if (stopped) return out;
            TRY(const auto incident, store::current_incident(tx));
            TRY(const std::vector<model::Campaign> running, store::campaigns_in(tx, model::CampaignState::running));
            for (const model::Campaign& campaign : running) {
                if (!incident || campaign.incident != incident->id) continue;
                TRY(CampaignView view, view_of(tx, campaign));
                out.push_back(std::move(view));
            }
            return out;
        }));
        // Who has waited goes first: what was begun is brought to its end.
        while (!stopped) {
            std::optional<Waiting> due = take_due();
            if (!due) break;
            TRY(run_task(due->campaign, due->task, due->between));
        }
        for (const CampaignView& view : views) {
            for (const Decision& decision : decide(view, busy(), waiting(), limits_)) TRY(carry_out(view.campaign, decision));
        }
        return {};
    }

    // Nothing: none is due, or every place is taken.
    std::optional<Waiting> take_due() {
        base::MutexLock lock(mutex_);
        if (busy_.size() >= static_cast<size_t>(limits_.tasks_at_once)) return std::nullopt;
        const auto due = std::ranges::find_if(waiting_, [](const Waiting& w) { return base::left_until(w.between.until).count() == 0; });
        if (due == waiting_.end()) return std::nullopt;
        Waiting out = std::move(*due);
        waiting_.erase(due);
        return out;
    }

    Result<void> carry_out(const model::Campaign& campaign, const Decision& decision) {
        switch (decision.kind) {
            case Decision::Kind::start_wave: return move_wave(decision.wave, model::WaveState::running, "");
            case Decision::Kind::pass_wave: {
                TRY(move_wave(decision.wave, model::WaveState::passed, decision.because));
                wake();
                return {};
            }
            case Decision::Kind::gate_wave: return gate(campaign, decision);
            case Decision::Kind::run_task: return run_task(campaign, decision.task, {});
            case Decision::Kind::finish:
                return store_.write([&](store::Tx& tx) -> Result<void> {
                    TRY(store::move_campaign(tx, campaign.id, model::CampaignState::done, {}));
                    TRY(store::append_ledger(tx, {}, "campaign.done", fmt::format("campaign {}", campaign.id.value), base::json_object({})));
                    return {};
                });
        }
        return {};
    }

    Result<void> move_wave(model::WaveId wave, model::WaveState to, const std::string& because) {
        return store_.write([&](store::Tx& tx) { return store::move_wave(tx, wave, to, because); });
    }

    Result<void> gate(const model::Campaign& campaign, const Decision& decision) {
        return store_.write([&](store::Tx& tx) -> Result<void> {
            TRY(store::move_wave(tx, decision.wave, model::WaveState::gated, decision.because));
            TRY(store::append_ledger(tx, {}, "wave.gate", fmt::format("campaign {}", campaign.id.value),
                                     base::json_object({{"wave_id", decision.wave.value}, {"because", decision.because}})));
            return {};
        });
    }

    Result<void> run_task(const model::Campaign& campaign, model::TaskId task, const Between& where_it_was) {
        TRY(const Approved* approved, approved_of(campaign));
        if (approved == nullptr) return {};
        {
            base::MutexLock lock(mutex_);
            busy_.push_back(task);
        }
        Tools tools = tools_;
        tools.approved_hash = approved->plan_hash;
        const auto taken = pool_.submit([this, campaign, task, tools, between = where_it_was, playbook = approved->playbook]() mutable {
            Result<Progress> progress = Progress::later;
            while (progress && *progress == Progress::later && !stop_tasks_.stop_requested()) {
                progress = advance(tools, *playbook, task, between, stop_tasks_.get_token());
                if (!progress) base::log(base::LogLevel::error, fmt::format("task {}: {}", task.value, progress.error().sentence));
            }
            // No wake: a task that rests because it isn't allowed to go on must not be taken up again at once.
            base::MutexLock lock(mutex_);
            std::erase(busy_, task);
            if (progress && *progress == Progress::waits) waiting_.push_back({.campaign = campaign, .task = task, .between = between});
        });
        if (!taken) {
            base::MutexLock lock(mutex_);
            std::erase(busy_, task);
        }
        return taken;
    }

    struct Approved {
        std::shared_ptr<const playbook::Playbook> playbook;  // owners: here and the tasks that run
        std::string plan_hash;                               // of what is stored
    };

    // Read and hashed again, once a process and campaign: what runs is what was approved, or nothing does and people see why.
    Result<const Approved*> approved_of(const model::Campaign& campaign) {
        if (const auto known = approved_.find(campaign.id); known != approved_.end()) return &known->second;
        TRY(const store::PlaybookRow row, store_.read([&](store::Tx& tx) { return store::playbook_by_hash(tx, campaign.playbook_sha256); }));
        playbook::Parsed parsed = playbook::parse(row.text, row.id + ".yaml");
        if (!parsed.playbook) return fail(ErrorCode::corrupt, fmt::format("the stored playbook \"{}\" can't be read any more", row.id));
        const auto hash = store_.read([&](store::Tx& tx) { return stored_plan_hash(tx, campaign, *parsed.playbook); });
        if (!hash || *hash != campaign.plan_hash) {
            const std::string why = hash ? "the stored plan isn't the one that was approved" : hash.error().sentence;
            base::log(base::LogLevel::error, fmt::format("campaign {}: {}", campaign.id.value, why));
            TRY(store_.write([&](store::Tx& tx) -> Result<void> {
                TRY(store::move_campaign(tx, campaign.id, model::CampaignState::paused, {}, why));
                TRY(store::append_ledger(tx, {}, "campaign.pause", fmt::format("campaign {}", campaign.id.value),
                                         base::json_object({{"because", why}})));
                return {};
            }));
            return nullptr;
        }
        return &approved_
                    .emplace(campaign.id,
                             Approved{.playbook = std::make_shared<const playbook::Playbook>(std::move(*parsed.playbook)), .plan_hash = *hash})
                    .first->second;
    }

    // Attempts that a stopped campaign or a task in needs_hands left behind: their machines are asked again and again.
    void settle_forgotten() {
        next_settling_ = base::deadline_in(limits_.settle_every);
        {
            base::MutexLock lock(mutex_);
            if (settling_) return;
            settling_ = true;
        }
        const auto taken = pool_.submit([this] {
            auto forgotten = store_.read([](store::Tx& tx) -> Result<std::vector<model::Attempt>> {
                TRY(std::vector<model::Attempt> attempts, store::attempts_not_over(tx));
                std::vector<model::Attempt> out;
                for (const model::Attempt& attempt : attempts) {
                    TRY(const model::Task task, store::find_task(tx, attempt.task));
                    if (task.state != model::TaskState::open) out.push_back(attempt);
                }
                return out;
            });
            // Asked after the store: no thread takes up a task that is over.
            const std::vector<model::TaskId> in_hand = busy();
            if (forgotten) std::erase_if(*forgotten, [&](const model::Attempt& attempt) { return std::ranges::count(in_hand, attempt.task) != 0; });
            for (size_t i = 0; forgotten && i < forgotten->size() && !stop_tasks_.stop_requested(); ++i) {
                const auto settled = settle_abandoned(tools_, (*forgotten)[i].id, stop_tasks_.get_token());
                if (!settled) base::log(base::LogLevel::error, "runner: " + settled.error().sentence);
            }
            base::MutexLock lock(mutex_);
            settling_ = false;
        });
        if (!taken) {
            base::MutexLock lock(mutex_);
            settling_ = false;
        }
    }

    std::vector<model::TaskId> busy() {
        base::MutexLock lock(mutex_);
        return busy_;
    }

    std::vector<model::TaskId> waiting() {
        base::MutexLock lock(mutex_);
        std::vector<model::TaskId> out;
        for (const Waiting& w : waiting_) out.push_back(w.task);
        return out;
    }

    store::Store& store_;
    const Limits limits_;
    const Tools tools_;
    std::map<model::CampaignId, Approved> approved_;  // the scheduler's thread only
    Deadline next_settling_ = base::deadline_in(limits_.settle_every);
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool woken_ GUARDED_BY(mutex_) = false;
    bool settling_ GUARDED_BY(mutex_) = false;
    std::vector<model::TaskId> busy_ GUARDED_BY(mutex_);
    std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
    std::stop_source stop_tasks_;
    base::JobPool pool_;
    std::jthread scheduler_;
};

Runner::Runner(store::Store& store, const incident::Guard& guard, transport::Transport& transport, Limits limits)
    : parts_(std::make_unique<Parts>(store, guard, transport, limits)) {}

Runner::~Runner() = default;

void Runner::wake() {
    parts_->wake();
}

}  // namespace douse::remediate
