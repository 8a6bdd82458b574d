// SPDX-License-Identifier: Apache-2.0
#include "assess/assess.hpp"
#include "base/digest.hpp"
#include "incident/guard.hpp"
#include "incident/incidents.hpp"
#include "incident/people.hpp"
#include "incident/vault.hpp"
#include "playbook/parse.hpp"
#include "playbook/sign.hpp"
#include "store/asset_rows.hpp"
#include "store/database.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace douse::incident {
namespace {

using model::Role;

class ByAssess final : public store::Deriver {
public:
    model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override {
        if (history.playbook_text.empty()) return assess::no_incident();
        return assess::assess(history, *playbook::parse(history.playbook_text, "test.yaml").playbook, now);
    }
};

std::string drill_yaml() {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    std::stringstream out;
    out << in.rdbuf();
    return *playbook::fill_in_files(out.str(), {{"fixed-package", std::string(64, 'a')}});
}

struct Incident : ::testing::Test {
    ByAssess deriver;
    base::FakeClock clock;
    std::unique_ptr<store::Store> store = std::move(*store::Store::open("", deriver, clock));
    Actor owner = join("owner", Role::owner);
    Actor deputy = join("deputy", Role::deputy);

    Actor join(const char* name, Role role) {
        const auto invitation = name == std::string("owner") ? **first_owner(*store) : *add_person(*store, owner, name, role);
        const auto session = redeem(*store, "http://127.0.0.1:1/sign-in#" + invitation.code, {});
        return *actor_by_token(*store, session->token);
    }
    void open() {
        ASSERT_TRUE(store_playbook(*store, owner, drill_yaml(), "drill.yaml", ""));
        ASSERT_TRUE(open_incident(*store, owner, Setting::drill, "worm", "drill", {"127.0.0.0/28"}));
    }
    model::AssetId machine() {
        return *store->write([](store::Tx& tx) -> Result<model::AssetId> {
            TRY(const model::AssetId id, store::insert_asset(tx, "a test says so"));
            model::Observation seen{.id = {},
                                    .source = "sweep",
                                    .import = {},
                                    .seen_at = tx.now(),
                                    .until = {},
                                    .identifiers = {{model::IdentifierKind::address, "127.0.0.3"}},
                                    .attributes = {}};
            TRY(seen.id, store::insert_observation(tx, seen));
            TRY(store::attach_observation(tx, id, seen, "a test says so"));
            return id;
        });
    }
    std::vector<model::LedgerRow> ledger() {
        return *store->read([](store::Tx& tx) { return store::list_ledger(tx, 0, 500); });
    }
};

TEST_F(Incident, AFileHasTheSizeThatThePlaybookSays) {
    const std::string bytes = "a package";
    const auto with_size = [&](const std::string& size, int version) {
        std::string yaml = drill_yaml();
        const std::string hash(64, 'a');
        yaml.replace(yaml.find(hash), hash.size(), base::sha256_hex(bytes) + "\n    size: " + size);
        yaml.replace(yaml.find("version: 1\n"), 11, "version: " + std::to_string(version) + "\n");
        return yaml;
    };
    ASSERT_TRUE(store_playbook(*store, owner, with_size("10B", 1), "drill.yaml", ""));
    EXPECT_EQ(store_file(*store, owner, "p.deb", bytes).error().sentence,
              "file \"fixed-package\" of playbook \"drill\" has 9 bytes, and the playbook says 10");
    ASSERT_TRUE(store_playbook(*store, owner, with_size("9B", 2), "drill.yaml", ""));
    EXPECT_TRUE(store_file(*store, owner, "p.deb", bytes));
    EXPECT_EQ(store_playbook(*store, owner, with_size("8B", 3), "drill.yaml", "").error().code, ErrorCode::invalid);
}

TEST_F(Incident, ALinkWorksOnceAndItsRedemptionIsInTheLedgerUnderThatName) {
    const Invitation invitation = *add_person(*store, owner, "lead", Role::lead);
    const auto first = redeem(*store, invitation.code, 1000);
    ASSERT_TRUE(first);
    EXPECT_EQ(ledger()[0].action, "person.sign_in");
    EXPECT_EQ(ledger()[0].person, first->person.id);
    EXPECT_EQ(redeem(*store, invitation.code, {}).error().code, ErrorCode::wrong_state);
    EXPECT_EQ(redeem(*store, "no such code", {}).error().code, ErrorCode::not_found);
    EXPECT_EQ(actor_by_uid(*store, 1000)->name, "lead");
    EXPECT_EQ(actor_by_uid(*store, 1001).error().code, ErrorCode::unauthenticated);
    EXPECT_EQ(actor_by_token(*store, "guessed").error().code, ErrorCode::unauthenticated);
    ASSERT_TRUE(sign_out(*store, owner, first->token));
    EXPECT_FALSE(actor_by_token(*store, first->token));
}

TEST_F(Incident, LinksAndSessionsRunOut) {
    const Invitation invitation = *add_person(*store, owner, "lead", Role::lead);
    const auto session = redeem(*store, add_person(*store, owner, "reader", Role::reader)->code, {});
    clock.advance(invitation_valid + Millis{1});
    EXPECT_FALSE(redeem(*store, invitation.code, {}));
    EXPECT_TRUE(actor_by_token(*store, session->token));
    clock.advance(session_valid);
    EXPECT_FALSE(actor_by_token(*store, session->token));
}

TEST_F(Incident, TheOwnersLinkComesBackOnlyUntilSomebodyRedeemed) {
    EXPECT_FALSE(first_owner(*store)->has_value());
    auto fresh = std::move(*store::Store::open("", deriver, clock));
    EXPECT_TRUE(first_owner(*fresh)->has_value());
    EXPECT_TRUE(first_owner(*fresh)->has_value()) << "nobody has redeemed it yet";
}

TEST_F(Incident, ANewLinkVoidsTheOlderOnesAndIsInTheLedgerUnderWhoMadeIt) {
    const Invitation first = *add_person(*store, owner, "lead", Role::lead);
    const auto second = invite_person(*store, deputy, first.person.id);
    ASSERT_TRUE(second);
    EXPECT_EQ(ledger()[0].action, "person.invite");
    EXPECT_EQ(ledger()[0].person, deputy.id);
    EXPECT_EQ(redeem(*store, first.code, {}).error().code, ErrorCode::wrong_state);
    EXPECT_EQ(redeem(*store, second->code, {})->person.id, first.person.id);
    EXPECT_TRUE(redeem(*store, invite_person(*store, owner, first.person.id)->code, {})) << "also after a sign-in";
    EXPECT_EQ(invite_person(*store, owner, model::PersonId(99)).error().code, ErrorCode::not_found);
}

TEST_F(Incident, WhoHoldsTheDataFolderGetsTheOwnerInAgain) {
    const auto again = new_owner_link(*store);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->person.id, owner.id);
    EXPECT_EQ(ledger()[0].action, "person.invite_owner");
    EXPECT_FALSE(ledger()[0].person) << "by the program";
    EXPECT_NE(ledger()[0].detail.find("--new-owner-link"), std::string::npos) << ledger()[0].detail;
    EXPECT_EQ(redeem(*store, again->code, {})->person.id, owner.id);
}

