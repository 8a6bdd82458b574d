// SPDX-License-Identifier: Apache-2.0
#include "playbook/sign.hpp"
#include "playbook/parse.hpp"

#include <gtest/gtest.h>
#include <fstream>
#include <iterator>

namespace douse::playbook {
namespace {

constexpr Timestamp night{Millis{1'764'000'000'000}};
const std::string some_hash(64, 'a');

std::string drill_text() {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    return {std::istreambuf_iterator<char>(in), {}};
}

Playbook filled() {
    return *parse(*fill_in_files(drill_text(), {{"fixed-package", some_hash}}), "drill.yaml").playbook;
}

TEST(FillIn, WritesHashesWhereFillInStands) {
    const std::string text = drill_text();
    const auto out = fill_in_files(text, {{"fixed-package", some_hash}});
    ASSERT_TRUE(out);
    EXPECT_EQ(out->size(), text.size() + 64 - 7);
    EXPECT_NE(out->find("# built by the drill itself"), std::string::npos);
    EXPECT_EQ(filled().files[0].sha256, some_hash);
    EXPECT_EQ(*fill_in_files(*out, {{"fixed-package", some_hash}}), *out);
    EXPECT_EQ(fill_in_files(*out, {{"fixed-package", std::string(64, 'b')}}).error().code, ErrorCode::conflict);
    EXPECT_EQ(fill_in_files(text, {{"other", some_hash}}).error().code, ErrorCode::not_found);
    EXPECT_EQ(fill_in_files(text, {{"fixed-package", "short"}}).error().code, ErrorCode::invalid);
    EXPECT_EQ(fill_in_files("a: [", {}).error().code, ErrorCode::invalid);
}

TEST(FillIn, TakesQuotedOnesToo) {
    std::string text = drill_text();
    text.replace(text.find("sha256: fill-in"), 15, "sha256: \"fill-in\"");
    const auto out = fill_in_files(text, {{"fixed-package", some_hash}});
    ASSERT_TRUE(out);
    EXPECT_NE(out->find("sha256: \"" + some_hash + "\""), std::string::npos);
}

TEST(Sign, RefusesWhileAHashIsOpen) {
    const auto signature = sign(*parse(drill_text(), "drill.yaml").playbook, new_signing_key(), night, "");
    EXPECT_EQ(signature.error().code, ErrorCode::wrong_state);
}

TEST(Sign, SeveralSignersAreSeveralEntries) {
    const Playbook book = filled();
    const SigningKey owner = new_signing_key(), deputy = new_signing_key();
    const auto one = sign(book, owner, night, "");
    ASSERT_TRUE(one);
    const auto both = sign(book, deputy, night, *one);
    ASSERT_TRUE(both);
    const auto again = sign(book, owner, night + std::chrono::hours{1}, *both);
    ASSERT_TRUE(again);
    EXPECT_EQ(read_signature_file(*again)->signatures.size(), 2u);

    const auto verified = verify(book, *again, {owner.public_key, deputy.public_key});
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->valid.size(), 2u);
    const auto pinned_one = verify(book, *again, {owner.public_key});
    EXPECT_EQ(pinned_one->valid, std::vector<std::string>{key_id(owner.public_key)});
    EXPECT_EQ(pinned_one->unknown, std::vector<std::string>{key_id(deputy.public_key)});
    EXPECT_TRUE(verify(book, "", {owner.public_key})->valid.empty());
}

TEST(Sign, JoinedFilesHoldTheEntriesOfBoth) {
    const Playbook book = filled();
    const SigningKey author = new_signing_key(), reviewer = new_signing_key();
    const std::string one = *sign(book, author, night, ""), other = *sign(book, reviewer, night, "");
    EXPECT_EQ(*join_signatures(one, ""), one);
    EXPECT_EQ(*join_signatures("", one), one);
    const auto both = join_signatures(one, other);
    ASSERT_TRUE(both);
    EXPECT_EQ(verify(book, *both, {author.public_key, reviewer.public_key})->valid.size(), 2u);
    const Timestamp later = night + std::chrono::hours{1};
    const auto newer = read_signature_file(*join_signatures(*both, *sign(book, author, later, "")));
    ASSERT_EQ(newer->signatures.size(), 2u);
    EXPECT_EQ(newer->signatures.back().at, later);
    SignatureFile elsewhere = *read_signature_file(other);
    elsewhere.sha256 = some_hash;
    EXPECT_EQ(join_signatures(one, write_signature_file(elsewhere)).error().code, ErrorCode::conflict);
    EXPECT_EQ(join_signatures(one, "{").error().code, ErrorCode::invalid);
}

TEST(Verify, RefusesAnythingThatWasTouched) {
    const Playbook book = filled();
    const SigningKey key = new_signing_key();
    const std::string signed_file = *sign(book, key, night, "");

    Playbook other = *parse(*fill_in_files(drill_text(), {{"fixed-package", std::string(64, 'b')}}), "drill.yaml").playbook;
    EXPECT_EQ(verify(other, signed_file, {key.public_key}).error().code, ErrorCode::invalid);

    SignatureFile forged = *read_signature_file(signed_file);
    forged.sha256 = other.sha256;  // the file now names the other playbook, the signature doesn't
    EXPECT_EQ(verify(other, write_signature_file(forged), {key.public_key}).error().code, ErrorCode::denied);

    SignatureFile flipped = *read_signature_file(signed_file);
    flipped.signatures[0].bytes[5] = static_cast<char>(flipped.signatures[0].bytes[5] ^ 1);
    EXPECT_EQ(verify(book, write_signature_file(flipped), {key.public_key}).error().code, ErrorCode::denied);

    for (const char* text :
         {"{", "[]", "{}", R"({"format":"x"})", R"({"format":"douse-playbook-1","id":"drill","version":"1","sha256":"","signatures":[]})"}) {
        EXPECT_EQ(verify(book, text, {}).error().code, ErrorCode::invalid) << text;
    }
}

TEST(Sign, TheSameVersionWithOtherContentsIsAnAlarm) {
    const SigningKey key = new_signing_key();
    const std::string first = *sign(filled(), key, night, "");
    std::string text = *fill_in_files(drill_text(), {{"fixed-package", some_hash}});
    text.replace(text.find("deadline: 4h"), 12, "deadline: 5h");
    EXPECT_EQ(sign(*parse(text, "drill.yaml").playbook, key, night, first).error().code, ErrorCode::conflict);
    text.replace(text.find("\nversion: 1"), 11, "\nversion: 2");
    const auto next = sign(*parse(text, "drill.yaml").playbook, key, night, first);
    ASSERT_TRUE(next);
    EXPECT_EQ(read_signature_file(*next)->signatures.size(), 1u);
    EXPECT_EQ(sign(filled(), key, night, *next).error().code, ErrorCode::conflict);  // an older version than the signatures
}

TEST(Keys, SurviveTheirFiles) {
    const SigningKey key = new_signing_key();
    const auto back = read_key_file(key_file_of(key));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->public_key, key.public_key);
    EXPECT_EQ(*read_public_key(to_base64(key.public_key)), key.public_key);
    EXPECT_EQ(key_id(key.public_key).size(), 16u);
    EXPECT_FALSE(read_key_file("douse-signing-key-1"));
    EXPECT_FALSE(read_key_file("ssh-ed25519 AAAA"));
    EXPECT_FALSE(read_public_key("AAAA"));
}

// RFC 8032 7.1, test 2: the same seed gives the same key everywhere.
TEST(Keys, AreEd25519) {
    const auto key = read_key_file("douse-signing-key-1 TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=\n");
    ASSERT_TRUE(key);
    EXPECT_EQ(to_base64(key->public_key), "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=");
}

}  // namespace
}  // namespace douse::playbook
