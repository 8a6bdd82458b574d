// SPDX-License-Identifier: Apache-2.0
#include "model/scope.hpp"
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/people_rows.hpp"
#include "store/vault_rows.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::server {
namespace json = boost::json;

Result<std::string> Snapshot::person(model::PersonId id) {
    if (!id) return std::string("Douse");
    if (people_.empty()) {
        TRY(const std::vector<model::Person> people, store::list_people(tx));
        for (const model::Person& person : people) people_.emplace(person.id, person.name);
    }
    const auto found = people_.find(id);
    return found == people_.end() ? fmt::format("person {}", id.value) : found->second;
}

Result<std::string> Snapshot::asset_name(model::AssetId id) {
    if (const auto found = assets_.find(id); found != assets_.end()) return found->second;
    TRY(const model::Asset asset, store::find_asset(tx, id));
    return assets_.emplace(id, asset.name).first->second;
}

Result<const model::Campaign*> Snapshot::campaign(model::CampaignId id) {
    auto found = campaigns_.find(id);
    if (found == campaigns_.end()) {
        TRY(model::Campaign campaign, store::find_campaign(tx, id));
        found = campaigns_.emplace(id, std::move(campaign)).first;
    }
    return &found->second;
}

Result<const model::Wave*> Snapshot::wave(const model::Task& task) {
    auto found = waves_.find(task.campaign);
    if (found == waves_.end()) {
        TRY(std::vector<model::Wave> waves, store::waves_of(tx, task.campaign));
        found = waves_.emplace(task.campaign, std::move(waves)).first;
    }
    const auto wave = std::ranges::find(found->second, task.wave, &model::Wave::id);
    if (wave == found->second.end()) return fail(ErrorCode::corrupt, fmt::format("task {} is in no wave", task.id.value));
    return &*wave;
}

Result<const std::vector<model::Exemption>*> Snapshot::exemptions() {
    if (!exemptions_) {
        TRY(exemptions_, store::list_exemptions(tx));
    }
    return &*exemptions_;
}

Result<std::shared_ptr<const playbook::Playbook>> Snapshot::playbook(std::string_view sha256) {
    TRY(const store::PlaybookRow row, store::playbook_by_hash(tx, sha256));
    return house.shelf.get(sha256, row.text);
}

json::object person_view(const model::Person& person) {
    return {{"id", person.id.value},
            {"name", person.name},
            {"role", model::name_of(person.role)},
            {"redeemed", person.redeemed},
            {"added_at_ms", base::to_ms(person.added_at)}};
}

Result<json::object> incident_view(Snapshot& s, const model::Incident& incident) {
    TRY(const store::PlaybookRow playbook, store::playbook_by_hash(s.tx, incident.playbook_sha256));
    TRY(std::string owner, s.person(incident.owner));
    return json::object{
        {"id", incident.id.value},
        {"name", incident.name},
        {"state", model::name_of(incident.state)},
        {"kind", incident.kind},
        {"playbook",
         {{"id", incident.playbook_id}, {"version", incident.playbook_version}, {"name", playbook.name}, {"sha256", incident.playbook_sha256}}},
        {"owner", std::move(owner)},
        {"opened_at_ms", base::to_ms(incident.opened_at)},
        {"closed_at_ms", wire::ms_or_null(incident.closed_at)}};
}

Result<json::object> current_incident_view(Snapshot& s) {
    TRY(const auto incident, store::current_incident(s.tx));
    if (!incident) return json::object{{"incident", nullptr}};
    TRY(json::object view, incident_view(s, *incident));
    return json::object{{"incident", std::move(view)}};
}

Result<json::object> scope_view(Snapshot& s) {
    json::array texts;
    uint64_t addresses = 0;
    TRY(const auto incident, store::current_incident(s.tx));
    if (incident) {
        TRY(const std::vector<AddressRange> ranges, store::list_scope(s.tx, incident->id));
        for (const AddressRange& range : ranges) texts.emplace_back(range.text());
        addresses = model::Scope(ranges).size();
    }
    return json::object{{"ranges", std::move(texts)}, {"addresses", addresses}};
}

