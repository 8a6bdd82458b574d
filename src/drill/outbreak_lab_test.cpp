// SPDX-License-Identifier: Apache-2.0
// The outbreak on real machines, and the truth read from them. Needs root; part of drill_lab_test.
#include "drill/outbreak.hpp"

#include "drill/files.hpp"
#include "drill/marker_parts.hpp"
#include "drill/netns.hpp"
#include "drill/truth.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace douse::drill {
namespace {

using model::Disposition;
using namespace std::chrono_literals;

const Timestamp start = base::from_ms(1'767'000'000'000);

class OutbreakTest : public testing::Test {
protected:
    void SetUp() override {
        if (auto can = Lab::can_run(); !can) GTEST_SKIP() << can.error().sentence;
    }
    void make(std::vector<Kind> kinds_wanted) {
        const char* given = std::getenv("DOUSE_LAB_CACHE");
        LabOptions options;
        options.cache = given == nullptr ? std::filesystem::path(DOUSE_SOURCE_DIR) / "build/lab" : std::filesystem::path(given);
        auto made = Lab::make(organisation_of(kinds_wanted, 5).value(), options);
        ASSERT_TRUE(made) << made.error().sentence;
        lab = std::move(*made);
        outbreak = std::make_unique<Outbreak>(*lab);
    }
    [[nodiscard]] const Machine& the(Kind kind) const { return *std::ranges::find(lab->organisation().machines, kind, &Machine::kind); }
    [[nodiscard]] size_t infected() const {
        return static_cast<size_t>(std::ranges::count_if(lab->organisation().machines, [&](const Machine& m) { return has_marker(*lab, m); }));
    }
    // Seconds of the outbreak's own time, as many as it takes; the clock is ours.
    bool steps_until(const std::function<bool()>& holds, int most = 120) {
        for (int i = 0; i < most && !holds(); ++i) outbreak->step(now += 1s);
        return holds();
    }
    void clean(const Machine& machine) const {
        ASSERT_TRUE(lab->run_on(machine, {"sh", "-c", "rm /etc/cron.d/drill-marker; pkill -x drill-marker; rm /var/lib/drill/*"}));
        while (read_truth(*lab, machine).value().marker_runs) {
        }
    }
    void patch(const Machine& machine) const {
        ASSERT_TRUE(lab->run_on(machine, {"dpkg", "-i", "/var/lib/drill-counts/fixed.deb"}));
        ASSERT_TRUE(lab->run_on(machine, {"service", "drill-svc", "restart"}));
    }

