// SPDX-License-Identifier: Apache-2.0
// A campaign: how many in each state, what is stuck and why, when it is done.
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::server {
namespace json = boost::json;
namespace {

using model::CampaignState;

json::value ms_or_null(Timestamp at) {
    if (at == Timestamp{}) return nullptr;
    return base::to_ms(at);
}

json::object task_counts(const std::vector<model::Task>& tasks, model::WaveId only) {
    std::array<int64_t, 4> counts{};
    for (const model::Task& task : tasks) {
        if (!only || task.wave == only) ++counts[static_cast<size_t>(task.state)];
    }
    json::object out;
    for (size_t i = 0; i < counts.size(); ++i) out[model::name_of(static_cast<model::TaskState>(i))] = counts[i];
    return out;
}

const model::Wave* current_wave(const std::vector<model::Wave>& waves) {
    for (const model::Wave& wave : waves) {
        if (wave.state == model::WaveState::running || wave.state == model::WaveState::gated) return &wave;
    }
    return nullptr;
}

json::array allowed_on(const Snapshot& s, const model::Campaign& campaign, const std::vector<model::Wave>& waves,
                       const std::vector<model::Task>& tasks) {
    json::array allowed;
    const auto may = [&](std::string_view operation) { allow(allowed, s.caller, operation); };
    const model::Wave* wave = current_wave(waves);
    switch (campaign.state) {
        case CampaignState::draft:
            if (campaign.asked_by != s.caller.id) may("approveCampaign");
            break;
        case CampaignState::approved: may("startCampaign"); break;
        case CampaignState::running: may("pauseCampaign"); break;
        case CampaignState::paused: may("resumeCampaign"); break;
        case CampaignState::stopped:
        case CampaignState::done:
            if (std::ranges::any_of(tasks, [](const model::Task& t) { return t.state == model::TaskState::needs_hands; })) may("retryCampaign");
            break;
    }
    if (model::may_move(campaign.state, CampaignState::stopped)) may("stopCampaign");
    if (wave != nullptr && wave->state == model::WaveState::gated &&
        (campaign.state == CampaignState::running || campaign.state == CampaignState::paused))
        may("settleWave");
    return allowed;
}

Result<json::object> summary_of(Snapshot& s, const model::Campaign& campaign, const std::vector<model::Wave>& waves,
                                const std::vector<model::Task>& tasks) {
    TRY(std::string asked_by, s.person(campaign.asked_by));
    const model::Wave* wave = current_wave(waves);
    json::object out{{"id", campaign.id.value},
                     {"state", model::name_of(campaign.state)},
                     {"tasks", task_counts(tasks, {})},
                     {"wave", nullptr},
                     {"waves", static_cast<int64_t>(waves.size())},
                     {"asked_by", std::move(asked_by)},
                     {"created_at_ms", base::to_ms(campaign.created_at)},
                     {"started_at_ms", ms_or_null(campaign.started_at)},
                     {"ended_at_ms", ms_or_null(campaign.ended_at)},
                     {"allowed", allowed_on(s, campaign, waves, tasks)}};
    if (wave != nullptr) out["wave"] = wave->number;
    if (!campaign.paused_because.empty()) out["paused_because"] = campaign.paused_because;
    if (campaign.approved_by) {
        TRY(out["approved_by"], s.person(campaign.approved_by));
    }
    return out;
}

Result<json::object> attempt_view(Snapshot& s, const model::Attempt& attempt) {
    TRY(const std::vector<model::StepRow> steps, store::steps_of(s.tx, attempt.id));
    json::array rows;
    for (const model::StepRow& step : steps) {
        json::object row{
            {"step", step.step}, {"event", model::name_of(step.event)}, {"exit_code", nullptr}, {"said", step.said}, {"at_ms", base::to_ms(step.at)}};
        if (step.exit_code) row["exit_code"] = *step.exit_code;
        rows.emplace_back(std::move(row));
    }
    return json::object{{"id", attempt.id.value},
                        {"number", attempt.number},
                        {"state", model::name_of(attempt.state)},
                        {"because", attempt.because},
                        {"created_at_ms", base::to_ms(attempt.created_at)},
                        {"ended_at_ms", ms_or_null(attempt.ended_at)},
                        {"steps", std::move(rows)}};
}

}  // namespace

Result<json::object> campaign_summary_view(Snapshot& s, const model::Campaign& campaign) {
    TRY(const std::vector<model::Wave> waves, store::waves_of(s.tx, campaign.id));
    TRY(const std::vector<model::Task> tasks, store::tasks_of(s.tx, campaign.id));
    return summary_of(s, campaign, waves, tasks);
}

Result<json::object> task_view(Snapshot& s, const model::Task& task) {
    TRY(std::string name, s.asset_name(task.asset));
    TRY(const model::Wave* wave, s.wave(task));
    TRY(const std::vector<model::Attempt> attempts, store::attempts_of(s.tx, task.id));
    json::array rows;
    for (const model::Attempt& attempt : attempts) {
        TRY(json::object row, attempt_view(s, attempt));
        rows.emplace_back(std::move(row));
    }
    return json::object{{"id", task.id.value},
                        {"campaign", task.campaign.value},
                        {"asset", task.asset.value},
                        {"asset_name", std::move(name)},
                        {"wave", wave->number},
                        {"state", model::name_of(task.state)},
                        {"reason", model::name_of(task.reason)},
                        {"because", task.because},
                        {"planned_as", model::name_of(task.planned_as)},
                        {"attempts", std::move(rows)}};
}

Result<json::object> campaign_view(Snapshot& s, model::CampaignId id, const std::vector<std::string>& notes) {
    TRY(const model::Campaign campaign, store::find_campaign(s.tx, id));
    TRY(const std::vector<model::Wave> waves, store::waves_of(s.tx, id));
    TRY(const std::vector<model::Task> tasks, store::tasks_of(s.tx, id));
    TRY(const std::vector<model::Attempt> attempts, store::attempts_of_campaign(s.tx, id));
    TRY(json::object summary, summary_of(s, campaign, waves, tasks));
    json::array wave_rows;
    for (const model::Wave& wave : waves) {
        wave_rows.emplace_back(json::object{{"number", wave.number},
                                            {"state", model::name_of(wave.state)},
                                            {"gated_because", wave.gated_because},
                                            {"tasks", task_counts(tasks, wave.id)},
                                            {"started_at_ms", ms_or_null(wave.started_at)},
                                            {"ended_at_ms", ms_or_null(wave.ended_at)}});
    }
    json::array task_rows;
    for (const model::Task& task : tasks) {
        TRY(json::object row, task_view(s, task));
        task_rows.emplace_back(std::move(row));
    }
    std::map<std::string_view, int64_t> by_state;
    for (const model::Attempt& attempt : attempts) ++by_state[model::name_of(attempt.state)];
    json::object attempt_counts;
    for (const auto& [state, count] : by_state) attempt_counts[state] = count;
    return json::object{{"summary", std::move(summary)},
                        {"plan_hash", campaign.plan_hash},
                        {"playbook", {{"id", campaign.playbook_id}, {"version", campaign.playbook_version}, {"sha256", campaign.playbook_sha256}}},
                        {"waves", std::move(wave_rows)},
                        {"tasks", std::move(task_rows)},
                        {"attempts", std::move(attempt_counts)},
                        {"notes", json::array(notes.begin(), notes.end())},
                        {"as_of_ms", s.now_ms()}};
}

}  // namespace douse::server
