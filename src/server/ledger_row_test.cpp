// SPDX-License-Identifier: Apache-2.0
// Every operation that changes something, done once through the real door: each leaves the one row that the table names. The hands
// are there, and look at loopback only; the stop switch keeps the runner from acting, so that no row is the program's.
#include "playbook/parse.hpp"
#include "playbook/sign.hpp"
#include "server/house_for_tests.hpp"
#include "server/operations.hpp"
#include "store/campaign_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"

#include <boost/json/serialize.hpp>
#include <set>
#include <thread>

namespace douse::server {
namespace {

namespace json = boost::json;

class LedgerRowTest : public HouseTest {
protected:
    void SetUp() override { start(Acts::yes, {}); }

    json::value act(const wire::Client& caller, std::string_view operation, const std::string& path, const wire::Body& body = {}) {
        const int64_t before = rows();
        const auto answer = caller.call("POST", path, body);
        EXPECT_TRUE(answer) << operation << ": " << answer.error().sentence << " " << answer.error().detail;
        EXPECT_EQ(rows(), before + 1) << operation;
        const auto last = store_->read([](store::Tx& tx) { return store::list_ledger(tx, 0, 1); });
        EXPECT_EQ(last->front().action, find_operation(operation)->ledger);
        acted_.insert(operation);
        return answer ? answer->body : json::value(json::object{});
    }
    json::value act(const wire::Client& caller, std::string_view operation, const std::string& path, const json::value& body) {
        return act(caller, operation, path, wire::Body::json(body));
    }
    int64_t rows() {
        return *store_->read([](store::Tx& tx) { return store::count_ledger(tx); });
    }
    void wait_for_sweeps(const wire::Client& caller) {
        const Deadline end = base::deadline_in(std::chrono::seconds{30});
        while (json::serialize(*caller.get("/api/sweeps")).find("\"running\"") != std::string::npos) {
            ASSERT_GT(base::left_until(end).count(), 0) << "the sweep doesn't end";
            std::this_thread::sleep_for(Millis{20});
        }
    }
    // What an act of the runner's would have left: the first wave gated, a task that needs hands.
    void gate_the_first_wave(model::CampaignId id) {
        ASSERT_TRUE(store_->write([&](store::Tx& tx) -> Result<void> {
            TRY(const auto waves, store::waves_of(tx, id));
            TRY(store::move_wave(tx, waves.front().id, model::WaveState::running));
            TRY(store::move_wave(tx, waves.front().id, model::WaveState::gated, "too many failed"));
            TRY(const auto tasks, store::tasks_of(tx, id));
            return store::move_task(tx, tasks.front().id, model::TaskState::needs_hands, model::NeedsHands::disk_full);
        }));
    }
    static std::string number(const json::value& form, const char* name = "id") { return std::to_string(form.at(name).as_int64()); }

