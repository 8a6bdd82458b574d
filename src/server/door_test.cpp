// SPDX-License-Identifier: Apache-2.0
// Who is let in, by which words of a request: bytes on a real socket.
#include "server/door.hpp"
#include "base/socket_address.hpp"
#include "server/house_for_tests.hpp"
#include "wire/http_reader.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <boost/json/parse.hpp>
#include <cstring>
#include <thread>
#include <vector>

namespace douse::server {
namespace {

namespace json = boost::json;

class DoorTest : public HouseTest {
protected:
    static wire::ResponseReader receive(int fd) {
        wire::ResponseReader reader;
        std::array<char, 4096> buffer;
        while (reader.state() == wire::ResponseReader::State::head || reader.state() == wire::ResponseReader::State::body) {
            const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                reader.end();
                break;
            }
            reader.feed({buffer.data(), static_cast<size_t>(got)});
        }
        return reader;
    }
    // One call on a connection of its own; `lines` are headers besides Host.
    [[nodiscard]] wire::ResponseReader call(const std::string& line, const std::string& lines, const std::string& body = {},
                                            std::string host = {}) const {
        if (host.empty()) host = "127.0.0.1:" + std::to_string(server_->port());
        const base::UniqueFd fd = connect();
        send(fd.get(), line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                           lines + "\r\n" + body);
        return receive(fd.get());
    }
    [[nodiscard]] std::string ours() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
    static constexpr const char* json_type = "Content-Type: application/json\r\n";
};

TEST_F(DoorTest, AForeignHostIsRefusedWhateverIsAsked) {
    const std::string port = std::to_string(server_->port());
    for (const std::string& target : {"/api/health", "/", "/assets/x.js"}) {
        EXPECT_NE(call("GET " + target, "").status(), 403) << target;
        EXPECT_NE(call("GET " + target, "", "", "localhost:" + port).status(), 403) << target;
        for (const std::string& host : {std::string("evil.example:") + port, std::string("127.0.0.1"), std::string("127.0.0.1:1"),
                                        std::string("127.0.0.1.evil.example:") + port}) {
            EXPECT_EQ(call("GET " + target, "", "", host).status(), 403) << target << " " << host;
        }
        EXPECT_EQ(call("GET " + target, "Host: 127.0.0.1:" + port + "\r\n").status() / 100, 4) << "two Hosts";
    }
}

TEST_F(DoorTest, OnPortEightyTheBareNameIsOursToo) {
    House house{.store = *store_, .guard = *guard_, .clock = clock_, .shelf = shelf_};
    const auto admitted = [&](uint16_t port, const std::string& host, const std::string& origin) {
        Head head{.method = "GET", .target = "/api/health", .headers = {{"host", host}}};
        if (!origin.empty()) head.headers.emplace_back("origin", origin);
        return std::holds_alternative<Admitted>(Door(house, "127.0.0.1", port).admit(head));
    };
    for (const std::string& name : {"127.0.0.1", "localhost"}) {
        EXPECT_TRUE(admitted(80, name, ""));
        EXPECT_TRUE(admitted(80, name, "http://" + name));
        EXPECT_TRUE(admitted(80, name + ":80", ""));
        EXPECT_FALSE(admitted(80, name + ":81", ""));
        EXPECT_FALSE(admitted(8440, name, ""));
    }
    EXPECT_FALSE(admitted(80, "evil.example", ""));
    EXPECT_FALSE(admitted(80, "127.0.0.1", "http://evil.example"));
}

TEST_F(DoorTest, AForeignOriginIsRefusedEvenWithAToken) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    EXPECT_EQ(call("GET /api/me", bearer).status(), 200);
    EXPECT_EQ(call("GET /api/me", bearer + "Origin: " + ours() + "\r\n").status(), 200);
    for (const char* origin : {"http://evil.example", "null", "https://127.0.0.1", ""})
        EXPECT_EQ(call("GET /api/me", bearer + "Origin: " + origin + "\r\n").status(), 403) << origin;
}

