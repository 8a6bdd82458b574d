// SPDX-License-Identifier: Apache-2.0
// What the API shows, as JSON: one function a form of api/openapi.yaml. All forms of one answer are read from one snapshot, and
// every count of dispositions comes from the store's books.
#pragma once

#include "base/error.hpp"
#include "incident/vault.hpp"
#include "model/asset.hpp"
#include "model/campaign.hpp"
#include "model/incident.hpp"
#include "server/house.hpp"
#include "server/operations.hpp"
#include "store/asset_rows.hpp"
#include "store/evidence_rows.hpp"
#include "store/mirror.hpp"
#include "store/sweep_rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>

namespace douse::server {

// One snapshot, one caller; names and campaigns are looked up once.
class Snapshot {
public:
    Snapshot(House& house, store::Tx& tx, const incident::Actor& caller) : house(house), tx(tx), caller(caller) {}

    House& house;
    store::Tx& tx;
    const incident::Actor& caller;

    Result<std::string> person(model::PersonId id);  // Douse for none
    Result<std::string> asset_name(model::AssetId id);
    Result<const model::Campaign*> campaign(model::CampaignId id);
    Result<const model::Wave*> wave(const model::Task& task);
    Result<const std::vector<model::Exemption>*> exemptions();
    Result<std::shared_ptr<const playbook::Playbook>> playbook(std::string_view sha256);  // owners: the shelf and the caller
    [[nodiscard]] boost::json::value now_ms() const { return base::to_ms(tx.now()); }

private:
    std::map<model::PersonId, std::string> people_;
    std::map<model::AssetId, std::string> assets_;
    std::map<model::CampaignId, model::Campaign> campaigns_;
    std::map<model::CampaignId, std::vector<model::Wave>> waves_;
    std::optional<std::vector<model::Exemption>> exemptions_;
};

// Answers `view` from one snapshot.
template <class View>
Result<Reply> show(House& house, const Call& call, View view) {
    return house.store.read([&](store::Tx& tx) -> Result<Reply> {
        Snapshot snapshot(house, tx, call.actor);
        TRY(boost::json::object body, view(snapshot));
        return Reply(std::move(body));
    });
}

// views_incident.cpp
[[nodiscard]] boost::json::object person_view(const model::Person& person);
Result<boost::json::object> incident_view(Snapshot& s, const model::Incident& incident);
Result<boost::json::object> current_incident_view(Snapshot& s);  // {incident: ... or null}
Result<boost::json::object> scope_view(Snapshot& s);
Result<boost::json::object> exemption_view(Snapshot& s, const model::Exemption& exemption);
Result<boost::json::object> host_key_change_view(Snapshot& s, const model::HostKeyChange& change);
Result<boost::json::object> stop_view(Snapshot& s);
[[nodiscard]] boost::json::object import_view(const store::ImportRow& row, bool dry_run);
[[nodiscard]] boost::json::object sweep_view(const store::SweepRow& row);

// views_assets.cpp
Result<boost::json::object> asset_row_view(Snapshot& s, const model::Asset& asset, const store::DispositionRow& row);
Result<std::string> what_happens_next(Snapshot& s, const model::Asset& asset, const store::DispositionRow& row);

// views_asset.cpp
Result<boost::json::object> asset_detail_view(Snapshot& s, model::AssetId id);

// views_campaigns.cpp
Result<boost::json::object> campaign_summary_view(Snapshot& s, const model::Campaign& campaign);
Result<boost::json::object> campaign_view(Snapshot& s, model::CampaignId id, const std::vector<std::string>& notes);
Result<boost::json::object> task_view(Snapshot& s, const model::Task& task);
[[nodiscard]] std::string phrase_of(model::NeedsHands reason);  // "disk full", for sentences

// views_playbooks.cpp
Result<boost::json::object> playbook_detail_view(Snapshot& s, const incident::StoredPlaybook& stored);  // all but `playbook`

// views_now.cpp
Result<boost::json::object> now_view(Snapshot& s);

// "03:21 UTC" today, else "24 Nov 03:21 UTC".
[[nodiscard]] std::string clock_text(Timestamp at, Timestamp now);
[[nodiscard]] std::string span_text(Millis span);                                                // "12 min", "23 h", "3 d"
[[nodiscard]] std::string phrase_of(model::Disposition disposition);                             // "fix unverified"
[[nodiscard]] std::string count_of(int64_t count, std::string_view one, std::string_view many);  // "1 machine", "14 machines"

}  // namespace douse::server
