// SPDX-License-Identifier: Apache-2.0
// A whole house on a real store and real sockets, for the tests of this room: people of each role, a drill incident, machines.
#pragma once

#include "assess/assess.hpp"
#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "incident/guard.hpp"
#include "incident/people.hpp"
#include "remediate/runner.hpp"
#include "server/server.hpp"
#include "server/shelf.hpp"
#include "survey/survey.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "wire/client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace douse::server {

class TestDeriver final : public store::Deriver {
public:
    explicit TestDeriver(PlaybookShelf& shelf) : shelf_(shelf) {}
    [[nodiscard]] model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override {
        if (history.playbook_sha256.empty()) return assess::no_incident();
        const auto playbook = shelf_.get(history.playbook_sha256, history.playbook_text);
        return playbook ? assess::assess(history, **playbook, now) : model::Assessment{};
    }

private:
    PlaybookShelf& shelf_;
};

// The hands, and who uses them.
struct TestActing {
    TestActing(store::Store& store, incident::Guard& guard)
        : survey(
              store, transport, [&guard] { return guard.permit_to_look(); }, survey::Limits{}),
          runner(store, guard, transport, remediate::Limits{}) {}
    transport::SshTransport transport;
    survey::Survey survey;
    remediate::Runner runner;
};

class HouseTest : public testing::Test {
protected:
    enum class Acts { yes, no };

    void SetUp() override { start(Acts::no, {}); }
    void TearDown() override {
        server_.reset();
        acting_.reset();
        guard_.reset();
        store_.reset();
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }

    void start(Acts acts, HttpLimits limits) {
        server_.reset();
        acting_.reset();
        guard_.reset();
        if (folder_.empty()) {
            std::string pattern = testing::TempDir() + "douse-XXXXXX";
            ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
            folder_ = pattern;
        }
        if (!store_) {
            auto store = store::Store::open(folder_ / "douse.db", deriver_, clock_);
            ASSERT_TRUE(store) << store.error().sentence;
            store_ = std::move(*store);
        }
        guard_ = std::make_unique<incident::Guard>(*store_, acts == Acts::yes ? incident::Acting::allowed : incident::Acting::none,
                                                   incident::Setting::drill);
        if (acts == Acts::yes) acting_ = std::make_unique<TestActing>(*store_, *guard_);
        auto server = Server::start({.store = *store_,
                                     .guard = *guard_,
                                     .clock = clock_,
                                     .shelf = shelf_,
                                     .survey = acting_ ? &acting_->survey : nullptr,
                                     .runner = acting_ ? &acting_->runner : nullptr},
                                    {.socket = folder_ / "douse.sock"}, limits);
        ASSERT_TRUE(server) << server.error().sentence;
        server_ = std::move(*server);
    }

    // A person of that role, who redeemed their link by the browser's door. The first is made as the owner's link makes them.
    std::string token_of(model::Role role, const std::string& name) {
        std::string code;
        if (owner_token_.empty()) {
            const auto first = incident::first_owner(*store_);
            EXPECT_TRUE(first && *first);
            owner_token_ = incident::redeem(*store_, (*first)->code, std::nullopt)->token;
        }
        const auto owner = incident::actor_by_token(*store_, owner_token_);
        EXPECT_TRUE(owner);
        const auto invitation = incident::add_person(*store_, *owner, name, role);
        EXPECT_TRUE(invitation) << invitation.error().sentence;
        return incident::redeem(*store_, invitation->code, std::nullopt)->token;
    }
    std::string owner_token() {
        if (owner_token_.empty()) (void)token_of(model::Role::reader, "somebody");
        return owner_token_;
    }

    [[nodiscard]] wire::Client client(std::string token) const {
        return {wire::Target{.socket = {}, .host = "127.0.0.1", .port = server_->port()}, std::move(token)};
    }
    [[nodiscard]] wire::Client local_client() const { return {wire::Target{.socket = folder_ / "douse.sock"}, ""}; }

    [[nodiscard]] base::UniqueFd connect() const {
        base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(server_->port()), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        const timeval patience{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return fd;
    }
    static void send(int fd, const std::string& bytes) {
        EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }

    static std::string drill_yaml() {
        std::ifstream file(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
        std::stringstream text;
        text << file.rdbuf();
        std::string yaml = text.str();
        const size_t at = yaml.find("fill-in");
        return yaml.replace(at, 7, base::sha256_hex("package"));
    }

    // The drill's playbook, an incident over 10.20.1.0/24, and the machines pc-1 .. pc-N at .1 to .N.
    void open_incident(const wire::Client& owner, int machines) {
        namespace json = boost::json;
        const auto stored = owner.post("/api/playbooks", json::object{{"yaml", drill_yaml()}});
        ASSERT_TRUE(stored) << stored.error().sentence;
        const auto opened =
            owner.post("/api/incident", json::object{{"name", "Test"}, {"playbook", "drill"}, {"ranges", json::array{"10.20.1.0/24"}}});
        ASSERT_TRUE(opened) << opened.error().sentence;
        std::string csv = "Name,DNSHostName,ObjectGUID,OperatingSystem,IPv4Address,LastLogonDate,Enabled,DistinguishedName\r\n";
        for (int i = 1; i <= machines; ++i) {
            const std::string n = std::to_string(i);
            csv += "pc-" + n + ",pc-" + n + ".example.org,00000000-0000-4000-8000-" + std::string(12 - n.size(), '0') + n +
                   ",Debian GNU/Linux,10.20.1." + n + ",2026-11-20T08:00:00Z,True,\"CN=pc-" + n + ",OU=North,DC=example,DC=org\"\r\n";
        }
        const auto imported = owner.call("POST", "/api/imports?source=directory&name=directory.csv", wire::Body::octets(csv));
        ASSERT_TRUE(imported) << imported.error().sentence << " " << imported.error().detail;
        ASSERT_EQ(imported->body.at("accepted"), machines) << imported->text;
    }

    std::filesystem::path folder_;
    base::SystemClock clock_;
    PlaybookShelf shelf_;
    TestDeriver deriver_{shelf_};
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<incident::Guard> guard_;
    std::unique_ptr<TestActing> acting_;
    std::unique_ptr<Server> server_;
    std::string owner_token_;
};

}  // namespace douse::server