TEST_F(DoorTest, ACookieActsFromOurOwnPageOnly) {
    const std::string cookie = "Cookie: other=1; " + cookie_name(server_->port()) + "=" + owner_token() + "; more=2\r\n";
    EXPECT_EQ(call("GET /api/me", cookie).status(), 200);
    for (const std::string& of_another : {cookie_name(static_cast<uint16_t>(server_->port() ^ 1)), std::string("douse_session")})
        EXPECT_EQ(call("GET /api/me", "Cookie: " + of_another + "=" + owner_token() + "\r\n").status(), 401) << of_another;
    EXPECT_EQ(call("POST /api/stop-everything", cookie).status(), 403) << "neither Origin nor Sec-Fetch-Site";
    EXPECT_EQ(call("POST /api/stop-everything", cookie + "Sec-Fetch-Site: cross-site\r\n").status(), 403);
    EXPECT_EQ(call("POST /api/stop-everything", cookie + "Sec-Fetch-Site: same-origin\r\n").status(), 200);
    EXPECT_EQ(call("POST /api/stop-everything", cookie + "Origin: " + ours() + "\r\n").status(), 200);
    EXPECT_EQ(call("POST /api/stop-everything", "Authorization: Bearer " + owner_token() + "\r\n").status(), 200) << "a token is no cookie";
}

TEST_F(DoorTest, AFormOfAnotherPageIsNoJson) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    const std::string body = R"({"name":"Eve","role":"owner"})";
    EXPECT_EQ(call("POST /api/people", bearer + "Content-Type: text/plain\r\n", body).status(), 400);
    EXPECT_EQ(call("POST /api/people", bearer + json_type, body).status(), 200);
}

TEST_F(DoorTest, ALinkWorksOnceAndMakesASessionCookie) {
    const auto invitation = client(owner_token()).post("/api/people", json::object{{"name", "Dana"}, {"role", "deputy"}});
    ASSERT_TRUE(invitation);
    const std::string link(invitation->at("link").as_string());
    EXPECT_TRUE(link.starts_with(ours() + "/sign-in#")) << link;
    const std::string body = R"({"link":")" + link + R"("})";
    const wire::ResponseReader first = call("POST /api/sign-in", json_type, body);
    EXPECT_EQ(first.status(), 200);
    const std::string cookie(first.header("set-cookie"));
    EXPECT_TRUE(cookie.starts_with("douse_session_" + std::to_string(server_->port()) + "=")) << cookie;
    EXPECT_NE(cookie.find("; HttpOnly"), std::string::npos) << cookie;
    EXPECT_NE(cookie.find("; SameSite=Strict"), std::string::npos) << cookie;
    EXPECT_EQ(call("POST /api/sign-in", json_type, body).status(), 409);
    EXPECT_EQ(call("POST /api/sign-in", json_type, R"({"link":"0000"})").status(), 404);
    const std::string token(json::parse(first.body()).at("token").as_string());
    EXPECT_EQ(client(token).get("/api/me")->at("person").at("name"), "Dana");
    ASSERT_TRUE(client(token).post("/api/sign-out", nullptr));
    EXPECT_EQ(client(token).get("/api/me").error().code, ErrorCode::unauthenticated);
}

TEST_F(DoorTest, TheLocalSocketMapsTheUidAndNoName) {
    EXPECT_EQ(local_client().get("/api/me").error().code, ErrorCode::unauthenticated);
    const auto dana = client(owner_token()).post("/api/people", json::object{{"name", "Dana"}, {"role", "lead"}});
    ASSERT_TRUE(local_client().post("/api/sign-in", json::object{{"link", dana->at("link")}}));
    EXPECT_EQ(local_client().get("/api/me")->at("person").at("name"), "Dana");
    // A token counts before the uid; a page's call is refused.
    const wire::Client with_token(wire::Target{.socket = folder_ / "douse.sock"}, owner_token());
    EXPECT_EQ(with_token.get("/api/me")->at("person").at("role"), "owner");
    EXPECT_EQ(local_client().call("GET", "/api/me", {}, {{"Origin", "http://evil.example"}}).error().code, ErrorCode::denied);
    // The cookie is the browser's and means nothing here.
    EXPECT_EQ(
        local_client().call("GET", "/api/me", {}, {{"Cookie", cookie_name(server_->port()) + "=" + owner_token()}})->body.at("person").at("name"),
        "Dana");
    // Over TCP there is no uid.
    EXPECT_EQ(client("").get("/api/me").error().code, ErrorCode::unauthenticated);
}

TEST_F(DoorTest, WhatItDoesNotKnowItRefuses) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    EXPECT_EQ(call("GET /api/nothing", bearer).status(), 404);
    EXPECT_EQ(call("GET /api", bearer).status(), 404);
    EXPECT_EQ(call("GET /api/assets/0", bearer).status(), 404);
    EXPECT_EQ(call("GET /api/assets/1x", bearer).status(), 404);
    EXPECT_EQ(call("GET /api/assets/1/2", bearer).status(), 404);
    EXPECT_EQ(call("GET /api/assets?dispositon=fixed", bearer).status(), 400) << "a misspelt filter is never no filter";
    EXPECT_EQ(call("GET /api/assets?disposition=fixxed", bearer).status(), 400);
    EXPECT_EQ(call("GET /api/assets?q=a&q=b", bearer).status(), 400);
    EXPECT_EQ(call("GET /api/assets?limit=501", bearer).status(), 400);
    EXPECT_EQ(call("GET /api/assets?limit=500", bearer).status(), 200);
    EXPECT_EQ(call("POST /api/people", bearer + json_type, R"({"name":"a","role":"reader","admin":true})").status(), 400);
    EXPECT_EQ(call("POST /api/people", bearer + json_type, "{").status(), 400);
    const wire::ResponseReader wrong_method = call("DELETE /api/people", bearer);
    EXPECT_EQ(wrong_method.status(), 405);
    EXPECT_EQ(wrong_method.header("allow"), "GET, POST");
}

