// SPDX-License-Identifier: Apache-2.0
// The lab for real: makes machines, so it needs root. Run by itself (drill_lab_test), not with the fast tests.
#include "drill/lab.hpp"

#include "drill/files.hpp"
#include "drill/netns.hpp"
#include "drill/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace douse::drill {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::filesystem::path cache() {
    const char* given = std::getenv("DOUSE_LAB_CACHE");
    return given == nullptr ? std::filesystem::path(DOUSE_SOURCE_DIR) / "build/lab" : std::filesystem::path(given);
}

LabOptions options() {
    LabOptions chosen;
    chosen.cache = cache();
    return chosen;
}

// Looks again and again until it holds; the bound is for a machine that never gets there.
template <class Holds>
bool eventually(Holds holds, milliseconds within = seconds{20}) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        ::poll(nullptr, 0, 20);
    }
    return true;
}

Finished ssh_to(const Lab& lab, const Address& address, const std::string& command) {
    Finished finished{255, "not run"};
    const auto entered = lab.run_in_console([&] {
        auto ran = run_program({"ssh", "-i", lab.private_key().string(), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                                "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=5", "-F", "none",
                                "root@" + address.text(), command});
        if (ran) finished = std::move(*ran);
    });
    if (!entered) finished.output = entered.error().sentence;
    return finished;
}

std::string version_seen(const Lab& lab, const Machine& machine) {
    std::string version;
    (void)lab.run_in_console([&] {
        auto asked = ask_service_version({machine.address(), service_port}, Millis{2000});
        version = asked ? *asked : asked.error().sentence;
    });
    return version;
}

void put_fix(const Lab& lab, const Machine& machine) {
    ASSERT_TRUE(write_file(lab.files(machine) / "root/fix.deb", read_file(lab.packages().fixed.file).value(), 0644));
}

std::string boot_id(const Lab& lab, const Machine& machine) {
    return lab.run_on(machine, {"cat", "/proc/sys/kernel/random/boot_id"}).value_or("");
}

class LabTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        if (auto can = Lab::can_run(); !can) {
            why_not = can.error().sentence;
            return;
        }
        constexpr std::array kinds_wanted{Kind::plain,          Kind::needs_reboot,    Kind::late_laptop,      Kind::lying_executor,
                                          Kind::hanging_sshd,   Kind::disk_full,       Kind::host_key_changed, Kind::two_interfaces,
                                          Kind::dpkg_locked,    Kind::without_service, Kind::already_patched,  Kind::exempt_device,
                                          Kind::no_credentials, Kind::slow_link};
        auto organisation = organisation_of(kinds_wanted, 7);
        ASSERT_TRUE(organisation);
        auto made = Lab::make(std::move(*organisation), options());
        ASSERT_TRUE(made) << made.error().sentence << "\n" << made.error().detail;
        lab = std::move(*made);
    }
    static void TearDownTestSuite() { lab.reset(); }
    void SetUp() override {
        if (!why_not.empty()) GTEST_SKIP() << why_not;
        ASSERT_NE(lab, nullptr);
    }
    static const Machine& the(Kind kind) { return *std::ranges::find(lab->organisation().machines, kind, &Machine::kind); }

    static inline std::unique_ptr<Lab> lab;
    static inline std::string why_not;
};

TEST_F(LabTest, AnswersSshWithItsOwnNames) {
    const Machine& machine = the(Kind::plain);
    const Finished said = ssh_to(*lab, machine.address(), "hostname; cat /etc/machine-id; cat /proc/sys/kernel/random/boot_id; pgrep -x cron");
    ASSERT_EQ(said.exit_code, 0) << said.output;
    EXPECT_TRUE(said.output.starts_with(machine.name + "\n" + machine.machine_id + "\n" + boot_id(*lab, machine))) << said.output;
    EXPECT_NE(boot_id(*lab, machine), boot_id(*lab, the(Kind::needs_reboot)));
    EXPECT_EQ(version_seen(*lab, machine), "1.0-1");
    EXPECT_EQ(version_seen(*lab, the(Kind::already_patched)), "1.0-2");
    EXPECT_EQ(lab->run_on(machine, {"ip", "route", "show", "default"}).value(), "");
}

