// SPDX-License-Identifier: Apache-2.0
// A machine's row, and the sentence that says what happens next with it.
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::server {
namespace json = boost::json;
namespace {

using model::CampaignState;
using model::TaskState;
using model::WaveState;

Result<std::string> next_of_open_task(Snapshot& s, const model::Task& task) {
    TRY(const model::Campaign* campaign, s.campaign(task.campaign));
    TRY(const model::Wave* wave, s.wave(task));
    const int64_t number = campaign->id.value;
    switch (campaign->state) {
        case CampaignState::draft: return fmt::format("Waits for approval of campaign {}", number);
        case CampaignState::approved: return fmt::format("Waits for the start of campaign {}", number);
        case CampaignState::paused: return fmt::format("Campaign {} is paused", number);
        case CampaignState::stopped:
        case CampaignState::done: return fmt::format("Campaign {} has ended", number);
        case CampaignState::running: break;
    }
    TRY(const std::vector<model::Attempt> attempts, store::attempts_of(s.tx, task.id));
    if (!attempts.empty() && !model::is_over(attempts.back().state)) {
        return fmt::format("Campaign {}, wave {}, attempt {} runs", number, wave->number, attempts.back().number);
    }
    if (!attempts.empty()) {
        const bool done = attempts.back().state == model::AttemptState::succeeded;
        return fmt::format("Campaign {}, wave {}: {}", number, wave->number, done ? "is being checked" : "another attempt follows");
    }
    if (wave->state == WaveState::waiting) return fmt::format("Waits for wave {} of campaign {}", wave->number, number);
    return fmt::format("Campaign {}, wave {}: is next", number, wave->number);
}

}  // namespace

std::string phrase_of(model::NeedsHands reason) {
    std::string text(model::name_of(reason));
    std::ranges::replace(text, '_', ' ');
    return text;
}

Result<std::string> what_happens_next(Snapshot& s, const model::Asset& asset, const store::DispositionRow& row) {
    if (asset.retired_at) return std::string("Nothing: off the books");
    const model::Assessment& now = row.assessment;
    TRY(const std::vector<model::Exemption>* exemptions, s.exemptions());
    if (now.disposition == model::Disposition::exempt) {
        for (const model::Exemption& e : *exemptions) {
            if (e.asset == asset.id && e.state == model::RequestState::approved && e.expires_at > s.tx.now()) {
                return fmt::format("Exempt for {}", span_text(e.expires_at - s.tx.now()));
            }
        }
    }
    TRY(const std::vector<model::Task> tasks, store::tasks_of_asset(s.tx, asset.id));
    if (!tasks.empty() && tasks.front().state == TaskState::open) return next_of_open_task(s, tasks.front());
    const bool asked = std::ranges::any_of(*exemptions, [&](const model::Exemption& e) {
        return e.asset == asset.id && e.state == model::RequestState::asked && e.expires_at > s.tx.now();
    });
    if (asked) return std::string("Waits for a decision about its exemption");
    if (model::standing_of(now.disposition) == model::Standing::done) {
        if (now.changes_at) return fmt::format("Check again within {}", span_text(*now.changes_at - s.tx.now()));
        return std::string("Nothing planned");
    }
    if (!tasks.empty() && tasks.front().state == TaskState::needs_hands) return fmt::format("Needs hands: {}", phrase_of(tasks.front().reason));
    return std::string("Nothing planned");
}

Result<json::object> asset_row_view(Snapshot& s, const model::Asset& asset, const store::DispositionRow& row) {
    TRY(std::string next, what_happens_next(s, asset, row));
    return json::object{{"id", asset.id.value},
                        {"name", asset.name},
                        {"address", asset.address},
                        {"place", asset.place},
                        {"os", asset.os},
                        {"disposition", model::name_of(row.assessment.disposition)},
                        {"because", row.assessment.because},
                        {"evidence_at_ms", wire::ms_or_null(row.assessment.evidence_at)},
                        {"since_ms", base::to_ms(row.since)},
                        {"next", std::move(next)},
                        {"last_seen_at_ms", base::to_ms(asset.last_seen_at)},
                        {"retired_at_ms", wire::ms_or_null(asset.retired_at)}};
}

}  // namespace douse::server