    std::set<std::string_view> acted_;
};

TEST_F(LedgerRowTest, EveryMutatingCallLeavesTheRowOfTheTable) {
    const wire::Client owner = client(owner_token());
    const wire::Client deputy = client(token_of(model::Role::deputy, "Dana"));
    const json::object why{{"reason", "a test"}};

    const json::value lee = act(owner, "addPerson", "/api/people", json::object{{"name", "Lee"}, {"role", "reader"}});
    const json::value link = act(owner, "invitePerson", "/api/people/" + number(lee.at("person")) + "/invite");
    const json::value session = act(client(""), "signIn", "/api/sign-in", json::object{{"link", link.at("link")}});
    act(client(std::string(session.at("token").as_string())), "signOut", "/api/sign-out");

    const auto key = playbook::new_signing_key();
    const auto signatures = playbook::sign(*playbook::parse(drill_yaml(), "drill.yaml").playbook, key, clock_.now(), "");
    act(owner, "addSigner", "/api/signers", json::object{{"name", "author"}, {"public_key", playbook::to_base64(key.public_key)}});
    act(owner, "putPlaybook", "/api/playbooks", json::object{{"yaml", drill_yaml()}, {"signatures", *signatures}});
    act(owner, "putFile", "/api/files?name=drill-svc_1.0-2_all.deb", wire::Body::octets("package"));
    act(owner, "addCredential", "/api/credentials", json::object{{"user", "root"}, {"password", "secret"}});
    act(owner, "openIncident", "/api/incident", json::object{{"name", "Test"}, {"playbook", "drill"}, {"ranges", json::array{"127.0.1.0/30"}}});
    act(owner, "addScope", "/api/scope", json::object{{"ranges", json::array{"127.0.2.0/30"}}});
    act(owner, "removeScope", "/api/scope/remove", json::object{{"ranges", json::array{"127.0.2.0/30"}}});

    const auto list = [](const std::string& rows) { return wire::Body::octets("Name,ObjectGUID,IPv4Address\n" + rows); };
    act(owner, "importList", "/api/imports?source=directory",
        list("pc-1,00000000-0000-4000-8000-000000000001,127.0.1.1\npc-2,00000000-0000-4000-8000-000000000002,127.0.1.2\n"
             "pc-3,00000000-0000-4000-8000-000000000003,127.0.1.3\n"));
    const int64_t before = rows();
    ASSERT_TRUE(owner.call("POST", "/api/imports?dry_run=true", list("pc-9,00000000-0000-4000-8000-000000000009,127.0.1.3\n")));
    EXPECT_EQ(rows(), before) << "a dry run changes nothing";
    const auto machine = [&](const std::string& name) { return owner.get("/api/assets?q=" + name)->at("rows").at(0).at("id").as_int64(); };

    act(owner, "startSweep", "/api/sweeps");
    wait_for_sweeps(owner);
    act(owner, "checkAssets", "/api/checks", json::object{{"assets", json::array{machine("pc-1")}}});
    wait_for_sweeps(owner);
    act(owner, "retireAsset", "/api/assets/" + std::to_string(machine("pc-3")) + "/retire", why);
    const int64_t until = base::to_ms(clock_.now()) + 3'600'000;
    const json::object wish{{"asset", machine("pc-1")}, {"reason", "vendor"}, {"expires_at_ms", until}};
    act(deputy, "declineExemption", "/api/exemptions/" + number(act(owner, "askExemption", "/api/exemptions", wish)) + "/decline", why);
    act(deputy, "approveExemption", "/api/exemptions/" + number(act(owner, "askExemption", "/api/exemptions", wish)) + "/approve");

    act(owner, "stopEverything", "/api/stop-everything");
    const json::value planned = act(owner, "planCampaign", "/api/campaigns", json::object{});
    const std::string campaign = "/api/campaigns/" + number(planned.at("summary"));
    act(deputy, "approveCampaign", campaign + "/approve", json::object{{"plan_hash", planned.at("plan_hash")}});
    act(owner, "startCampaign", campaign + "/start");
    act(owner, "pauseCampaign", campaign + "/pause");
    act(owner, "resumeCampaign", campaign + "/resume");
    gate_the_first_wave(model::CampaignId(planned.at("summary").at("id").as_int64()));
    act(owner, "settleWave", campaign + "/settle", json::object{{"wave", 0}, {"decision", "pass"}, {"reason", "a test"}});
    act(owner, "stopCampaign", campaign + "/stop");
    const json::value again = act(owner, "retryCampaign", campaign + "/retry");
    ASSERT_TRUE(owner.post("/api/campaigns/" + number(again.at("summary")) + "/stop", nullptr));

    const Endpoint endpoint{.address = Address::v4(0x7f000101), .port = 22};
    for (const char* fingerprint : {"SHA256:one", "SHA256:two"}) {
        ASSERT_TRUE(store_->write([&](store::Tx& tx) { return store::judge_host_key(tx, endpoint, {"ssh-ed25519", fingerprint}); }));
    }
    act(owner, "acceptHostKey", "/api/host-keys/" + number(owner.get("/api/host-keys")->at("changes").at(0)) + "/accept", why);
    EXPECT_TRUE(act(owner, "rebuildStore", "/api/store/rebuild").at("equal").as_bool());
    act(owner, "closeIncident", "/api/incident/close", why);
    act(owner, "resumeEverything", "/api/resume-everything", why);

    for (const Operation& operation : operations()) {
        if (operation.method != "GET") EXPECT_TRUE(acted_.contains(operation.id)) << operation.id << " was not done";
    }
    EXPECT_TRUE(owner.get("/api/ledger/verify")->at("verified").as_bool());
    EXPECT_EQ(json::serialize(*owner.get("/api/credentials")).find("secret"), std::string::npos);
    EXPECT_EQ(json::serialize(*owner.get("/api/ledger")).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace douse::server