TEST_F(LabTest, AnUpgradeCountsOnlyAfterTheServiceStartedAgain) {
    const Machine& machine = the(Kind::plain);
    put_fix(*lab, machine);
    ASSERT_EQ(ssh_to(*lab, machine.address(), "dpkg -i /root/fix.deb").exit_code, 0);
    EXPECT_EQ(version_seen(*lab, machine), "1.0-1");
    ASSERT_EQ(ssh_to(*lab, machine.address(), "service drill-svc restart").exit_code, 0);
    EXPECT_EQ(version_seen(*lab, machine), "1.0-2");
    EXPECT_EQ(lab->run_on(machine, {"dpkg-query", "-W", "-f", "${Version}", "drill-svc"}).value(), "1.0-2");
    EXPECT_EQ(lab->counts(machine).value(), (CallCounts{.dpkg = 1, .dpkg_refused = 0, .restart = 1}));
}

TEST_F(LabTest, ARestartKeepsFilesAndBringsANewBootId) {
    const Machine& machine = the(Kind::needs_reboot);
    put_fix(*lab, machine);
    const std::string before = boot_id(*lab, machine);
    const int boots = lab->boots(machine);
    const auto host_key = read_file(lab->files(machine) / "etc/ssh/ssh_host_ed25519_key.pub").value();
    ASSERT_EQ(ssh_to(*lab, machine.address(), "dpkg -i /root/fix.deb && service drill-svc restart && test -e /var/run/reboot-required").exit_code, 0);
    EXPECT_EQ(version_seen(*lab, machine), "1.0-1") << "not before it restarted";
    EXPECT_EQ(ssh_to(*lab, machine.address(), "shutdown -r now").exit_code, 0);
    ASSERT_TRUE(eventually([&] { return lab->boots(machine) > boots && lab->is_up(machine); }));
    EXPECT_NE(boot_id(*lab, machine), before);
    EXPECT_EQ(version_seen(*lab, machine), "1.0-2");
    EXPECT_EQ(ssh_to(*lab, machine.address(), "test -e /root/fix.deb && ! test -e /var/run/reboot-required && pgrep -x cron").exit_code, 0);
    EXPECT_EQ(read_file(lab->files(machine) / "etc/ssh/ssh_host_ed25519_key.pub").value(), host_key);
    EXPECT_EQ(lab->counts(machine).value(), (CallCounts{.dpkg = 1, .dpkg_refused = 0, .restart = 1}));
    ASSERT_TRUE(lab->restart(machine));
    EXPECT_EQ(lab->boots(machine), boots + 2);
}

TEST_F(LabTest, TheLaptopIsAwayUntilItArrives) {
    const Machine& laptop = the(Kind::late_laptop);
    EXPECT_NE(version_seen(*lab, laptop), "1.0-1");
    ASSERT_TRUE(lab->laptops_arrive());
    EXPECT_TRUE(eventually([&] { return version_seen(*lab, laptop) == "1.0-1"; }));
    EXPECT_EQ(ssh_to(*lab, laptop.address(), "true").exit_code, 0);
}

TEST_F(LabTest, TheLyingExecutorSaysDoneAndDoesNothing) {
    const Machine& machine = the(Kind::lying_executor);
    put_fix(*lab, machine);
    EXPECT_EQ(ssh_to(*lab, machine.address(), "dpkg -i /root/fix.deb").exit_code, 0);
    EXPECT_EQ(lab->run_on(machine, {"dpkg-query", "-W", "-f", "${Version}", "drill-svc"}).value(), "1.0-1");
    EXPECT_EQ(lab->counts(machine).value().dpkg, 1);
}

TEST_F(LabTest, TheHangingSshdAcceptsAndSaysNothing) {
    bool connected = false;
    bool spoke = true;
    ASSERT_TRUE(lab->run_in_console([&] {
        auto fd = connect_to({the(Kind::hanging_sshd).address(), 22}, Millis{2000});
        connected = fd.has_value();
        pollfd wait{connected ? fd->get() : -1, POLLIN, 0};
        spoke = ::poll(&wait, 1, 300) != 0;
    }));
    EXPECT_TRUE(connected);
    EXPECT_FALSE(spoke);
    EXPECT_EQ(version_seen(*lab, the(Kind::hanging_sshd)), "1.0-1");
}

TEST_F(LabTest, NoKeyOpensTheMachineWithoutCredentials) {
    const Finished said = ssh_to(*lab, the(Kind::no_credentials).address(), "true");
    EXPECT_EQ(said.exit_code, 255);
    EXPECT_NE(said.output.find("Permission denied"), std::string::npos) << said.output;
}

