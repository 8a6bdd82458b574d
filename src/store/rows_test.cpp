// SPDX-License-Identifier: Apache-2.0
// People, incidents, waves, vault, facts, sweeps: what each row promises in its header.
#include "base/digest.hpp"
#include "store/campaign_rows.hpp"
#include "store/database.hpp"
#include "store/evidence_rows.hpp"
#include "store/store_for_tests.hpp"
#include "store/sweep_rows.hpp"
#include "store/vault_rows.hpp"

#include <gtest/gtest.h>

namespace douse::store {
namespace {

using namespace std::chrono_literals;

TEST(People, ANameIsTakenOnce) {
    StoreForTests s;
    const auto again = s.store->write([](Tx& tx) { return insert_person(tx, "Ada", model::Role::reader); });
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
    EXPECT_EQ(s.store->write([](Tx& tx) { return insert_person(tx, "aDA", model::Role::reader); }).error().code, ErrorCode::conflict);
    EXPECT_EQ(s.read([&](Tx& tx) { return find_person(tx, s.owner); }).role, model::Role::owner);
    EXPECT_EQ(s.store->read([](Tx& tx) { return find_person(tx, model::PersonId(99)); }).error().code, ErrorCode::not_found);
}

TEST(People, ALinkIsRedeemedOnceInTimeAndBindsTheCallersUid) {
    StoreForTests s;
    const auto deputy = s.write([](Tx& tx) { return insert_person(tx, "Ben", model::Role::deputy); });
    const auto lead = s.write([](Tx& tx) { return insert_person(tx, "Cem", model::Role::lead); });
    s.write([&](Tx& tx) -> Result<void> {
        TRY(insert_invitation(tx, s.owner, "link-1", tx.now() + 1h));
        TRY(insert_invitation(tx, deputy, "link-2", tx.now() + 1h));
        return insert_invitation(tx, lead, "link-3", tx.now() + 1h);
    });
    auto redeem = [&](std::string_view link, std::optional<int64_t> uid) {
        return s.store->write([&](Tx& tx) { return redeem_invitation(tx, link, uid); });
    };
    EXPECT_EQ(redeem("link-0", 1000).error().code, ErrorCode::not_found);
    EXPECT_EQ(redeem("link-1", 1000)->person.id, s.owner);
    EXPECT_EQ(s.read([](Tx& tx) { return person_by_uid(tx, 1000); }).name, "Ada");
    EXPECT_EQ(redeem("link-1", 1001).error().code, ErrorCode::wrong_state) << "once";
    const auto ben = redeem("link-2", 1000);
    EXPECT_TRUE(ben->person.redeemed);
    EXPECT_EQ(ben->uid_taken_from, "Ada");
    EXPECT_EQ(s.read([](Tx& tx) { return person_by_uid(tx, 1000); }).name, "Ben") << "a uid is one person's";
    EXPECT_FALSE(s.read([&](Tx& tx) { return find_person(tx, s.owner); }).uid);
    s.clock.advance(2h);
    const auto late = redeem("link-3", std::nullopt);
    EXPECT_EQ(late.error().code, ErrorCode::wrong_state);
    EXPECT_NE(late.error().sentence.find("ran out"), std::string::npos);
}

TEST(People, OnlyTheNewestLinkCounts) {
    StoreForTests s;
    const auto deputy = s.write([](Tx& tx) { return insert_person(tx, "Ben", model::Role::deputy); });
    auto invite = [&](model::PersonId person, std::string_view link) {
        s.write([&](Tx& tx) { return insert_invitation(tx, person, link, tx.now() + 1h); });
    };
    auto redeem = [&](std::string_view link) { return s.store->write([&](Tx& tx) { return redeem_invitation(tx, link, {}); }); };
    invite(s.owner, "link-1");
    invite(deputy, "link-2");
    invite(s.owner, "link-3");
    const auto older = redeem("link-1");
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().code, ErrorCode::wrong_state);
    EXPECT_NE(older.error().sentence.find("newer one"), std::string::npos) << older.error().sentence;
    EXPECT_TRUE(redeem("link-3"));
    EXPECT_TRUE(redeem("link-2")) << "another person's link stays good";
    // Links from before the rule was there: who signs in by one voids the others.
    s.write([](Tx& tx) { return tx.db().execute("UPDATE invitations SET redeemed_at_ms = NULL, voided_at_ms = NULL"); });
    EXPECT_TRUE(redeem("link-3"));
    EXPECT_EQ(redeem("link-1").error().code, ErrorCode::wrong_state);
    EXPECT_TRUE(redeem("link-2"));
}

TEST(People, ASessionEndsByTimeAndByHand) {
    StoreForTests s;
    s.write([&](Tx& tx) -> Result<void> {
        TRY(insert_session(tx, s.owner, "token-1", tx.now() + 1h));
        return insert_session(tx, s.owner, "token-2", tx.now() + 3h);
    });
    auto who = [&](std::string_view token) { return s.store->read([&](Tx& tx) { return person_by_session(tx, token); }); };
    EXPECT_EQ(who("token-1")->id, s.owner);
    s.clock.advance(1h);
    EXPECT_EQ(who("token-1").error().code, ErrorCode::not_found);
    s.write([](Tx& tx) { return end_session(tx, "token-2"); });
    EXPECT_EQ(who("token-2").error().code, ErrorCode::not_found);
}

TEST(Incidents, OneIsOpenAtATime) {
    StoreForTests s;
    auto open = [&] {
        return s.store->write([&](Tx& tx) { return insert_incident(tx, {.name = "Second", .kind = "drill", .opened_at = tx.now()}); });
    };
    EXPECT_EQ(open().error().code, ErrorCode::wrong_state);
    s.write([&](Tx& tx) { return close_incident(tx, s.incident); });
    EXPECT_FALSE(s.read([](Tx& tx) { return current_incident(tx); }));
    EXPECT_EQ(s.store->write([&](Tx& tx) { return close_incident(tx, s.incident); }).error().code, ErrorCode::wrong_state);
    ASSERT_TRUE(open());
    EXPECT_EQ(s.read([](Tx& tx) { return current_incident(tx); })->name, "Second");
}

TEST(Incidents, ARangeLeavesTheScopeAsItWasWritten) {
    StoreForTests s;
    auto remove = [&](std::string_view range) {
        return s.store->write([&](Tx& tx) { return remove_scope(tx, s.incident, {*AddressRange::parse(range)}); });
    };
    EXPECT_EQ(remove("10.1.0.0/16").error().code, ErrorCode::not_found);
    EXPECT_TRUE(remove("10.0.0.0/8"));
    EXPECT_TRUE(s.read([&](Tx& tx) { return list_scope(tx, s.incident); }).empty());
}

TEST(Incidents, TheStopSwitchAndTheAnswersAreKept) {
    StoreForTests s;
    EXPECT_FALSE(s.read([](Tx& tx) { return get_stop(tx); }).stopped);
    s.write([&](Tx& tx) { return set_stop(tx, true, s.owner); });
    const auto stop = s.read([](Tx& tx) { return get_stop(tx); });
    EXPECT_TRUE(stop.stopped);
    EXPECT_EQ(stop.by, s.owner);
    EXPECT_EQ(stop.since, s.clock.now());
    s.write([&](Tx& tx) { return keep_answer(tx, s.owner, "campaign.start", "key", "{\"id\":1}"); });
    EXPECT_EQ(s.read([&](Tx& tx) { return find_answer(tx, s.owner, "campaign.start", "key"); }), "{\"id\":1}");
    EXPECT_FALSE(s.read([&](Tx& tx) { return find_answer(tx, s.owner, "campaign.stop", "key"); }));
}

TEST(Incidents, ACallIsClaimedWithItsEffectOrNotAtAll) {
    StoreForTests s;
    const auto found = [&] { return s.read([&](Tx& tx) { return find_answer(tx, s.owner, "stop", "key"); }); };
    Store claiming = s.store->carrying([&](Tx& tx) { return claim_call(tx, s.owner, "stop", "key", "call "); });
    EXPECT_FALSE(claiming.write([&](Tx& tx) -> Result<void> {
        TRY(set_stop(tx, true, s.owner));
        return fail(ErrorCode::wrong_state, "no");
    }));
    EXPECT_EQ(found(), std::nullopt);
    EXPECT_FALSE(s.read([](Tx& tx) { return get_stop(tx); }).stopped);
    ASSERT_TRUE(claiming.write([&](Tx& tx) { return set_stop(tx, true, s.owner); }));
    EXPECT_EQ(found(), "call ");
    ASSERT_TRUE(claiming.write([&](Tx& tx) { return set_stop(tx, false, s.owner); })) << "a second use case of one call leaves the claim";
    s.write([&](Tx& tx) { return keep_answer(tx, s.owner, "stop", "key", "call {}"); });
    EXPECT_EQ(found(), "call {}");
    // An effect whose claim can't be written is no effect.
    Store refusing = s.store->carrying([](Tx&) -> Result<void> { return fail(ErrorCode::exhausted, "full"); });
    EXPECT_EQ(refusing.write([&](Tx& tx) { return set_stop(tx, true, s.owner); }).error().code, ErrorCode::exhausted);
    EXPECT_FALSE(s.read([](Tx& tx) { return get_stop(tx); }).stopped);
}

TEST(Waves, OneThatIsGatedEndedThereWhoeverLetsItPassLater) {
    using model::WaveState;
    StoreForTests s;
    const auto campaign = s.write([&](Tx& tx) { return insert_campaign(tx, {.incident = s.incident, .asked_by = s.owner, .created_at = tx.now()}); });
    const auto wave = s.write([&](Tx& tx) { return insert_wave(tx, {.campaign = campaign}); });
    const auto move = [&](WaveState to) {
        s.clock.advance(1min);
        s.write([&](Tx& tx) { return move_wave(tx, wave, to, to == WaveState::gated ? "1 of 2 failed" : ""); });
        return s.read([&](Tx& tx) { return waves_of(tx, campaign); }).at(0);
    };
    EXPECT_EQ(move(WaveState::running).ended_at, Timestamp{});
    const Timestamp gated_at = move(WaveState::gated).ended_at;
    EXPECT_EQ(gated_at, s.clock.now());
    const model::Wave passed = move(WaveState::passed);
    EXPECT_EQ(passed.ended_at, gated_at);
    EXPECT_EQ(passed.gated_because, "1 of 2 failed");
}

TEST(Vault, APlaybooksVersionsOnlyRiseAndNeverChange) {
    StoreForTests s;
    auto put = [&](int64_t version, std::string_view hash, std::string_view signatures = "") {
        return s.store->write([&](Tx& tx) {
            return insert_playbook(tx, {.id = "worm",
                                        .version = version,
                                        .sha256 = std::string(hash),
                                        .text = "text " + std::string(hash),
                                        .signatures = std::string(signatures)});
        });
    };
    EXPECT_TRUE(put(2, "two"));
    EXPECT_EQ(put(1, "one").error().code, ErrorCode::wrong_state);
    EXPECT_EQ(put(2, "other").error().code, ErrorCode::corrupt);
    EXPECT_TRUE(put(2, "two", "signed"));
    EXPECT_EQ(s.read([](Tx& tx) { return find_playbook(tx, "worm"); }).signatures, "signed");
    EXPECT_TRUE(put(3, "three"));
    EXPECT_EQ(s.read([](Tx& tx) { return find_playbook(tx, "worm"); }).version, 3);
    EXPECT_EQ(s.read([](Tx& tx) { return playbook_by_hash(tx, "two"); }).version, 2);
    EXPECT_TRUE(put(2, "two", "signed by both")) << "an older version that is stored may still be signed";
    EXPECT_EQ(s.read([](Tx& tx) { return playbook_by_hash(tx, "two"); }).signatures, "signed by both");
    EXPECT_EQ(put(2, "other").error().code, ErrorCode::corrupt);
    EXPECT_EQ(s.read([](Tx& tx) { return list_playbooks(tx); }).size(), 2u);
}

TEST(Vault, FilesAreKeptByTheirHashWhateverTheirBytes) {
    StoreForTests s;
    const std::string bytes("\0\xff zero and more\n", 17);
    const std::string hash = base::sha256_hex(bytes);
    auto put = [&](std::string_view as) { return s.store->write([&](Tx& tx) { return put_file(tx, "tool.deb", as, bytes); }); };
    EXPECT_EQ(put(base::sha256_hex("other")).error().code, ErrorCode::invalid);
    EXPECT_TRUE(put(hash));
    EXPECT_TRUE(put(hash)) << "the same again";
    EXPECT_EQ(s.read([&](Tx& tx) { return get_file(tx, hash); }), bytes);
    EXPECT_EQ(s.store->read([](Tx& tx) { return get_file(tx, "none"); }).error().code, ErrorCode::not_found);
    EXPECT_FALSE(s.read([](Tx& tx) { return has_file(tx, "none"); }));
}

TEST(Vault, ASignersKeyHasOneName) {
    StoreForTests s;
    auto pin = [&](std::string_view name) {
        return s.store->write([&](Tx& tx) { return insert_signer(tx, {.name = std::string(name), .key_id = "k", .public_key = "AAAA"}); });
    };
    EXPECT_TRUE(pin("Ada"));
    EXPECT_TRUE(pin("Ada"));
    EXPECT_EQ(pin("Ben").error().code, ErrorCode::conflict);
    EXPECT_EQ(s.read([](Tx& tx) { return list_signers(tx); }).size(), 1u);
}

TEST(Vault, TheFirstHostKeyIsPinnedAndAnotherWaitsForAPerson) {
    StoreForTests s;
    const Endpoint where{*Address::parse("10.0.0.7"), 22};
    const model::HostKey first{"ssh-ed25519", "SHA256:one"}, second{"ssh-ed25519", "SHA256:two"};
    auto judge = [&](const model::HostKey& key) { return s.write([&](Tx& tx) { return judge_host_key(tx, where, key); }); };
    EXPECT_EQ(judge(first), model::HostKeyJudgement::first_seen);
    EXPECT_EQ(judge(first), model::HostKeyJudgement::pinned);
    EXPECT_EQ(judge(second), model::HostKeyJudgement::changed);
    EXPECT_EQ(judge(second), model::HostKeyJudgement::changed) << "never pinned by itself";
    const auto changes = s.read([](Tx& tx) { return list_host_key_changes(tx); });
    ASSERT_EQ(changes.size(), 1u);
    EXPECT_EQ(changes[0].endpoint, "10.0.0.7:22");
    EXPECT_EQ(changes[0].offered, "ssh-ed25519 SHA256:two");
    s.write([&](Tx& tx) { return accept_host_key(tx, changes[0].id, s.owner); });
    EXPECT_EQ(judge(second), model::HostKeyJudgement::confirmed);
    EXPECT_EQ(judge(first), model::HostKeyJudgement::changed);
    EXPECT_EQ(s.read([&](Tx& tx) { return pinned_host_key(tx, where); }), second);
    EXPECT_EQ(s.store->write([&](Tx& tx) { return accept_host_key(tx, changes[0].id, s.owner); }).error().code, ErrorCode::wrong_state);
    EXPECT_FALSE(s.read([](Tx& tx) { return list_host_key_changes(tx); })[0].accepted_by) << "unsettled first";
}

TEST(Vault, AHostKeyIsConfirmedByALoginByKeyUnderTheSameKey) {
    StoreForTests s;
    const Endpoint where{*Address::parse("10.0.0.7"), 22};
    const model::HostKey first{"ssh-ed25519", "SHA256:one"}, second{"ssh-ed25519", "SHA256:two"};
    auto judge = [&](const model::HostKey& key) { return s.write([&](Tx& tx) { return judge_host_key(tx, where, key); }); };
    EXPECT_EQ(judge(first), model::HostKeyJudgement::first_seen);
    s.write([&](Tx& tx) { return confirm_host_key(tx, where, second); });
    EXPECT_EQ(judge(first), model::HostKeyJudgement::pinned) << "another key's login confirms nothing";
    s.write([&](Tx& tx) { return confirm_host_key(tx, where, first); });
    EXPECT_EQ(judge(first), model::HostKeyJudgement::confirmed);
}

TEST(Vault, AFirstHostKeyIsAskedAboutOnceAndOnlyWhileItMatters) {
    StoreForTests s;
    const Endpoint where{*Address::parse("10.0.0.7"), 22};
    const model::HostKey first{"ssh-ed25519", "SHA256:one"}, second{"ssh-ed25519", "SHA256:two"};
    auto judge = [&](const model::HostKey& key) { return s.write([&](Tx& tx) { return judge_host_key(tx, where, key); }); };
    auto ask = [&](const model::HostKey& key) { s.write([&](Tx& tx) { return ask_to_confirm_host_key(tx, where, key); }); };
    auto asked = [&] { return s.read([](Tx& tx) { return list_host_key_changes(tx); }); };
    auto accept = [&](model::HostKeyId id) { return s.store->write([&](Tx& tx) { return accept_host_key(tx, id, s.owner); }); };

    ask(first);
    EXPECT_TRUE(asked().empty()) << "of a key that isn't pinned nobody is asked";
    judge(first);
    ask(first);
    ask(first);
    ask(second);
    ASSERT_EQ(asked().size(), 1u);
    const model::HostKeyId id = asked()[0].id;
    EXPECT_EQ(asked()[0].pinned, "");
    EXPECT_EQ(asked()[0].offered, "ssh-ed25519 SHA256:one");

    judge(second);
    ASSERT_EQ(asked().size(), 2u) << "the change is a question of its own";
    ASSERT_TRUE(accept(asked()[0].id));
    EXPECT_EQ(judge(second), model::HostKeyJudgement::confirmed);
    EXPECT_EQ(accept(id).error().code, ErrorCode::wrong_state) << "the first key is no longer the pinned one";
    ASSERT_EQ(asked().size(), 1u);
    judge(first);
    ASSERT_EQ(asked().size(), 2u) << "and coming back it is a change";

    StoreForTests other;
    other.write([&](Tx& tx) { return judge_host_key(tx, where, first); });
    other.write([&](Tx& tx) { return ask_to_confirm_host_key(tx, where, first); });
    const auto waiting = other.read([](Tx& tx) { return list_host_key_changes(tx); });
    ASSERT_EQ(waiting.size(), 1u);
    other.write([&](Tx& tx) { return accept_host_key(tx, waiting[0].id, other.owner); });
    EXPECT_EQ(other.write([&](Tx& tx) { return judge_host_key(tx, where, first); }), model::HostKeyJudgement::confirmed);
}

TEST(Vault, ALoginByKeyAnswersTheQuestionOfItsHostKey) {
    StoreForTests s;
    const Endpoint where{*Address::parse("10.0.0.7"), 22};
    const model::HostKey key{"ssh-ed25519", "SHA256:one"};
    s.write([&](Tx& tx) { return judge_host_key(tx, where, key); });
    s.write([&](Tx& tx) { return ask_to_confirm_host_key(tx, where, key); });
    const auto asked = s.read([](Tx& tx) { return list_host_key_changes(tx); });
    ASSERT_EQ(asked.size(), 1u);
    s.write([&](Tx& tx) { return confirm_host_key(tx, where, key); });
    EXPECT_TRUE(s.read([](Tx& tx) { return list_host_key_changes(tx); }).empty());
    EXPECT_EQ(s.store->write([&](Tx& tx) { return accept_host_key(tx, asked[0].id, s.owner); }).error().code, ErrorCode::wrong_state);
}

TEST(Vault, CredentialsComeBackInTheirOrder) {
    StoreForTests s;
    for (const char* user : {"root", "admin"}) {
        s.write([&](Tx& tx) {
            return insert_credential(tx, {.credential = {.user = user, .private_key = "", .password = "p"}, .note = "n", .added_at = tx.now()});
        });
    }
    const auto kept = s.read([](Tx& tx) { return list_credentials(tx); });
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept[0].credential.user, "root");
}

