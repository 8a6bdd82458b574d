// SPDX-License-Identifier: Apache-2.0
#include "incident/vault.hpp"

#include "base/digest.hpp"
#include "base/duration.hpp"
#include "base/json_text.hpp"
#include "playbook/parse.hpp"
#include "playbook/sign.hpp"
#include "store/ledger_rows.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::incident {
namespace {

struct Read {
    playbook::Playbook playbook;
    std::vector<std::string> warnings;
};

Result<Read> read_text(std::string_view yaml, std::string_view file_name) {
    if (yaml.size() > playbook_limit) {
        return fail(ErrorCode::invalid, fmt::format("a playbook has at most {} bytes, \"{}\" has {}", playbook_limit, file_name, yaml.size()));
    }
    playbook::Parsed parsed = playbook::parse(yaml, file_name);
    Read out;
    std::string errors;
    std::string first;
    for (const playbook::Finding& finding : parsed.findings) {
        if (!finding.error) {
            out.warnings.push_back(finding.text());
            continue;
        }
        if (first.empty()) first = finding.text();
        errors += finding.text() + '\n';
    }
    if (!first.empty() || !parsed.playbook) return fail(ErrorCode::invalid, first.empty() ? "the playbook can't be read" : first, errors);
    out.playbook = std::move(*parsed.playbook);
    return out;
}

// The pinned signers with a valid signature. An entry of an unknown key says nothing; a false one of a pinned key is an alarm.
Result<std::vector<std::string>> signers_of(store::Tx& tx, const playbook::Playbook& playbook, std::string_view signatures) {
    TRY(const std::vector<store::SignerRow> pinned, store::list_signers(tx));
    std::vector<playbook::PublicKey> keys;
    for (const store::SignerRow& signer : pinned) {
        TRY(playbook::PublicKey key, playbook::read_public_key(signer.public_key));
        keys.push_back(std::move(key));
    }
    TRY(const playbook::Verified verified, playbook::verify(playbook, signatures, keys));
    std::vector<std::string> names;
    for (const store::SignerRow& signer : pinned) {
        if (std::find(verified.valid.begin(), verified.valid.end(), signer.key_id) != verified.valid.end()) names.push_back(signer.name);
    }
    return names;
}

// A size that isn't the file's: the playbook's author had another file in mind than the one whose hash stands there.
Result<void> check_size(const playbook::Playbook& playbook, std::string_view sha256, size_t bytes) {
    for (const playbook::File& file : playbook.files) {
        if (file.sha256 != sha256 || !file.size || *file.size == static_cast<int64_t>(bytes)) continue;
        return fail(ErrorCode::invalid,
                    fmt::format("file \"{}\" of playbook \"{}\" has {} bytes, and the playbook says {}", file.id, playbook.id, bytes, *file.size), {},
                    "mend its size, or take it out");
    }
    return {};
}

// A row that was stored once reads again: the text was checked when it came in.
Result<StoredPlaybook> as_stored(store::Tx& tx, store::PlaybookRow row) {
    StoredPlaybook out{.row = std::move(row), .signed_by = {}, .warnings = {}};
    TRY(Read read, read_text(out.row.text, out.row.id + ".yaml"));
    out.warnings = std::move(read.warnings);
    TRY(out.signed_by, signers_of(tx, read.playbook, out.row.signatures));
    return out;
}

// A stored file with a false entry is no signature to keep: it gives way to the one that is offered.
Result<std::string> with_stored_signatures(store::Tx& tx, const playbook::Playbook& playbook, std::string_view offered) {
    const auto stored = store::playbook_by_hash(tx, playbook.sha256);
    if (!stored && stored.error().code == ErrorCode::not_found) return std::string(offered);
    if (!stored) return std::unexpected(stored.error());
    const auto known = signers_of(tx, playbook, stored->signatures);
    if (!known && known.error().code == ErrorCode::denied) return std::string(offered);
    if (!known) return std::unexpected(known.error());
    return playbook::join_signatures(stored->signatures, offered);
}

struct HostKeySwap {
    std::string endpoint, pinned, offered;
};
// `pinned` is the key that goes now, which may have come after the change was seen; empty if no other one goes. All are empty for
// what nobody is asked about: the store says why it isn't accepted.
Result<HostKeySwap> swap_of(store::Tx& tx, model::HostKeyId id) {
    TRY(const std::vector<model::HostKeyChange> changes, store::list_host_key_changes(tx));
    const auto change = std::ranges::find(changes, id, &model::HostKeyChange::id);
    const auto endpoint = change == changes.end() ? std::nullopt : Endpoint::parse(change->endpoint);
    if (!endpoint) return HostKeySwap{};
    TRY(const auto pinned, store::pinned_host_key(tx, *endpoint));
    std::string goes = pinned ? pinned->type + " " + pinned->fingerprint : std::string();
    if (goes == change->offered) goes.clear();
    return HostKeySwap{.endpoint = change->endpoint, .pinned = std::move(goes), .offered = change->offered};
}

}  // namespace

