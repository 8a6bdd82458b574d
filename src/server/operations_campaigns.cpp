// SPDX-License-Identifier: Apache-2.0
#include "remediate/campaigns.hpp"
#include "remediate/runner.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "wire/fields.hpp"

#include <fmt/format.h>

namespace douse::server {
namespace json = boost::json;
namespace {

Result<Reply> show_campaign(House& house, const Call& call, model::CampaignId id) {
    TRY(const std::vector<std::string> notes, remediate::notes(house.store, id));
    return show(house, call, [&](Snapshot& s) { return campaign_view(s, id, notes); });
}

// The runner learns of it, and the caller sees the campaign as it is by now.
Result<Reply> show_moved(House& house, const Call& call, const Result<model::Campaign>& moved) {
    if (!moved) return std::unexpected(moved.error());
    if (house.runner != nullptr) house.runner->wake();
    return show_campaign(house, call, moved->id);
}

// An act that takes no more than the campaign it is done to.
using Move = Result<model::Campaign>(store::Store&, const incident::Actor&, model::CampaignId);
Result<Reply> move_by(Move& move, House& house, const Call& call) {
    TRY(const auto id, call.id<model::CampaignId>());
    return show_moved(house, call, move(house.store, call.actor, id));
}

Result<void> someone_runs(const House& house) {
    if (house.runner == nullptr)
        return fail(ErrorCode::denied, "this server does not act", "it was started with --no-act", "start it without --no-act");
    return {};
}

}  // namespace

Result<Reply> list_campaigns(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<model::Campaign> campaigns, store::list_campaigns(s.tx));
        json::array rows;
        for (const model::Campaign& campaign : campaigns) {
            TRY(json::object row, campaign_summary_view(s, campaign));
            rows.emplace_back(std::move(row));
        }
        return json::object{{"campaigns", std::move(rows)}};
    });
}

Result<Reply> get_campaign(House& house, const Call& call) {
    TRY(const auto id, call.id<model::CampaignId>());
    return show_campaign(house, call, id);
}

Result<Reply> plan_campaign(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const bool chosen = fields.has("assets");
    const std::vector<int64_t> numbers = fields.numbers_if_any("assets");
    TRY(fields.done());
    // An empty list is not "all": whoever chose nothing by mistake would plan for everybody.
    if (chosen && numbers.empty()) return fail(ErrorCode::invalid, "no machine is given", "", "leave \"assets\" out to plan for all open machines");
    std::vector<model::AssetId> assets;
    for (const int64_t number : numbers) assets.emplace_back(number);
    return show_moved(house, call, remediate::plan(house.store, call.actor, assets));
}

Result<Reply> retry_campaign(House& house, const Call& call) {
    return move_by(remediate::retry, house, call);
}

Result<Reply> approve_campaign(House& house, const Call& call) {
    TRY(const auto id, call.id<model::CampaignId>());
    wire::Fields fields(call.body);
    const std::string plan_hash = fields.text("plan_hash");
    TRY(fields.done());
    return show_moved(house, call, remediate::approve(house.store, call.actor, id, plan_hash));
}

Result<Reply> start_campaign(House& house, const Call& call) {
    TRY(someone_runs(house));
    return move_by(remediate::start, house, call);
}

Result<Reply> pause_campaign(House& house, const Call& call) {
    return move_by(remediate::pause, house, call);
}

Result<Reply> resume_campaign(House& house, const Call& call) {
    TRY(someone_runs(house));
    return move_by(remediate::resume, house, call);
}

Result<Reply> stop_campaign(House& house, const Call& call) {
    return move_by(remediate::stop, house, call);
}

Result<Reply> settle_wave(House& house, const Call& call) {
    TRY(const auto id, call.id<model::CampaignId>());
    wire::Fields fields(call.body);
    const int64_t wave = fields.number("wave");
    const std::string decision = fields.text("decision");
    const std::string reason = fields.text("reason");
    TRY(fields.done());
    if (decision != "pass" && decision != "stop")
        return fail(ErrorCode::invalid, fmt::format("\"{}\" is no decision; pass or stop", decision.substr(0, 40)));
    if (wave < 0 || wave > 1'000'000) return fail(ErrorCode::not_found, fmt::format("there is no wave {}", wave));
    const auto settle = decision == "pass" ? remediate::Settle::pass : remediate::Settle::stop;
    return show_moved(house, call, remediate::settle(house.store, call.actor, id, static_cast<int>(wave), settle, reason));
}

}  // namespace douse::server