TEST_F(DoorTest, NoBytesButTextLeaveInAnAnswer) {
    const std::string body = call("GET /api/incident?%ff%22=1", "Authorization: Bearer " + owner_token() + "\r\n").body();
    EXPECT_NE(body.find("unknown parameter \\\"\xef\xbf\xbd\\\"\\\""), std::string::npos) << body;
}

TEST_F(DoorTest, LimitsHoldAtTheLimitAndOnePast) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    const std::string start = R"({"name":")";
    const auto of_size = [&](size_t size) { return start + std::string(size - start.size() - 2, 'x') + "\"}"; };
    EXPECT_EQ(call("POST /api/people", bearer + json_type, of_size(1 << 20)).status(), 400) << "read, and refused for what it says";
    EXPECT_EQ(call("POST /api/people", bearer + json_type, of_size((1 << 20) + 1)).status(), 413);
    EXPECT_EQ(call("GET /api/me", bearer + "X: " + std::string(15 << 10, 'x') + "\r\n").status(), 200);
    EXPECT_EQ(call("GET /api/me", bearer + "X: " + std::string(17 << 10, 'x') + "\r\n").status(), 431);
    EXPECT_EQ(call("POST /api/stop-everything", bearer + "Idempotency-Key: " + std::string(100, 'k') + "\r\n").status(), 200);
    EXPECT_EQ(call("POST /api/stop-everything", bearer + "Idempotency-Key: " + std::string(101, 'k') + "\r\n").status(), 400);
}

TEST_F(DoorTest, ABodyTooLongIsRefusedBeforeItIsSentOrAsItComes) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    const std::string host = "Host: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n";
    const base::UniqueFd octets = connect();
    send(octets.get(),
         "POST /api/imports HTTP/1.1\r\n" + host + bearer + "Content-Type: application/octet-stream\r\nContent-Length: 67108865\r\n\r\n");
    EXPECT_EQ(receive(octets.get()).status(), 413);
    const base::UniqueFd chunked = connect();
    send(chunked.get(),
         "POST /api/people HTTP/1.1\r\n" + host + bearer + json_type + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + std::string(1 << 16, 'x'));
    EXPECT_EQ(receive(chunked.get()).status(), 413);
}

TEST_F(DoorTest, NobodyUploadsWithoutSigningIn) {
    const base::UniqueFd fd = connect();
    send(fd.get(), "POST /api/imports HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) +
                       "\r\nContent-Type: application/octet-stream\r\nContent-Length: 60000000\r\n\r\n");
    EXPECT_EQ(receive(fd.get()).status(), 401) << "answered from the head alone";
}

TEST_F(DoorTest, WhoSaysNothingIsLetGo) {
    start(Acts::no, {.head_time = Millis{50}});
    const base::UniqueFd fd = connect();
    send(fd.get(), "GET /api/hea");
    char byte = 0;
    EXPECT_EQ(::recv(fd.get(), &byte, 1, 0), 0);
}

TEST_F(DoorTest, ConnectionsPastTheLimitWaitTheirTurn) {
    start(Acts::no, {.connections = 2});
    base::UniqueFd first = connect();
    const base::UniqueFd second = connect();
    const std::string health = "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n\r\n";
    for (const int fd : {first.get(), second.get()}) {
        send(fd, health);
        EXPECT_EQ(receive(fd).status(), 200);
    }
    const base::UniqueFd third = connect();
    send(third.get(), health);
    char byte = 0;
    EXPECT_EQ(::recv(third.get(), &byte, 1, MSG_DONTWAIT), -1);
    first.reset();
    EXPECT_EQ(receive(third.get()).status(), 200);
}