Result<StoredPlaybook> store_playbook(store::Store& store, const Actor& actor, std::string_view yaml, std::string_view file_name,
                                      std::string_view signatures) {
    TRY(const Read read, read_text(yaml, file_name));
    return store.write([&](store::Tx& tx) -> Result<StoredPlaybook> {
        const playbook::Playbook& p = read.playbook;
        StoredPlaybook out{.row = {.id = p.id,
                                   .version = p.version,
                                   .sha256 = p.sha256,
                                   .name = p.name,
                                   .kind = p.kind,
                                   .state = p.state,
                                   .text = std::string(yaml),
                                   .signatures = {},
                                   .stored_at = tx.now()},
                           .signed_by = {},
                           .warnings = read.warnings};
        for (const playbook::File& file : p.files) {
            if (!file.size || file.sha256.empty()) continue;
            TRY(const bool stored, store::has_file(tx, file.sha256));
            if (!stored) continue;  // then store_file compares
            TRY(const std::string bytes, store::get_file(tx, file.sha256));
            TRY(check_size(p, file.sha256, bytes.size()));
        }
        TRY(signers_of(tx, p, signatures));
        TRY(out.row.signatures, with_stored_signatures(tx, p, signatures));
        TRY(out.signed_by, signers_of(tx, p, out.row.signatures));
        TRY(store::insert_playbook(tx, out.row));
        TRY(out.row, store::playbook_by_hash(tx, p.sha256));
        TRY(store::append_ledger(tx, actor.id, "playbook.store", fmt::format("playbook {} v{}", p.id, p.version),
                                 base::json_object({{"sha256", p.sha256}, {"signed_by", fmt::format("{}", fmt::join(out.signed_by, ", "))}})));
        return out;
    });
}

Result<StoredPlaybook> read_playbook(const store::Store& store, std::string_view id) {
    return store.read([&](store::Tx& tx) -> Result<StoredPlaybook> {
        TRY(store::PlaybookRow row, store::find_playbook(tx, id));
        return as_stored(tx, std::move(row));
    });
}

Result<StoredPlaybook> read_playbook_by_hash(const store::Store& store, std::string_view sha256) {
    return store.read([&](store::Tx& tx) -> Result<StoredPlaybook> {
        TRY(store::PlaybookRow row, store::playbook_by_hash(tx, sha256));
        return as_stored(tx, std::move(row));
    });
}

Result<std::vector<StoredPlaybook>> read_playbooks(const store::Store& store) {
    return store.read([](store::Tx& tx) -> Result<std::vector<StoredPlaybook>> {
        TRY(std::vector<store::PlaybookRow> rows, store::list_playbooks(tx));
        std::vector<StoredPlaybook> out;
        for (store::PlaybookRow& row : rows) {
            TRY(StoredPlaybook stored, as_stored(tx, std::move(row)));
            out.push_back(std::move(stored));
        }
        return out;
    });
}

std::vector<std::string> not_carried_out(const playbook::Playbook& playbook) {
    std::vector<std::string> out;
    if (!playbook.isolation.who.empty()) out.push_back("Isolation is parsed, signed and shown; this version isolates no machine.");
    if (!playbook.instructions.empty()) out.push_back("Instructions are shown; this version does not send them or ask who has read them.");
    out.push_back(fmt::format("Its deadline of {} is read; this version holds nobody to it.", base::format_duration(playbook.deadline)));
    if (std::ranges::any_of(playbook.checks, &playbook::Check::hint))
        out.push_back("Hints are shown and decide nothing; this version starts no proof check because of one.");
    if (std::ranges::any_of(playbook.checks, [](const playbook::Check& check) { return !check.by_hand.empty(); }))
        out.push_back("By-hand answers are shown; this version takes none from a visit.");
    return out;
}

