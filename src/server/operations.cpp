// SPDX-License-Identifier: Apache-2.0
#include "server/operations.hpp"

#include "server/operation_functions.hpp"
#include "wire/fields.hpp"

#include <fmt/format.h>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

namespace douse::server {
namespace {

using model::Right;
constexpr std::string_view get = "GET";
constexpr std::string_view post = "POST";

// clang-format off
constexpr std::array table{
    Operation{.id = "getHealth", .method = get, .path = "/api/health", .right = {}, .ledger = "", .run = get_health},
    Operation{.id = "signIn", .method = post, .path = "/api/sign-in", .right = {}, .ledger = "person.sign_in", .takes = Takes::json, .run = sign_in},
    Operation{.id = "signOut", .method = post, .path = "/api/sign-out", .right = Right::read, .ledger = "person.sign_out", .run = sign_out},
    Operation{.id = "whoAmI", .method = get, .path = "/api/me", .right = Right::read, .ledger = "", .run = who_am_i},
    Operation{.id = "listPeople", .method = get, .path = "/api/people", .right = Right::read, .ledger = "", .run = list_people},
    // Neither is keyed: a kept answer would keep the one-time link.
    Operation{.id = "addPerson", .method = post, .path = "/api/people", .right = Right::add_people, .ledger = "person.add", .takes = Takes::json, .run = add_person},
    Operation{.id = "invitePerson", .method = post, .path = "/api/people/{id}/invite", .right = Right::add_people, .ledger = "person.invite", .run = invite_person},
    Operation{.id = "getNow", .method = get, .path = "/api/now", .right = Right::read, .ledger = "", .run = get_now},
    Operation{.id = "getIncident", .method = get, .path = "/api/incident", .right = Right::read, .ledger = "", .run = get_incident},
    Operation{.id = "openIncident", .method = post, .path = "/api/incident", .right = Right::run_incident, .ledger = "incident.open", .takes = Takes::json, .keyed = true, .run = open_incident},
    Operation{.id = "closeIncident", .method = post, .path = "/api/incident/close", .right = Right::run_incident, .ledger = "incident.close", .takes = Takes::json, .keyed = true, .run = close_incident},
    Operation{.id = "getScope", .method = get, .path = "/api/scope", .right = Right::read, .ledger = "", .run = get_scope},
    Operation{.id = "addScope", .method = post, .path = "/api/scope", .right = Right::run_incident, .ledger = "scope.add", .takes = Takes::json, .keyed = true, .run = add_scope},
    Operation{.id = "removeScope", .method = post, .path = "/api/scope/remove", .right = Right::run_incident, .ledger = "scope.remove", .takes = Takes::json, .keyed = true, .run = remove_scope},
    Operation{.id = "listImports", .method = get, .path = "/api/imports", .right = Right::read, .ledger = "", .run = list_imports},
    Operation{.id = "importList", .method = post, .path = "/api/imports", .right = Right::import_lists, .ledger = "list.import", .takes = Takes::octets, .query = "format source name dry_run", .keyed = true, .run = import_list},
    Operation{.id = "listAssets", .method = get, .path = "/api/assets", .right = Right::read, .ledger = "", .query = "disposition place os q sort order offset limit", .run = list_assets},
    Operation{.id = "getAsset", .method = get, .path = "/api/assets/{id}", .right = Right::read, .ledger = "", .run = get_asset},
    Operation{.id = "retireAsset", .method = post, .path = "/api/assets/{id}/retire", .right = Right::retire, .ledger = "asset.retire", .takes = Takes::json, .keyed = true, .run = retire_asset},
    Operation{.id = "listExemptions", .method = get, .path = "/api/exemptions", .right = Right::read, .ledger = "", .run = list_exemptions},
    Operation{.id = "askExemption", .method = post, .path = "/api/exemptions", .right = Right::ask, .ledger = "exemption.ask", .takes = Takes::json, .keyed = true, .run = ask_exemption},
    Operation{.id = "approveExemption", .method = post, .path = "/api/exemptions/{id}/approve", .right = Right::approve, .ledger = "exemption.approve", .keyed = true, .run = approve_exemption},
    Operation{.id = "declineExemption", .method = post, .path = "/api/exemptions/{id}/decline", .right = Right::approve, .ledger = "exemption.decline", .takes = Takes::json, .keyed = true, .run = decline_exemption},
    Operation{.id = "listSweeps", .method = get, .path = "/api/sweeps", .right = Right::read, .ledger = "", .run = list_sweeps},
    Operation{.id = "startSweep", .method = post, .path = "/api/sweeps", .right = Right::look, .ledger = "sweep.start", .status = 202, .keyed = true, .run = start_sweep},
    Operation{.id = "getSweep", .method = get, .path = "/api/sweeps/{id}", .right = Right::read, .ledger = "", .run = get_sweep},
    Operation{.id = "checkAssets", .method = post, .path = "/api/checks", .right = Right::look, .ledger = "check.start", .status = 202, .takes = Takes::json, .keyed = true, .run = check_assets},
    Operation{.id = "listPlaybooks", .method = get, .path = "/api/playbooks", .right = Right::read, .ledger = "", .run = list_playbooks},
    Operation{.id = "putPlaybook", .method = post, .path = "/api/playbooks", .right = Right::run_incident, .ledger = "playbook.store", .takes = Takes::json, .keyed = true, .run = put_playbook},
    Operation{.id = "getPlaybook", .method = get, .path = "/api/playbooks/{id}", .right = Right::read, .ledger = "", .query = "sha256", .run = get_playbook},
    Operation{.id = "listSigners", .method = get, .path = "/api/signers", .right = Right::read, .ledger = "", .run = list_signers},
    Operation{.id = "addSigner", .method = post, .path = "/api/signers", .right = Right::keep_credentials, .ledger = "signer.pin", .takes = Takes::json, .keyed = true, .run = add_signer},
    Operation{.id = "putFile", .method = post, .path = "/api/files", .right = Right::run_incident, .ledger = "file.store", .takes = Takes::octets, .query = "name", .keyed = true, .run = put_file},
    Operation{.id = "listCampaigns", .method = get, .path = "/api/campaigns", .right = Right::read, .ledger = "", .run = list_campaigns},
    Operation{.id = "planCampaign", .method = post, .path = "/api/campaigns", .right = Right::ask, .ledger = "campaign.plan", .takes = Takes::json, .keyed = true, .run = plan_campaign},
    Operation{.id = "getCampaign", .method = get, .path = "/api/campaigns/{id}", .right = Right::read, .ledger = "", .run = get_campaign},
    Operation{.id = "approveCampaign", .method = post, .path = "/api/campaigns/{id}/approve", .right = Right::approve, .ledger = "campaign.approve", .takes = Takes::json, .keyed = true, .run = approve_campaign},
    Operation{.id = "startCampaign", .method = post, .path = "/api/campaigns/{id}/start", .right = Right::steer, .ledger = "campaign.start", .status = 202, .keyed = true, .run = start_campaign},
    Operation{.id = "pauseCampaign", .method = post, .path = "/api/campaigns/{id}/pause", .right = Right::steer, .ledger = "campaign.pause", .keyed = true, .run = pause_campaign},
    Operation{.id = "resumeCampaign", .method = post, .path = "/api/campaigns/{id}/resume", .right = Right::steer, .ledger = "campaign.resume", .keyed = true, .run = resume_campaign},
    Operation{.id = "stopCampaign", .method = post, .path = "/api/campaigns/{id}/stop", .right = Right::steer, .ledger = "campaign.stop", .keyed = true, .run = stop_campaign},
    Operation{.id = "retryCampaign", .method = post, .path = "/api/campaigns/{id}/retry", .right = Right::ask, .ledger = "campaign.plan", .keyed = true, .run = retry_campaign},
    Operation{.id = "settleWave", .method = post, .path = "/api/campaigns/{id}/settle", .right = Right::steer, .ledger = "wave.settle", .takes = Takes::json, .keyed = true, .run = settle_wave},
    Operation{.id = "listHostKeyChanges", .method = get, .path = "/api/host-keys", .right = Right::read, .ledger = "", .run = list_host_key_changes},
    Operation{.id = "acceptHostKey", .method = post, .path = "/api/host-keys/{id}/accept", .right = Right::settle_host_key, .ledger = "hostkey.accept", .takes = Takes::json, .keyed = true, .run = accept_host_key},
    Operation{.id = "listCredentials", .method = get, .path = "/api/credentials", .right = Right::read, .ledger = "", .run = list_credentials},
    Operation{.id = "addCredential", .method = post, .path = "/api/credentials", .right = Right::keep_credentials, .ledger = "credential.add", .takes = Takes::json, .keyed = true, .run = add_credential},
    Operation{.id = "listLedger", .method = get, .path = "/api/ledger", .right = Right::read, .ledger = "", .query = "before limit", .run = list_ledger},
    Operation{.id = "verifyLedger", .method = get, .path = "/api/ledger/verify", .right = Right::read, .ledger = "", .query = "head", .run = verify_ledger},
    Operation{.id = "stopEverything", .method = post, .path = "/api/stop-everything", .right = Right::stop_everything, .ledger = "stop.everything", .keyed = true, .run = stop_everything},
    Operation{.id = "resumeEverything", .method = post, .path = "/api/resume-everything", .right = Right::steer, .ledger = "stop.resume", .takes = Takes::json, .keyed = true, .run = resume_everything},
    Operation{.id = "rebuildStore", .method = post, .path = "/api/store/rebuild", .right = Right::keep_store, .ledger = "store.rebuild", .keyed = true, .run = rebuild_store},
    Operation{.id = "getEvents", .method = get, .path = "/api/events", .right = Right::read, .ledger = "", .run = nullptr},
};
// clang-format on

Result<int64_t> whole(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(ErrorCode::invalid, fmt::format("\"{}\" is no whole number", text.substr(0, 40)));
    return value;
}

}  // namespace

std::span<const Operation> operations() {
    return table;
}

const Operation* find_operation(std::string_view id) {
    for (const Operation& operation : table) {
        if (operation.id == id) return &operation;
    }
    return nullptr;
}

void allow(boost::json::array& allowed, const incident::Actor& actor, std::string_view operation) {
    const Operation* found = find_operation(operation);
    if (found != nullptr && found->right && model::may(actor.role, *found->right)) allowed.emplace_back(operation);
}

Result<int64_t> Call::path_number() const {
    const auto number = whole(path_id);
    if (!number || *number < 1) return fail(ErrorCode::not_found, fmt::format("nothing has the number \"{}\"", path_id.substr(0, 40)));
    return *number;
}

std::string_view Call::parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return {};
}

Result<int64_t> Call::number(std::string_view name, int64_t least, int64_t most, int64_t otherwise) const {
    const std::string_view text = parameter(name);
    if (text.empty()) return otherwise;
    const auto number = whole(text);
    if (!number || *number < least || *number > most) {
        return fail(ErrorCode::invalid, fmt::format("{} must be a whole number from {} to {}, not \"{}\"", name, least, most, text.substr(0, 40)));
    }
    return *number;
}

Result<bool> Call::truth(std::string_view name) const {
    const std::string_view text = parameter(name);
    if (text.empty() || text == "false") return false;
    if (text == "true") return true;
    return fail(ErrorCode::invalid, fmt::format("{} must be true or false, not \"{}\"", name, text.substr(0, 40)));
}

Result<std::string> Call::reason() const {
    wire::Fields fields(body);
    std::string text = fields.text("reason");
    TRY(fields.done());
    return text;
}

}  // namespace douse::server
