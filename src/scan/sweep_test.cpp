// SPDX-License-Identifier: Apache-2.0
#include "scan/sweep.hpp"

#include "base/unique_fd.hpp"
#include "model/permit_for_tests.hpp"
#include "playbook/playbook.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <rapidcheck.h>
#include <sys/socket.h>
#include <atomic>
#include <thread>

namespace douse::scan {
namespace {

model::Permit permit_for(const char* range, std::function<bool()> stopped = {}, model::Purpose purpose = model::Purpose::look) {
    return model::PermitForTests::make(purpose, {.scope = std::make_shared<model::Scope>(std::vector{*AddressRange::parse(range)}),
                                                 .credentials = {},
                                                 .judge_host_key = {},
                                                 .stopped = std::move(stopped),
                                                 .still_in_scope = {}});
}

Address local(const char* text) {
    return *Address::parse(text);
}

// A listener on 127.0.0.1 that does `body` with each connection, in turn, on a thread of its own.
class Listener {
public:
    explicit Listener(std::function<void(int)> body) : body_(std::move(body)) {
        fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof name;
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
        EXPECT_EQ(::listen(fd_.get(), 4096), 0);
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &size);
        port_ = ntohs(name.sin_port);
        thread_ = std::jthread([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                pollfd ready{.fd = fd_.get(), .events = POLLIN, .revents = 0};
                if (::poll(&ready, 1, 20) <= 0) continue;
                base::UniqueFd peer(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                if (peer) body_(peer.get());
            }
        });
    }
    [[nodiscard]] uint16_t port() const { return port_; }

private:
    std::function<void(int)> body_;
    base::UniqueFd fd_;
    uint16_t port_ = 0;
    std::jthread thread_;
};

uint16_t closed_port() {
    const Listener once([](int) {});
    return once.port();
}

void write_all(int fd, std::string_view text, size_t piece) {
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        if (::send(fd, text.data(), std::min(piece, text.size()), MSG_NOSIGNAL) <= 0) return;
    }
}

std::string read_line(int fd) {
    std::string line;
    char c = 0;
    while (::recv(fd, &c, 1, 0) == 1 && c != '\n') line.push_back(c);
    return line;
}

playbook::Talk version_talk() {
    playbook::Talk talk;
    talk.timeout = Millis{2000};
    talk.steps.emplace_back(playbook::Send{.bytes = "VERSION\r\n", .is = "the version request"});
    playbook::Expect expect;
    expect.line = *playbook::Regex::compile("^svc (?P<version>[0-9.-]+)\r?$");
    expect.within = Millis{1000};
    talk.steps.emplace_back(std::move(expect));
    return talk;
}

TEST(Sweep, TellsOpenFromClosedAndHoldsTheConversationHoweverItIsCut) {
    std::atomic<size_t> piece = 64;
    const Listener service([&](int fd) {
        if (read_line(fd) == "VERSION\r") write_all(fd, "svc 1.0-1\r\n", piece);
    });
    const playbook::Talk talk = version_talk();
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), service.port()}, .talk = &talk},
                                      {.endpoint = {local("127.0.0.1"), closed_port()}, .talk = &talk},
                                      {.endpoint = {local("127.0.0.1"), service.port()}}};
    for (size_t cut : {64u, 1u, 3u}) {
        piece = cut;
        const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, {}, {});
        ASSERT_TRUE(outcomes);
        EXPECT_EQ((*outcomes)[0].state, PortState::open);
        EXPECT_EQ((*outcomes)[0].facts.at("version"), model::Fact::of(std::string("1.0-1")));
        EXPECT_EQ((*outcomes)[1].state, PortState::closed);
        EXPECT_EQ((*outcomes)[1].facts.at("port"), model::Fact::of(std::string("closed")));
        EXPECT_EQ((*outcomes)[2].state, PortState::open);
        EXPECT_FALSE((*outcomes)[2].facts.contains("version"));
    }
}

TEST(Sweep, APeerThatSaysNothingOrHangsUpEndsInTimeAndGivesNoCapture) {
    const Listener silent([](int fd) {  // holds the connection until the other side goes
        char c = 0;
        while (::recv(fd, &c, 1, 0) > 0) {
        }
    });
    const Listener rude([](int) {});
    playbook::Talk talk = version_talk();
    std::get<playbook::Expect>(talk.steps[1]).within = Millis{50};
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), silent.port()}, .talk = &talk},
                                      {.endpoint = {local("127.0.0.1"), rude.port()}, .talk = &talk}};
    const auto began = std::chrono::steady_clock::now();
    const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, {}, {});
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{2});
    for (const Outcome& outcome : *outcomes) {
        EXPECT_EQ(outcome.state, PortState::open);
        EXPECT_FALSE(outcome.facts.contains("version"));
    }
}

