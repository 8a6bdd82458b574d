// SPDX-License-Identifier: Apache-2.0
#include "remediate/campaigns.hpp"

#include "base/digest.hpp"
#include "base/json_text.hpp"
#include "incident/vault.hpp"
#include "playbook/parse.hpp"
#include "remediate/schedule.hpp"
#include "store/asset_rows.hpp"
#include "store/campaign_rows.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/sweep_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace douse::remediate {
namespace {

using model::CampaignState;
using model::Disposition;

std::string subject_of(model::CampaignId id) {
    return fmt::format("campaign {}", id.value);
}

bool is_open(CampaignState state) {
    return state != CampaignState::done && state != CampaignState::stopped;
}

// Entered by an inside look since the last sweep began: evidence of a real look, from inside, in or after that sweep.
Result<bool> entered_lately(store::Tx& tx, model::AssetId asset, Timestamp since) {
    TRY(const std::vector<model::Evidence> evidence, store::evidence_of(tx, asset));
    for (auto row = evidence.rbegin(); row != evidence.rend() && row->taken_at >= since; ++row) {
        if (row->origin == model::Origin::inside && row->real_look) return true;
    }
    return false;
}

// What an approval names: everything that decides what will run where.
std::string hash_of(const playbook::Playbook& playbook, const std::vector<std::vector<model::AssetId>>& waves) {
    std::string text = "douse-plan-1\nplaybook " + playbook.sha256 + "\n";
    for (const playbook::File& file : playbook.files) text += "file " + file.id + " " + file.sha256 + "\n";
    for (size_t w = 0; w < waves.size(); ++w) {
        text += fmt::format("wave {}", w);
        for (const model::AssetId asset : waves[w]) text += fmt::format(" {}", asset.value);
        text += '\n';
    }
    return base::sha256_hex(text);
}

// The playbook as it may be carried out: signed by a pinned signer, in a state that allows it, with all its files here.
Result<playbook::Playbook> usable_playbook(store::Tx& tx, const model::Incident& incident, const store::PlaybookRow& row,
                                           const std::vector<std::string>& signed_by) {
    playbook::Parsed parsed = playbook::parse(row.text, row.id + ".yaml");
    if (!parsed.playbook) return fail(ErrorCode::corrupt, fmt::format("the stored playbook \"{}\" can't be read any more", row.id));
    if (signed_by.empty()) {
        return fail(ErrorCode::wrong_state, fmt::format("playbook \"{}\" v{} carries no signature of a pinned signer", row.id, row.version), "",
                    "pin the signer's key, then store the playbook with its .sig file");
    }
    if (row.state == "draft" && incident.kind != "drill") {
        return fail(ErrorCode::wrong_state, fmt::format("playbook \"{}\" is a draft; a campaign takes a tested one", row.id), "",
                    "this version tests none: outside drills it counts and looks, and the repair is done by other means");
    }
    for (const playbook::File& file : parsed.playbook->files) {
        TRY(const bool here, store::has_file(tx, file.sha256));
        if (!here) return fail(ErrorCode::wrong_state, fmt::format("file \"{}\" of the playbook isn't stored", file.name), "sha256 " + file.sha256);
    }
    return std::move(*parsed.playbook);
}

Result<model::Incident> open_incident(store::Tx& tx) {
    TRY(const auto incident, store::current_incident(tx));
    if (!incident) return fail(ErrorCode::wrong_state, "no incident is open");
    return *incident;
}

Result<std::set<model::AssetId>> exempt_now(store::Tx& tx) {
    TRY(const std::vector<model::Exemption> exemptions, store::list_exemptions(tx));
    std::set<model::AssetId> out;
    for (const model::Exemption& e : exemptions) {
        if (e.state == model::RequestState::approved && e.expires_at > tx.now()) out.insert(e.asset);
    }
    return out;
}

Result<std::vector<Candidate>> candidates(store::Tx& tx, const model::Incident& incident, const std::vector<model::AssetId>& chosen) {
    TRY(const std::vector<model::AssetId> in_hands, store::assets_in_needs_hands(tx, incident.id));
    const std::set<model::AssetId> hands(in_hands.begin(), in_hands.end());
    const std::set<model::AssetId> only(chosen.begin(), chosen.end());
    TRY(const std::set<model::AssetId> exempt, exempt_now(tx));
    TRY(const auto sweep, store::newest_sweep(tx));
    const Timestamp since = sweep ? sweep->started_at : tx.now();
    TRY(const std::vector<model::Asset> assets, store::assets_on_books(tx));
    std::vector<Candidate> out;
    for (const model::Asset& asset : assets) {
        if (!only.empty() ? !only.contains(asset.id) : hands.contains(asset.id)) continue;
        if (exempt.contains(asset.id)) continue;  // also an infected one: it is shown as that, and left alone
        TRY(const store::DispositionRow row, store::disposition_of(tx, asset.id));
        const Disposition d = row.assessment.disposition;
        // What a person names may also be one whose fix no look has proven.
        const bool unproven = d == Disposition::fix_unverified && only.contains(asset.id);
        if (d != Disposition::infected && d != Disposition::vulnerable && d != Disposition::unknown && !unproven) continue;
        TRY(const bool entered, entered_lately(tx, asset.id, since));
        out.push_back({.asset = asset.id, .disposition = d, .entered_lately = entered});
    }
    return out;
}

Result<model::Campaign> plan_in(store::Tx& tx, const incident::Actor& actor, const std::vector<model::AssetId>& chosen,
                                const std::vector<std::string>& signed_by) {
    TRY(const model::Incident incident, open_incident(tx));
    TRY(const std::vector<model::Campaign> others, store::list_campaigns(tx));
    for (const model::Campaign& other : others) {
        if (is_open(other.state)) {
            return fail(ErrorCode::wrong_state, fmt::format("campaign {} is {}", other.id.value, model::name_of(other.state)), "",
                        "let it end or stop it before the next is planned");
        }
    }
    TRY(const store::PlaybookRow row, store::playbook_by_hash(tx, incident.playbook_sha256));
    TRY(const playbook::Playbook parsed, usable_playbook(tx, incident, row, signed_by));
    TRY(std::vector<Candidate> found, candidates(tx, incident, chosen));
    if (found.empty())
        return fail(ErrorCode::wrong_state, "no machine is infected, vulnerable or unknown without being exempt or in needs_hands already");

    const std::vector<std::vector<Candidate>> waves = waves_for(std::move(found), {});
    std::vector<std::vector<model::AssetId>> assets;
    for (const std::vector<Candidate>& wave : waves) {
        assets.emplace_back();
        for (const Candidate& c : wave) assets.back().push_back(c.asset);
    }
    model::Campaign campaign{.id = {},
                             .incident = incident.id,
                             .state = CampaignState::draft,
                             .plan_hash = hash_of(parsed, assets),
                             .asked_by = actor.id,
                             .approved_by = {},
                             .paused_because = {},
                             .created_at = tx.now(),
                             .playbook_version = row.version,
                             .playbook_id = row.id,
                             .playbook_sha256 = row.sha256};
    TRY(campaign.id, store::insert_campaign(tx, campaign));
    int64_t tasks = 0;
    for (size_t w = 0; w < waves.size(); ++w) {
        TRY(const model::WaveId wave, store::insert_wave(tx, {.id = {}, .campaign = campaign.id, .number = static_cast<int>(w)}));
        for (const Candidate& c : waves[w]) {
            TRY(store::insert_task(tx, {.id = {}, .campaign = campaign.id, .wave = wave, .asset = c.asset, .planned_as = c.disposition}));
            ++tasks;
        }
    }
    TRY(store::append_ledger(
        tx, actor.id, "campaign.plan", subject_of(campaign.id),
        base::json_object({{"machines", tasks},
                           {"left_out", chosen.empty() ? int64_t{0} : static_cast<int64_t>(chosen.size()) - tasks},  // of those that were named
                           {"waves", static_cast<int64_t>(waves.size())},
                           {"plan_hash", campaign.plan_hash}})));
    return campaign;
}

// Whose signatures the incident's playbook carries; read before the write, because it checks Ed25519 signatures.
Result<std::vector<std::string>> signers_now(const store::Store& store) {
    TRY(const model::Incident incident, store.read([](store::Tx& tx) { return open_incident(tx); }));
    TRY(const incident::StoredPlaybook stored, incident::read_playbook_by_hash(store, incident.playbook_sha256));
    return stored.signed_by;
}

Result<model::Campaign> move(store::Store& store, const incident::Actor& actor, model::CampaignId id, CampaignState to, std::string_view action) {
    return store.write([&](store::Tx& tx) -> Result<model::Campaign> {
        TRY(store::move_campaign(tx, id, to, actor.id));
        TRY(store::append_ledger(tx, actor.id, action, subject_of(id), base::json_object({})));
        return store::find_campaign(tx, id);
    });
}

constexpr std::string_view campaign_stopped = "the campaign was stopped";

// Tasks that will not be done any more.
Result<void> cancel_open_tasks(store::Tx& tx, model::CampaignId id) {
    TRY(const std::vector<model::Task> tasks, store::tasks_of(tx, id));
    for (const model::Task& task : tasks) {
        if (task.state != model::TaskState::open) continue;
        TRY(store::move_task(tx, task.id, model::TaskState::cancelled, model::NeedsHands::none, campaign_stopped));
        TRY(const std::vector<model::Attempt> attempts, store::attempts_of(tx, task.id));
        for (const model::Attempt& attempt : attempts) {  // one that was sent may have a step under way: it ends by itself
            if (attempt.state == model::AttemptState::queued)
                TRY(store::move_attempt(tx, attempt.id, model::AttemptState::cancelled, campaign_stopped));
        }
    }
    return {};
}

Result<void> stop_in(store::Tx& tx, const incident::Actor& actor, model::CampaignId id) {
    TRY(store::move_campaign(tx, id, CampaignState::stopped, actor.id));
    return cancel_open_tasks(tx, id);
}

}  // namespace