    std::unique_ptr<Lab> lab;
    std::unique_ptr<Outbreak> outbreak;
    Timestamp now = start;
};

TEST_F(OutbreakTest, ReachesAllThatIsVulnerableAndReachableAndNothingElse) {
    make({Kind::plain, Kind::plain, Kind::plain, Kind::already_patched, Kind::without_service, Kind::exempt_device, Kind::late_laptop,
          Kind::no_credentials, Kind::disk_full});
    ASSERT_TRUE(outbreak->begin(now));
    EXPECT_GE(infected(), 1U);
    EXPECT_LT(infected(), 5U);
    ASSERT_TRUE(steps_until([&] { return infected() == 5; }));
    EXPECT_EQ(outbreak->marks(), 5);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(outbreak->step(now += 1s), 0);
    for (Kind kind : {Kind::already_patched, Kind::without_service, Kind::exempt_device, Kind::late_laptop})
        EXPECT_FALSE(has_marker(*lab, the(kind))) << name_of(kind);
    ASSERT_TRUE(lab->laptops_arrive());
    EXPECT_TRUE(steps_until([&] { return has_marker(*lab, the(Kind::late_laptop)); }));
    const auto history = outbreak->history();
    EXPECT_EQ(outbreak->marks_since(start), 6);
    EXPECT_EQ(outbreak->marks_since(history.back().at), 1);
    EXPECT_EQ(outbreak->marks_since(history.back().at + 1ms), 0);

    const MachineTruth full = read_truth(*lab, the(Kind::disk_full)).value();
    EXPECT_TRUE(full.marker_runs && full.marker_listens && full.marker_job);
    EXPECT_FALSE(lab->run_on(the(Kind::disk_full), {"dpkg", "-i", "/var/lib/drill-counts/fixed.deb"})) << "still full";
}

TEST_F(OutbreakTest, MarksAMachineAgainThatWasCleanedAndNotPatched) {
    make({Kind::plain, Kind::plain, Kind::plain});
    ASSERT_TRUE(outbreak->begin(now));
    ASSERT_TRUE(steps_until([&] { return infected() == 3; }));
    const Machine& cleaned = lab->organisation().machines[0];
    const Machine& patched = lab->organisation().machines[1];
    clean(cleaned);
    clean(patched);
    patch(patched);
    EXPECT_EQ(true_disposition(read_truth(*lab, cleaned).value()), Disposition::vulnerable);
    EXPECT_EQ(true_disposition(read_truth(*lab, patched).value()), Disposition::fixed);
    EXPECT_TRUE(steps_until([&] { return has_marker(*lab, cleaned); }));
    EXPECT_EQ(true_disposition(read_truth(*lab, cleaned).value()), Disposition::infected);
    for (int i = 0; i < 20; ++i) outbreak->step(now += 1s);
    EXPECT_FALSE(has_marker(*lab, patched));
    EXPECT_EQ(read_truth(*lab, patched).value().counts, (CallCounts{.dpkg = 1, .dpkg_refused = 0, .restart = 1}));
}

TEST_F(OutbreakTest, AMarkThatWasHalfPlacedIsAMark) {
    make({Kind::plain, Kind::plain});
    ASSERT_TRUE(outbreak->begin(now));
    ASSERT_EQ(outbreak->marks(), 1);
    const auto other = std::ranges::find_if(lab->organisation().machines, [&](const Machine& m) { return !has_marker(*lab, m); });
    ASSERT_NE(other, lab->organisation().machines.end());
    ASSERT_TRUE(lab->run_on(*other, {"sh", "-c", "rm -rf /etc/cron.d && touch /etc/cron.d"}));  // no place for its job
    ASSERT_TRUE(steps_until([&] { return has_marker(*lab, *other); }));
    EXPECT_EQ(outbreak->marks(), 2);
    EXPECT_EQ(outbreak->history().back().machine, other->number);
}

TEST_F(OutbreakTest, TheMarkerGreetsAndComesBackByItsJob) {
    make({Kind::plain});
    ASSERT_TRUE(outbreak->begin(now));
    const Machine& machine = lab->organisation().machines.front();
    std::string greeting;
    ASSERT_TRUE(lab->run_in_console([&] {
        auto fd = connect_to({machine.address(), marker_port}, 2000ms);
        std::array<char, 64> bytes{};
        while (fd && greeting.size() < 7 + machine.name.size()) {
            pollfd wait{fd->get(), POLLIN, 0};
            if (::poll(&wait, 1, 2000) <= 0) break;
            const ssize_t got = ::recv(fd->get(), bytes.data(), bytes.size(), 0);
            if (got <= 0) break;
            greeting.append(bytes.data(), static_cast<size_t>(got));
        }
    }));
    const std::string expected = std::string("DRIL\x01\x00", 6) + static_cast<char>(machine.name.size()) + machine.name;
    EXPECT_EQ(greeting, expected);
    ASSERT_TRUE(lab->run_on(machine, {"pkill", "-x", "drill-marker"}));
    const auto limit = std::chrono::steady_clock::now() + 75s;  // cron looks once a minute
    const auto runs = [&] { return read_truth(*lab, machine).value().marker_runs; };
    while (!runs() && std::chrono::steady_clock::now() < limit) ::poll(nullptr, 0, 200);
    EXPECT_TRUE(runs());
    EXPECT_EQ(read_truth(*lab, machine).value().installed_version, "1.0-1");
}

TEST_F(OutbreakTest, TruthKnowsAnUpgradeThatIsNotRunning) {
    make({Kind::plain, Kind::needs_reboot, Kind::without_service});
    const Machine& machine = the(Kind::needs_reboot);
    patch(machine);
    MachineTruth truth = read_truth(*lab, machine).value();
    EXPECT_EQ(truth.installed_version, "1.0-2");
    EXPECT_EQ(truth.running_version, "1.0-1");
    EXPECT_TRUE(truth.restart_waiting);
    EXPECT_TRUE(truth.answers_outside);
    EXPECT_EQ(true_disposition(truth), Disposition::vulnerable);
    ASSERT_TRUE(lab->restart(machine));
    EXPECT_EQ(true_disposition(read_truth(*lab, machine).value()), Disposition::fixed);
    EXPECT_EQ(true_disposition(read_truth(*lab, the(Kind::without_service)).value()), Disposition::not_affected);
    EXPECT_FALSE(read_truth(*lab, the(Kind::without_service)).value().answers_outside);
}

}  // namespace
}  // namespace douse::drill
