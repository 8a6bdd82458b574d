// SPDX-License-Identifier: Apache-2.0
// An incident as the API shows it: the books in every place the same, evidence and how it counts.
#include "server/house_for_tests.hpp"
#include "store/campaign_rows.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"

#include <boost/json/serialize.hpp>

namespace douse::server {
namespace {

namespace json = boost::json;
using model::Verdict;

class ViewsTest : public HouseTest {
protected:
    int64_t ledger_rows() {
        return *store_->read([](store::Tx& tx) { return store::count_ledger(tx); });
    }
    void add_evidence(int64_t asset, std::string_view check_id, Verdict says, Millis ago = Millis{0}, Millis valid = std::chrono::hours{12}) {
        const auto playbook = shelf_.get(base::sha256_hex("any"), drill_yaml());
        ASSERT_TRUE(playbook);
        const playbook::Check* check = (*playbook)->check(check_id);
        ASSERT_NE(check, nullptr);
        const Timestamp at = clock_.now() - ago;
        std::vector<model::Evidence> rows{{.asset = model::AssetId(asset),
                                           .check = std::string(check_id),
                                           .check_hash = check->hash,
                                           .origin = check->ask,
                                           .says = says,
                                           .because = "as read",
                                           .taken_at = at,
                                           .valid_until = at + valid}};
        ASSERT_TRUE(store_->write([&](store::Tx& tx) { return store::insert_evidence(tx, rows); }));
    }
    // Of one wave that is held by its gate, asked for by the first owner.
    model::CampaignId gated_campaign(std::string_view because) {
        const auto added = store_->write([&](store::Tx& tx) -> Result<model::CampaignId> {
            TRY(const auto incident, store::current_incident(tx));
            TRY(const auto id, store::insert_campaign(tx, {.incident = incident->id,
                                                           .asked_by = incident->owner,
                                                           .created_at = tx.now(),
                                                           .playbook_id = incident->playbook_id,
                                                           .playbook_sha256 = incident->playbook_sha256}));
            TRY(const auto wave, store::insert_wave(tx, {.campaign = id}));
            TRY(store::move_campaign(tx, id, model::CampaignState::approved, incident->owner));
            TRY(store::move_campaign(tx, id, model::CampaignState::running, incident->owner));
            TRY(store::move_wave(tx, wave, model::WaveState::running));
            TRY(store::move_wave(tx, wave, model::WaveState::gated, because));
            return id;
        });
        EXPECT_TRUE(added) << added.error().sentence;
        return added.value_or(model::CampaignId{});
    }
    static std::string counts_of(const json::value& detail, std::string_view check, Verdict says) {
        for (const json::value& row : detail.at("evidence").as_array()) {
            if (row.at("check").as_string() == check && row.at("says").as_string() == model::name_of(says))
                return std::string(row.at("counts").as_string());
        }
        return "not there";
    }
};

TEST_F(ViewsTest, NobodyApprovesTheirOwnRequestAndIsToldSoBefore) {
    const wire::Client owner = client(owner_token());
    const wire::Client deputy = client(token_of(model::Role::deputy, "Dana"));
    open_incident(owner, 1);
    const int64_t machine = owner.get("/api/assets")->at("rows").at(0).at("id").as_int64();
    const auto asked = owner.post("/api/exemptions",
                                  json::object{{"asset", machine}, {"reason", "vendor"}, {"expires_at_ms", base::to_ms(clock_.now()) + 3'600'000}});
    ASSERT_TRUE(asked) << asked.error().sentence;
    const std::string path = "/api/exemptions/" + std::to_string(asked->at("id").as_int64()) + "/approve";
    EXPECT_EQ(owner.post(path, nullptr).error().code, ErrorCode::denied);
    const json::value mine = owner.get("/api/now")->at("decisions").at(0);
    EXPECT_EQ(json::serialize(mine.at("allowed")), R"(["declineExemption"])");
    EXPECT_NE(mine.as_object().if_contains("refused_because"), nullptr);
    EXPECT_EQ(json::serialize(deputy.get("/api/now")->at("decisions").at(0).at("allowed")), R"(["approveExemption","declineExemption"])");
    EXPECT_EQ(owner.get("/api/assets")->at("rows").at(0).at("next"), "Waits for a decision about its exemption");
    ASSERT_TRUE(deputy.post(path, nullptr));
    EXPECT_EQ(deputy.get("/api/now")->at("decisions").as_array().size(), 0u);
    const auto page = owner.get("/api/assets?disposition=exempt");
    ASSERT_EQ(page->at("total"), 1);
    EXPECT_TRUE(page->at("rows").at(0).at("next").as_string().starts_with("Exempt for "));
}

TEST_F(ViewsTest, FirstHostKeysWaitInOneLineAndChangedOnesEachInTheirOwn) {
    const wire::Client owner = client(owner_token());
    open_incident(owner, 1);
    ASSERT_TRUE(store_->write([&](store::Tx& tx) -> Result<void> {
        for (const char* host : {"127.0.0.3", "127.0.0.4", "127.0.0.5"}) {
            const Endpoint where{*Address::parse(host), 22};
            TRY(store::judge_host_key(tx, where, {"ssh-ed25519", "SHA256:one"}));
            TRY(store::ask_to_confirm_host_key(tx, where, {"ssh-ed25519", "SHA256:one"}));
        }
        for (const char* host : {"127.0.0.3", "127.0.0.4"}) {
            TRY(store::judge_host_key(tx, {*Address::parse(host), 22}, {"ssh-ed25519", "SHA256:two"}));
        }
        return {};
    }));
    const auto titles = [&] {
        std::vector<std::string> out;
        for (const json::value& row : owner.get("/api/now")->at("decisions").as_array()) out.emplace_back(row.at("title").as_string());
        return out;
    };
    EXPECT_EQ(titles(), (std::vector<std::string>{"Accept the new host key of 127.0.0.4:22?", "Accept the new host key of 127.0.0.3:22?",
                                                  "Confirm the host key of 127.0.0.5:22?"}));
    const json::value line = owner.get("/api/now")->at("decisions").at(2);
    EXPECT_EQ(line.at("why"), "Only a password could enter 127.0.0.5:22, and none goes to a key that nobody confirmed. 2 more wait for the same.");
    ASSERT_TRUE(owner.post("/api/host-keys/" + std::to_string(line.at("subject").as_int64()) + "/accept", json::object{{"reason", "read out"}}));
    EXPECT_EQ(titles().back(), "Confirm the host key of 127.0.0.4:22?") << "the next of the line";
}

TEST_F(ViewsTest, TheLedgerTellsTheProgramFromPeople) {
    const wire::Client owner = client(owner_token());
    const json::value rows = *owner.get("/api/ledger");
    const json::value& first = rows.at("rows").as_array().back();
    EXPECT_EQ(first.at("action"), "person.invite_owner");
    const std::string hash(first.at("hash").as_string());
    EXPECT_TRUE(owner.get("/api/ledger/verify?head=1%3A" + hash)->at("verified").as_bool());
    EXPECT_EQ(owner.get("/api/ledger/verify?head=2:" + hash)->at("first_broken"), 2);
    for (const std::string& wrong :
         {std::string("1"), std::string("1:"), std::string("1:x"), std::string(":"), "0:" + hash, "x:" + hash, "1:" + hash + "0"})
        EXPECT_EQ(owner.get("/api/ledger/verify?head=" + wrong).error().code, ErrorCode::invalid) << wrong;
    EXPECT_TRUE(first.at("person_id").is_null());
    EXPECT_EQ(rows.at("rows").at(0).at("person_id").to_number<int64_t>(), 2) << "somebody's sign-in";
    EXPECT_EQ(owner.post("/api/people", json::object{{"name", " dOuse"}, {"role", "reader"}}).error().code, ErrorCode::invalid);
    EXPECT_EQ(owner.post("/api/people", json::object{{"name", "SOMEBODY "}, {"role", "reader"}}).error().code, ErrorCode::conflict);
}

TEST_F(ViewsTest, EachPlaceShowsTheSameBooks) {
    const wire::Client owner = client(owner_token());
    open_incident(owner, 7);
    add_evidence(1, "svc-banner", Verdict::vulnerable);
    add_evidence(2, "marker-listener", Verdict::infected);
    add_evidence(3, "svc-package", Verdict::fixed);
    add_evidence(3, "marker-inside", Verdict::clean);
    add_evidence(4, "svc-package", Verdict::not_affected);
    ASSERT_TRUE(owner.post("/api/assets/7/retire", json::object{{"reason", "gone"}}));
    const auto now = owner.get("/api/now");
    ASSERT_TRUE(now) << now.error().sentence;
    EXPECT_EQ(
        json::serialize(now->at("books")),
        R"({"on_books":6,"retired":1,"open":4,"done":2,"accepted_risk":0,"balanced":true,"counts":{"infected_isolated":0,"infected":1,"fix_unverified":0,"not_affected":1,"fixed":1,"exempt":0,"vulnerable":1,"unknown":2}})");
    const auto page = owner.get("/api/assets?limit=2");
    EXPECT_EQ(page->at("on_books"), 6);
    EXPECT_EQ(page->at("retired"), 1);
    EXPECT_EQ(page->at("total"), 6);
    int64_t facets = 0;
    for (const json::value& facet : page->at("facets").at("disposition").as_array()) {
        facets += facet.at("count").as_int64();
        EXPECT_EQ(facet.at("count"), now->at("books").at("counts").at(facet.at("value").as_string())) << facet.at("value");
    }
    EXPECT_EQ(facets, 6);
    EXPECT_EQ(owner.get("/api/assets?disposition=open")->at("total"), 4);
    EXPECT_EQ(owner.get("/api/assets?disposition=done")->at("total"), 2);
    EXPECT_EQ(owner.get("/api/assets?disposition=retired")->at("total"), 1);
    EXPECT_EQ(now->at("curve").as_array().back().at("counts"), now->at("books").at("counts"));
    EXPECT_EQ(now->at("places").at(0).at("open"), 4);
    EXPECT_EQ(now->at("last_infection").at("asset"), 2);
    int64_t change = 0;
    for (const auto& [name, count] : now->at("change").at("counts").as_object()) change += count.as_int64();
    EXPECT_EQ(change, 6) << "all came onto the books within the hour";
    EXPECT_GE(now->at("happened").as_array().size(), 4u);
}

TEST_F(ViewsTest, TheLastFactIsWhatWasLearnedNotWhatWasTried) {
    const wire::Client owner = client(owner_token());
    const auto last_fact = [&] { return owner.get("/api/now")->at("last_fact_at_ms"); };
    EXPECT_TRUE(last_fact().is_null());
    ASSERT_TRUE(store_->write([](store::Tx& tx) { return store::insert_sweep(tx, {.started_at = tx.now()}); }));
    EXPECT_TRUE(last_fact().is_null()) << "a sweep that runs has found nothing yet";
    open_incident(owner, 1);
    EXPECT_EQ(last_fact(), owner.get("/api/imports")->at("imports").at(0).at("at_ms"));
    ASSERT_TRUE(store_->write([](store::Tx& tx) -> Result<void> {
        TRY(store::fail_unfinished_sweeps(tx, "it was stopped"));
        return {};
    }));
    EXPECT_EQ(last_fact(), owner.get("/api/imports")->at("imports").at(0).at("at_ms")) << "nor has one that failed";
}

TEST_F(ViewsTest, AGatedWaveJustHappenedAndWaitsSinceItsGate) {
    const wire::Client owner = client(owner_token());
    open_incident(owner, 1);
    const model::CampaignId campaign = gated_campaign("1 of 2 failed");
    const std::string path = "/api/campaigns/" + std::to_string(campaign.value);
    const auto waves_line = [&] {
        for (const json::value& row : owner.get("/api/now")->at("happened").as_array()) {
            if (row.at("kind") == "wave" && row.at("text").as_string().starts_with("The canary")) return json::serialize(row);
        }
        return std::string("no line");
    };
    const json::value gate = owner.get(path)->at("waves").at(0).at("ended_at_ms");
    const json::value decision = owner.get("/api/now")->at("decisions").at(0);
    EXPECT_EQ(decision.at("kind"), "gated_wave");
    EXPECT_EQ(decision.at("since_ms"), gate);
    const std::string link = ",\"link\":\"" + path.substr(4) + "\"}";
    const std::string at = "{\"at_ms\":" + json::serialize(gate) + ",\"kind\":\"wave\",\"text\":\"The canary of campaign 1 ";
    EXPECT_EQ(waves_line(), at + "waits at its gate: 1 of 2 failed\"" + link);
    ASSERT_TRUE(owner.post(path + "/settle", json::object{{"wave", 0}, {"decision", "pass"}, {"reason", "the machines' own failures"}}));
    EXPECT_EQ(waves_line(), at + "came to its gate: 1 of 2 failed\"" + link) << "who settled it has a line of its own";
}

TEST_F(ViewsTest, EvidenceSaysHowItCounts) {
    const wire::Client owner = client(owner_token());
    open_incident(owner, 1);
    add_evidence(1, "svc-package", Verdict::vulnerable, std::chrono::hours{3});
    add_evidence(1, "svc-package", Verdict::fixed, std::chrono::hours{2});
    add_evidence(1, "marker-inside", Verdict::clean, std::chrono::hours{2}, std::chrono::hours{1});
    add_evidence(1, "svc-banner", Verdict::vulnerable, std::chrono::hours{1});
    add_evidence(1, "marker-listener", Verdict::unknown, std::chrono::hours{1});
    auto detail = owner.get("/api/assets/1");
    ASSERT_TRUE(detail) << detail.error().sentence;
    EXPECT_EQ(detail->at("asset").at("disposition"), "vulnerable");
    EXPECT_EQ(counts_of(*detail, "svc-banner", Verdict::vulnerable), "speaks");
    EXPECT_EQ(counts_of(*detail, "svc-package", Verdict::vulnerable), "newer_answer");
    EXPECT_EQ(counts_of(*detail, "svc-package", Verdict::fixed), "outranked");
    EXPECT_EQ(counts_of(*detail, "marker-inside", Verdict::clean), "expired");
    EXPECT_EQ(counts_of(*detail, "marker-listener", Verdict::unknown), "no_answer");
    EXPECT_GE(detail->at("story").as_array().size(), 2u);
    EXPECT_EQ(detail->at("records").at(0).at("source"), "directory");
    EXPECT_EQ(json::serialize(detail->at("allowed")), R"(["checkAssets","retireAsset","askExemption"])");
}

TEST_F(ViewsTest, TheSameKeyGivesTheSameAnswer) {
    const wire::Client owner = client(owner_token());
    ASSERT_TRUE(owner.post("/api/playbooks", json::object{{"yaml", drill_yaml()}}));
    const json::object body{{"name", "Test"}, {"playbook", "drill"}, {"ranges", json::array{"10.20.1.0/24"}}};
    const auto first = owner.post("/api/incident", body, {{"Idempotency-Key", "k1"}});
    ASSERT_TRUE(first);
    const int64_t rows = ledger_rows();
    const auto again = owner.post("/api/incident", body, {{"Idempotency-Key", "k1"}});
    ASSERT_TRUE(again) << again.error().sentence;
    EXPECT_EQ(*again, *first);
    EXPECT_EQ(ledger_rows(), rows);
    EXPECT_EQ(owner.post("/api/incident", body, {{"Idempotency-Key", "k2"}}).error().code, ErrorCode::wrong_state) << "another key is another call";
    json::object other = body;
    other["name"] = "Other";
    EXPECT_EQ(owner.post("/api/incident", other, {{"Idempotency-Key", "k1"}}).error().code, ErrorCode::invalid) << "a key belongs to one call";
}

// As after a kill between the commit of an effect and the keeping of its answer.
TEST_F(ViewsTest, ACallWhoseAnswerWasLostIsNotDoneAgain) {
    const wire::Client owner = client(owner_token());
    ASSERT_TRUE(owner.post("/api/stop-everything", nullptr, {{"Idempotency-Key", "k1"}}));
    const auto actor = incident::actor_by_token(*store_, owner_token());
    ASSERT_TRUE(store_->write([&](store::Tx& tx) -> Result<void> {
        TRY(const auto kept, store::find_answer(tx, actor->id, "stopEverything", "k1"));
        return store::claim_call(tx, actor->id, "stopEverything", "k2", kept->substr(0, kept->find('{')));
    }));
    const int64_t rows = ledger_rows();
    const auto again = owner.post("/api/stop-everything", nullptr, {{"Idempotency-Key", "k2"}});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::wrong_state);
    EXPECT_EQ(again.error().effect, Effect::done);
    EXPECT_EQ(ledger_rows(), rows);
}

TEST_F(ViewsTest, AServerThatDoesNotActSaysSo) {
    const wire::Client owner = client(owner_token());
    EXPECT_FALSE(owner.get("/api/health")->at("acting").as_bool());
    const auto sweep = owner.post("/api/sweeps", nullptr);
    ASSERT_FALSE(sweep);
    EXPECT_EQ(sweep.error().code, ErrorCode::denied);
    EXPECT_EQ(sweep.error().sentence, "this server does not look or act");
}

TEST_F(ViewsTest, APlaybookIsShownWithWhatIsMissing) {
    const wire::Client owner = client(owner_token());
    ASSERT_TRUE(owner.post("/api/playbooks", json::object{{"yaml", drill_yaml()}}));
    auto shown = owner.get("/api/playbooks/drill");
    ASSERT_TRUE(shown) << shown.error().sentence;
    EXPECT_EQ(shown->at("playbook").at("signed_by").as_array().size(), 0u);
    EXPECT_FALSE(shown->at("files").at(0).at("here").as_bool());
    EXPECT_EQ(shown->at("checks").as_array().size(), 4u);
    EXPECT_EQ(shown->at("checks").at(3).at("by_hand").as_array().size(), 5u);
    EXPECT_FALSE(shown->at("isolation").as_array().empty());
    EXPECT_FALSE(shown->at("not_carried_out").as_array().empty());
    ASSERT_TRUE(owner.call("POST", "/api/files?name=drill-svc_1.0-2_all.deb", wire::Body::octets("package")));
    EXPECT_TRUE(owner.get("/api/playbooks/drill")->at("files").at(0).at("here").as_bool());
    EXPECT_EQ(owner.get("/api/playbooks/none").error().code, ErrorCode::not_found);
    const std::string first(shown->at("playbook").at("sha256").as_string());
    std::string yaml = drill_yaml();
    yaml.replace(yaml.find("version: 1\n"), 11, "version: 2\n");
    ASSERT_TRUE(owner.post("/api/playbooks", json::object{{"yaml", yaml}}));
    EXPECT_EQ(owner.get("/api/playbooks/drill")->at("playbook").at("version"), 2);
    EXPECT_EQ(owner.get("/api/playbooks/drill?sha256=" + first)->at("playbook").at("version"), 1);
    EXPECT_EQ(owner.get("/api/playbooks/drill?sha256=" + first)->at("yaml").as_string(), drill_yaml());
    EXPECT_EQ(owner.get("/api/playbooks/none?sha256=" + first).error().code, ErrorCode::not_found);
    EXPECT_EQ(owner.get("/api/playbooks/drill?sha256=" + std::string(64, '0')).error().code, ErrorCode::not_found);
    const auto broken = owner.post("/api/playbooks", json::object{{"yaml", "douse: 1\nid: [\n"}, {"name", "x.yaml"}});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, ErrorCode::invalid);
    EXPECT_NE(broken.error().sentence.find("x.yaml:"), std::string::npos) << broken.error().sentence;
}

}  // namespace
}  // namespace douse::server
