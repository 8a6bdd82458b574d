// SPDX-License-Identifier: Apache-2.0
#include "store/vault_rows.hpp"

#include "base/digest.hpp"
#include "store/database.hpp"

#include <fmt/format.h>

namespace douse::store {
namespace {

constexpr Sql playbook_columns{"id, version, sha256, name, kind, state, text, signatures, stored_at_ms"};
PlaybookRow read_playbook(Row& row) {
    return {.id = row.next<std::string>(),
            .version = row.next<int64_t>(),
            .sha256 = row.next<std::string>(),
            .name = row.next<std::string>(),
            .kind = row.next<std::string>(),
            .state = row.next<std::string>(),
            .text = row.next<std::string>(),
            .signatures = row.next<std::string>(),
            .stored_at = row.next<Timestamp>()};
}
constexpr auto add_playbook = "INSERT INTO playbooks (" + playbook_columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr auto playbook_of_version = "SELECT " + playbook_columns + " FROM playbooks WHERE id = $1 AND version = $2";
constexpr auto newest_playbook = "SELECT " + playbook_columns + " FROM playbooks WHERE id = $1 ORDER BY version DESC LIMIT 1";
constexpr auto playbook_of_hash = "SELECT " + playbook_columns + " FROM playbooks WHERE sha256 = $1";
constexpr auto all_playbooks = "SELECT " + playbook_columns + " FROM playbooks ORDER BY id, version DESC";
constexpr Sql replace_signatures{"UPDATE playbooks SET signatures = $3 WHERE id = $1 AND version = $2"};

constexpr Sql signer_columns{"name, key_id, public_key"};
SignerRow read_signer(Row& row) {
    return {.name = row.next<std::string>(), .key_id = row.next<std::string>(), .public_key = row.next<std::string>()};
}
constexpr auto add_signer = "INSERT INTO signers (" + signer_columns + ") VALUES ($1, $2, $3) ON CONFLICT (public_key) DO NOTHING";
constexpr auto signer_of_key = "SELECT " + signer_columns + " FROM signers WHERE public_key = $1";
constexpr auto all_signers = "SELECT " + signer_columns + " FROM signers ORDER BY name, key_id";

constexpr Sql add_file{"INSERT INTO files (sha256, name, bytes) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING"};
constexpr Sql file_bytes{"SELECT bytes FROM files WHERE sha256 = $1"};
constexpr Sql count_files{"SELECT COUNT(*) FROM files WHERE sha256 = $1"};

constexpr Sql credential_columns{"user_name, private_key, password, note, added_at_ms"};
CredentialRow read_credential(Row& row) {
    return {.id = row.next<model::CredentialId>(),
            .credential = {.user = row.next<std::string>(), .private_key = row.next<std::string>(), .password = row.next<std::string>()},
            .note = row.next<std::string>(),
            .added_at = row.next<Timestamp>()};
}
constexpr auto add_credential = "INSERT INTO credentials (" + credential_columns + ") VALUES ($1, $2, $3, $4, $5) RETURNING id";
constexpr auto all_credentials = "SELECT id, " + credential_columns + " FROM credentials ORDER BY id";

constexpr Sql read_pin{"SELECT type, fingerprint, confirmed_at_ms FROM host_keys WHERE endpoint = $1"};
constexpr Sql write_pin{
    "INSERT INTO host_keys (endpoint, type, fingerprint, pinned_at_ms, confirmed_at_ms) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (endpoint) DO UPDATE SET type = $2, fingerprint = $3, pinned_at_ms = $4, confirmed_at_ms = $5"};
constexpr Sql confirm_pin{"UPDATE host_keys SET confirmed_at_ms = $4 WHERE endpoint = $1 AND type = $2 AND fingerprint = $3 AND confirmed_at_ms = 0"};
struct Pin {
    model::HostKey key;
    Timestamp confirmed_at;
};
constexpr Sql add_change{
    "INSERT INTO host_key_changes (endpoint, pinned, offered_type, offered_fingerprint, seen_at_ms) VALUES ($1, $2, $3, $4, $5) RETURNING id"};
constexpr Sql same_change{
    "SELECT COUNT(*) FROM host_key_changes "
    "WHERE endpoint = $1 AND (pinned = '') = ($2 = '') AND offered_type = $3 AND offered_fingerprint = $4 AND accepted_by IS NULL"};
constexpr Sql change_columns{"id, endpoint, pinned, offered_type, offered_fingerprint, seen_at_ms, accepted_by"};
struct ChangeRow {
    model::HostKeyId id;
    std::string endpoint, pinned;
    model::HostKey offered;
    Timestamp seen_at;
    model::PersonId accepted_by;
};
ChangeRow read_change(Row& row) {
    return {.id = row.next<model::HostKeyId>(),
            .endpoint = row.next<std::string>(),
            .pinned = row.next<std::string>(),
            .offered = {.type = row.next<std::string>(), .fingerprint = row.next<std::string>()},
            .seen_at = row.next<Timestamp>(),
            .accepted_by = row.next<model::PersonId>()};
}
constexpr auto change_by_id = "SELECT " + change_columns + " FROM host_key_changes WHERE id = $1";
// A first key (pinned is empty) is asked about as long as it is pinned there and nobody confirmed it.
constexpr Sql still_asked{
    "accepted_by IS NOT NULL OR pinned <> '' OR EXISTS (SELECT 1 FROM host_keys k WHERE k.endpoint = host_key_changes.endpoint "
    "AND k.type = offered_type AND k.fingerprint = offered_fingerprint AND k.confirmed_at_ms = 0)"};
constexpr auto all_changes =
    "SELECT " + change_columns + " FROM host_key_changes WHERE " + still_asked + " ORDER BY CASE WHEN accepted_by IS NULL THEN 0 ELSE 1 END, id DESC";
constexpr Sql accept_change{"UPDATE host_key_changes SET accepted_by = $2 WHERE id = $1"};
std::string text_of(const model::HostKey& key) {
    return key.type + " " + key.fingerprint;
}

Result<std::optional<Pin>> pin_at(Tx& tx, std::string_view endpoint) {
    return tx.db().first(
        read_pin,
        [](Row& row) {
            return Pin{.key = {.type = row.next<std::string>(), .fingerprint = row.next<std::string>()}, .confirmed_at = row.next<Timestamp>()};
        },
        endpoint);
}

// Once for each key, until it is settled.
Result<void> record_change(Tx& tx, std::string_view where, std::string_view pinned, const model::HostKey& offered) {
    TRY(const int64_t known, tx.db().number(same_change, where, pinned, offered.type, offered.fingerprint));
    if (known != 0) return {};
    TRY(const auto id, tx.db().insert<model::HostKeyId>(add_change, where, pinned, offered.type, offered.fingerprint, tx.now()));
    tx.changed(Change::Kind::decision, id.value);
    return {};
}

}  // namespace

Result<void> insert_playbook(Tx& tx, const PlaybookRow& row) {
    TRY(const auto same, tx.db().first(playbook_of_version, read_playbook, row.id, row.version));
    if (same) {
        if (same->sha256 != row.sha256) {
            return fail(ErrorCode::corrupt, fmt::format("playbook \"{}\" version {} is stored with other contents", row.id, row.version),
                        fmt::format("stored {}, offered {}", same->sha256, row.sha256), "a change needs a new version");
        }
        TRY(tx.db().run(replace_signatures, row.id, row.version, row.signatures));
        return {};
    }
    TRY(const auto newest, tx.db().first(newest_playbook, read_playbook, row.id));
    if (newest && newest->version > row.version) {
        return fail(ErrorCode::wrong_state,
                    fmt::format("playbook \"{}\" version {} is stored, so version {} is refused", row.id, newest->version, row.version));
    }
    TRY(tx.db().run(add_playbook, row.id, row.version, row.sha256, row.name, row.kind, row.state, row.text, row.signatures, row.stored_at));
    return {};
}

Result<PlaybookRow> find_playbook(Tx& tx, std::string_view id) {
    TRY(auto row, tx.db().first(newest_playbook, read_playbook, id));
    if (!row) return fail(ErrorCode::not_found, fmt::format("there is no playbook \"{}\"", id));
    return *std::move(row);
}

Result<PlaybookRow> playbook_by_hash(Tx& tx, std::string_view sha256) {
    TRY(auto row, tx.db().first(playbook_of_hash, read_playbook, sha256));
    if (!row) return fail(ErrorCode::not_found, fmt::format("there is no playbook with hash {}", sha256));
    return *std::move(row);
}

Result<std::vector<PlaybookRow>> list_playbooks(Tx& tx) {
    return tx.db().all(all_playbooks, read_playbook);
}

Result<void> insert_signer(Tx& tx, const SignerRow& row) {
    TRY(const auto pinned, tx.db().first(signer_of_key, read_signer, row.public_key));
    if (pinned && pinned->name != row.name) {
        return fail(ErrorCode::conflict, fmt::format("the key is pinned already, as \"{}\"", pinned->name));
    }
    TRY(tx.db().run(add_signer, row.name, row.key_id, row.public_key));
    return {};
}

Result<std::vector<SignerRow>> list_signers(Tx& tx) {
    return tx.db().all(all_signers, read_signer);
}

Result<void> put_file(Tx& tx, std::string_view name, std::string_view sha256, std::string_view bytes) {
    if (base::sha256_hex(bytes) != sha256) {
        return fail(ErrorCode::invalid, fmt::format("file \"{}\" is not the one with SHA-256 {}", name, sha256));
    }
    TRY(tx.db().run(add_file, sha256, name, Bytes{bytes}));
    return {};
}

Result<std::string> get_file(Tx& tx, std::string_view sha256) {
    TRY(auto bytes, tx.db().first(file_bytes, [](Row& row) { return row.next<std::string>(); }, sha256));
    if (!bytes) return fail(ErrorCode::not_found, fmt::format("no file with SHA-256 {} is stored", sha256));
    return *std::move(bytes);
}

Result<bool> has_file(Tx& tx, std::string_view sha256) {
    TRY(const int64_t count, tx.db().number(count_files, sha256));
    return count > 0;
}

Result<model::CredentialId> insert_credential(Tx& tx, const CredentialRow& row) {
    return tx.db().insert<model::CredentialId>(add_credential, row.credential.user, row.credential.private_key, row.credential.password, row.note,
                                               row.added_at);
}

Result<std::vector<CredentialRow>> list_credentials(Tx& tx) {
    return tx.db().all(all_credentials, read_credential);
}

Result<model::HostKeyJudgement> judge_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key) {
    const std::string where = endpoint.text();
    TRY(const auto pinned, pin_at(tx, where));
    if (!pinned) {
        TRY(tx.db().run(write_pin, where, key.type, key.fingerprint, tx.now(), Timestamp{}));
        return model::HostKeyJudgement::first_seen;
    }
    if (pinned->key == key) return pinned->confirmed_at == Timestamp{} ? model::HostKeyJudgement::pinned : model::HostKeyJudgement::confirmed;
    TRY(record_change(tx, where, text_of(pinned->key), key));
    return model::HostKeyJudgement::changed;
}

