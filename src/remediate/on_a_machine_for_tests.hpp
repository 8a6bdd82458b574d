// SPDX-License-Identifier: Apache-2.0
// A running campaign over one machine: a real sshd whose files are throw-away copies. Needs root; tests skip and say so without.
#pragma once

#include "incident/guard.hpp"
#include "incident/vault.hpp"
#include "remediate/campaigns_for_tests.hpp"
#include "remediate/fates.hpp"
#include "remediate/steps.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/vault_rows.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <thread>

namespace douse::remediate {

// Nobody else's, also not of another run of these tests.
inline const std::string network = fmt::format("127.{}.{}.", 64 + ::getpid() % 64, ::getpid() / 64 % 256);

struct OnAMachine : Campaigns {
    std::unique_ptr<transport::SshdForTests> machine;
    transport::SshTransport transport;
    incident::Guard guard{*store, incident::Acting::allowed, incident::Setting::drill};
    const Limits limits{.retry_wait = Millis{1}, .unreachable_wait = Millis{1}};
    model::Campaign campaign;
    model::TaskId task;

    // A running campaign over one machine, which is this one.
    void begin(const std::string& config = {}) {
        machine = std::make_unique<transport::SshdForTests>(transport::SshdForTests::Place::own_files, config,
                                                            Endpoint{*Address::parse(network + "1"), 22});
        if (!machine->why_not().empty()) GTEST_SKIP() << machine->why_not();
        store_book(true);
        open(1, network);
        ASSERT_TRUE(incident::store_file(*store, owner, "drill-svc_1.0-2_all.deb", package));
        ASSERT_TRUE(store->write([&](store::Tx& tx) { return store::insert_credential(tx, {.credential = machine->credential()}); }));
        guard.refresh();
        next_campaign();
    }
    void next_campaign() {
        const auto planned = plan(*store, owner, {});
        ASSERT_TRUE(planned) << planned.error().sentence;
        ASSERT_TRUE(approve(*store, deputy, planned->id, planned->plan_hash));
        campaign = *start(*store, owner, planned->id);
        task = tasks(campaign.id)[0].id;
    }
    Tools tools() { return {*store, guard, transport, limits, campaign.plan_hash}; }
    // Until the task rests; the number of parts that it took.
    int carry() {
        for (int parts = 1; parts < 100; ++parts) {
            const auto progress = advance(tools(), book, task, between, {});
            EXPECT_TRUE(progress) << progress.error().sentence;
            if (!progress || *progress == Progress::rests) return parts;
            if (*progress == Progress::waits) std::this_thread::sleep_until(between.until);
        }
        ADD_FAILURE() << "the task never rests";
        return 100;
    }
    model::Task now() { return tasks(campaign.id)[0]; }
    std::vector<model::StepRow> journal(model::AttemptId id) {
        return *store->read([&](store::Tx& tx) { return store::steps_of(tx, id); });
    }
    // An attempt of which the journal holds this much of step "clean" when the server died.
    model::AttemptId cut_off(const std::vector<model::StepEvent>& events) {
        model::AttemptId id;
        EXPECT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            TRY(id, store::insert_attempt(tx, task, 1));
            TRY(store::move_attempt(tx, id, model::AttemptState::sent));
            TRY(store::move_attempt(tx, id, model::AttemptState::running));
            for (const model::StepEvent event : events) {
                TRY(store::append_step(tx, {.attempt = id, .step = "clean", .run = 1, .event = event, .exit_code = 0, .said = {}, .at = tx.now()}));
            }
            return store::move_attempt(tx, id, model::AttemptState::fate_unknown, "Douse ended while it ran");
        }));
        return id;
    }
    // One of which every step said done.
    model::AttemptId succeeded() {
        const model::AttemptId id = cut_off({});
        EXPECT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            TRY(store::move_attempt(tx, id, model::AttemptState::running));
            return store::move_attempt(tx, id, model::AttemptState::succeeded, "every step said done");
        }));
        return id;
    }
    // Infected, as the playbook sees it.
    void mark() {
        const auto session = transport.reach(*guard.permit_to_look(), machine->endpoint(), base::deadline_in(std::chrono::seconds{10}), {});
        ASSERT_TRUE(session) << session.error().sentence;
        ASSERT_TRUE(
            (*session)->run("mkdir -p /var/lib/drill && echo marked > /var/lib/drill/marker", "", base::deadline_in(std::chrono::seconds{10}), {}));
    }
    std::ptrdiff_t inside_looks() {
        const model::AssetId asset = now().asset;
        const auto evidence = *store->read([&](store::Tx& tx) { return store::evidence_of(tx, asset); });
        return std::ranges::count_if(evidence, [](const model::Evidence& e) { return e.check == "marker-inside" && e.real_look; });
    }
    model::AttemptId after_clean() { return cut_off({model::StepEvent::started, model::StepEvent::ended}); }
    // One that began a step, in a campaign that was stopped since.
    model::AttemptId left_behind() {
        const model::AttemptId id = cut_off({model::StepEvent::started});
        EXPECT_TRUE(stop(*store, owner, campaign.id));
        return id;
    }
    // At the machine's address, with a machine-id that isn't the one that answers.
    void somebody_else_was_seen() {
        const model::AssetId asset = now().asset;
        ASSERT_TRUE(store->write([&](store::Tx& tx) -> Result<void> {
            model::Observation seen{.source = "inside", .seen_at = tx.now()};
            seen.identifiers = {{model::IdentifierKind::address, network + "1"}, {model::IdentifierKind::machine_id, std::string(32, 'e')}};
            TRY(seen.id, store::insert_observation(tx, seen));
            return store::attach_observation(tx, asset, seen, "a test says so");
        }));
    }
    model::Attempt attempt(model::AttemptId id) {
        return *store->read([&](store::Tx& tx) { return store::find_attempt(tx, id); });
    }
};

}  // namespace douse::remediate
