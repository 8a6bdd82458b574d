// SPDX-License-Identifier: Apache-2.0
// The contract of Transport and Session, against a real sshd.
// One file for one fixture: each test is a login to the same kind of server, and a second file would only repeat it.
#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <thread>

namespace douse::transport {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

#define NEEDS_SSHD(sshd) \
    if (!(sshd).why_not().empty()) GTEST_SKIP() << (sshd).why_not()

Deadline soon() {
    return base::deadline_in(20s);
}

// A listener that accepts (the kernel does) and never says a word.
class Mute {
public:
    Mute() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof any;
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any), size), 0);
        EXPECT_EQ(::listen(fd_.get(), 50), 0);
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&any), &size);
        port_ = ntohs(any.sin_port);
    }
    [[nodiscard]] Endpoint endpoint() const { return {.address = Address::v4(INADDR_LOOPBACK), .port = port_}; }
    void fall_silent_for_good() { fd_.reset(); }

private:
    base::UniqueFd fd_;
    uint16_t port_ = 0;
};

size_t open_files() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& each : fs::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

struct Ssh : testing::Test {
    SshdForTests sshd;
    SshTransport transport;
    PermitParts parts;

    void SetUp() override {
        NEEDS_SSHD(sshd);
        parts.credentials = {sshd.credential()};
    }
    Result<std::unique_ptr<Session>> reach(Deadline deadline = soon(), std::stop_token stop = {}) {
        return transport.reach(permit_of(parts), sshd.endpoint(), deadline, std::move(stop));
    }
};

TEST_F(Ssh, RunsACommandAndBringsBackAllThreeAnswers) {
    auto session = reach();
    ASSERT_TRUE(session) << session.error().sentence << ": " << session.error().detail;
    auto output = (*session)->run("cat; echo wrong >&2; exit 42", "given", soon(), {});
    ASSERT_TRUE(output) << output.error().sentence;
    EXPECT_EQ(output->exit_code, 42);
    EXPECT_EQ(output->out, "given");
    EXPECT_EQ(output->err, "wrong\n");
    EXPECT_FALSE(output->truncated);
    EXPECT_EQ((*session)->host_key().type, "ssh-ed25519");
    std::string printed;
    run_here({"ssh-keygen", "-lf", sshd.folder() / "host.pub"}, &printed);
    EXPECT_NE(printed.find((*session)->host_key().fingerprint), std::string::npos) << printed;
}

TEST_F(Ssh, OneSessionRunsManyCommandsInARow) {
    auto session = reach();
    ASSERT_TRUE(session);
    for (int i = 0; i < 20; ++i) {
        auto output = (*session)->run("echo " + std::to_string(i), {}, soon(), {});
        ASSERT_TRUE(output) << i << ": " << output.error().sentence;
        EXPECT_EQ(output->out, std::to_string(i) + "\n");
    }
}

TEST_F(Ssh, TellsTheSignalThatEndedACommand) {
    auto session = reach();
    ASSERT_TRUE(session);
    auto output = (*session)->run("kill -TERM $$", {}, soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->exit_code, -1);
    EXPECT_EQ(output->signal, "TERM");
}

TEST_F(Ssh, KeepsOutputUpToItsLimitAndSaysSo) {
    auto session = reach();
    ASSERT_TRUE(session);
    auto output = (*session)->run("head -c 6000000 /dev/zero; head -c 100000 /dev/zero >&2", {}, soon(), {});
    ASSERT_TRUE(output) << output.error().sentence;
    EXPECT_EQ(output->exit_code, 0);
    EXPECT_EQ(output->out.size(), output_limit);
    EXPECT_EQ(output->err.size(), error_limit);
    EXPECT_TRUE(output->truncated);
}

TEST_F(Ssh, SendsMoreThanEveryWindowAndBufferHolds) {
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string much(12u << 20, 'x');
    auto output = (*session)->run("sleep 0.3; sha256sum", much, soon(), {});
    ASSERT_TRUE(output) << output.error().sentence;
    EXPECT_EQ(output->out.substr(0, 64), base::sha256_hex(much));
}

TEST_F(Ssh, ACommandThatDoesNotReadItsInputStillEnds) {
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string much(12u << 20, 'x');
    auto output = (*session)->run("exec <&-; exit 3", much, soon(), {});
    ASSERT_TRUE(output) << output.error().sentence;
    EXPECT_EQ(output->exit_code, 3);
    EXPECT_TRUE((*session)->run("true", {}, soon(), {}));
}