Result<json::object> exemption_view(Snapshot& s, const model::Exemption& exemption) {
    TRY(std::string name, s.asset_name(exemption.asset));
    TRY(std::string asked_by, s.person(exemption.asked_by));
    const bool has_ended = exemption.expires_at <= s.tx.now();
    json::array allowed;
    if (exemption.state == model::RequestState::asked && !has_ended) {
        if (exemption.asked_by != s.caller.id) allow(allowed, s.caller, "approveExemption");
        allow(allowed, s.caller, "declineExemption");
    }
    const auto state = exemption.state == model::RequestState::approved && has_ended ? model::RequestState::expired : exemption.state;
    json::object out{{"id", exemption.id.value},
                     {"asset", exemption.asset.value},
                     {"asset_name", std::move(name)},
                     {"reason", exemption.reason},
                     {"state", model::name_of(state)},
                     {"asked_by", std::move(asked_by)},
                     {"asked_at_ms", base::to_ms(exemption.asked_at)},
                     {"expires_at_ms", base::to_ms(exemption.expires_at)},
                     {"allowed", std::move(allowed)}};
    if (exemption.decided_by) {
        TRY(out["decided_by"], s.person(exemption.decided_by));
    }
    return out;
}

Result<json::object> host_key_change_view(Snapshot& s, const model::HostKeyChange& change) {
    json::object out{{"id", change.id.value},
                     {"endpoint", change.endpoint},
                     {"asset", nullptr},
                     {"asset_name", ""},
                     {"pinned", change.pinned},
                     {"offered", change.offered},
                     {"seen_at_ms", base::to_ms(change.seen_at)}};
    const std::string_view endpoint = change.endpoint;  // "10.0.0.7:22" or "[fd00::7]:22"
    std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (const auto address = Address::parse(host)) {
        TRY(const auto asset, store::asset_at(s.tx, *address));
        if (asset) {
            out["asset"] = asset->value;
            TRY(out["asset_name"], s.asset_name(*asset));
        }
    }
    json::array allowed;
    if (change.accepted_by) {
        TRY(out["accepted_by"], s.person(change.accepted_by));
    } else {
        allow(allowed, s.caller, "acceptHostKey");
    }
    out["allowed"] = std::move(allowed);
    return out;
}

Result<json::object> stop_view(Snapshot& s) {
    TRY(const store::StopSwitch stop, store::get_stop(s.tx));
    json::object out{{"stopped", stop.stopped}, {"since_ms", nullptr}};
    if (stop.stopped) {
        out["since_ms"] = base::to_ms(stop.since);
        TRY(out["by"], s.person(stop.by));
    }
    return out;
}

json::object import_view(const store::ImportRow& row, bool dry_run) {
    json::array messages(row.messages.begin(), row.messages.end());
    return {{"id", row.id.value},
            {"source", row.source},
            {"format", row.format},
            {"name", row.name},
            {"rows", row.rows},
            {"accepted", row.accepted},
            {"refused", row.refused},
            {"new_assets", row.new_assets},
            {"at_ms", base::to_ms(row.at)},
            {"messages", std::move(messages)},
            {"dry_run", dry_run}};
}

json::object sweep_view(const store::SweepRow& row) {
    json::object out{{"id", row.id.value},
                     {"state", store::name_of(row.state)},
                     {"kind", store::name_of(row.kind)},
                     {"targets", row.targets},
                     {"answered", row.answered},
                     {"inside", row.inside},
                     {"not_entered", row.not_entered},
                     {"new_assets", row.new_assets},
                     {"changed", row.changed},
                     {"clean", row.clean},
                     {"started_at_ms", base::to_ms(row.started_at)},
                     {"ended_at_ms", wire::ms_or_null(row.ended_at)}};
    if (!row.because.empty()) out["because"] = row.because;
    return out;
}

std::string clock_text(Timestamp at, Timestamp now) {
    const std::string text = base::to_rfc3339(at);  // 2026-11-24T15:27:55.120Z
    const bool today = text.substr(0, 10) == base::to_rfc3339(now).substr(0, 10);
    return (today ? std::string{} : text.substr(0, 10) + " ") + text.substr(11, 5) + " UTC";
}

std::string span_text(Millis span) {
    const int64_t minutes = span.count() / 60'000;
    if (minutes < 60) return fmt::format("{} min", minutes);
    if (minutes < 48 * 60) return fmt::format("{} h", minutes / 60);
    return fmt::format("{} d", minutes / (24 * 60));
}

std::string phrase_of(model::Disposition disposition) {
    std::string text(model::name_of(disposition));
    std::ranges::replace(text, '_', ' ');
    return text;
}

std::string count_of(int64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace douse::server
