// SPDX-License-Identifier: Apache-2.0
// Against a real listener that says exactly the bytes of each test.
#include "wire/client.hpp"
#include "base/unique_fd.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <array>
#include <thread>

namespace douse::wire {
namespace {

// Answers one connection after another with the next of `answers`, after it read a request's head; then closes.
class Peer {
public:
    explicit Peer(std::vector<std::string> answers) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(fd_.get(), 8), 0);
        socklen_t size = sizeof address;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this, answers = std::move(answers)] {
            for (const std::string& answer : answers) {
                const base::UniqueFd peer(::accept(fd_.get(), nullptr, nullptr));
                if (!peer) return;
                std::string request;
                std::array<char, 4096> buffer;
                while (request.find("\r\n\r\n") == std::string::npos) {
                    const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
                    if (got <= 0) break;
                    request.append(buffer.data(), static_cast<size_t>(got));
                }
                requests.push_back(request);
                EXPECT_EQ(::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
            }
        });
    }
    ~Peer() { ::shutdown(fd_.get(), SHUT_RDWR); }

    [[nodiscard]] Client client(std::string token = {}) const { return {Target{.socket = {}, .host = "127.0.0.1", .port = port_}, std::move(token)}; }
    void wait() { thread_.join(); }

    std::vector<std::string> requests;

private:
    base::UniqueFd fd_;
    uint16_t port_ = 0;
    std::jthread thread_;
};

TEST(Client, SendsTheTokenAndReadsTheAnswer) {
    Peer peer({"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}"});
    const auto answer = peer.client("secret").get("/api/now");
    ASSERT_TRUE(answer) << answer.error().sentence;
    EXPECT_EQ(answer->at("a"), 1);
    peer.wait();
    EXPECT_NE(peer.requests.at(0).find("GET /api/now HTTP/1.1\r\n"), std::string::npos);
    EXPECT_NE(peer.requests.at(0).find("Authorization: Bearer secret\r\n"), std::string::npos);
}

TEST(Client, ErrorBodiesComeBackAsErrors) {
    Peer peer(
        {"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n"
         R"({"code":"denied","sentence":"no","hint":"ask","effect":"none"})"});
    const auto answer = peer.client().post("/api/x", {{"a", 1}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::denied);
    EXPECT_EQ(answer.error().hint, "ask");
    EXPECT_EQ(answer.error().effect, Effect::none);
}

TEST(Client, ABrokenConnectionLeavesTheEffectOfAMutatingCallUnknown) {
    Peer peer({"", ""});
    const auto read = peer.client().get("/api/now");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::unreachable);
    EXPECT_EQ(read.error().effect, Effect::none);
    const auto written = peer.client().post("/api/sweeps", nullptr);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().effect, Effect::unknown);
}

TEST(Client, NobodyThereIsUnreachableWithTheWhere) {
    const Client client(Target{.socket = "/nonexistent/douse.sock"}, "");
    const auto answer = client.get("/api/now");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unreachable);
    EXPECT_NE(answer.error().sentence.find("/nonexistent/douse.sock"), std::string::npos);
}

TEST(Client, EventsGoOnAfterABreakWithTheLastId) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto chunk = [](const std::string& text) {
        std::array<char, 16> size{};
        std::snprintf(size.data(), size.size(), "%zx", text.size());
        return std::string(size.data()) + "\r\n" + text + "\r\n";
    };
    Peer peer({head + chunk("id: e-1\ndata: {\"kind\":\"asset\",\"subject\":4}\n\n"), head + chunk("id: e-2\ndata: {\"kind\":\"sweep\"}\n\n")});
    std::vector<std::string> seen;
    const auto ended = peer.client().events(
        [&](const Event& event) {
            seen.push_back(event.id + " " + event.kind + " " + std::to_string(event.subject));
            return event.kind != "sweep";
        },
        {});
    EXPECT_TRUE(ended);
    EXPECT_EQ(seen, (std::vector<std::string>{" reload 0", "e-1 asset 4", "e-2 sweep 0"}));
    peer.wait();
    EXPECT_NE(peer.requests.at(1).find("Last-Event-ID: e-1\r\n"), std::string::npos);
}

}  // namespace
}  // namespace douse::wire