Result<model::Campaign> plan(store::Store& store, const incident::Actor& actor, const std::vector<model::AssetId>& assets) {
    TRY(const std::vector<std::string> signed_by, signers_now(store));
    return store.write([&](store::Tx& tx) { return plan_in(tx, actor, assets, signed_by); });
}

Result<model::Campaign> retry(store::Store& store, const incident::Actor& actor, model::CampaignId id) {
    TRY(const std::vector<std::string> signed_by, signers_now(store));
    return store.write([&](store::Tx& tx) -> Result<model::Campaign> {
        TRY(const model::Campaign ended, store::find_campaign(tx, id));
        if (is_open(ended.state)) return fail(ErrorCode::wrong_state, fmt::format("campaign {} hasn't ended", id.value));
        TRY(const std::vector<model::Task> tasks, store::tasks_of(tx, id));
        std::vector<model::AssetId> failed;
        for (const model::Task& task : tasks) {
            if (task.state != model::TaskState::needs_hands) continue;
            TRY(const model::Asset asset, store::find_asset(tx, task.asset));  // by the name that it has now
            failed.push_back(asset.id);
        }
        if (failed.empty()) return fail(ErrorCode::wrong_state, fmt::format("nothing failed in campaign {}", id.value));
        return plan_in(tx, actor, failed, signed_by);
    });
}