Result<void> pin_signer(store::Store& store, const Actor& actor, std::string_view name, std::string_view public_key_base64) {
    if (name.empty()) return fail(ErrorCode::invalid, "a signer has a name");
    TRY(const playbook::PublicKey key, playbook::read_public_key(public_key_base64));
    return store.write([&](store::Tx& tx) -> Result<void> {
        const store::SignerRow row{.name = std::string(name), .key_id = playbook::key_id(key), .public_key = std::string(public_key_base64)};
        TRY(store::insert_signer(tx, row));
        TRY(store::append_ledger(tx, actor.id, "signer.pin", "signer " + row.name, base::json_object({{"key_id", row.key_id}})));
        return {};
    });
}

Result<StoredFile> store_file(store::Store& store, const Actor& actor, std::string_view name, std::string_view bytes) {
    if (name.empty() || name.find('/') != std::string_view::npos) return fail(ErrorCode::invalid, fmt::format("\"{}\" is not a file name", name));
    if (bytes.size() > file_limit) {
        return fail(ErrorCode::invalid, fmt::format("a file has at most {} bytes, \"{}\" has {}", file_limit, name, bytes.size()));
    }
    const StoredFile file{.name = std::string(name), .sha256 = base::sha256_hex(bytes), .bytes = static_cast<int64_t>(bytes.size())};
    return store.write([&](store::Tx& tx) -> Result<StoredFile> {
        TRY(const std::vector<store::PlaybookRow> playbooks, store::list_playbooks(tx));
        for (const store::PlaybookRow& row : playbooks) {
            const bool newest = std::ranges::none_of(playbooks, [&](const auto& other) { return other.id == row.id && other.version > row.version; });
            if (!newest || row.text.find(file.sha256) == std::string::npos) continue;
            // One that this version no longer reads asks for nothing.
            if (const auto read = read_text(row.text, row.id + ".yaml")) TRY(check_size(read->playbook, file.sha256, bytes.size()));
        }
        TRY(store::put_file(tx, file.name, file.sha256, bytes));
        TRY(store::append_ledger(tx, actor.id, "file.store", "file " + file.name,
                                 base::json_object({{"sha256", file.sha256}, {"bytes", file.bytes}})));
        return file;
    });
}

Result<void> add_credential(store::Store& store, const Actor& actor, const model::SshCredential& credential, std::string_view note) {
    if (credential.user.empty() || credential.private_key.empty() == credential.password.empty()) {
        return fail(ErrorCode::invalid, "a credential has a user and either a private key or a password");
    }
    return store.write([&](store::Tx& tx) -> Result<void> {
        const store::CredentialRow row{.id = {}, .credential = credential, .note = std::string(note), .added_at = tx.now()};
        TRY(const model::CredentialId id, store::insert_credential(tx, row));
        TRY(store::append_ledger(tx, actor.id, "credential.add", fmt::format("credential {}", id.value),
                                 base::json_object({{"user", credential.user},
                                                    {"kind", std::string(credential.password.empty() ? "ssh_key" : "password")},
                                                    {"note", std::string(note)}})));
        return {};
    });
}

Result<void> accept_host_key(store::Store& store, const Actor& actor, model::HostKeyId id, std::string_view reason) {
    if (reason.empty()) return fail(ErrorCode::invalid, "the reason is missing");
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(const HostKeySwap swap, swap_of(tx, id));
        TRY(store::accept_host_key(tx, id, actor.id));
        TRY(store::append_ledger(
            tx, actor.id, "hostkey.accept", fmt::format("host key {}", id.value),
            base::json_object({{"endpoint", swap.endpoint}, {"pinned", swap.pinned}, {"offered", swap.offered}, {"reason", std::string(reason)}})));
        return {};
    });
}

}  // namespace douse::incident
