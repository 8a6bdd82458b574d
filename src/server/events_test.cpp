// SPDX-License-Identifier: Apache-2.0
// The event stream: what a commit changed reaches whoever watches, also after a break.
#include "server/events.hpp"
#include "server/house_for_tests.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace douse::server {
namespace {

using Kind = store::Change::Kind;

TEST(EventRing, AStreamReadsEachThingOnceAndInOrder) {
    EventRing ring;
    const EventRing::Start start = ring.start_after("");
    EXPECT_FALSE(start.reload);
    ring.push({{Kind::asset, 1}, {Kind::asset, 2}, {Kind::asset, 1}, {Kind::books, 0}});
    const EventRing::Read read = ring.read(start.next);
    const size_t two = read.text.find("\"subject\":2");
    const size_t one = read.text.find("\"subject\":1}");
    EXPECT_LT(two, one) << "at the place of its last change: " << read.text;
    EXPECT_LT(one, read.text.find("\"books\""));
    EXPECT_EQ(read.text.find("\"subject\":1}", one + 1), std::string::npos);
    EXPECT_EQ(ring.read(read.next).text, "");
}

TEST(EventRing, ItResumesAfterAnIdOfItsOwnAndElseSaysReload) {
    EventRing ring;
    const std::string hello = ring.hello(ring.start_after(""));
    const std::string first_id = hello.substr(hello.find("id: ") + 4, hello.find("\n\n") - hello.find("id: ") - 4);
    ring.push({{Kind::sweep, 7}});
    const EventRing::Start again = ring.start_after(first_id);
    EXPECT_FALSE(again.reload);
    EXPECT_NE(ring.read(again.next).text.find("\"sweep\",\"subject\":7"), std::string::npos);
    for (const char* foreign : {"deadbeef-0", "x", "-", "0"}) EXPECT_TRUE(ring.start_after(foreign).reload) << foreign;
    EXPECT_TRUE(ring.start_after(first_id.substr(0, first_id.find('-')) + "-99").reload) << "an id that wasn't given yet";
    for (size_t i = 0; i <= EventRing::ring_limit; ++i) ring.push({{Kind::asset, static_cast<int64_t>(i + 1)}});
    EXPECT_TRUE(ring.start_after(first_id).reload) << "too old";
    EXPECT_NE(ring.read(again.next).text.find("reload"), std::string::npos) << "a reader that slept too long";
}

class EventsTest : public HouseTest {
protected:
    // Watches in a thread until `enough`; what it saw is returned by wait().
    class Watcher {
    public:
        Watcher(const wire::Client& client, std::string until)
            : thread_([this, client, until = std::move(until)](const std::stop_token& stop) {
                  ended_ = client.events(
                      [&](const wire::Event& event) {
                          const std::lock_guard lock(mutex_);
                          seen_.push_back(event.kind);
                          changed_.notify_all();
                          return event.kind != until;
                      },
                      stop, Millis{3000});
              }) {}
        void wait_for(const std::string& kind) {
            std::unique_lock lock(mutex_);
            EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return std::ranges::find(seen_, kind) != seen_.end(); })) << kind;
        }
        Result<void> end() {
            thread_.join();
            return ended_;
        }

    private:
        std::mutex mutex_;
        std::condition_variable changed_;
        std::vector<std::string> seen_;
        Result<void> ended_;
        std::jthread thread_;
    };
};

TEST_F(EventsTest, ACommitReachesTheStream) {
    Watcher watcher(client(owner_token()), "stop");
    watcher.wait_for("reload");
    ASSERT_TRUE(client(owner_token()).post("/api/stop-everything", nullptr));
    EXPECT_TRUE(watcher.end());
}

// The stream as bytes: what comes until `text` was seen.
std::string read_until(int fd, std::string_view text) {
    std::string all;
    std::array<char, 4096> buffer;
    while (all.find(text) == std::string::npos) {
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) break;
        all.append(buffer.data(), static_cast<size_t>(got));
    }
    return all;
}

TEST_F(EventsTest, LastEventIdResumesOverTheWire) {
    const std::string head =
        "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server_->port()) + "\r\nAuthorization: Bearer " + owner_token() + "\r\n";
    std::string id;
    {
        const base::UniqueFd fd = connect();
        send(fd.get(), head + "\r\n");
        const std::string hello = read_until(fd.get(), "\n\n\r\n");
        EXPECT_NE(hello.find("Content-Type: text/event-stream"), std::string::npos) << hello;
        id = hello.substr(hello.find("id: ") + 4);
        id = id.substr(0, id.find('\n'));
    }
    ASSERT_TRUE(client(owner_token()).post("/api/stop-everything", nullptr));
    const base::UniqueFd again = connect();
    send(again.get(), head + "Last-Event-ID: " + id + "\r\n\r\n");
    const std::string missed = read_until(again.get(), "\"stop\"");
    EXPECT_NE(missed.find("{\"kind\":\"stop\"}"), std::string::npos) << missed;
    EXPECT_EQ(missed.find("reload"), std::string::npos) << missed;
    const base::UniqueFd foreign = connect();
    send(foreign.get(), head + "Last-Event-ID: 00000000-1\r\n\r\n");
    EXPECT_NE(read_until(foreign.get(), "reload").find("{\"kind\":\"reload\"}"), std::string::npos);
}

TEST_F(EventsTest, NobodyWatchesUnseen) {
    EXPECT_EQ(client("").call("GET", "/api/events").error().code, ErrorCode::unauthenticated);
}

TEST_F(EventsTest, AnEndedSessionEndsItsStream) {
    start(Acts::no, {.heartbeat = Millis{50}});
    const std::string token = token_of(model::Role::reader, "Rae");
    Watcher watcher(client(token), "never");
    watcher.wait_for("reload");
    ASSERT_TRUE(client(token).post("/api/sign-out", nullptr));
    const Result<void> ended = watcher.end();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, ErrorCode::unauthenticated);
}

TEST_F(EventsTest, OneStreamTooManyIsRefusedAndCallsGoOn) {
    start(Acts::no, {.streams = 2});
    const wire::Client owner = client(owner_token());
    Watcher first(owner, "stop");
    Watcher second(owner, "stop");
    first.wait_for("reload");
    second.wait_for("reload");
    EXPECT_EQ(owner.call("GET", "/api/events").error().code, ErrorCode::exhausted);
    EXPECT_TRUE(owner.get("/api/me"));
    ASSERT_TRUE(owner.post("/api/stop-everything", nullptr));
    EXPECT_TRUE(first.end());
    EXPECT_TRUE(second.end());
}

TEST_F(EventsTest, StoppingEndsStreamsAtOnce) {
    Watcher watcher(client(owner_token()), "never");
    watcher.wait_for("reload");
    const auto began = std::chrono::steady_clock::now();
    server_->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{4});
    EXPECT_FALSE(watcher.end());
}

}  // namespace
}  // namespace douse::server
