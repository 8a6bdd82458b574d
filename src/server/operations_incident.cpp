// SPDX-License-Identifier: Apache-2.0
#include "incident/guard.hpp"
#include "incident/incidents.hpp"
#include "remediate/runner.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/incident_rows.hpp"
#include "wire/fields.hpp"

namespace douse::server {
namespace json = boost::json;
namespace {

// Scope or stop switch changed: permits given out and the runner see it at once.
void tell(House& house) {
    house.guard.refresh();
    if (house.runner != nullptr) house.runner->wake();
}

Result<std::vector<std::string>> ranges_of(const Call& call) {
    wire::Fields fields(call.body);
    std::vector<std::string> ranges = fields.texts("ranges");
    TRY(fields.done());
    if (ranges.empty()) return fail(ErrorCode::invalid, "no range is given");
    return ranges;
}

Result<Reply> show_exemption(House& house, const Call& call, const model::Exemption& exemption) {
    return show(house, call, [&](Snapshot& s) { return exemption_view(s, exemption); });
}

}  // namespace

Result<Reply> get_now(House& house, const Call& call) {
    return show(house, call, now_view);
}

Result<Reply> get_incident(House& house, const Call& call) {
    return show(house, call, current_incident_view);
}

Result<Reply> open_incident(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::string name = fields.text("name");
    const std::string playbook = fields.text("playbook");
    const std::vector<std::string> ranges = fields.texts("ranges");
    TRY(fields.done());
    TRY(const model::Incident incident, incident::open_incident(house.store, call.actor, house.guard.setting(), name, playbook, ranges));
    tell(house);
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(json::object view, incident_view(s, incident));
        return json::object{{"incident", std::move(view)}};
    });
}

Result<Reply> close_incident(House& house, const Call& call) {
    TRY(const std::string reason, call.reason());
    TRY(const model::Incident incident, incident::close_incident(house.store, call.actor, reason));
    tell(house);
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(json::object view, incident_view(s, incident));
        return json::object{{"incident", std::move(view)}};
    });
}

Result<Reply> get_scope(House& house, const Call& call) {
    return show(house, call, scope_view);
}

Result<Reply> add_scope(House& house, const Call& call) {
    TRY(const std::vector<std::string> ranges, ranges_of(call));
    TRY(incident::add_scope(house.store, call.actor, ranges));
    tell(house);
    return show(house, call, scope_view);
}

Result<Reply> remove_scope(House& house, const Call& call) {
    TRY(const std::vector<std::string> ranges, ranges_of(call));
    TRY(incident::remove_scope(house.store, call.actor, ranges));
    tell(house);
    return show(house, call, scope_view);
}

Result<Reply> list_exemptions(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<model::Exemption> exemptions, store::list_exemptions(s.tx));
        json::array rows;
        for (const model::Exemption& exemption : exemptions) {
            TRY(json::object row, exemption_view(s, exemption));
            rows.emplace_back(std::move(row));
        }
        return json::object{{"exemptions", std::move(rows)}};
    });
}

Result<Reply> ask_exemption(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const model::AssetId asset(fields.number("asset"));
    const std::string reason = fields.text("reason");
    const Timestamp expires_at = base::from_ms(fields.number("expires_at_ms"));
    TRY(fields.done());
    TRY(const model::Exemption exemption, incident::ask_exemption(house.store, call.actor, asset, reason, expires_at));
    return show_exemption(house, call, exemption);
}

Result<Reply> approve_exemption(House& house, const Call& call) {
    TRY(const auto id, call.id<model::ExemptionId>());
    TRY(const model::Exemption exemption, incident::approve_exemption(house.store, call.actor, id));
    return show_exemption(house, call, exemption);
}

Result<Reply> decline_exemption(House& house, const Call& call) {
    TRY(const auto id, call.id<model::ExemptionId>());
    TRY(const std::string reason, call.reason());
    TRY(const model::Exemption exemption, incident::decline_exemption(house.store, call.actor, id, reason));
    return show_exemption(house, call, exemption);
}

Result<Reply> stop_everything(House& house, const Call& call) {
    TRY(incident::stop_everything(house.store, call.actor));
    tell(house);
    return show(house, call, stop_view);
}

Result<Reply> resume_everything(House& house, const Call& call) {
    TRY(const std::string reason, call.reason());
    TRY(incident::resume_everything(house.store, call.actor, reason));
    tell(house);
    return show(house, call, stop_view);
}

}  // namespace douse::server