TEST_F(Ssh, PutsAFileWholeWithItsModeAndReadsItBack) {
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string path = sshd.folder() / "made" / "deeper" / "a file'$(x)\\";
    std::string bytes(300'000, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
    auto put = (*session)->put(path, bytes, 0750, soon(), {});
    ASSERT_TRUE(put) << put.error().sentence << ": " << put.error().detail;
    auto again = (*session)->put(path, bytes, 0640, soon(), {});
    ASSERT_TRUE(again) << again.error().sentence;
    EXPECT_EQ(fs::status(path).permissions(), fs::perms(0640));
    EXPECT_EQ(fs::status(sshd.folder() / "made").permissions(), fs::perms(0700));
    auto read = (*session)->read(path, 400'000, soon(), {});
    ASSERT_TRUE(read) << read.error().sentence;
    EXPECT_EQ(*read, bytes);
    EXPECT_EQ(std::distance(fs::directory_iterator(fs::path(path).parent_path()), fs::directory_iterator()), 1) << "something temporary is left";
    EXPECT_EQ((*session)->read(path, 299'999, soon(), {}).error().code, ErrorCode::exhausted);
    EXPECT_EQ((*session)->read(path + "2", 100, soon(), {}).error().code, ErrorCode::not_found);
    EXPECT_EQ((*session)->read(sshd.folder(), 100, soon(), {}).error().code, ErrorCode::unsupported);
}

TEST_F(Ssh, PutsNothingThroughALinkOrIntoAFolderOfOthers) {
    auto session = reach();
    ASSERT_TRUE(session);
    fs::create_directory(sshd.folder() / "target");
    fs::create_directory_symlink(sshd.folder() / "target", sshd.folder() / "link");
    EXPECT_EQ((*session)->put(sshd.folder() / "link" / "f", "x", 0600, soon(), {}).error().code, ErrorCode::denied);
    fs::create_directory(sshd.folder() / "open");
    fs::permissions(sshd.folder() / "open", fs::perms(0777));
    EXPECT_EQ((*session)->put(sshd.folder() / "open" / "f", "x", 0600, soon(), {}).error().code, ErrorCode::denied);
    EXPECT_TRUE(fs::is_empty(sshd.folder() / "target"));
    // A link in the file's own place is replaced, not followed.
    fs::create_directory(sshd.folder() / "own");
    fs::permissions(sshd.folder() / "own", fs::perms(0700));
    std::ofstream(sshd.folder() / "victim") << "untouched";
    fs::create_symlink(sshd.folder() / "victim", sshd.folder() / "own" / "f");
    ASSERT_TRUE((*session)->put(sshd.folder() / "own" / "f", "x", 0600, soon(), {}));
    EXPECT_FALSE(fs::is_symlink(sshd.folder() / "own" / "f"));
    std::ifstream victim(sshd.folder() / "victim");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "untouched");
}

TEST_F(Ssh, RefusesPathsThatCanBeReadInTwoWays) {
    auto session = reach();
    ASSERT_TRUE(session);
    for (const char* path : {"", "/", "relative", "/a/../b", "/a//b", "/a/", "/a\nb", "/etc/./x"}) {
        EXPECT_EQ((*session)->put(path, "x", 0600, soon(), {}).error().code, ErrorCode::invalid) << path;
        EXPECT_EQ((*session)->read(path, 10, soon(), {}).error().code, ErrorCode::invalid) << path;
    }
}

TEST_F(Ssh, PinsTheFirstHostKeyAndRefusesAnother) {
    ASSERT_TRUE(reach());
    ASSERT_EQ(parts.pinned->size(), 1u);
    ASSERT_TRUE(reach());
    sshd.change_host_key();
    NEEDS_SSHD(sshd);
    auto session = reach();
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::conflict);
    EXPECT_EQ(obstacle_of(session.error()), model::NeedsHands::host_key_changed);
}

TEST_F(Ssh, TriesCredentialsInOrderAlsoBeyondWhatOneConnectionMayTry) {
    auto stranger = sshd.wrong_credential();
    stranger.user = "nobody-of-that-name";
    parts.credentials = {stranger};
    for (int i = 0; i < 7; ++i) parts.credentials.push_back(sshd.wrong_credential());
    parts.credentials.push_back({.user = sshd.credential().user, .private_key = "not a key", .password = {}});
    auto refused = reach();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated) << refused.error().sentence << refused.error().detail;
    EXPECT_EQ(obstacle_of(refused.error()), model::NeedsHands::no_credentials);
    EXPECT_EQ(refused.error().effect, Effect::none);
    parts.credentials.push_back(sshd.credential());
    auto session = reach();
    EXPECT_TRUE(session) << session.error().sentence << session.error().detail;
}

TEST_F(Ssh, NeedsACredential) {
    parts.credentials.clear();
    EXPECT_EQ(reach().error().code, ErrorCode::unauthenticated);
}

TEST_F(Ssh, KeepsAPasswordFromAHostKeyThatNobodyConfirmed) {
    const model::SshCredential password{.user = sshd.credential().user, .private_key = {}, .password = "secret"};
    for (int sight = 0; sight < 2; ++sight) {  // having been seen half a second ago is no confirmation
        parts.credentials = {password};
        const auto alone = reach();
        ASSERT_FALSE(alone);
        EXPECT_EQ(alone.error().code, ErrorCode::unauthenticated);
        EXPECT_EQ(alone.error().sentence, "a password was withheld: the host key was never confirmed");
        EXPECT_EQ(obstacle_of(alone.error()), model::NeedsHands::host_key_unconfirmed);
        parts.credentials = {sshd.wrong_credential(), password};
        const auto beside_a_key = reach();
        ASSERT_FALSE(beside_a_key);
        EXPECT_EQ(beside_a_key.error().sentence, alone.error().sentence);
        EXPECT_EQ(beside_a_key.error().detail.find("1 tried") != std::string::npos, true) << beside_a_key.error().detail;
    }
    EXPECT_TRUE(parts.pinned->asked(sshd.endpoint()));
    parts.credentials = {sshd.credential()};
    ASSERT_TRUE(reach()) << "a login by key confirms the host key";
    parts.credentials = {password};
    const auto offered = reach();
    ASSERT_FALSE(offered);
    EXPECT_EQ(offered.error().sentence, "every credential was refused");
    EXPECT_EQ(obstacle_of(offered.error()), model::NeedsHands::no_credentials);
}

TEST_F(Ssh, AHostKeyThatCannotBeJudgedIsAskedAboutLater) {
    parts.pinned->readable = false;
    const auto session = reach();
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::unreachable);
    EXPECT_EQ(session.error().sentence, "the host key could not be judged");
    EXPECT_EQ(session.error().effect, Effect::none);
    parts.pinned->readable = true;
    EXPECT_TRUE(reach());
}