Result<model::Campaign> approve(store::Store& store, const incident::Actor& actor, model::CampaignId id, std::string_view plan_hash) {
    return store.write([&](store::Tx& tx) -> Result<model::Campaign> {
        TRY(const model::Campaign campaign, store::find_campaign(tx, id));
        if (campaign.asked_by == actor.id) return fail(ErrorCode::denied, "nobody approves their own request");
        if (campaign.plan_hash != plan_hash) {
            return fail(ErrorCode::conflict, fmt::format("the plan of campaign {} is another one than the one you read", id.value),
                        "plan hash " + campaign.plan_hash, "read it again, then approve");
        }
        TRY(store::move_campaign(tx, id, CampaignState::approved, actor.id));
        TRY(store::append_ledger(tx, actor.id, "campaign.approve", subject_of(id), base::json_object({{"plan_hash", campaign.plan_hash}})));
        return store::find_campaign(tx, id);
    });
}

Result<model::Campaign> start(store::Store& store, const incident::Actor& actor, model::CampaignId id) {
    TRY(const model::Campaign campaign, store.read([&](store::Tx& tx) { return store::find_campaign(tx, id); }));
    if (campaign.state != CampaignState::approved) {
        return fail(ErrorCode::wrong_state, fmt::format("campaign {} is {}, not approved", id.value, model::name_of(campaign.state)));
    }
    return move(store, actor, id, CampaignState::running, "campaign.start");
}

Result<model::Campaign> pause(store::Store& store, const incident::Actor& actor, model::CampaignId id) {
    return move(store, actor, id, CampaignState::paused, "campaign.pause");
}

Result<model::Campaign> resume(store::Store& store, const incident::Actor& actor, model::CampaignId id) {
    TRY(const model::Campaign campaign, store.read([&](store::Tx& tx) { return store::find_campaign(tx, id); }));
    if (campaign.state != CampaignState::paused) {
        return fail(ErrorCode::wrong_state, fmt::format("campaign {} is {}, not paused", id.value, model::name_of(campaign.state)));
    }
    return move(store, actor, id, CampaignState::running, "campaign.resume");
}

