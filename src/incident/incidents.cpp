// SPDX-License-Identifier: Apache-2.0
#include "incident/incidents.hpp"

#include "base/json_text.hpp"
#include "model/scope.hpp"
#include "store/asset_rows.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"

#include <fmt/format.h>

namespace douse::incident {
namespace {

constexpr size_t text_limit = 500;  // names and reasons

Result<std::vector<AddressRange>> parse_ranges(const std::vector<std::string>& texts) {
    std::vector<AddressRange> ranges;
    for (const std::string& text : texts) {
        const auto range = AddressRange::parse(text);
        if (!range) {
            return fail(ErrorCode::invalid, fmt::format("\"{}\" is not an address range", text), "",
                        "write 10.0.0.0/24 (no bits set behind the prefix), 10.0.0.5-10.0.0.9 or one address");
        }
        ranges.push_back(*range);
    }
    return ranges;
}

Result<void> within_limit(const std::vector<AddressRange>& ranges) {
    if (const uint64_t size = model::Scope(ranges).size(); size > scope_limit) {
        return fail(ErrorCode::invalid, fmt::format("the scope would hold {} addresses, the limit is {}", size, scope_limit), "",
                    "is a prefix too short?");
    }
    return {};
}

std::string joined(const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, " "));
}

Result<void> check_text(std::string_view what, std::string_view text) {
    if (text.empty()) return fail(ErrorCode::invalid, fmt::format("{} is missing", what));
    if (text.size() > text_limit) return fail(ErrorCode::invalid, fmt::format("{} has {} bytes, the limit is {}", what, text.size(), text_limit));
    return {};
}

Result<model::Incident> open_one(store::Tx& tx) {
    TRY(const auto current, store::current_incident(tx));
    if (!current) return fail(ErrorCode::wrong_state, "no incident is open", "", "open one: douse incident new NAME --playbook ID --scope RANGE");
    return *current;
}

std::string subject_of(const model::Incident& incident) {
    return fmt::format("incident {}", incident.id.value);
}

}  // namespace

Result<model::Incident> open_incident(store::Store& store, const Actor& actor, Setting setting, std::string_view name, std::string_view playbook_id,
                                      const std::vector<std::string>& ranges) {
    TRY(check_text("the incident's name", name));
    TRY(const std::vector<AddressRange> parsed, parse_ranges(ranges));
    TRY(within_limit(parsed));
    return store.write([&](store::Tx& tx) -> Result<model::Incident> {
        TRY(const store::PlaybookRow playbook, store::find_playbook(tx, playbook_id));
        if ((playbook.kind == "drill") != (setting == Setting::drill)) {
            return setting == Setting::drill
                       ? fail(ErrorCode::denied, "a drill opens incidents with a playbook of kind drill only")
                       : fail(ErrorCode::denied, fmt::format("playbook \"{}\" is of kind drill and opens in a drill only", playbook.id));
        }
        model::Incident incident{.id = {},
                                 .name = std::string(name),
                                 .state = model::IncidentState::active,
                                 .kind = setting == Setting::drill ? "drill" : "outbreak",
                                 .playbook_id = playbook.id,
                                 .playbook_version = playbook.version,
                                 .playbook_sha256 = playbook.sha256,
                                 .owner = actor.id,
                                 .opened_at = tx.now(),
                                 .closed_at = {}};
        TRY(incident.id, store::insert_incident(tx, incident));
        TRY(store::add_scope(tx, incident.id, parsed));
        TRY(store::append_ledger(tx, actor.id, "incident.open", subject_of(incident),
                                 base::json_object({{"name", incident.name},
                                                    {"playbook", fmt::format("{} v{}", playbook.id, playbook.version)},
                                                    {"sha256", playbook.sha256},
                                                    {"ranges", joined(ranges)}})));
        return incident;
    });
}

Result<model::Incident> close_incident(store::Store& store, const Actor& actor, std::string_view reason) {
    TRY(check_text("the reason", reason));
    return store.write([&](store::Tx& tx) -> Result<model::Incident> {
        TRY(model::Incident incident, open_one(tx));
        TRY(const std::vector<model::Campaign> campaigns, store::list_campaigns(tx));
        for (const model::Campaign& campaign : campaigns) {
            if (campaign.incident != incident.id || campaign.state == model::CampaignState::done || campaign.state == model::CampaignState::stopped)
                continue;
            return fail(ErrorCode::wrong_state, fmt::format("campaign {} is {}", campaign.id.value, model::name_of(campaign.state)), "",
                        fmt::format("stop it first: douse campaign stop {}", campaign.id.value));
        }
        TRY(store::close_incident(tx, incident.id));
        incident.state = model::IncidentState::closed;
        incident.closed_at = tx.now();
        TRY(store::append_ledger(tx, actor.id, "incident.close", subject_of(incident), base::json_object({{"reason", std::string(reason)}})));
        return incident;
    });
}