Result<std::optional<model::HostKey>> pinned_host_key(Tx& tx, const Endpoint& endpoint) {
    TRY(const auto pinned, pin_at(tx, endpoint.text()));
    return pinned ? std::optional(pinned->key) : std::nullopt;
}

Result<void> confirm_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key) {
    const std::string where = endpoint.text();
    TRY(tx.db().run(confirm_pin, where, key.type, key.fingerprint, tx.now()));
    TRY(const int64_t asked, tx.db().number(same_change, where, "", key.type, key.fingerprint));
    if (asked != 0) tx.changed(Change::Kind::decision, 0);  // nobody need answer any more
    return {};
}

Result<void> ask_to_confirm_host_key(Tx& tx, const Endpoint& endpoint, const model::HostKey& key) {
    const std::string where = endpoint.text();
    TRY(const auto pinned, pin_at(tx, where));
    if (!pinned || pinned->key != key || pinned->confirmed_at != Timestamp{}) return {};
    return record_change(tx, where, "", key);
}

Result<std::vector<model::HostKeyChange>> list_host_key_changes(Tx& tx) {
    return tx.db().all(all_changes, [](Row& row) {
        ChangeRow change = read_change(row);
        return model::HostKeyChange{.id = change.id,
                                    .endpoint = std::move(change.endpoint),
                                    .pinned = std::move(change.pinned),
                                    .offered = text_of(change.offered),
                                    .seen_at = change.seen_at,
                                    .accepted_by = change.accepted_by};
    });
}

Result<void> accept_host_key(Tx& tx, model::HostKeyId id, model::PersonId by) {
    TRY(const auto change, tx.db().first(change_by_id, read_change, id));
    if (!change) return fail(ErrorCode::not_found, fmt::format("there is no host key change {}", id.value));
    if (change->accepted_by) return fail(ErrorCode::wrong_state, fmt::format("host key change {} is settled already", id.value));
    TRY(const auto pinned, pin_at(tx, change->endpoint));
    if (change->pinned.empty() && !(pinned && pinned->key == change->offered && pinned->confirmed_at == Timestamp{})) {
        return fail(ErrorCode::wrong_state, fmt::format("nobody needs to confirm host key {} any more", id.value),
                    "a login by key confirmed it, or another one is pinned by now");
    }
    TRY(tx.db().run(write_pin, change->endpoint, change->offered.type, change->offered.fingerprint, tx.now(), tx.now()));
    TRY(tx.db().run(accept_change, id, by));
    tx.changed(Change::Kind::decision, id.value);
    return {};
}

}  // namespace douse::store