// Connections over the unix socket as the user `uid`, and how many of them are answered. A thread's own effective uid is what the
// kernel tells the server.
class LocalCrowd {
public:
    LocalCrowd(const std::filesystem::path& socket, int connections, uid_t uid = ::geteuid()) {
        std::thread([&] {
            if (uid != ::geteuid()) EXPECT_EQ(::syscall(SYS_setresuid, -1, uid, -1), 0);
            for (int i = 0; i < connections; ++i) {
                base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
                const auto name = base::SocketAddress::local(socket);
                EXPECT_EQ(::connect(fd.get(), name->get(), name->size), 0) << std::strerror(errno);
                const std::string health = "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n";
                (void)::send(fd.get(), health.data(), health.size(), MSG_NOSIGNAL);  // who is refused may be gone already
                fds_.push_back(std::move(fd));
            }
        }).join();
    }
    std::vector<int> answers() {
        std::vector<int> statuses;
        std::array<char, 4096> buffer;
        for (const base::UniqueFd& fd : fds_) {
            wire::ResponseReader reader;
            while (reader.state() == wire::ResponseReader::State::head || reader.state() == wire::ResponseReader::State::body) {
                const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
                if (got <= 0) break;
                reader.feed({buffer.data(), static_cast<size_t>(got)});
            }
            statuses.push_back(reader.status());
        }
        return statuses;
    }

private:
    std::vector<base::UniqueFd> fds_;
};

TEST_F(DoorTest, TheServersOwnUserHasItsPlacesAtTheLocalSocket) {
    start(Acts::no, {.local_connections = 1, .of_one_uid = 1, .of_the_server_uid = 3});
    {
        LocalCrowd crowd(folder_ / "douse.sock", 4);
        EXPECT_EQ(crowd.answers(), (std::vector{200, 200, 200, 503}));
        EXPECT_EQ(call("GET /api/health", "").status(), 200) << "the other door has places of its own";
    }
    const Deadline end = base::deadline_in(std::chrono::seconds{10});
    while (!local_client().get("/api/health")) ASSERT_GT(base::left_until(end).count(), 0) << "their places are free again";
}

TEST_F(DoorTest, OneUserOfTheMachineTakesNoPlacesOfOthers) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can connect as other users";
    start(Acts::no, {.local_connections = 5, .of_one_uid = 2, .of_the_server_uid = 3});
    std::filesystem::permissions(folder_, std::filesystem::perms(0711));
    const auto socket = folder_ / "douse.sock";
    LocalCrowd first(socket, 3, 65534);
    EXPECT_EQ(first.answers(), (std::vector{200, 200, 503}));
    LocalCrowd second(socket, 2, 65533);
    EXPECT_EQ(second.answers(), (std::vector{200, 200}));
    LocalCrowd third(socket, 2, 65532);
    EXPECT_EQ(third.answers(), (std::vector{200, 503})) << "all others together have five";
    LocalCrowd ours(socket, 3);
    EXPECT_EQ(ours.answers(), (std::vector{200, 200, 200}));
}

TEST_F(DoorTest, ACallThatBreaksOffInItsBodyDoesNothing) {
    const std::string bearer = "Authorization: Bearer " + owner_token() + "\r\n";
    {
        const base::UniqueFd fd = connect();
        send(fd.get(), "POST /api/people HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n" + bearer + json_type +
                           "Content-Length: 40\r\n\r\n{\"name\":\"half\"");
    }
    const auto people = client(owner_token()).get("/api/people");
    for (const json::value& person : people->at("people").as_array()) EXPECT_NE(person.at("name"), "half");
}

TEST_F(DoorTest, ConnectionsAreKeptAndCarryOneCallAfterAnother) {
    const base::UniqueFd fd = connect();
    for (int i = 0; i < 3; ++i) {
        send(fd.get(), "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n\r\n");
        EXPECT_EQ(receive(fd.get()).status(), 200);
    }
    send(fd.get(), "garbage\r\n\r\n");
    EXPECT_EQ(receive(fd.get()).status(), 400);
}

TEST_F(DoorTest, TheConsoleIsServedWithItsRoutes) {
    const wire::ResponseReader page = call("GET /", "");
    EXPECT_EQ(page.status(), 200);
    EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
    EXPECT_NE(page.header("content-security-policy").find("default-src 'self'"), std::string::npos);
    const std::string etag(page.header("etag"));
    EXPECT_EQ(call("GET /", "If-None-Match: " + etag + "\r\n").status(), 304);
    EXPECT_EQ(call("GET /machines/12?x=y", "").body(), page.body()) << "the console routes it";
    EXPECT_EQ(call("GET /assets/of-another-build.js", "").status(), 404);
    EXPECT_EQ(call("POST /", "").status(), 405);
    EXPECT_EQ(call("GET /../../etc/passwd", "").body(), page.body());
}

}  // namespace
}  // namespace douse::server