TEST_F(Incident, WhoseUidIsTakenIsInTheLedger) {
    EXPECT_EQ(redeem(*store, invite_person(*store, deputy, owner.id)->code, 1000)->uid_taken_from, "");
    EXPECT_EQ(redeem(*store, invite_person(*store, deputy, owner.id)->code, 1000)->uid_taken_from, "") << "their own";
    EXPECT_EQ(ledger()[0].detail.find("uid_taken_from"), std::string::npos);
    EXPECT_EQ(redeem(*store, add_person(*store, owner, "lead", Role::lead)->code, 1000)->uid_taken_from, "owner");
    EXPECT_NE(ledger()[0].detail.find(R"("uid_taken_from":"owner")"), std::string::npos) << ledger()[0].detail;
}

TEST_F(Incident, ADrillsPlaybookOpensInADrillOnly) {
    ASSERT_TRUE(store_playbook(*store, owner, drill_yaml(), "drill.yaml", ""));
    EXPECT_EQ(open_incident(*store, owner, Setting::real, "worm", "drill", {"127.0.0.0/28"}).error().code, ErrorCode::denied);
    EXPECT_EQ(open_incident(*store, owner, Setting::drill, "worm", "drill", {"127.0.0.1/28"}).error().code, ErrorCode::invalid);
    EXPECT_EQ(open_incident(*store, owner, Setting::drill, "worm", "drill", {"10.0.0.0/8"}).error().code, ErrorCode::invalid)
        << "over the scope's limit";
    EXPECT_EQ(open_incident(*store, owner, Setting::drill, "worm", "nothing", {"127.0.0.0/28"}).error().code, ErrorCode::not_found);
    ASSERT_TRUE(open_incident(*store, owner, Setting::drill, "worm", "drill", {"127.0.0.0/28"}));
    EXPECT_EQ(open_incident(*store, owner, Setting::drill, "second", "drill", {"127.0.0.0/28"}).error().code, ErrorCode::wrong_state);
}