TEST_F(LabTest, AFullDiskLetsPeopleLookAndNothingBeInstalled) {
    const Machine& machine = the(Kind::disk_full);
    EXPECT_EQ(ssh_to(*lab, machine.address(), "dpkg-query -W drill-svc && cat /etc/cron.d/* | wc -l && df -k /var/lib").exit_code, 0);
    EXPECT_NE(ssh_to(*lab, machine.address(), "mkdir -p /var/lib/douse/x && head -c 100000 /dev/urandom >/var/lib/douse/x/y").exit_code, 0);
    EXPECT_NE(ssh_to(*lab, machine.address(), "head -c 10000 /dev/urandom >/tmp/x").exit_code, 0);
    EXPECT_NE(ssh_to(*lab, machine.address(), "dpkg -i /var/lib/drill-counts/fixed.deb").exit_code, 0);
    EXPECT_EQ(version_seen(*lab, machine), "1.0-1");
    EXPECT_EQ(lab->counts(machine).value().dpkg, 1) << "counted all the same";
}

TEST_F(LabTest, TheHostKeyChangesWhenTold) {
    const Machine& machine = the(Kind::host_key_changed);
    const auto file = lab->files(machine) / "etc/ssh/ssh_host_ed25519_key.pub";
    const auto before = read_file(file).value();
    ASSERT_TRUE(lab->change_host_key(machine));
    EXPECT_NE(read_file(file).value(), before);
    EXPECT_EQ(ssh_to(*lab, machine.address(), "true").exit_code, 0);
}

TEST_F(LabTest, BothInterfacesReachOneMachine) {
    const Machine& machine = the(Kind::two_interfaces);
    ASSERT_EQ(machine.interfaces.size(), 2U);
    for (const auto& interface : machine.interfaces) {
        const Finished said = ssh_to(*lab, interface.address, "cat /etc/machine-id");
        EXPECT_EQ(said.output, machine.machine_id + "\n");
    }
}

TEST_F(LabTest, TheLockIsTakenOnceWhenCleanHasEnded) {
    const Machine& machine = the(Kind::dpkg_locked);
    put_fix(*lab, machine);
    ASSERT_TRUE(lab->run_on(machine, {"mkdir", "-p", "/var/lib/douse/jobs/1/clean"}));
    ASSERT_TRUE(write_file(lab->files(machine) / "var/lib/douse/jobs/1/clean/end", "0\n", 0600));
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(lab->files(machine) / "etc/drill-lock-taken"); }));
    const Finished said = ssh_to(*lab, machine.address(), "dpkg -i /root/fix.deb");
    EXPECT_EQ(said.exit_code, 2) << said.output;
    EXPECT_NE(said.output.find("lock"), std::string::npos) << said.output;
    EXPECT_EQ(lab->counts(machine).value(), (CallCounts{.dpkg = 1, .dpkg_refused = 1, .restart = 0}));
    ASSERT_TRUE(lab->restart(machine)) << "which ends who held it";
    EXPECT_EQ(ssh_to(*lab, machine.address(), "dpkg -i /root/fix.deb").exit_code, 0) << "once in its life";
}

TEST_F(LabTest, WithoutTheServiceNothingIsInstalledOrListens) {
    const Machine& machine = the(Kind::without_service);
    EXPECT_NE(ssh_to(*lab, machine.address(), "dpkg-query -W -f '${Status}' drill-svc | grep installed").exit_code, 0);
    EXPECT_NE(ssh_to(*lab, machine.address(), "ss -ltn | grep 7445").exit_code, 0);
    EXPECT_EQ(lab->counts(machine).value(), CallCounts{});
}

TEST_F(LabTest, TheExemptDeviceIsSeenFromTheConsoleOnly) {
    const Machine& device = the(Kind::exempt_device);
    EXPECT_EQ(version_seen(*lab, device), "1.0-1");
    bool reached = true;
    ASSERT_TRUE(run_in_netns(lab->netns(the(Kind::plain)), [&] { reached = connect_to({device.address(), service_port}, Millis{300}).has_value(); }));
    EXPECT_FALSE(reached);
    bool neighbour = false;
    ASSERT_TRUE(run_in_netns(lab->netns(the(Kind::plain)),
                             [&] { neighbour = connect_to({the(Kind::no_credentials).address(), service_port}, Millis{1000}).has_value(); }));
    EXPECT_TRUE(neighbour);
}

TEST_F(LabTest, TheRouterCountsWhatLeavesTheScope) {
    EXPECT_EQ(lab->out_of_scope_packets().value(), 0U);
    ASSERT_TRUE(lab->run_in_console([&] { (void)connect_to({lab->organisation().outsider.address(), service_port}, Millis{1000}); }));
    EXPECT_GT(lab->out_of_scope_packets().value(), 0U);
}

