// SPDX-License-Identifier: Apache-2.0
// What actions are made of: signed playbooks and their files, whose signatures count here, credentials, pinned host keys.
#pragma once

#include "incident/actor.hpp"
#include "playbook/playbook.hpp"
#include "store/vault_rows.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::incident {

inline constexpr size_t playbook_limit = 1 << 20;  // bytes; the format's own limit
inline constexpr size_t file_limit = 64u << 20;    // bytes a file; larger ones want a share, not a database

struct StoredPlaybook {
    store::PlaybookRow row;
    std::vector<std::string> signed_by;  // pinned signers with a valid signature
    std::vector<std::string> warnings;   // lint's, with file, line and column
};
// invalid: every error of parse and lint in `detail`, the first in the sentence. Signatures may be empty; what is there must be valid.
// A version that is stored keeps its text, and the signatures that it has beside those that come with it.
Result<StoredPlaybook> store_playbook(store::Store& store, const Actor& actor, std::string_view yaml, std::string_view file_name,
                                      std::string_view signatures);
Result<StoredPlaybook> read_playbook(const store::Store& store, std::string_view id);  // the newest version
Result<StoredPlaybook> read_playbook_by_hash(const store::Store& store, std::string_view sha256);
Result<std::vector<StoredPlaybook>> read_playbooks(const store::Store& store);
// What this version shows and does not do: isolation, instructions, by-hand answers.
std::vector<std::string> not_carried_out(const playbook::Playbook& playbook);

Result<void> pin_signer(store::Store& store, const Actor& actor, std::string_view name, std::string_view public_key_base64);

struct StoredFile {
    std::string name, sha256;
    int64_t bytes = 0;
};
Result<StoredFile> store_file(store::Store& store, const Actor& actor, std::string_view name, std::string_view bytes);

Result<void> add_credential(store::Store& store, const Actor& actor, const model::SshCredential& credential, std::string_view note);
Result<void> accept_host_key(store::Store& store, const Actor& actor, model::HostKeyId id, std::string_view reason);

}  // namespace douse::incident
