// SPDX-License-Identifier: Apache-2.0
#include "incident/guard.hpp"

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <atomic>

namespace douse::incident {

struct Guard::Live {
    std::atomic<bool> stopped = false;
    base::Mutex mutex;
    std::shared_ptr<const model::Scope> scope GUARDED_BY(mutex) = std::make_shared<model::Scope>();  // owners: here and each permit

    std::shared_ptr<const model::Scope> current_scope() {
        base::MutexLock lock(mutex);
        return scope;
    }
};

Guard::Guard(store::Store& store, Acting acting, Setting setting)
    : store_(store), acting_(acting), setting_(setting), live_(std::make_shared<Live>()) {
    refresh();
}

Guard::~Guard() = default;

void Guard::refresh() {
    struct Now {
        bool stopped = true;
        std::vector<AddressRange> ranges;
    };
    const Result<Now> now = store_.read([](store::Tx& tx) -> Result<Now> {
        Now out;
        TRY(const store::StopSwitch stop, store::get_stop(tx));
        out.stopped = stop.stopped;
        TRY(const auto incident, store::current_incident(tx));
        if (incident) {
            TRY(out.ranges, store::list_scope(tx, incident->id));
        }
        return out;
    });
    // A store that can't be read gives no new packet: stopped, and nothing in scope.
    if (!now) base::log(base::LogLevel::error, "guard: " + now.error().sentence + "; nothing may act until it can be read");
    live_->stopped = !now || now->stopped;
    auto scope = std::make_shared<const model::Scope>(now ? now->ranges : std::vector<AddressRange>{});
    base::MutexLock lock(live_->mutex);
    live_->scope = std::move(scope);
}

Result<model::Permit> Guard::permit(model::Purpose purpose) const {
    if (acting_ == Acting::none) return fail(ErrorCode::denied, "this server was started with --no-act and reaches no machine");
    TRY(std::vector<store::CredentialRow> credentials, store_.read([](store::Tx& tx) -> Result<std::vector<store::CredentialRow>> {
        TRY(const auto incident, store::current_incident(tx));
        if (!incident) return fail(ErrorCode::wrong_state, "no incident is open");
        return store::list_credentials(tx);
    }));
    model::Permit::Parts parts;
    parts.scope = live_->current_scope();
    for (store::CredentialRow& row : credentials) parts.credentials.push_back(std::move(row.credential));
    parts.judge_host_key = [&store = store_](const Endpoint& endpoint, const model::HostKey& key) {
        const auto judged = store.write([&](store::Tx& tx) { return store::judge_host_key(tx, endpoint, key); });
        // Not being able to remember a key is no reason to trust it, and none to call it another one.
        if (!judged) base::log(base::LogLevel::error, "guard: a host key could not be judged: " + judged.error().sentence);
        return judged ? *judged : model::HostKeyJudgement::unjudged;
    };
    parts.signed_in_by_key = [&store = store_](const Endpoint& endpoint, const model::HostKey& key) {
        const auto confirmed = store.write([&](store::Tx& tx) { return store::confirm_host_key(tx, endpoint, key); });
        if (!confirmed) base::log(base::LogLevel::error, "guard: a host key could not be confirmed: " + confirmed.error().sentence);
    };
    parts.password_withheld = [&store = store_](const Endpoint& endpoint, const model::HostKey& key) {
        const auto asked = store.write([&](store::Tx& tx) { return store::ask_to_confirm_host_key(tx, endpoint, key); });
        if (!asked) base::log(base::LogLevel::error, "guard: nobody could be asked to confirm a host key: " + asked.error().sentence);
    };
    parts.stopped = [live = live_] { return live->stopped.load(); };
    parts.still_in_scope = [live = live_](const Address& address) { return live->current_scope()->contains(address); };
    return model::Permit(purpose, std::move(parts));
}

Result<model::Permit> Guard::permit_to_look() const {
    return permit(model::Purpose::look);
}

Result<model::Permit> Guard::permit_to_act(model::CampaignId id, std::string_view plan_hash) const {
    if (live_->stopped) return fail(ErrorCode::cancelled, "new actions are stopped");
    TRY(const model::Campaign campaign, store_.read([&](store::Tx& tx) { return store::find_campaign(tx, id); }));
    using enum model::CampaignState;
    if (campaign.state != approved && campaign.state != running) {
        return fail(ErrorCode::wrong_state, fmt::format("campaign {} is {}, not running", id.value, model::name_of(campaign.state)));
    }
    if (!campaign.approved_by || campaign.plan_hash != plan_hash) {
        return fail(ErrorCode::denied, fmt::format("the approval of campaign {} names another plan", id.value));
    }
    return permit(model::Purpose::act);
}

}  // namespace douse::incident
