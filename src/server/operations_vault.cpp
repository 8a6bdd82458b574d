// SPDX-License-Identifier: Apache-2.0
#include "incident/vault.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/vault_rows.hpp"
#include "wire/fields.hpp"

#include <fmt/format.h>

namespace douse::server {
namespace json = boost::json;
namespace {

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

json::object playbook_view(const incident::StoredPlaybook& stored) {
    return {{"id", stored.row.id},
            {"version", stored.row.version},
            {"name", stored.row.name},
            {"kind", stored.row.kind},
            {"state", stored.row.state},
            {"sha256", stored.row.sha256},
            {"signed_by", texts(stored.signed_by)},
            {"stored_at_ms", base::to_ms(stored.row.stored_at)},
            {"warnings", texts(stored.warnings)}};
}

Result<Reply> show_signers(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<store::SignerRow> signers, store::list_signers(s.tx));
        json::array rows;
        for (const store::SignerRow& row : signers)
            rows.emplace_back(json::object{{"name", row.name}, {"key_id", row.key_id}, {"public_key", row.public_key}});
        return json::object{{"signers", std::move(rows)}};
    });
}

Result<Reply> show_host_key_changes(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<model::HostKeyChange> changes, store::list_host_key_changes(s.tx));
        json::array rows;
        for (const model::HostKeyChange& change : changes) {
            TRY(json::object row, host_key_change_view(s, change));
            rows.emplace_back(std::move(row));
        }
        return json::object{{"changes", std::move(rows)}};
    });
}

Result<Reply> show_credentials(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<store::CredentialRow> credentials, store::list_credentials(s.tx));
        json::array rows;
        for (const store::CredentialRow& row : credentials) {
            rows.emplace_back(json::object{{"id", row.id.value},
                                           {"kind", row.credential.private_key.empty() ? "password" : "ssh_key"},
                                           {"user", row.credential.user},
                                           {"note", row.note},
                                           {"added_at_ms", base::to_ms(row.added_at)}});
        }
        return json::object{{"credentials", std::move(rows)}};
    });
}

}  // namespace

Result<Reply> list_playbooks(House& house, const Call&) {
    TRY(const std::vector<incident::StoredPlaybook> stored, incident::read_playbooks(house.store));
    json::array rows;
    for (const incident::StoredPlaybook& playbook : stored) rows.emplace_back(playbook_view(playbook));
    return Reply({{"playbooks", std::move(rows)}});
}

Result<Reply> put_playbook(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::string yaml = fields.text("yaml");
    const std::string signatures = fields.text_or("signatures", "");
    const std::string name = fields.text_or("name", "playbook.yaml");
    TRY(fields.done());
    TRY(const incident::StoredPlaybook stored, incident::store_playbook(house.store, call.actor, yaml, name, signatures));
    return Reply(playbook_view(stored));
}

Result<Reply> get_playbook(House& house, const Call& call) {
    const std::string_view hash = call.parameter("sha256");
    TRY(const incident::StoredPlaybook stored,
        hash.empty() ? incident::read_playbook(house.store, call.path_id) : incident::read_playbook_by_hash(house.store, hash));
    if (stored.row.id != call.path_id)
        return fail(ErrorCode::not_found, fmt::format("the playbook with hash {} is \"{}\", not \"{}\"", hash, stored.row.id, call.path_id));
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(json::object detail, playbook_detail_view(s, stored));
        detail["playbook"] = playbook_view(stored);
        return detail;
    });
}

Result<Reply> list_signers(House& house, const Call& call) {
    return show_signers(house, call);
}

Result<Reply> add_signer(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::string name = fields.text("name");
    const std::string key = fields.text("public_key");
    TRY(fields.done());
    TRY(incident::pin_signer(house.store, call.actor, name, key));
    return show_signers(house, call);
}

Result<Reply> put_file(House& house, const Call& call) {
    const std::string_view name = call.parameter("name");
    if (name.empty()) return fail(ErrorCode::invalid, "parameter \"name\" is missing");
    TRY(const incident::StoredFile file, incident::store_file(house.store, call.actor, name, call.octets));
    return Reply({{"name", file.name}, {"sha256", file.sha256}, {"bytes", file.bytes}});
}

Result<Reply> list_host_key_changes(House& house, const Call& call) {
    return show_host_key_changes(house, call);
}

Result<Reply> accept_host_key(House& house, const Call& call) {
    TRY(const auto id, call.id<model::HostKeyId>());
    TRY(const std::string reason, call.reason());
    TRY(incident::accept_host_key(house.store, call.actor, id, reason));
    return show_host_key_changes(house, call);
}

Result<Reply> list_credentials(House& house, const Call& call) {
    return show_credentials(house, call);
}

Result<Reply> add_credential(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const model::SshCredential credential{
        .user = fields.text("user"), .private_key = fields.text_or("private_key", ""), .password = fields.text_or("password", "")};
    const std::string note = fields.text_or("note", "");
    TRY(fields.done());
    TRY(incident::add_credential(house.store, call.actor, credential, note));
    return show_credentials(house, call);
}

}  // namespace douse::server
