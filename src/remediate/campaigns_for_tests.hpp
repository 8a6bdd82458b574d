// SPDX-License-Identifier: Apache-2.0
// An incident with a signed playbook and people who may plan and approve, for the tests of this room.
#pragma once

#include "assess/assess.hpp"
#include "base/digest.hpp"
#include "incident/incidents.hpp"
#include "incident/people.hpp"
#include "incident/vault.hpp"
#include "playbook/parse.hpp"
#include "playbook/sign.hpp"
#include "remediate/attempt.hpp"
#include "remediate/campaigns.hpp"
#include "store/asset_rows.hpp"
#include "store/campaign_rows.hpp"

#include <gtest/gtest.h>
#include <fstream>
#include <sstream>

namespace douse::remediate {

class ByAssess final : public store::Deriver {
public:
    model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override {
        if (history.playbook_text.empty()) return assess::no_incident();
        return assess::assess(history, *playbook::parse(history.playbook_text, "test.yaml").playbook, now);
    }
};

inline constexpr std::string_view package = "not really a package";

// A store in memory, an owner and a deputy, the drill's playbook signed, machines on 127.0.0.1 and on.
struct Campaigns : ::testing::Test {
    ByAssess deriver;
    base::FakeClock clock;
    std::unique_ptr<store::Store> store = std::move(*store::Store::open("", deriver, clock));
    incident::Actor owner = join("owner", model::Role::owner);
    incident::Actor deputy = join("deputy", model::Role::deputy);
    playbook::Playbook book;
    std::string book_text;
    Between between;
    const playbook::SigningKey key = playbook::new_signing_key();

    incident::Actor join(const char* name, model::Role role) {
        const auto invitation = name == std::string("owner") ? **incident::first_owner(*store) : *incident::add_person(*store, owner, name, role);
        return *incident::actor_by_token(*store, incident::redeem(*store, invitation.code, {})->token);
    }
    void store_book(bool with_signature) {
        std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
        std::stringstream text;
        text << in.rdbuf();
        const std::string yaml = *playbook::fill_in_files(text.str(), {{"fixed-package", base::sha256_hex(package)}});
        book_text = yaml;
        book = *playbook::parse(yaml, "drill.yaml").playbook;
        ASSERT_TRUE(incident::pin_signer(*store, owner, "author", playbook::to_base64(key.public_key)));
        ASSERT_TRUE(incident::store_playbook(*store, owner, yaml, "drill.yaml", with_signature ? *playbook::sign(book, key, clock.now(), "") : ""));
    }
    void open(int machines, const std::string& network = "127.0.0.") {
        ASSERT_TRUE(incident::open_incident(*store, owner, incident::Setting::drill, "worm", "drill", {network + "0/24"}));
        for (int i = 1; i <= machines; ++i) {
            ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
                TRY(const model::AssetId id, store::insert_asset(tx, "a test says so"));
                model::Observation seen{.id = {},
                                        .source = "sweep",
                                        .import = {},
                                        .seen_at = tx.now(),
                                        .until = {},
                                        .identifiers = {{model::IdentifierKind::address, network + std::to_string(i)}},
                                        .attributes = {}};
                TRY(seen.id, store::insert_observation(tx, seen));
                return store::attach_observation(tx, id, seen, "a test says so");
            }));
        }
    }
    void ready(int machines) {
        store_book(true);
        open(machines);
        ASSERT_TRUE(incident::store_file(*store, owner, "drill-svc_1.0-2_all.deb", package));
    }
    model::Campaign running(int machines) {
        ready(machines);
        const model::Campaign planned = *plan(*store, owner, {});
        EXPECT_TRUE(approve(*store, deputy, planned.id, planned.plan_hash));
        return *start(*store, owner, planned.id);
    }
    std::vector<model::Task> tasks(model::CampaignId id) {
        return *store->read([&](store::Tx& tx) { return store::tasks_of(tx, id); });
    }
    std::vector<model::Attempt> attempts(model::TaskId id) {
        return *store->read([&](store::Tx& tx) { return store::attempts_of(tx, id); });
    }
};

}  // namespace douse::remediate