TEST(Facts, TheNewestIsALookThatWasAnsweredOrAListThatGaveARow) {
    StoreForTests s;
    const auto newest = [&] { return s.read([](Tx& tx) { return newest_fact_at(tx); }); };
    const auto import = [&](int64_t accepted) {
        s.clock.advance(1min);
        s.write([&](Tx& tx) { return insert_import(tx, {.accepted = accepted, .at = tx.now()}); });
    };
    const auto look = [&](model::AssetId asset, bool answered) {
        s.clock.advance(1min);
        s.write([&](Tx& tx) {
            std::vector<model::Evidence> rows{{.asset = asset, .check = "c", .real_look = answered, .taken_at = tx.now()}};
            return insert_evidence(tx, rows);
        });
    };
    EXPECT_EQ(newest(), std::nullopt);
    import(0);
    EXPECT_EQ(newest(), std::nullopt) << "a list whose rows were all refused";
    import(2);
    EXPECT_EQ(newest(), s.clock.now());
    const Timestamp imported = s.clock.now();
    const model::AssetId asset = s.write([](Tx& tx) { return insert_asset(tx, "a test says so"); });
    look(asset, false);
    EXPECT_EQ(newest(), imported) << "nobody answered";
    look(asset, true);
    EXPECT_EQ(newest(), s.clock.now());
    s.clock.advance(1min);
    s.write([](Tx& tx) { return insert_observation(tx, {.source = "sweep", .seen_at = tx.now()}); });
    EXPECT_EQ(newest(), s.clock.now()) << "it answered, and nothing more is known of it";
}

