// SPDX-License-Identifier: Apache-2.0
// Sweeps of a loopback address on which a service answers: what a real packet leaves in the store.
#include "survey/survey.hpp"

#include "assess/assess.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"
#include "model/permit_for_tests.hpp"
#include "playbook/parse.hpp"
#include "store/asset_rows.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/people_rows.hpp"
#include "store/vault_rows.hpp"
#include "transport/ssh/ssh_transport.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <fstream>
#include <sstream>
#include <thread>

namespace douse::survey {
namespace {

using model::Disposition;

constexpr std::string_view place = "127.93.7.1";  // nobody else's, so its ports are free

std::string drill_yaml() {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

class ByAssess final : public store::Deriver {
public:
    model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override {
        if (history.playbook_text.empty()) return assess::no_incident();
        return assess::assess(history, *playbook::parse(history.playbook_text, "test.yaml").playbook, now);
    }
};

// The drill's service: says its version to whoever asks.
class VersionServer {
public:
    VersionServer(std::string_view address, uint16_t port, std::string version)
        : version_(std::move(version)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = 1;
        ::setsockopt(listening_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        ::inet_pton(AF_INET, std::string(address).c_str(), &at.sin_addr);
        up_ = ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 && ::listen(listening_.get(), 16) == 0;
        if (up_) serving_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
    }
    [[nodiscard]] bool up() const { return up_; }
    void patch(std::string version) {
        base::MutexLock lock(mutex_);
        version_ = std::move(version);
    }

private:
    void serve(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            pollfd waiting{.fd = listening_.get(), .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 20) <= 0) continue;
            const base::UniqueFd guest(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            char question[64];
            if (::recv(guest.get(), question, sizeof question, 0) <= 0) continue;
            base::MutexLock lock(mutex_);
            const std::string answer = "drill-svc " + version_ + "\r\n";
            (void)::send(guest.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }
    base::Mutex mutex_;
    std::string version_ GUARDED_BY(mutex_);
    const base::UniqueFd listening_;
    bool up_ = false;
    std::jthread serving_;
};

class SurveyTest : public testing::Test {
protected:
    void SetUp() override {
        const std::string yaml = drill_yaml();
        const std::string sha256(64, 'a');
        ASSERT_TRUE(store_->write([&](store::Tx& tx) -> Result<void> {
            TRY(owner_, store::insert_person(tx, "Ada", model::Role::owner));
            TRY(store::insert_playbook(tx, {.id = "drill", .version = 1, .sha256 = sha256, .text = yaml, .stored_at = tx.now()}));
            TRY(const auto incident, store::insert_incident(tx, {.name = "Worm",
                                                                 .kind = "drill",
                                                                 .playbook_id = "drill",
                                                                 .playbook_version = 1,
                                                                 .playbook_sha256 = sha256,
                                                                 .owner = owner_,
                                                                 .opened_at = tx.now()}));
            return store::add_scope(tx, incident, {*AddressRange::parse(place)});
        }));
        service_ = std::make_unique<VersionServer>(place, 7445, "1.0-1");
        ASSERT_TRUE(service_->up());
    }
    static Result<model::Permit> permit() {
        return model::PermitForTests::make(model::Purpose::look,
                                           {.scope = std::make_shared<const model::Scope>(std::vector{*AddressRange::parse(place)})});
    }
    store::SweepRow sweep() {
        auto started = survey_.start_sweep(*store_, owner_);
        EXPECT_TRUE(started) << started.error().sentence;
        survey_.wait();
        return *store_->read([&](store::Tx& tx) { return store::find_sweep(tx, started->id); });
    }
    Disposition disposition() {
        return *store_->read([](store::Tx& tx) -> Result<Disposition> {
            TRY(const auto asset, store::asset_at(tx, *Address::parse(place)));
            TRY(const auto row, store::disposition_of(tx, asset.value_or(model::AssetId{})));
            return row.assessment.disposition;
        });
    }
    int64_t sweeps() {
        return static_cast<int64_t>(store_->read([](store::Tx& tx) { return store::list_sweeps(tx, 100); })->size());
    }

    ByAssess deriver_;
    base::SystemClock clock_;
    std::unique_ptr<store::Store> store_ = std::move(*store::Store::open("", deriver_, clock_));
    model::PersonId owner_;
    std::unique_ptr<VersionServer> service_;
    transport::SshTransport transport_;
    Survey survey_{*store_, transport_, permit, Limits{}};
};

TEST_F(SurveyTest, WhatAnswersIsOnTheBooksWithWhatItSaid) {
    const store::SweepRow first = sweep();
    EXPECT_EQ(first.state, store::SweepState::done) << first.because;
    EXPECT_EQ(first.targets, 1);
    EXPECT_EQ(first.answered, 1);
    EXPECT_EQ(first.new_assets, 1);
    EXPECT_FALSE(first.clean);
    EXPECT_EQ(disposition(), Disposition::vulnerable);
    const store::SweepRow second = sweep();
    EXPECT_EQ(second.new_assets, 0) << "the same machine again";
    EXPECT_EQ(second.changed, 0);
}

TEST_F(SurveyTest, ANewAnswerReplacesTheOldOneAndIsCountedAsAChange) {
    sweep();
    service_->patch("1.0-2");
    const store::SweepRow after = sweep();
    EXPECT_EQ(after.changed, 1);
    EXPECT_EQ(disposition(), Disposition::unknown) << "fixed, but nobody could look for the marker inside";
}

TEST_F(SurveyTest, OldEvidenceMakesNoSweepClean) {
    sweep();
    const auto asset = *store_->read([](store::Tx& tx) { return store::asset_at(tx, *Address::parse(place)); });
    ASSERT_TRUE(asset);
    const auto book = *playbook::parse(drill_yaml(), "drill.yaml").playbook;
    const playbook::Check* inside = book.check("marker-inside");
    std::vector<model::Evidence> rows{{.asset = *asset,
                                       .check = inside->id,
                                       .check_hash = inside->hash,
                                       .origin = inside->ask,
                                       .says = model::Verdict::clean,
                                       .because = "as read an hour ago",
                                       .taken_at = clock_.now() - std::chrono::hours{1},
                                       .valid_until = clock_.now() + std::chrono::hours{11}}};
    ASSERT_TRUE(store_->write([&](store::Tx& tx) { return store::insert_evidence(tx, rows); }));
    service_->patch("1.0-2");
    const store::SweepRow after = sweep();
    EXPECT_EQ(disposition(), Disposition::fixed);
    EXPECT_FALSE(after.clean) << "nobody looked for the marker in this sweep";
}

// The machine was reached and refused: a look that found nothing, and neither good news nor bad (playbook format 6).
TEST_F(SurveyTest, AClosedPortIsALookThatLeavesItUnknown) {
    sweep();
    service_.reset();
    const store::SweepRow after = sweep();
    EXPECT_EQ(after.answered, 1);
    EXPECT_EQ(after.changed, 1);
    EXPECT_EQ(disposition(), Disposition::unknown);
}

TEST_F(SurveyTest, EverySweepBeginsWithItsLedgerRowInTheCallersTransaction) {
    store::Store refusing = store_->carrying([](store::Tx&) -> Result<void> { return fail(ErrorCode::exhausted, "full"); });
    EXPECT_EQ(survey_.start_sweep(refusing, owner_).error().code, ErrorCode::exhausted);
    EXPECT_EQ(sweeps(), 0);
    sweep();
    EXPECT_EQ(store_->read([](store::Tx& tx) { return store::count_ledger(tx); }), 1);
    EXPECT_EQ(survey_.start_check(*store_, owner_, {model::AssetId(99)}).error().code, ErrorCode::not_found);
    EXPECT_EQ(survey_.start_check(*store_, owner_, {}).error().code, ErrorCode::invalid);
    EXPECT_EQ(sweeps(), 1);
    sweep();  // and a refused start leaves nothing running
}

TEST_F(SurveyTest, WithoutAPermitNothingIsAskedAndNothingStored) {
    Survey forbidden(*store_, transport_, []() -> Result<model::Permit> { return fail(ErrorCode::denied, "everything is stopped"); }, Limits{});
    EXPECT_EQ(forbidden.start_sweep(*store_, owner_).error().code, ErrorCode::denied);
    EXPECT_EQ(sweeps(), 0);
}

}  // namespace
}  // namespace douse::survey