TEST_F(Ssh, GoesNowhereOutsideTheScope) {
    parts.scope = "127.0.0.2/32";
    auto session = reach();
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::denied);
    EXPECT_EQ(session.error().effect, Effect::none);
}

TEST_F(Ssh, AnAddressThatLeavesTheScopeIsSentNothingMore) {
    std::atomic<bool> inside = true;
    parts.still_in_scope = [&](const Address&) { return inside.load(); };
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string mark = sshd.folder() / "began";
    auto running =
        std::async(std::launch::async, [&] { return (*session)->run("touch " + mark + "; while :; do echo x; sleep 0.1; done", {}, soon(), {}); });
    while (!fs::exists(mark)) std::this_thread::yield();
    inside = false;
    auto output = running.get();
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::denied);
    EXPECT_EQ(output.error().effect, Effect::unknown);
    EXPECT_EQ(reach().error().code, ErrorCode::denied);
}

TEST_F(Ssh, TheStopSwitchEndsWhatWouldBeginAndLetsRunWhatRuns) {
    std::atomic<bool> stopped = false;
    parts.stopped = [&] { return stopped.load(); };
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string mark = sshd.folder() / "began";
    auto running = std::async(std::launch::async, [&] { return (*session)->run("touch " + mark + "; sleep 0.5; echo end", {}, soon(), {}); });
    while (!fs::exists(mark)) std::this_thread::yield();
    stopped = true;
    auto output = running.get();
    ASSERT_TRUE(output) << output.error().sentence;
    EXPECT_EQ(output->out, "end\n");
    auto refused = (*session)->run("touch " + mark + "2", {}, soon(), {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::cancelled);
    EXPECT_EQ(refused.error().effect, Effect::none);
    EXPECT_FALSE(fs::exists(mark + "2"));
}

TEST_F(Ssh, ACommandWithoutEndIsGivenUpAtItsDeadlineWithUnknownEffect) {
    auto session = reach();
    ASSERT_TRUE(session);
    const auto began = std::chrono::steady_clock::now();
    auto output = (*session)->run("sleep 60", {}, base::deadline_in(300ms), {});
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::timed_out);
    EXPECT_EQ(output.error().effect, Effect::unknown);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    auto after = (*session)->run("true", {}, soon(), {});
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, ErrorCode::unreachable);
    EXPECT_EQ(after.error().effect, Effect::none);
}

TEST_F(Ssh, AStopEndsTheWaitAtOnce) {
    auto session = reach();
    ASSERT_TRUE(session);
    std::stop_source stop;
    const std::string mark = sshd.folder() / "began";
    auto running = std::async(std::launch::async, [&] { return (*session)->run("touch " + mark + "; sleep 60", {}, soon(), stop.get_token()); });
    while (!fs::exists(mark)) std::this_thread::yield();
    stop.request_stop();
    auto output = running.get();
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::cancelled);
    EXPECT_EQ(output.error().effect, Effect::unknown);
    EXPECT_EQ(reach(soon(), stop.get_token()).error().code, ErrorCode::cancelled);
}