TEST_F(Incident, NobodyApprovesTheirOwnExemption) {
    open();
    const model::AssetId asset = machine();
    const auto asked = ask_exemption(*store, deputy, asset, "a device", clock.now() + std::chrono::hours{1});
    ASSERT_TRUE(asked);
    EXPECT_EQ(approve_exemption(*store, deputy, asked->id).error().code, ErrorCode::denied);
    ASSERT_TRUE(approve_exemption(*store, owner, asked->id));
    EXPECT_EQ(approve_exemption(*store, owner, asked->id).error().code, ErrorCode::wrong_state);
    EXPECT_EQ(ask_exemption(*store, deputy, asset, "late", clock.now()).error().code, ErrorCode::invalid);
}

TEST_F(Incident, SignaturesCountOnlyFromPinnedSigners) {
    const std::string yaml = drill_yaml();
    const playbook::SigningKey key = playbook::new_signing_key();
    const auto parsed = playbook::parse(yaml, "drill.yaml");
    const std::string signatures = *playbook::sign(*parsed.playbook, key, clock.now(), "");
    EXPECT_TRUE(store_playbook(*store, owner, yaml, "drill.yaml", signatures)->signed_by.empty()) << "nobody has pinned the key";
    ASSERT_TRUE(pin_signer(*store, owner, "author", playbook::to_base64(key.public_key)));
    EXPECT_EQ(read_playbook(*store, "drill")->signed_by, std::vector<std::string>{"author"});
    EXPECT_FALSE(pin_signer(*store, owner, "short", "AAAA"));
    const auto broken = store_playbook(*store, owner, "douse: 1\n", "broken.yaml", "");
    EXPECT_EQ(broken.error().code, ErrorCode::invalid);
    EXPECT_NE(broken.error().sentence.find("broken.yaml:"), std::string::npos) << broken.error().sentence;
}

TEST_F(Incident, StoringTheSameVersionAgainKeepsItsSignatures) {
    const std::string yaml = drill_yaml();
    const playbook::Playbook book = *playbook::parse(yaml, "drill.yaml").playbook;
    const playbook::SigningKey author = playbook::new_signing_key(), reviewer = playbook::new_signing_key();
    ASSERT_TRUE(pin_signer(*store, owner, "author", playbook::to_base64(author.public_key)));
    ASSERT_TRUE(pin_signer(*store, owner, "reviewer", playbook::to_base64(reviewer.public_key)));
    const std::string by_author = *playbook::sign(book, author, clock.now(), "");
    const Timestamp first = store_playbook(*store, owner, yaml, "drill.yaml", by_author)->row.stored_at;
    clock.advance(std::chrono::hours{1});
    const auto without = store_playbook(*store, owner, "# reviewed\n" + yaml, "drill.yaml", "");
    ASSERT_TRUE(without) << without.error().sentence;
    EXPECT_EQ(without->signed_by, std::vector<std::string>{"author"});
    EXPECT_EQ(without->row.stored_at, first) << "what is told is what is stored";
    EXPECT_EQ(without->row.text, yaml);
    const std::vector<std::string> both{"author", "reviewer"};
    EXPECT_EQ(store_playbook(*store, owner, yaml, "drill.yaml", *playbook::sign(book, reviewer, clock.now(), ""))->signed_by, both);
    EXPECT_EQ(read_playbook(*store, "drill")->signed_by, both);
    EXPECT_NE(ledger()[0].detail.find("author, reviewer"), std::string::npos) << ledger()[0].detail;
}

