// SPDX-License-Identifier: Apache-2.0
#include "server/decisions.hpp"

#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::server {
namespace json = boost::json;
namespace {

// A decision's form. `operations` are what answers it; who may call none of them is told why.
json::object decision(const Snapshot& s, std::string_view kind, int64_t subject, std::string title, std::string why, Timestamp since,
                      std::string link, std::initializer_list<std::string_view> operations) {
    json::array allowed;
    for (const std::string_view operation : operations) allow(allowed, s.caller, operation);
    json::object out{
        {"kind", kind},           {"subject", subject}, {"title", std::move(title)}, {"why", std::move(why)}, {"since_ms", base::to_ms(since)},
        {"link", std::move(link)}};
    if (allowed.empty()) out["refused_because"] = fmt::format("The role {} may not decide this.", model::name_of(s.caller.role));
    out["allowed"] = std::move(allowed);
    return out;
}

// Nobody approves their own request.
void refuse_own(json::object& form, std::string_view operation) {
    json::array kept;
    for (const json::value& allowed : form["allowed"].as_array()) {
        if (allowed.as_string() != operation) kept.push_back(allowed);
    }
    form["allowed"] = std::move(kept);
    form["refused_because"] = "You asked for this; another person approves it.";
}

Result<void> add_campaign(Snapshot& s, const model::Campaign& campaign, json::array& out) {
    using model::CampaignState;
    const int64_t id = campaign.id.value;
    const std::string link = fmt::format("/campaigns/{}", id);
    if (campaign.state == CampaignState::done || campaign.state == CampaignState::stopped) return {};
    TRY(const std::vector<model::Task> tasks, store::tasks_of(s.tx, campaign.id));
    TRY(std::string asked_by, s.person(campaign.asked_by));
    const std::string machines = count_of(static_cast<int64_t>(tasks.size()), "machine", "machines");
    if (campaign.state == CampaignState::draft) {
        json::object form =
            decision(s, "campaign_approval", id, fmt::format("Approve campaign {}?", id),
                     fmt::format("Cleans and patches {} with playbook {} v{}.", machines, campaign.playbook_id, campaign.playbook_version),
                     campaign.created_at, link, {"approveCampaign", "stopCampaign"});
        form["asked_by"] = asked_by;
        if (campaign.asked_by == s.caller.id) refuse_own(form, "approveCampaign");
        out.emplace_back(std::move(form));
    }
    if (campaign.state == CampaignState::approved) {
        out.emplace_back(decision(s, "campaign_start", id, fmt::format("Start campaign {}?", id), fmt::format("It is approved: {}.", machines),
                                  campaign.created_at, link, {"startCampaign", "stopCampaign"}));
    }
    if (campaign.state == CampaignState::paused) {
        out.emplace_back(decision(s, "paused_campaign", id, fmt::format("Go on with campaign {}?", id),
                                  campaign.paused_because.empty() ? "It is paused." : campaign.paused_because, campaign.started_at, link,
                                  {"resumeCampaign", "stopCampaign"}));
    }
    TRY(const std::vector<model::Wave> waves, store::waves_of(s.tx, campaign.id));
    for (const model::Wave& wave : waves) {
        if (wave.state != model::WaveState::gated) continue;
        json::object form = decision(s, "gated_wave", id,
                                     wave.number == 0 ? fmt::format("The canary of campaign {} waits at its gate", id)
                                                      : fmt::format("Wave {} of campaign {} waits at its gate", wave.number, id),
                                     wave.gated_because, wave.ended_at == Timestamp{} ? wave.started_at : wave.ended_at, link, {"settleWave"});
        form["wave"] = wave.number;
        out.emplace_back(std::move(form));
    }
    return {};
}

// A changed key is news, each for itself. First keys come by the hundred where there are only passwords: they wait in one line.
Result<void> add_host_keys(Snapshot& s, json::array& out) {
    TRY(const std::vector<model::HostKeyChange> changes, store::list_host_key_changes(s.tx));
    const auto asked_first = [](const model::HostKeyChange& change) { return !change.accepted_by && change.pinned.empty(); };
    const auto first_keys = std::ranges::count_if(changes, asked_first);
    bool told = false;
    for (const model::HostKeyChange& change : changes) {
        const bool first = change.pinned.empty();
        if (change.accepted_by || (first && told)) continue;
        told = told || first;
        TRY(const json::object form, host_key_change_view(s, change));
        const std::string_view name = form.at("asset_name").as_string();
        const std::string_view called = name.empty() ? std::string_view(change.endpoint) : name;
        std::string why = fmt::format("{} answered with another key than the pinned one.", change.endpoint);
        if (first) {
            why = fmt::format("Only a password could enter {}, and none goes to a key that nobody confirmed.", change.endpoint);
            if (first_keys > 1) why += fmt::format(" {} more wait for the same.", first_keys - 1);
        }
        out.emplace_back(decision(s, "host_key", change.id.value,
                                  fmt::format("{} of {}?", first ? "Confirm the host key" : "Accept the new host key", called), why, change.seen_at,
                                  form.at("asset").is_null() ? std::string("/") : fmt::format("/machines/{}", form.at("asset").as_int64()),
                                  {"acceptHostKey"}));
    }
    return {};
}

}  // namespace

Result<json::array> decisions_view(Snapshot& s, const std::vector<model::Campaign>& campaigns) {
    json::array out;
    TRY(const store::StopSwitch stop, store::get_stop(s.tx));
    if (stop.stopped) {
        TRY(const std::string by, s.person(stop.by));
        out.emplace_back(decision(s, "stopped", 0, "Allow new actions again?", fmt::format("{} stopped everything; no new attempt starts.", by),
                                  stop.since, "/", {"resumeEverything"}));
    }
    for (const model::Campaign& campaign : campaigns) {
        TRY(add_campaign(s, campaign, out));
    }
    TRY(add_host_keys(s, out));
    TRY(const std::vector<model::Exemption>* exemptions, s.exemptions());
    for (const model::Exemption& exemption : *exemptions) {
        if (exemption.state != model::RequestState::asked || exemption.expires_at <= s.tx.now()) continue;
        TRY(const std::string name, s.asset_name(exemption.asset));
        json::object form = decision(
            s, "exemption", exemption.id.value, fmt::format("Leave {} alone until {}?", name, clock_text(exemption.expires_at, s.tx.now())),
            exemption.reason, exemption.asked_at, fmt::format("/machines/{}", exemption.asset.value), {"approveExemption", "declineExemption"});
        TRY(form["asked_by"], s.person(exemption.asked_by));
        if (exemption.asked_by == s.caller.id) refuse_own(form, "approveExemption");
        out.emplace_back(std::move(form));
    }
    return out;
}

}  // namespace douse::server