TEST_F(LabTest, TheSlowLinkIsSlow) {
    const Finished fast = ssh_to(*lab, the(Kind::plain).address(), "head -c 200000 /dev/zero");
    EXPECT_EQ(fast.exit_code, 0);
    const auto start = std::chrono::steady_clock::now();
    const Finished slow = ssh_to(*lab, the(Kind::slow_link).address(), "head -c 200000 /dev/zero");
    EXPECT_EQ(slow.exit_code, 0);
    EXPECT_EQ(slow.output.size(), 200000U);
    EXPECT_GT(std::chrono::steady_clock::now() - start, seconds{2});
}

// --- coming and going ---

std::vector<std::string> named_netns_of(const std::string& run_id) {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator("/run/netns", failed))
        if (entry.path().filename().string().find(run_id) != std::string::npos) names.push_back(entry.path().filename());
    return names;
}

// Whose command line names the run, as all of a lab's processes do (drill-machine and, by its folder, nothing else).
std::vector<int> processes_of(const std::string& run_id) {
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const int pid = std::atoi(entry.path().filename().c_str());
        if (pid <= 0 || pid == ::getpid()) continue;
        const auto line = read_file(entry.path() / "cmdline");
        if (line && line->find("root=/run/douse-drill/" + run_id) != std::string::npos) found.push_back(pid);
    }
    return found;
}

std::filesystem::path folder_of(const std::string& run_id) {
    return std::filesystem::temp_directory_path() / ("douse-drill-" + run_id);
}

void expect_nothing_of(const std::string& run_id) {
    EXPECT_TRUE(named_netns_of(run_id).empty());
    EXPECT_TRUE(processes_of(run_id).empty());
    EXPECT_FALSE(std::filesystem::exists("/run/douse-drill/" + run_id));
    EXPECT_FALSE(std::filesystem::exists(folder_of(run_id)));
    EXPECT_EQ(read_file("/proc/self/mounts").value().find(run_id), std::string::npos);
}

constexpr std::array three_plain{Kind::plain, Kind::plain, Kind::plain};

TEST(LabEnd, LeavesNothingBehind) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    auto lab = Lab::make(organisation_of(three_plain, 1).value(), options());
    ASSERT_TRUE(lab) << lab.error().sentence;
    const std::string id = (*lab)->run_id();
    EXPECT_FALSE(processes_of(id).empty());
    ASSERT_TRUE((*lab)->make_folder());
    ASSERT_TRUE((*lab)->down());
    expect_nothing_of(id);
}

TEST(LabEnd, WhatADeadBuildLeftInTheCacheGoesAndALivingOneStays) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    const auto dead = cache() / ".drill-svc_0.0-1_all.deb.99999999";  // more than the kernel counts to
    const auto living = cache() / fmt::format(".drill-svc_0.0-1_all.deb.{}", ::getppid());
    for (const auto& tree : {dead, living}) ASSERT_TRUE(write_file(tree / "content/file", "x", 0644));
    ASSERT_TRUE(build_packages(cache()));
    EXPECT_FALSE(std::filesystem::exists(dead));
    EXPECT_TRUE(std::filesystem::exists(living));
    std::filesystem::remove_all(living);
}

TEST(LabEnd, ADeadRunThatCannotBeRemovedDoesNotKeepTheOthers) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    const std::string mark = std::to_string(::getpid());
    const std::filesystem::path runs = "/run/douse-drill";
    const auto stuck = runs / ("dead-2-" + mark);
    for (const char* which : {"dead-1-", "dead-2-", "dead-3-"}) std::filesystem::create_directories(runs / (which + mark) / "root");
    ASSERT_EQ(::mount("tmpfs", (stuck / "root").c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_TRUE(Lab::clean_up_dead_runs());
    EXPECT_TRUE(std::filesystem::exists(stuck));
    EXPECT_FALSE(std::filesystem::exists(runs / ("dead-1-" + mark)));
    EXPECT_FALSE(std::filesystem::exists(runs / ("dead-3-" + mark)));
    ASSERT_EQ(::umount((stuck / "root").c_str()), 0);
    EXPECT_TRUE(Lab::clean_up_dead_runs());
    EXPECT_FALSE(std::filesystem::exists(stuck));
}

TEST(LabEnd, WhatStandsWhereItsFolderBelongsIsLeftAlone) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    LabOptions chosen = options();
    chosen.run_id = "taken-" + std::to_string(::getpid());
    std::filesystem::create_directory(folder_of(chosen.run_id));
    auto lab = Lab::make(organisation_of(three_plain, 1).value(), chosen);
    ASSERT_TRUE(lab) << lab.error().sentence;
    EXPECT_FALSE((*lab)->make_folder());
    ASSERT_TRUE((*lab)->down());
    EXPECT_TRUE(std::filesystem::remove(folder_of(chosen.run_id))) << "it is not the run's";
}