Result<void> add_scope(store::Store& store, const Actor& actor, const std::vector<std::string>& ranges) {
    TRY(const std::vector<AddressRange> parsed, parse_ranges(ranges));
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(const model::Incident incident, open_one(tx));
        TRY(std::vector<AddressRange> all, store::list_scope(tx, incident.id));
        all.insert(all.end(), parsed.begin(), parsed.end());
        TRY(within_limit(all));
        TRY(store::add_scope(tx, incident.id, parsed));
        TRY(store::append_ledger(tx, actor.id, "scope.add", subject_of(incident), base::json_object({{"ranges", joined(ranges)}})));
        return {};
    });
}

Result<void> remove_scope(store::Store& store, const Actor& actor, const std::vector<std::string>& ranges) {
    TRY(const std::vector<AddressRange> parsed, parse_ranges(ranges));
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(const model::Incident incident, open_one(tx));
        TRY(store::remove_scope(tx, incident.id, parsed));
        TRY(store::append_ledger(tx, actor.id, "scope.remove", subject_of(incident), base::json_object({{"ranges", joined(ranges)}})));
        return {};
    });
}

Result<model::Exemption> ask_exemption(store::Store& store, const Actor& actor, model::AssetId asset, std::string_view reason, Timestamp expires_at) {
    TRY(check_text("the reason", reason));
    return store.write([&](store::Tx& tx) -> Result<model::Exemption> {
        TRY(open_one(tx));
        TRY(const model::Asset machine, store::find_asset(tx, asset));
        if (machine.retired_at) return fail(ErrorCode::wrong_state, fmt::format("\"{}\" is retired", machine.name));
        if (expires_at <= tx.now()) return fail(ErrorCode::invalid, "the exemption would end in the past");
        model::Exemption exemption{.id = {},
                                   .asset = machine.id,
                                   .reason = std::string(reason),
                                   .asked_by = actor.id,
                                   .decided_by = {},
                                   .state = model::RequestState::asked,
                                   .asked_at = tx.now(),
                                   .expires_at = expires_at};
        TRY(exemption.id, store::insert_exemption(tx, exemption));
        TRY(store::append_ledger(
            tx, actor.id, "exemption.ask", fmt::format("exemption {}", exemption.id.value),
            base::json_object(
                {{"asset", machine.id.value}, {"name", machine.name}, {"reason", std::string(reason)}, {"expires_at_ms", base::to_ms(expires_at)}})));
        return exemption;
    });
}

namespace {

Result<model::Exemption> decide(store::Store& store, const Actor& actor, model::ExemptionId id, model::RequestState to, std::string_view action,
                                std::string_view reason) {
    return store.write([&](store::Tx& tx) -> Result<model::Exemption> {
        TRY(model::Exemption exemption, store::find_exemption(tx, id));
        if (to == model::RequestState::approved && exemption.asked_by == actor.id) {
            return fail(ErrorCode::denied, "nobody approves their own request");
        }
        if (exemption.expires_at <= tx.now()) return fail(ErrorCode::wrong_state, "the exemption has run out already");
        TRY(store::decide_exemption(tx, id, to, actor.id));
        TRY(store::append_ledger(tx, actor.id, action, fmt::format("exemption {}", id.value),
                                 base::json_object({{"asset", exemption.asset.value}, {"reason", std::string(reason)}})));
        return store::find_exemption(tx, id);
    });
}

}  // namespace

Result<model::Exemption> approve_exemption(store::Store& store, const Actor& actor, model::ExemptionId id) {
    return decide(store, actor, id, model::RequestState::approved, "exemption.approve", "");
}

Result<model::Exemption> decline_exemption(store::Store& store, const Actor& actor, model::ExemptionId id, std::string_view reason) {
    TRY(check_text("the reason", reason));
    return decide(store, actor, id, model::RequestState::declined, "exemption.decline", reason);
}

Result<void> retire(store::Store& store, const Actor& actor, model::AssetId asset, std::string_view reason) {
    TRY(check_text("the reason", reason));
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(const model::Asset machine, store::find_asset(tx, asset));
        TRY(store::retire_asset(tx, machine.id, actor.id, reason));
        TRY(store::append_ledger(tx, actor.id, "asset.retire", fmt::format("asset {}", machine.id.value),
                                 base::json_object({{"name", machine.name}, {"reason", std::string(reason)}})));
        return {};
    });
}

Result<void> stop_everything(store::Store& store, const Actor& actor) {
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(store::set_stop(tx, true, actor.id));
        TRY(store::append_ledger(tx, actor.id, "stop.everything", "stop switch", base::json_object({})));
        return {};
    });
}

Result<void> resume_everything(store::Store& store, const Actor& actor, std::string_view reason) {
    TRY(check_text("the reason", reason));
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(store::set_stop(tx, false, actor.id));
        TRY(store::append_ledger(tx, actor.id, "stop.resume", "stop switch", base::json_object({{"reason", std::string(reason)}})));
        return {};
    });
}

}  // namespace douse::incident
