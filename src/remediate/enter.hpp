// SPDX-License-Identifier: Apache-2.0
// A machine is entered: signed in to, asked, and known to be the one that is meant.
#pragma once

#include "model/campaign.hpp"
#include "model/permit.hpp"
#include "store/store.hpp"
#include "transport/looks.hpp"
#include "transport/transport.hpp"

#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace douse::remediate {

struct Entered {
    std::unique_ptr<transport::Session> session;
    transport::LookAnswers answers;
};
// Signs in at the first address that lets us in and where this asset answers, and asks `looks`; error: of the last one asked.
// Effect none.
Result<Entered> enter_machine(const store::Store& store, transport::Transport& transport, const model::Permit& permit, model::AssetId asset,
                              std::span<const Address> addresses, std::span<const model::Look> looks, Millis login_deadline, std::stop_token stop);

// The name under which an attempt's receipts lie on the machine.
[[nodiscard]] std::string job_name(const model::Campaign& campaign, model::AttemptId attempt);

}  // namespace douse::remediate