TEST(LabEnd, AStoppedStartLeavesNothingBehind) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    std::stop_source stop;
    LabOptions chosen = options();
    chosen.run_id = "stopped-" + std::to_string(::getpid());
    chosen.progress = [&](const LabProgress& progress) {
        if (progress.doing == "starting machines") stop.request_stop();
    };
    auto lab = Lab::make(organisation_of(three_plain, 1).value(), chosen, stop.get_token());
    ASSERT_FALSE(lab);
    EXPECT_EQ(lab.error().code, ErrorCode::cancelled);
    expect_nothing_of(chosen.run_id);
}

TEST(LabEnd, AKilledRunIsCleanedUpAndALivingOneIsNot) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    auto living = Lab::make(organisation_of(three_plain, 2).value(), options());
    ASSERT_TRUE(living) << living.error().sentence;
    const std::string id = "victim-" + std::to_string(::getpid());

    std::string self = std::filesystem::read_symlink("/proc/self/exe");
    std::string flag = "--victim";
    std::string name = id;
    std::array<char*, 4> argv{self.data(), flag.data(), name.data(), nullptr};
    std::array<int, 2> out{};
    ASSERT_EQ(::pipe(out.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    pid_t victim = -1;
    ASSERT_EQ(::posix_spawn(&victim, self.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    char ready = 0;
    ASSERT_EQ(::read(out[0], &ready, 1), 1) << "the victim ended early";
    EXPECT_FALSE(named_netns_of(id).empty());
    EXPECT_TRUE(std::filesystem::exists(folder_of(id) / "douse.db"));
    ::kill(victim, SIGKILL);
    ::waitpid(victim, nullptr, 0);
    ::close(out[0]);

    const auto removed = Lab::clean_up_dead_runs();  // by us, or by another drill of this host that just began
    ASSERT_TRUE(removed) << removed.error().sentence;
    expect_nothing_of(id);
    EXPECT_EQ(version_seen(**living, (*living)->organisation().machines.front()), "1.0-1");
    const std::string living_id = (*living)->run_id();
    living->reset();
    expect_nothing_of(living_id);
}

// 48 machines, or as many as DOUSE_LAB_MACHINES says; every one of them answers from the console as its kind does.
TEST(LabSize, AnOrganisationIsUpInSeconds) {
    if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    const char* given = std::getenv("DOUSE_LAB_MACHINES");
    const auto machines = static_cast<size_t>(given == nullptr ? 48 : std::atoi(given));
    const auto before = std::chrono::steady_clock::now();
    auto lab = Lab::make(draw_organisation(machines, 1).value(), options());
    ASSERT_TRUE(lab) << lab.error().sentence;
    const auto up = std::chrono::steady_clock::now();
    for (const auto& machine : (*lab)->organisation().machines) {
        const bool answers = machine.service != Service::none && machine.kind != Kind::late_laptop;
        if (answers) EXPECT_EQ(version_seen(**lab, machine), machine.service == Service::fixed ? "1.0-2" : "1.0-1") << machine.label;
    }
    EXPECT_EQ((*lab)->out_of_scope_packets().value(), 0U);
    const auto ending = std::chrono::steady_clock::now();
    ASSERT_TRUE((*lab)->down());
    const auto down = std::chrono::steady_clock::now();
    const auto ms = [](auto span) { return std::chrono::duration_cast<milliseconds>(span).count(); };
    std::cout << fmt::format("{} machines: up in {} ms, down in {} ms\n", machines, ms(up - before), ms(down - ending));
    EXPECT_LT(up - before, seconds{30 + machines / 2});
}

// Makes a lab with a process in the console's namespace, says so, and waits to be killed in the middle of it.
int be_victim(const std::string& id) {
    LabOptions chosen = options();
    chosen.run_id = id;
    auto lab = Lab::make(organisation_of(three_plain, 3).value(), chosen);
    if (!lab) return 1;
    const auto folder = (*lab)->make_folder();
    if (!folder || *folder != folder_of(id) || !write_file(*folder / "douse.db", "a secret", 0600)) return 1;
    (void)(*lab)->run_in_console([] {
        std::string program = "/bin/sleep";
        std::string time = "1000";
        std::array<char*, 3> argv{program.data(), time.data(), nullptr};
        pid_t pid = -1;
        (void)::posix_spawn(&pid, program.c_str(), nullptr, nullptr, argv.data(), environ);
    });
    std::fputs("r", stdout);
    std::fflush(stdout);
    for (;;) ::pause();
}

}  // namespace
}  // namespace douse::drill

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--victim") return douse::drill::be_victim(argv[2]);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