TEST_F(Incident, AFalseSignatureGivesWayToATrueOne) {
    const std::string yaml = drill_yaml();
    const playbook::Playbook book = *playbook::parse(yaml, "drill.yaml").playbook;
    const playbook::SigningKey author = playbook::new_signing_key(), reviewer = playbook::new_signing_key();
    playbook::SignatureFile forged = *playbook::read_signature_file(*playbook::sign(book, author, clock.now(), ""));
    forged.signatures[0].bytes[5] = static_cast<char>(forged.signatures[0].bytes[5] ^ 1);
    ASSERT_TRUE(store_playbook(*store, owner, yaml, "drill.yaml", playbook::write_signature_file(forged))) << "whose it is, nobody knows yet";
    ASSERT_TRUE(pin_signer(*store, owner, "author", playbook::to_base64(author.public_key)));
    ASSERT_TRUE(pin_signer(*store, owner, "reviewer", playbook::to_base64(reviewer.public_key)));
    EXPECT_EQ(read_playbook(*store, "drill").error().code, ErrorCode::denied);
    ASSERT_TRUE(store_playbook(*store, owner, yaml, "drill.yaml", *playbook::sign(book, reviewer, clock.now(), "")));
    EXPECT_EQ(read_playbook(*store, "drill")->signed_by, std::vector<std::string>{"reviewer"});
}

TEST_F(Incident, AnOlderVersionIsReadAndSignedByItsHash) {
    const std::string first = drill_yaml();
    const playbook::Playbook book = *playbook::parse(first, "drill.yaml").playbook;
    std::string second = first;
    second.replace(second.find("version: 1\n"), 11, "version: 2\n");
    const playbook::SigningKey author = playbook::new_signing_key();
    ASSERT_TRUE(pin_signer(*store, owner, "author", playbook::to_base64(author.public_key)));
    ASSERT_TRUE(store_playbook(*store, owner, first, "drill.yaml", ""));
    ASSERT_TRUE(store_playbook(*store, owner, second, "drill.yaml", ""));
    ASSERT_TRUE(store_playbook(*store, owner, first, "drill.yaml", *playbook::sign(book, author, clock.now(), "")));
    const auto used = read_playbook_by_hash(*store, book.sha256);
    ASSERT_TRUE(used) << used.error().sentence;
    EXPECT_EQ(used->row.version, 1);
    EXPECT_EQ(used->row.text, first);
    EXPECT_EQ(used->signed_by, std::vector<std::string>{"author"});
    EXPECT_EQ(read_playbook(*store, "drill")->row.version, 2);
    EXPECT_TRUE(read_playbook(*store, "drill")->signed_by.empty());
    EXPECT_EQ(read_playbook_by_hash(*store, std::string(64, '0')).error().code, ErrorCode::not_found);
}

TEST_F(Incident, ThePermitFollowsScopeAndStopSwitch) {
    Guard guard(*store, Acting::allowed, Setting::drill);
    EXPECT_EQ(guard.permit_to_look().error().code, ErrorCode::wrong_state);
    open();
    guard.refresh();
    const auto permit = guard.permit_to_look();
    ASSERT_TRUE(permit);
    const Address inside = *Address::parse("127.0.0.3");
    EXPECT_TRUE(permit->allows(inside));
    EXPECT_FALSE(permit->allows(*Address::parse("127.0.1.3")));
    ASSERT_TRUE(remove_scope(*store, owner, {"127.0.0.0/28"}));
    guard.refresh();
    EXPECT_FALSE(permit->allows(inside)) << "a permit that is out already follows the scope";
    EXPECT_EQ(remove_scope(*store, owner, {"127.0.0.0/28"}).error().code, ErrorCode::not_found);
    EXPECT_EQ(Guard(*store, Acting::none, Setting::drill).permit_to_look().error().code, ErrorCode::denied);
}

TEST_F(Incident, AStoreThatCannotBeReadMakesNoHostKeyAnotherOne) {
    open();
    const Guard guard(*store, Acting::allowed, Setting::drill);
    const auto permit = guard.permit_to_look();
    const Endpoint endpoint{*Address::parse("127.0.0.3"), 22};
    const model::HostKey key{"ssh-ed25519", "SHA256:one"};
    ASSERT_TRUE(store->write([](store::Tx& tx) { return tx.db().execute("ALTER TABLE host_keys RENAME TO elsewhere"); }));
    EXPECT_EQ(permit->judge(endpoint, key), model::HostKeyJudgement::unjudged);
    ASSERT_TRUE(store->write([](store::Tx& tx) { return tx.db().execute("ALTER TABLE elsewhere RENAME TO host_keys"); }));
    EXPECT_EQ(permit->judge(endpoint, key), model::HostKeyJudgement::first_seen);
    permit->signed_in_by_key(endpoint, key);
    EXPECT_EQ(permit->judge(endpoint, key), model::HostKeyJudgement::confirmed);
}