TEST(Sweeps, TheNewestOfTheScopeIsNoCheckOfSomeMachines) {
    StoreForTests s;
    EXPECT_FALSE(s.read([](Tx& tx) { return newest_sweep(tx); }));
    const auto sweep = s.write([&](Tx& tx) { return insert_sweep(tx, {.started_by = s.owner, .started_at = tx.now()}); });
    s.write([&](Tx& tx) { return insert_sweep(tx, {.started_by = s.owner, .kind = SweepKind::check, .started_at = tx.now()}); });
    EXPECT_EQ(s.read([](Tx& tx) { return newest_sweep(tx); })->id, sweep);
}

TEST(Sweeps, WhatACrashLeftRunningIsClosedAsFailed) {
    StoreForTests s;
    const auto sweep = s.write([&](Tx& tx) { return insert_sweep(tx, {.started_by = s.owner, .targets = 9, .started_at = tx.now()}); });
    auto row = s.read([&](Tx& tx) { return find_sweep(tx, sweep); });
    row.answered = 4;
    s.write([&](Tx& tx) { return update_sweep(tx, row); });
    EXPECT_EQ(s.write([](Tx& tx) { return fail_unfinished_sweeps(tx, "the server ended meanwhile"); }), 1);
    EXPECT_EQ(s.write([](Tx& tx) { return fail_unfinished_sweeps(tx, "again"); }), 0);
    const auto all = s.read([](Tx& tx) { return list_sweeps(tx, 10); });
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].state, SweepState::failed);
    EXPECT_EQ(all[0].because, "the server ended meanwhile");
    EXPECT_EQ(all[0].answered, 4);
    EXPECT_TRUE(all[0].ended_at);
}

}  // namespace
}  // namespace douse::store
