// SPDX-License-Identifier: Apache-2.0
// Signatures: Ed25519 over "douse-playbook-1", a newline and the canonical form's SHA-256 in hex (format section 9).
//
// Detached, in ID.yaml.sig: JSON with one entry a signer. Which keys count is the site's decision (pinned public keys).
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "playbook/playbook.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

struct PublicKey {
    std::string bytes;  // 32
    bool operator==(const PublicKey&) const = default;
};
[[nodiscard]] std::string key_id(const PublicKey& key);  // 16 hex digits of its SHA-256
[[nodiscard]] std::string to_base64(const PublicKey& key);
Result<PublicKey> read_public_key(std::string_view base64);

struct SigningKey {
    PublicKey public_key;
    std::string seed;  // 32 bytes, secret
};
[[nodiscard]] SigningKey new_signing_key();
// One line, "douse-signing-key-1 BASE64"; to be kept readable by its owner alone.
[[nodiscard]] std::string key_file_of(const SigningKey& key);
Result<SigningKey> read_key_file(std::string_view text);

struct Signature {
    std::string key;  // key id
    Timestamp at{};
    std::string bytes;  // 64
};
struct SignatureFile {
    std::string id;
    int64_t version = 0;
    std::string sha256;
    std::vector<Signature> signatures;
};
Result<SignatureFile> read_signature_file(std::string_view json);
[[nodiscard]] std::string write_signature_file(const SignatureFile& file);

// The signature file with this key's entry added, or put in place of its older one. `existing` may be empty or belong to a
// lower version, which it replaces. wrong_state: a file hash is still fill-in; conflict: `existing` is for the same version
// with another hash.
Result<std::string> sign(const Playbook& playbook, const SigningKey& key, Timestamp now, std::string_view existing);

// The entries of both files, of which either may be empty; of a key in both, that of `offered`. invalid: not a signature file;
// conflict: the two are for different contents.
Result<std::string> join_signatures(std::string_view stored, std::string_view offered);

struct Verified {
    std::vector<std::string> valid;    // ids of keys among `keys` that signed this playbook
    std::vector<std::string> unknown;  // ids of signers that are not among `keys`
};
// invalid: not a signature file, or one for another playbook, version or hash; denied: an entry of one of `keys` is false.
// An empty text is a playbook that nobody signed.
Result<Verified> verify(const Playbook& playbook, std::string_view signature_file, const std::vector<PublicKey>& keys);

// The text with every `sha256: fill-in` of `hashes`' file ids written out, so that what is signed is what is stored.
// not_found: no such file in the playbook; conflict: another hash stands there; invalid: the text can't be read.
Result<std::string> fill_in_files(std::string_view yaml, const std::map<std::string, std::string>& hashes);

}  // namespace douse::playbook