TEST_F(Incident, HostKeysArePinnedAtFirstSightAndAChangeWaitsForAPerson) {
    open();
    const Guard guard(*store, Acting::allowed, Setting::drill);
    const auto permit = guard.permit_to_look();
    const Endpoint endpoint{*Address::parse("127.0.0.3"), 22};
    const model::HostKey first{"ssh-ed25519", "SHA256:one"};
    const model::HostKey second{"ssh-ed25519", "SHA256:two"};
    EXPECT_EQ(permit->judge(endpoint, first), model::HostKeyJudgement::first_seen);
    EXPECT_EQ(permit->judge(endpoint, first), model::HostKeyJudgement::pinned);
    EXPECT_EQ(permit->judge(endpoint, second), model::HostKeyJudgement::changed);
    EXPECT_EQ(permit->judge(endpoint, second), model::HostKeyJudgement::changed) << "seeing it twice doesn't make it trusted";
    const auto changes = *store->read([](store::Tx& tx) { return store::list_host_key_changes(tx); });
    ASSERT_EQ(changes.size(), 1u);
    ASSERT_TRUE(accept_host_key(*store, owner, changes[0].id, "set up anew by the lead"));
    EXPECT_EQ(accept_host_key(*store, owner, changes[0].id, "again").error().code, ErrorCode::wrong_state);
    EXPECT_EQ(accept_host_key(*store, owner, model::HostKeyId(99), "none").error().code, ErrorCode::not_found);
    EXPECT_EQ(permit->judge(endpoint, second), model::HostKeyJudgement::confirmed);
    permit->signed_in_by_key(endpoint, first);
    EXPECT_EQ(permit->judge(endpoint, first), model::HostKeyJudgement::changed);
}

TEST_F(Incident, TheLedgerNamesTheHostKeyThatGoesAndTheOneThatComes) {
    open();
    const Guard guard(*store, Acting::allowed, Setting::drill);
    const auto permit = guard.permit_to_look();
    const Endpoint endpoint{*Address::parse("127.0.0.3"), 22};
    EXPECT_EQ(permit->judge(endpoint, {"ssh-ed25519", "SHA256:one"}), model::HostKeyJudgement::first_seen);
    EXPECT_EQ(permit->judge(endpoint, {"ssh-ed25519", "SHA256:two"}), model::HostKeyJudgement::changed);
    EXPECT_EQ(permit->judge(endpoint, {"ssh-ed25519", "SHA256:three"}), model::HostKeyJudgement::changed);
    const auto changes = *store->read([](store::Tx& tx) { return store::list_host_key_changes(tx); });
    ASSERT_EQ(changes.size(), 2u);
    ASSERT_TRUE(accept_host_key(*store, owner, changes[1].id, "set up anew"));
    EXPECT_EQ(ledger()[0].detail,
              R"({"endpoint":"127.0.0.3:22","pinned":"ssh-ed25519 SHA256:one","offered":"ssh-ed25519 SHA256:two","reason":"set up anew"})");
    ASSERT_TRUE(accept_host_key(*store, owner, changes[0].id, "and again"));
    EXPECT_EQ(ledger()[0].detail,
              R"({"endpoint":"127.0.0.3:22","pinned":"ssh-ed25519 SHA256:two","offered":"ssh-ed25519 SHA256:three","reason":"and again"})")
        << "the key that goes came after the change was seen";
}

TEST_F(Incident, EveryDecisionIsInTheLedgerAndTheChainHolds) {
    open();
    ASSERT_TRUE(retire(*store, deputy, machine(), "scrapped"));
    ASSERT_TRUE(stop_everything(*store, deputy));
    ASSERT_TRUE(resume_everything(*store, owner, "false alarm"));
    ASSERT_TRUE(close_incident(*store, owner, "it is out"));
    std::vector<std::string> actions;
    for (const model::LedgerRow& row : ledger()) actions.push_back(row.action);
    EXPECT_EQ(std::vector<std::string>(actions.begin(), actions.begin() + 5),
              (std::vector<std::string>{"incident.close", "stop.resume", "stop.everything", "asset.retire", "incident.open"}));
    EXPECT_TRUE(store->read([](store::Tx& tx) { return store::verify_ledger(tx); })->verified());
}

}  // namespace
}  // namespace douse::incident
