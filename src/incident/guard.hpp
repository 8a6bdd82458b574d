// SPDX-License-Identifier: Apache-2.0
// The one path to a machine: the guard says yes, and hands out the permit without which no transport opens and no sweep starts.
#pragma once

#include "incident/actor.hpp"
#include "incident/incidents.hpp"
#include "model/campaign.hpp"
#include "model/permit.hpp"
#include "store/store.hpp"

#include <memory>

namespace douse::incident {

enum class Acting { allowed, none };  // none: serve --no-act, in which no permit is ever given

class Guard {
public:
    Guard(store::Store& store, Acting acting, Setting setting);
    ~Guard();

    [[nodiscard]] Acting acting() const { return acting_; }
    [[nodiscard]] Setting setting() const { return setting_; }

    // wrong_state: no incident is open; denied: this server does not act.
    Result<model::Permit> permit_to_look() const;
    // Also wrong_state unless that campaign is approved or running and its approval names `plan_hash`; cancelled when stopped.
    Result<model::Permit> permit_to_act(model::CampaignId campaign, std::string_view plan_hash) const;

    // The use cases that change scope or the stop switch call this after their commit; permits given out see it at once.
    void refresh();

private:
    struct Live;
    store::Store& store_;
    const Acting acting_;
    const Setting setting_;
    std::shared_ptr<Live> live_;  // owners: the guard and the permits it gave out, which may outlive a refresh
    Result<model::Permit> permit(model::Purpose purpose) const;
};

}  // namespace douse::incident
