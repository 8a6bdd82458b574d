// SPDX-License-Identifier: Apache-2.0
#include "playbook/sign.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <algorithm>
#include <boost/json.hpp>
#include <cassert>

namespace douse::playbook {
namespace {

constexpr std::string_view format_name = "douse-playbook-1";
constexpr std::string_view key_file_word = "douse-signing-key-1";
constexpr size_t signature_file_limit = 64 * 1024;  // some hundred signers
constexpr size_t key_id_digits = 16;

void need_sodium() {
    [[maybe_unused]] const int ready = sodium_init();  // 0 the first time, 1 afterwards
    assert(ready >= 0);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string signed_bytes(std::string_view sha256) {
    return fmt::format("{}\n{}", format_name, sha256);
}

SigningKey key_from_seed(std::string seed) {
    need_sodium();
    SigningKey key{.public_key = {std::string(crypto_sign_PUBLICKEYBYTES, '\0')}, .seed = std::move(seed)};
    std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_seed_keypair(bytes_of(key.public_key.bytes), bytes_of(secret), bytes_of(std::string_view(key.seed)));
    sodium_memzero(secret.data(), secret.size());
    return key;
}

std::unexpected<Error> not_a_signature_file(std::string why) {
    return fail(ErrorCode::invalid, "this is no signature file of a playbook", std::move(why));
}

Result<std::string> text_in(const boost::json::object& object, std::string_view key) {
    const boost::json::value* value = object.if_contains(boost::json::string_view(key.data(), key.size()));
    const boost::json::string* text = value ? value->if_string() : nullptr;
    if (!text) return not_a_signature_file(fmt::format("no text \"{}\"", key));
    return std::string(text->data(), text->size());
}

Result<Signature> read_entry(const boost::json::value& value) {
    const boost::json::object* object = value.if_object();
    if (!object) return not_a_signature_file("an entry is no object");
    Signature signature;
    TRY(signature.key, text_in(*object, "key"));
    TRY(const std::string at, text_in(*object, "at"));
    TRY(const std::string encoded, text_in(*object, "signature"));
    const auto when = base::from_rfc3339(at);
    const auto bytes = base::from_base64(encoded);
    if (!when) return not_a_signature_file(fmt::format("\"{}\" is no time", at));
    if (!bytes || bytes->size() != crypto_sign_BYTES)
        return not_a_signature_file(fmt::format("the signature of {} has not {} bytes", signature.key, crypto_sign_BYTES));
    signature.at = *when;
    signature.bytes = *bytes;
    return signature;
}

}  // namespace

std::string key_id(const PublicKey& key) {
    return base::sha256_hex(key.bytes).substr(0, key_id_digits);
}
std::string to_base64(const PublicKey& key) {
    return base::base64(key.bytes);
}

Result<PublicKey> read_public_key(std::string_view base64) {
    while (!base64.empty() && (base64.back() == '\n' || base64.back() == '\r' || base64.back() == ' ')) base64.remove_suffix(1);
    auto bytes = base::from_base64(base64);
    if (!bytes || bytes->size() != crypto_sign_PUBLICKEYBYTES) return fail(ErrorCode::invalid, "this is no public key", "wanted: 32 bytes in base64");
    return PublicKey{*std::move(bytes)};
}

SigningKey new_signing_key() {
    return key_from_seed(base::random_bytes(crypto_sign_SEEDBYTES));
}

std::string key_file_of(const SigningKey& key) {
    return fmt::format("{} {}\n", key_file_word, base::base64(key.seed));
}

Result<SigningKey> read_key_file(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    if (!text.starts_with(key_file_word) || text.size() <= key_file_word.size()) {
        return fail(ErrorCode::invalid, "this is no signing key", fmt::format("wanted: one line that begins with {}", key_file_word));
    }
    auto seed = base::from_base64(text.substr(key_file_word.size() + 1));
    if (!seed || seed->size() != crypto_sign_SEEDBYTES) return fail(ErrorCode::invalid, "this is no signing key", "wanted: 32 bytes in base64");
    return key_from_seed(*std::move(seed));
}

Result<SignatureFile> read_signature_file(std::string_view json) {
    if (json.size() > signature_file_limit) return not_a_signature_file(fmt::format("it has {} bytes", json.size()));
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(boost::json::string_view(json.data(), json.size()), error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    if (!object) return not_a_signature_file(error ? error.message() : "it is no object");
    TRY(const std::string format, text_in(*object, "format"));
    if (format != format_name) return not_a_signature_file(fmt::format("its format is \"{}\"", format));
    SignatureFile file;
    TRY(file.id, text_in(*object, "id"));
    TRY(file.sha256, text_in(*object, "sha256"));
    const boost::json::value* version = object->if_contains("version");
    if (!version || !version->if_int64()) return not_a_signature_file("no number \"version\"");
    file.version = *version->if_int64();
    const boost::json::value* list = object->if_contains("signatures");
    if (!list || !list->if_array()) return not_a_signature_file("no list \"signatures\"");
    for (const boost::json::value& entry : *list->if_array()) {
        TRY(Signature signature, read_entry(entry));
        if (std::ranges::find(file.signatures, signature.key, &Signature::key) != file.signatures.end())
            return not_a_signature_file(fmt::format("{} signs twice", signature.key));
        file.signatures.push_back(std::move(signature));
    }
    return file;
}

std::string write_signature_file(const SignatureFile& file) {
    std::string out = fmt::format("{{\n  \"format\": \"{}\",\n  \"id\": \"{}\",\n  \"version\": {},\n  \"sha256\": \"{}\",\n  \"signatures\": [",
                                  format_name, file.id, file.version, file.sha256);
    for (size_t i = 0; i < file.signatures.size(); ++i) {
        const Signature& s = file.signatures[i];
        out += fmt::format("{}\n    {{\"key\": \"{}\", \"at\": \"{}\", \"signature\": \"{}\"}}", i > 0 ? "," : "", s.key, base::to_rfc3339(s.at),
                           base::base64(s.bytes));
    }
    return out + "\n  ]\n}\n";
}

Result<std::string> sign(const Playbook& playbook, const SigningKey& key, Timestamp now, std::string_view existing) {
    for (const File& file : playbook.files) {
        if (file.sha256.empty())
            return fail(ErrorCode::wrong_state, fmt::format("file \"{}\" has no hash yet", file.id), {}, "sign with --files DIR, where it lies");
    }
    SignatureFile file{.id = playbook.id, .version = playbook.version, .sha256 = playbook.sha256, .signatures = {}};
    if (!existing.empty()) {
        TRY(SignatureFile before, read_signature_file(existing));
        if (before.id != playbook.id)
            return fail(ErrorCode::conflict, fmt::format("the signatures are for playbook \"{}\", not \"{}\"", before.id, playbook.id));
        if (before.version > playbook.version)
            return fail(ErrorCode::conflict, fmt::format("the signatures are for version {}, this is {}", before.version, playbook.version));
        if (before.version == playbook.version && before.sha256 != playbook.sha256) {
            return fail(ErrorCode::conflict, fmt::format("version {} was signed with other contents", playbook.version), {}, "raise the version");
        }
        if (before.version == playbook.version) file.signatures = std::move(before.signatures);
    }
    need_sodium();
    std::string pair_public(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_seed_keypair(bytes_of(pair_public), bytes_of(secret), bytes_of(std::string_view(key.seed)));
    Signature signature{.key = key_id(key.public_key), .at = now, .bytes = std::string(crypto_sign_BYTES, '\0')};
    const std::string message = signed_bytes(playbook.sha256);
    crypto_sign_detached(bytes_of(signature.bytes), nullptr, bytes_of(std::string_view(message)), message.size(), bytes_of(std::string_view(secret)));
    sodium_memzero(secret.data(), secret.size());
    std::erase_if(file.signatures, [&](const Signature& s) { return s.key == signature.key; });
    file.signatures.push_back(std::move(signature));
    return write_signature_file(file);
}

Result<std::string> join_signatures(std::string_view stored, std::string_view offered) {
    if (stored.empty() || offered.empty()) return std::string(stored.empty() ? offered : stored);
    TRY(SignatureFile all, read_signature_file(stored));
    TRY(const SignatureFile added, read_signature_file(offered));
    if (all.sha256 != added.sha256) return fail(ErrorCode::conflict, "the signatures are for other contents than those that are stored");
    for (const Signature& s : added.signatures) {
        std::erase_if(all.signatures, [&](const Signature& older) { return older.key == s.key; });
        all.signatures.push_back(s);
    }
    return write_signature_file(all);
}

Result<Verified> verify(const Playbook& playbook, std::string_view signature_file, const std::vector<PublicKey>& keys) {
    Verified verified;
    if (signature_file.empty()) return verified;
    TRY(const SignatureFile file, read_signature_file(signature_file));
    if (file.id != playbook.id || file.version != playbook.version || file.sha256 != playbook.sha256) {
        return fail(ErrorCode::invalid,
                    fmt::format("the signatures are for {} version {}, and the playbook is {} version {}{}", file.id, file.version, playbook.id,
                                playbook.version, file.id == playbook.id && file.version == playbook.version ? " with other contents" : ""));
    }
    need_sodium();
    const std::string message = signed_bytes(playbook.sha256);
    for (const Signature& s : file.signatures) {
        const auto key = std::ranges::find(keys, s.key, [](const PublicKey& k) { return key_id(k); });
        if (key == keys.end()) {
            verified.unknown.push_back(s.key);
            continue;
        }
        if (crypto_sign_verify_detached(bytes_of(std::string_view(s.bytes)), bytes_of(std::string_view(message)), message.size(),
                                        bytes_of(std::string_view(key->bytes))) != 0) {
            return fail(ErrorCode::denied, fmt::format("the signature of key {} is false", s.key));
        }
        verified.valid.push_back(s.key);
    }
    return verified;
}

}  // namespace douse::playbook