TEST_F(Ssh, ALostConnectionLeavesTheEffectUnknown) {
    auto session = reach();
    ASSERT_TRUE(session);
    const std::string mark = sshd.folder() / "began";
    auto running = std::async(std::launch::async, [&] { return (*session)->run("touch " + mark + "; sleep 60", {}, soon(), {}); });
    while (!fs::exists(mark)) std::this_thread::yield();
    sshd.kill_connections();
    auto output = running.get();
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().code, ErrorCode::unreachable) << output.error().sentence;
    EXPECT_EQ(output.error().effect, Effect::unknown);
}

TEST_F(Ssh, AHangingMachineIsNamedSoAndHoldsUpNobody) {
    Mute mute;
    std::vector<std::future<Result<std::unique_ptr<Session>>>> hanging;
    for (int i = 0; i < 16; ++i) {
        hanging.push_back(
            std::async(std::launch::async, [&] { return transport.reach(permit_of(parts), mute.endpoint(), base::deadline_in(1500ms), {}); }));
    }
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) {
        auto session = reach();
        ASSERT_TRUE(session) << session.error().sentence;
        EXPECT_TRUE((*session)->run("true", {}, soon(), {}));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    for (auto& each : hanging) {
        auto session = each.get();
        ASSERT_FALSE(session);
        EXPECT_EQ(session.error().code, ErrorCode::timed_out);
        EXPECT_TRUE(session.error().detail.starts_with(hangs_after_connect)) << session.error().detail;
        EXPECT_EQ(obstacle_of(session.error()), model::NeedsHands::hangs);
        EXPECT_EQ(session.error().effect, Effect::none);
    }
}

TEST_F(Ssh, ARefusedConnectionIsUnreachable) {
    Mute mute;
    const auto endpoint = mute.endpoint();
    mute.fall_silent_for_good();
    auto session = transport.reach(permit_of(parts), endpoint, soon(), {});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::unreachable);
    EXPECT_EQ(obstacle_of(session.error()), model::NeedsHands::unreachable);
}

TEST_F(Ssh, FortyAtOnceGetTheirOwnAnswers) {
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(std::async(std::launch::async, [this, i]() -> std::string {
            auto session = reach();
            if (!session) return session.error().sentence + ": " + session.error().detail;
            auto output = (*session)->run("cat", std::string(50'000, static_cast<char>('0' + i)), soon(), {});
            return output ? output->out : output.error().sentence;
        }));
    }
    for (int i = 0; i < 40; ++i) EXPECT_EQ(all[static_cast<size_t>(i)].get(), std::string(50'000, static_cast<char>('0' + i)));
}

TEST_F(Ssh, LeavesNoOpenFilesBehindAndCostsNothingWhileItWaits) {
    ASSERT_TRUE(reach());
    {
        SshTransport own;
        const auto before = open_files();
        for (int i = 0; i < 5; ++i) {
            auto session = own.reach(permit_of(parts), sshd.endpoint(), soon(), {});
            ASSERT_TRUE(session);
            ASSERT_TRUE((*session)->run("true", {}, soon(), {}));
            Mute mute;
            ASSERT_FALSE(own.reach(permit_of(parts), mute.endpoint(), base::deadline_in(50ms), {}));
        }
        auto session = own.reach(permit_of(parts), sshd.endpoint(), soon(), {});  // the loop is past the closing of the others
        ASSERT_TRUE(session);
        EXPECT_LE(open_files(), before + 2);
        rusage begin{}, end{};
        ::getrusage(RUSAGE_SELF, &begin);
        ASSERT_TRUE((*session)->run("sleep 1", {}, soon(), {}));
        ::getrusage(RUSAGE_SELF, &end);
        const auto spent = (end.ru_utime.tv_sec - begin.ru_utime.tv_sec) * 1'000'000 + end.ru_utime.tv_usec - begin.ru_utime.tv_usec +
                           (end.ru_stime.tv_sec - begin.ru_stime.tv_sec) * 1'000'000 + end.ru_stime.tv_usec - begin.ru_stime.tv_usec;
        EXPECT_LT(spent, 200'000) << "microseconds of CPU in a second of waiting";
    }
}

TEST_F(Ssh, ASessionThatOutlivesItsTransportOnlyGivesErrors) {
    auto own = std::make_unique<SshTransport>();
    auto session = own->reach(permit_of(parts), sshd.endpoint(), soon(), {});
    ASSERT_TRUE(session);
    own.reset();
    EXPECT_EQ((*session)->run("true", {}, soon(), {}).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace douse::transport