Result<model::Campaign> stop(store::Store& store, const incident::Actor& actor, model::CampaignId id) {
    return store.write([&](store::Tx& tx) -> Result<model::Campaign> {
        TRY(stop_in(tx, actor, id));
        TRY(store::append_ledger(tx, actor.id, "campaign.stop", subject_of(id), base::json_object({})));
        return store::find_campaign(tx, id);
    });
}

Result<model::Campaign> settle(store::Store& store, const incident::Actor& actor, model::CampaignId id, int wave, Settle decision,
                               std::string_view reason) {
    if (reason.empty()) return fail(ErrorCode::invalid, "the reason is missing");
    return store.write([&](store::Tx& tx) -> Result<model::Campaign> {
        TRY(const model::Campaign campaign, store::find_campaign(tx, id));
        if (campaign.state != CampaignState::running && campaign.state != CampaignState::paused) {
            return fail(ErrorCode::wrong_state,
                        fmt::format("campaign {} is {}; none of its waves goes on", id.value, model::name_of(campaign.state)));
        }
        TRY(const std::vector<model::Wave> waves, store::waves_of(tx, id));
        const auto found = std::find_if(waves.begin(), waves.end(), [&](const model::Wave& w) { return w.number == wave; });
        if (found == waves.end()) return fail(ErrorCode::not_found, fmt::format("campaign {} has no wave {}", id.value, wave));
        if (found->state != model::WaveState::gated) {
            return fail(ErrorCode::wrong_state, fmt::format("wave {} is {}, not gated", wave, model::name_of(found->state)));
        }
        if (decision == Settle::pass) {
            TRY(store::move_wave(tx, found->id, model::WaveState::passed));
        } else {
            TRY(stop_in(tx, actor, id));
        }
        TRY(store::append_ledger(tx, actor.id, "wave.settle", subject_of(id),
                                 base::json_object({{"wave", int64_t{wave}},
                                                    {"decision", std::string(decision == Settle::pass ? "pass" : "stop")},
                                                    {"gate", found->gated_because},
                                                    {"reason", std::string(reason)}})));
        return store::find_campaign(tx, id);
    });
}

Result<std::string> stored_plan_hash(store::Tx& tx, const model::Campaign& campaign, const playbook::Playbook& playbook) {
    if (playbook.sha256 != campaign.playbook_sha256) {
        return fail(ErrorCode::corrupt, fmt::format("the stored playbook \"{}\" isn't the one of campaign {}", playbook.id, campaign.id.value));
    }
    TRY(const std::vector<model::Wave> waves, store::waves_of(tx, campaign.id));
    TRY(const std::vector<model::Task> tasks, store::tasks_of(tx, campaign.id));
    std::vector<std::vector<model::AssetId>> assets;
    for (const model::Wave& wave : waves) {
        assets.emplace_back();
        for (const model::Task& task : tasks) {
            if (task.wave == wave.id) assets.back().push_back(task.asset);
        }
    }
    return hash_of(playbook, assets);
}

Result<std::vector<std::string>> notes(const store::Store& store, model::CampaignId id) {
    return store.read([&](store::Tx& tx) -> Result<std::vector<std::string>> {
        TRY(const model::Campaign campaign, store::find_campaign(tx, id));
        TRY(const store::PlaybookRow row, store::playbook_by_hash(tx, campaign.playbook_sha256));
        const playbook::Parsed parsed = playbook::parse(row.text, row.id + ".yaml");
        if (!parsed.playbook) return fail(ErrorCode::corrupt, fmt::format("the stored playbook \"{}\" can't be read any more", row.id));
        std::vector<std::string> out = incident::not_carried_out(*parsed.playbook);
        TRY(const std::vector<model::Task> tasks, store::tasks_of(tx, id));
        int64_t unknown = 0;
        for (const model::Task& task : tasks) unknown += task.planned_as == Disposition::unknown;
        if (unknown != 0)
            out.push_back(
                fmt::format("{} of {} machines are unknown: whether they can be reached shows when their turn comes.", unknown, tasks.size()));
        TRY(std::vector<model::AssetId> hands, store::assets_in_needs_hands(tx, campaign.incident));
        std::set<model::AssetId> here;
        for (const model::Task& task : tasks) {
            TRY(const model::Asset asset, store::find_asset(tx, task.asset));
            here.insert(asset.id);
        }
        std::erase_if(hands, [&](model::AssetId asset) { return here.contains(asset); });
        if (!hands.empty()) out.push_back(fmt::format("{} other machines need hands and are in no new plan.", hands.size()));
        return out;
    });
}

}  // namespace douse::remediate
