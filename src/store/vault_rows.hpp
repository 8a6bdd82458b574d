// SPDX-License-Identifier: Apache-2.0
// What actions need: playbooks and the files that they name, signers, credentials, pinned host keys.
#pragma once

#include "base/address.hpp"
#include "model/incident.hpp"
#include "model/permit.hpp"
#include "store/store.hpp"

namespace douse::store {

struct PlaybookRow {
    std::string id;
    int64_t version = 0;
    std::string sha256;  // of the canonical form
    std::string name, kind, state;
    std::string text;        // YAML
    std::string signatures;  // the text of ID.yaml.sig, or empty
    Timestamp stored_at{};
};
// wrong_state: a higher version is stored; corrupt: the same version with another hash. A stored version with its own hash again,
// also an older one, gets these signatures in place of those that it has.
Result<void> insert_playbook(Tx& tx, const PlaybookRow& row);
Result<PlaybookRow> find_playbook(Tx& tx, std::string_view id);  // the newest version
Result<PlaybookRow> playbook_by_hash(Tx& tx, std::string_view sha256);
Result<std::vector<PlaybookRow>> list_playbooks(Tx& tx);

struct SignerRow {
    std::string name;
    std::string key_id;
    std::string public_key;  // base64 of 32 bytes
};
Result<void> insert_signer(Tx& tx, const SignerRow& row);  // conflict: the key is pinned already under another name
Result<std::vector<SignerRow>> list_signers(Tx& tx);

Result<void> put_file(Tx& tx, std::string_view name, std::string_view sha256, std::string_view bytes);  // the same again is fine
Result<std::string> get_file(Tx& tx, std::string_view sha256);                                          // not_found
Result<bool> has_file(Tx& tx, std::string_view sha256);

struct CredentialRow {
    model::CredentialId id;
    model::SshCredential credential;
    std::string note;
    Timestamp added_at{};
};
Result<model::CredentialId> insert_credential(Tx& tx, const CredentialRow& row);
Result<std::vector<CredentialRow>> list_credentials(Tx& tx);

// Host keys, by "address:port". The first one seen is pinned; another one is recorded as a change and never pinned by itself.
Result<model::HostKeyJudgement> judge_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key);
Result<std::optional<model::HostKey>> pinned_host_key(Tx& tx, const Endpoint& endpoint);
Result<void> confirm_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key);  // if it is the pinned one
// If it is the pinned one and unconfirmed: a person is asked to confirm it, once.
Result<void> ask_to_confirm_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key);
// Unsettled first, then newest first; without those that nobody need settle any more (a login by key confirmed it since).
Result<std::vector<model::HostKeyChange>> list_host_key_changes(Tx& tx);
// Pins and confirms the offered key; wrong_state if it is settled.
Result<void> accept_host_key(Tx& tx, model::HostKeyId id, model::PersonId by);

}  // namespace douse::store