TEST(Sweep, ReadsAnSshBannerWithoutSigningIn) {
    const Listener sshd([](int fd) {
        write_all(fd, "SSH-2.0-OpenSSH_9.2 \xfc\r\n", 5);
        read_line(fd);
    });
    const Listener other([](int fd) { write_all(fd, "220 mail\r\n", 64); });
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), sshd.port()}, .ssh_banner = true},
                                      {.endpoint = {local("127.0.0.1"), other.port()}, .ssh_banner = true}};
    const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, {}, {});
    EXPECT_EQ((*outcomes)[0].facts.at("ssh.banner"), model::Fact::of(std::string("SSH-2.0-OpenSSH_9.2 \ufffd")));
    EXPECT_FALSE((*outcomes)[1].facts.contains("ssh.banner"));
}

TEST(Sweep, NothingLeavesForAnAddressOutsideTheScope) {
    std::atomic<int> connections = 0;
    const Listener service([&](int) { ++connections; });
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), service.port()}}};
    const auto outside = sweep(permit_for("127.0.0.2"), targets, {}, {});
    EXPECT_EQ((*outside)[0].state, PortState::out_of_scope);
    EXPECT_EQ((*outside)[0].tries, 0);
    const auto stopped = sweep(permit_for("127.0.0.0/8", [] { return true; }, model::Purpose::act), targets, {}, {});
    EXPECT_EQ((*stopped)[0].state, PortState::cancelled);
    EXPECT_EQ(connections, 0);
}

TEST(Sweep, EveryTargetEndsInExactlyOneOutcome) {
    const Listener service([](int) {});
    const uint16_t closed = closed_port();
    EXPECT_TRUE(rc::check([&](const std::vector<uint8_t>& kinds) {
        std::vector<Target> targets;
        for (uint8_t kind : kinds) {
            if (kind % 3 == 0) targets.push_back({.endpoint = {local("127.0.0.1"), service.port()}});
            if (kind % 3 == 1) targets.push_back({.endpoint = {local("127.0.0.1"), closed}});
            if (kind % 3 == 2) targets.push_back({.endpoint = {local("192.0.2.1"), 9}});  // out of scope: nothing is sent
        }
        std::vector<int> seen(targets.size());
        Limits limits;
        limits.connects_per_second = 1e6;
        limits.at_once = 7;
        const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, limits, {}, [&](const Outcome& o) { ++seen[o.target]; });
        RC_ASSERT(outcomes->size() == targets.size());
        for (size_t i = 0; i < targets.size(); ++i) {
            RC_ASSERT(seen[i] == 1);
            RC_ASSERT((*outcomes)[i].target == i);
            const bool in_scope = targets[i].endpoint.port != 9;
            RC_ASSERT(((*outcomes)[i].state == PortState::out_of_scope) == !in_scope);
        }
    }));
}

TEST(Sweep, KeepsToItsPace) {
    const uint16_t closed = closed_port();
    const std::vector<Target> targets(150, Target{.endpoint = {local("127.0.0.1"), closed}});
    Limits limits;
    limits.connects_per_second = 500;
    limits.burst = 10;
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(sweep(permit_for("127.0.0.0/8"), targets, limits, {}));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took.count(), (150 - 10) / 500.0 * 0.99) << "150 connects at 500 a second, 10 of them at once";
}

TEST(Sweep, AStopEndsWhatIsLeftAsCancelled) {
    const Listener silent([](int fd) { read_line(fd); });
    playbook::Talk talk = version_talk();
    talk.steps.erase(talk.steps.begin());
    talk.timeout = std::chrono::seconds{30};
    std::get<playbook::Expect>(talk.steps[0]).within.reset();
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), closed_port()}},
                                      {.endpoint = {local("127.0.0.1"), silent.port()}, .talk = &talk}};
    std::stop_source stop;
    const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, {}, stop.get_token(), [&](const Outcome&) { stop.request_stop(); });
    EXPECT_EQ((*outcomes)[0].state, PortState::closed);
    EXPECT_EQ((*outcomes)[1].state, PortState::cancelled);
}

// A listener whose queue is full doesn't answer: the kernel drops further connection requests.
TEST(Sweep, SilenceIsAnOutcomeAfterEveryTry) {
    base::UniqueFd full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    ASSERT_EQ(::bind(full.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    ASSERT_EQ(::listen(full.get(), 0), 0);
    ::getsockname(full.get(), reinterpret_cast<sockaddr*>(&name), &size);
    std::vector<base::UniqueFd> fillers;
    for (int i = 0; i < 8; ++i) {
        fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ::connect(fillers.back().get(), reinterpret_cast<sockaddr*>(&name), size);
    }
    const std::vector<Target> targets{{.endpoint = {local("127.0.0.1"), ntohs(name.sin_port)}}};
    Limits limits;
    limits.connect_timeout = Millis{80};
    limits.tries = 3;
    const auto outcomes = sweep(permit_for("127.0.0.0/8"), targets, limits, {});
    EXPECT_EQ((*outcomes)[0].state, PortState::silent);
    EXPECT_EQ((*outcomes)[0].tries, 3);
    EXPECT_EQ((*outcomes)[0].facts.at("port"), model::Fact::of(std::string("silent")));
}

}  // namespace
}  // namespace douse::scan
