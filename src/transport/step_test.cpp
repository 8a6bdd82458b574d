// SPDX-License-Identifier: Apache-2.0
// Steps on a machine of their own: what each action does, and that a step runs at most once.
#include "transport/step.hpp"

#include "transport/reboot.hpp"
#include "transport/shell.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"
#include "transport/step_script.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

namespace douse::transport {
namespace {

using namespace std::chrono_literals;
using State = StepResult::State;
namespace fs = std::filesystem;

Deadline soon() {
    return base::deadline_in(30s);
}

// One machine for the suite; each test has a session, jobs and a folder of its own.
struct Step : testing::Test {
    static inline std::unique_ptr<SshdForTests> machine;
    static inline std::unique_ptr<SshTransport> transport;
    static inline int jobs = 0;
    PermitParts parts;
    fs::path folder;
    std::unique_ptr<Session> session;

    static void SetUpTestSuite() {
        machine = std::make_unique<SshdForTests>(SshdForTests::Place::own_files);
        transport = std::make_unique<SshTransport>();
    }
    static void TearDownTestSuite() {
        transport.reset();
        machine.reset();
    }
    void SetUp() override {
        if (!machine->why_not().empty()) GTEST_SKIP() << machine->why_not();
        parts.credentials = {machine->credential()};
        folder = machine->folder() / testing::UnitTest::GetInstance()->current_test_info()->name();
        fs::create_directory(folder);
        session = reach();
        ASSERT_TRUE(session);
    }
    std::unique_ptr<Session> reach() {
        auto reached = transport->reach(permit_of(parts), machine->endpoint(), soon(), {});
        EXPECT_TRUE(reached) << reached.error().sentence << ": " << reached.error().detail;
        return reached ? std::move(*reached) : nullptr;
    }
    std::string there(const std::string& command) {
        auto output = session->run(command, {}, soon(), {});
        EXPECT_TRUE(output && output->exit_code == 0) << command << ": " << (output ? output->err : output.error().sentence);
        return output ? output->out : "";
    }
    StepJob job_of(std::vector<StepAction> actions) {
        return {.attempt = 1,
                .job = "i1-c1-a" + std::to_string(++jobs),
                .step = "clean",
                .step_hash = "abc123",
                .run = 1,
                .actions = std::move(actions),
                .timeout = 20s};
    }
    StepResult run(const StepJob& job) {
        auto result = start_step(*session, job, soon(), {});
        EXPECT_TRUE(result) << result.error().sentence << ": " << result.error().detail;
        return result ? *result : StepResult{};
    }
    void make_program(const std::string& path, const std::string& body) {
        there("printf '#!/bin/sh\\n" + body + "\\n' > " + path + "; chmod 755 " + path);
    }
    // A service whose restart takes `seconds` and is counted.
    void make_slow_service(const std::string& seconds) {
        make_program("/etc/init.d/slow", "echo $$ > /run/slow.pid\\necho begin >> " + (folder / "count").string() + "\\nexec sleep " + seconds);
    }
    size_t count() {
        std::ifstream in(folder / "count");
        size_t lines = 0;
        for (std::string line; std::getline(in, line);) ++lines;
        return lines;
    }
    void wait_for_count() {
        while (count() == 0) std::this_thread::yield();
    }
};

TEST_F(Step, RemovesFilesExactly) {
    const std::string odd = folder / "-rf 'x' $(touch pwned) `id` * \\n \"q\"";
    std::ofstream(odd) << "x";
    std::ofstream(folder / "other") << "x";
    const auto job = job_of({RemoveFile{odd}, RemoveFile{odd + "-not-there"}});
    const auto result = run(job);
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, 0) << result.said;
    EXPECT_FALSE(fs::exists(odd));
    EXPECT_TRUE(fs::exists(folder / "other"));
    EXPECT_NE(result.said.find("removed " + odd), std::string::npos) << result.said;
    EXPECT_NE(result.said.find("already"), std::string::npos) << result.said;
    EXPECT_EQ(there("ls -ld /var/lib/douse/jobs/" + job.job + "/clean | cut -c1-10"), "drwx------\n");
    EXPECT_EQ(there("ls /var/lib/douse/jobs/" + job.job + "/clean"), "did\nend\noutput\nparams\nstart\n");
}

TEST_F(Step, RemovesNoFolderAndFollowsNoStrangersLink) {
    const fs::path dir = folder / "dir";
    fs::create_directory(dir);
    std::ofstream(dir / "f") << "x";
    EXPECT_NE(run(job_of({RemoveFile{dir}})).code, 0);
    EXPECT_TRUE(fs::exists(dir / "f"));
    // The link itself is removed, its target stays.
    fs::create_symlink(dir / "f", folder / "to-f");
    EXPECT_EQ(run(job_of({RemoveFile{folder / "to-f"}})).code, 0);
    EXPECT_TRUE(fs::exists(dir / "f"));
    EXPECT_FALSE(fs::is_symlink(folder / "to-f"));
    // On the way: root's own links lead on, another user's don't.
    fs::create_directory_symlink(dir, folder / "strangers");
    there("chown -h 65534 " + (folder / "strangers").string());
    EXPECT_NE(run(job_of({RemoveFile{folder / "strangers" / "f"}})).code, 0);
    EXPECT_TRUE(fs::exists(dir / "f"));
    there("chown -h 0 " + (folder / "strangers").string());
    const auto result = run(job_of({RemoveFile{folder / "strangers" / "f"}}));
    EXPECT_EQ(result.code, 0) << result.said;
    EXPECT_FALSE(fs::exists(dir / "f"));
}

TEST_F(Step, RemovesTheOneJobThatFits) {
    there("printf '# c\\nX=1\\n* * * * * root drill-marker\\n' > /etc/cron.d/alone");
    there("printf '5 5 * * * root keep\\n@reboot root second-job \\n' > /etc/cron.d/two");
    EXPECT_EQ(run(job_of({RemoveJob{"drill-marker"}})).code, 0);
    there("test ! -e /etc/cron.d/alone");
    EXPECT_EQ(run(job_of({RemoveJob{"second-job"}})).code, 0);
    EXPECT_EQ(there("cat /etc/cron.d/two"), "5 5 * * * root keep\n");
    const auto again = run(job_of({RemoveJob{"second-job"}}));
    EXPECT_EQ(again.code, 0);
    EXPECT_NE(again.said.find("already"), std::string::npos);
    there("printf '1 1 * * * a both\\n2 2 * * * b both\\n# both\\n' > /var/spool/cron/crontabs/root");
    const auto two = run(job_of({RemoveJob{"both"}}));
    EXPECT_EQ(two.code, 1);
    EXPECT_NE(two.said.find("2 jobs"), std::string::npos) << two.said;
    EXPECT_NE(two.said.find("/var/spool/cron/crontabs/root:2"), std::string::npos) << two.said;
    there("rm /var/spool/cron/crontabs/root; printf 'x\\nat-job here\\n' > /var/spool/cron/atjobs/a1");
    EXPECT_EQ(run(job_of({RemoveJob{"at-job"}})).code, 0);
    there("test ! -e /var/spool/cron/atjobs/a1");
}

TEST_F(Step, RemovesTheJobsOwnFileWhateverBlanksEndItsName) {
    there("printf '1 1 * * * root keep\\n' > /etc/cron.d/twin; printf '2 2 * * * root blank-job\\n' > '/etc/cron.d/twin '");
    EXPECT_EQ(run(job_of({RemoveJob{"blank-job"}})).code, 0);
    there("test -e /etc/cron.d/twin && test ! -e '/etc/cron.d/twin ' && rm /etc/cron.d/twin");
}

TEST_F(Step, AJobsPatternIsTextNotARegex) {
    EXPECT_EQ(start_step(*session, job_of({RemoveJob{"a.*"}}), soon(), {}).error().code, ErrorCode::unsupported);
    there("printf '1 1 * * * root evilXsh\\n' > /etc/cron.d/x");
    EXPECT_NE(run(job_of({RemoveJob{"evil.sh"}})).said.find("already"), std::string::npos);
    there("test -e /etc/cron.d/x");
    there("printf '1 1 * * * root it'\"'\"'s -n \"q\" & %%\\n' > /etc/cron.d/y");
    EXPECT_EQ(run(job_of({RemoveJob{"it's -n \"q\" &"}})).code, 0);
    there("test ! -e /etc/cron.d/y");
}

TEST_F(Step, AJobThatIsNoLineOfCronIsNamedAndLeftAlone) {
    there("mkdir -p /etc/cron.daily; printf '#!/bin/sh\n# once-a-day\nonce-a-day\n' > /etc/cron.daily/d");
    const auto result = run(job_of({RemoveJob{"once-a-day"}}));
    EXPECT_NE(result.code, 0);
    EXPECT_EQ(result.said, "\"once-a-day\" stands in /etc/cron.daily/d : only jobs of cron's tables and of at are removed by this version");
    there("printf '# once-a-day\n' > /etc/cron.daily/d");
    EXPECT_EQ(run(job_of({RemoveJob{"once-a-day"}})).said, "no job holds \"once-a-day\": already");
    there("rm /etc/cron.daily/d");
}

TEST_F(Step, StartsForRootOnly) {
    const std::string text = shell_word(step_script());
    auto output = session->run("exec setpriv --reuid=65534 --clear-groups /bin/sh -c " + text + " sh start /var/lib/douse j s 1 abc 5", "5\n0\nend\n",
                               soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->exit_code, 77) << output->err;
    EXPECT_EQ(output->err, "its user id is 65534\n");
}

TEST_F(Step, StopsEveryProcessOfAProgramAlsoADeletedOneThatIgnoresTerm) {
    const std::string program = folder / "stubborn";
    fs::copy_file("/bin/dash", program);
    there("setsid " + program + " -c 'trap \"\" TERM; while :; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & setsid " + program +
          " -c 'sleep 60; :' >/dev/null 2>&1 </dev/null &");
    there("while [ $(ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c -- '-> " + program + "') -lt 2 ]; do sleep 0.05; done; rm " + program);
    const auto result = run(job_of({StopProcess{"stubborn", program}}));
    EXPECT_EQ(result.code, 0) << result.said;
    EXPECT_NE(result.said.find("stopped 2"), std::string::npos) << result.said;
    there("! ls -l /proc/[0-9]*/exe 2>/dev/null | grep -e '-> " + program + "'");
    EXPECT_NE(run(job_of({StopProcess{"stubborn", program}})).said.find("already"), std::string::npos);
}

TEST_F(Step, StopsNoProcessThatOnlyAPathsLineBreakNames) {
    const std::string wanted = folder / "wanted";
    there("setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $! > " + (folder / "victim").string());
    const std::string victim = there("cat " + (folder / "victim").string());
    const std::string forged = folder / ("a\nlrwxrwxrwx 1 0 0 0 Jan  1 00:00 /proc/" + victim.substr(0, victim.size() - 1) + "/exe -> " + wanted);
    fs::create_directories(fs::path(forged).parent_path());
    fs::copy_file("/bin/sleep", forged);
    std::ofstream(folder / "forge.sh") << "setsid '" << forged << "' 60 >/dev/null 2>&1 </dev/null & echo $! > " << (folder / "forger").string()
                                       << "\nuntil [ /proc/$!/exe -ef '" << forged << "' ]; do sleep 0.01; done\n";
    there("sh " + (folder / "forge.sh").string());
    EXPECT_EQ(run(job_of({StopProcess{"wanted", wanted}})).said, "no process of " + wanted + " runs: already");
    there("kill -0 " + victim);
    there("kill -9 $(cat " + (folder / "forger").string() + ") " + victim);
}

TEST_F(Step, StopsAtTheFirstActionThatFails) {
    std::ofstream(folder / "kept") << "x";
    fs::create_directory(folder / "dir");
    const auto result = run(job_of({RemoveFile{folder / "dir"}, RemoveFile{folder / "kept"}}));
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, 1);
    EXPECT_TRUE(fs::exists(folder / "kept"));
}

TEST_F(Step, RunsOnceHoweverOftenItIsStarted) {
    make_slow_service("1");
    const auto job = job_of({RestartService{"slow"}});
    std::vector<std::future<Result<StepResult>>> all;
    for (int i = 0; i < 6; ++i) {
        all.push_back(std::async(std::launch::async, [&]() -> Result<StepResult> {
            auto own = reach();
            if (!own) return fail(ErrorCode::unreachable, "no session");
            return start_step(*own, job, soon(), {});
        }));
    }
    for (auto& each : all) {
        auto result = each.get();
        ASSERT_TRUE(result) << result.error().sentence << result.error().detail;
        EXPECT_EQ(result->state, State::ended);
        EXPECT_EQ(result->code, 0) << result->said;
    }
    EXPECT_EQ(run(job).code, 0);
    EXPECT_EQ(count(), 1u);
    auto second = job;
    second.run = 2;
    EXPECT_EQ(ask_step(*session, second.job, second.step, 2, soon(), {})->state, State::not_started);
    EXPECT_EQ(run(second).code, 0);
    EXPECT_EQ(count(), 2u);
    there("test -e /var/lib/douse/jobs/" + job.job + "/clean/end && test -e /var/lib/douse/jobs/" + job.job + "/clean/end.2");
}

TEST_F(Step, GoesOnWithoutItsConnectionAndIsReadOverAnother) {
    make_slow_service("2");
    const auto job = job_of({RestartService{"slow"}});
    auto first = std::async(std::launch::async, [&] { return start_step(*session, job, soon(), {}); });
    wait_for_count();
    machine->kill_connections();
    auto cut = first.get();
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().effect, Effect::unknown);
    session = reach();
    ASSERT_TRUE(session);
    auto asked = ask_step(*session, job.job, job.step, 1, soon(), {});
    ASSERT_TRUE(asked) << asked.error().sentence;
    EXPECT_EQ(asked->state, State::running);
    const auto result = run(job);
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, 0) << result.said;
    EXPECT_EQ(count(), 1u);
}

TEST_F(Step, WhoseParametersWereCutOnTheWayDoesNotBegin) {
    std::ofstream(folder / "data") << "x";
    const std::string call = "exec /bin/sh -c " + shell_word(step_script()) + " sh start /var/lib/douse cut-off s 1 abc 5";
    for (const std::string& cut : {std::string(), "5\n0\nremove_file\n" + (folder / "data").string(), std::string("5\n0\nend")}) {
        auto output = session->run(call, cut, soon(), {});
        ASSERT_TRUE(output);
        EXPECT_EQ(output->exit_code, 74) << output->err;
        EXPECT_EQ(ask_step(*session, "cut-off", "s", 1, soon(), {})->state, State::not_started);
    }
    EXPECT_TRUE(fs::exists(folder / "data"));
    EXPECT_EQ(there("ls /var/lib/douse/jobs/cut-off/s"), "");
}

TEST_F(Step, ThatIsAboutToBeginIsNotCalledNotStarted) {
    make_program("/run/slow-sync", "echo >> " + (folder / "count").string() + "\nexec sleep 3");
    there("mount --bind /run/slow-sync /usr/bin/sync");
    const auto job = job_of({RemoveFile{folder / "none"}});
    std::jthread starter([&] {
        const auto other = reach();
        EXPECT_EQ(start_step(*other, job, soon(), {})->state, State::ended);
    });
    wait_for_count();
    EXPECT_EQ(ask_step(*session, job.job, job.step, 1, soon(), {})->state, State::running);
    there("umount /usr/bin/sync");
    starter.join();
    EXPECT_EQ(there("ls /var/lib/douse/jobs/" + job.job + "/clean"), "did\nend\noutput\nparams\nstart\n");
}

TEST_F(Step, IsAskedAboutByRootOnly) {
    auto output = session->run("exec setpriv --reuid=65534 --clear-groups /bin/sh -c " + shell_word(step_script()) + " sh ask /var/lib/douse j s 1",
                               {}, soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->exit_code, 77) << output->err;
}

TEST_F(Step, SaysRunningWhenTheDeadlineComesFirst) {
    make_slow_service("3");
    const auto job = job_of({RestartService{"slow"}});
    auto early = start_step(*session, job, base::deadline_in(2500ms), {});
    ASSERT_TRUE(early) << early.error().sentence;
    EXPECT_EQ(early->state, State::running);
    EXPECT_EQ(run(job).state, State::ended);
    EXPECT_EQ(count(), 1u);
}

TEST_F(Step, WhoseProcessesWereKilledHasAnUnknownFate) {
    make_slow_service("60");
    const auto job = job_of({RestartService{"slow"}});
    auto first = std::async(std::launch::async, [&] { return start_step(*session, job, soon(), {}); });
    wait_for_count();
    auto other = reach();
    const std::string kill = "kill -9 $(sed -n 's/^pid //p' /var/lib/douse/jobs/" + job.job + "/clean/start) $(cat /run/slow.pid)";
    ASSERT_TRUE(other->run(kill, {}, soon(), {}));
    auto result = first.get();
    ASSERT_TRUE(result) << result.error().sentence;
    EXPECT_EQ(result->state, State::fate_unknown);
    EXPECT_EQ(run(job).state, State::fate_unknown) << "it is not run again";
    EXPECT_EQ(count(), 1u);
}

TEST_F(Step, OfAnEarlierBootHasAnUnknownFateEvenIfItsPidIsTaken) {
    make_slow_service("0");
    const auto job = job_of({RestartService{"slow"}});
    EXPECT_EQ(run(job).code, 0);
    const std::string folder = "/var/lib/douse/jobs/" + job.job + "/clean";
    there("rm " + folder + "/end; sed -i \"s/^boot .*/boot other/; s/^pid .*/pid $$/\" " + folder + "/start");
    EXPECT_EQ(ask_step(*session, job.job, job.step, 1, soon(), {})->state, State::fate_unknown);
}

TEST_F(Step, IsEndedByItsTimeoutOnTheMachine) {
    make_slow_service("60");
    auto job = job_of({RestartService{"slow"}});
    job.timeout = 1s;
    const auto result = run(job);
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, code_timed_out);
    EXPECT_NE(result.said.find("timed out"), std::string::npos) << result.said;
}

TEST_F(Step, ThatNeedsMoreRoomThanThereIsRunsNothing) {
    std::ofstream(folder / "kept") << "x";
    auto job = job_of({RemoveFile{folder / "kept"}});
    job.needs_disk_bytes = int64_t{1} << 60;
    const auto result = run(job);
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, code_disk_short);
    EXPECT_TRUE(result.disk_short);
    EXPECT_NE(result.said.find("are needed"), std::string::npos) << result.said;
    EXPECT_TRUE(fs::exists(folder / "kept"));
}

TEST_F(Step, WithoutRoomForItsReceiptRunsNothing) {
    std::ofstream(folder / "kept") << "x";
    there("mkdir -p /run/small && mount -t tmpfs -o size=256k,mode=700 tmpfs /run/small");
    auto job = job_of({RemoveFile{folder / "kept"}});
    job.root = "/run/small/douse";
    EXPECT_EQ(run(job_of({RemoveFile{"/run/none"}})).code, 0);
    there("mkdir -m 700 -p /run/small/douse/bin; dd if=/dev/zero of=/run/small/fill bs=4096 2>/dev/null; true");
    auto full = start_step(*session, job, soon(), {});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::exhausted) << full.error().sentence << full.error().detail;
    EXPECT_EQ(obstacle_of(full.error()), model::NeedsHands::disk_full);
    there("rm /run/small/fill; cp /var/lib/douse/bin/* /run/small/douse/bin/; dd if=/dev/zero of=/run/small/fill bs=4096 2>/dev/null; true");
    full = start_step(*session, job, soon(), {});
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, ErrorCode::exhausted) << full.error().sentence << full.error().detail;
    EXPECT_EQ(full.error().effect, Effect::none);
    EXPECT_TRUE(fs::exists(folder / "kept"));
    EXPECT_EQ(ask_step(*session, job.job, job.step, 1, soon(), {}, job.root)->state, State::not_started);
    there("rm /run/small/fill");
    EXPECT_EQ(run(job).code, 0);
}

TEST_F(Step, KeepsNoReceiptInAFolderOfOthersOrBehindALink) {
    auto job = job_of({RemoveFile{"/run/none"}});
    there("mkdir -p /run/a/real && ln -s real /run/a/link && mkdir -m 777 /run/a/open");
    for (const char* root : {"/run/a/link/x", "/run/a/open"}) {
        job.root = root;
        auto result = start_step(*session, job, soon(), {});
        ASSERT_FALSE(result) << root;
        EXPECT_EQ(result.error().code, ErrorCode::denied) << result.error().sentence << result.error().detail;
    }
    EXPECT_EQ(there("ls /run/a/real"), "");
}

TEST_F(Step, AReceiptOfAnotherStepIsNotTakenForThisOne) {
    auto job = job_of({RemoveFile{"/run/none"}});
    EXPECT_EQ(run(job).code, 0);
    job.step_hash = "def456";
    auto result = start_step(*session, job, soon(), {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::wrong_state);
}

TEST_F(Step, InstallsAPackageOnceAndWaitsForTheLock) {
    there(
        "cd /run && mkdir -p p/DEBIAN p/var/lib/douse-test && echo x > p/var/lib/douse-test/file && "
        "printf 'Package: douse-test\\nVersion: 1.0-2\\nArchitecture: all\\nMaintainer: t <t@example.org>\\nDescription: t\\n' > p/DEBIAN/control && "
        "dpkg-deb --root-owner-group -b p douse-test.deb >/dev/null");
    make_program("/usr/local/sbin/dpkg",
                 "case \" $* \" in *\" -i \"*) echo i >> " + (folder / "count").string() + ";; esac\\nexec /usr/bin/dpkg \"$@\"");
    auto job = job_of({InstallPackage{"douse-test", "1.0-2", "/run/douse-test.deb"}});
    job.timeout = 60s;
    const std::string lock =
        "perl -MFcntl -e 'sysopen(my $f, \"/var/lib/dpkg/lock-frontend\", O_RDWR|O_CREAT); my $l = pack(\"ssx4qqlx4\", F_WRLCK, 0, 0, 0, 0); "
        "fcntl($f, F_SETLK, $l) or die; "
        "open(my $m, \">\", \"/run/held\"); sleep 2; open(my $r, \">\", \"/run/released\")'";
    there("setsid " + lock + " </dev/null >/dev/null 2>&1 & while [ ! -e /run/held ]; do sleep 0.05; done");
    const auto result = run(job);
    EXPECT_EQ(result.code, 0) << result.said;
    there("test -e /run/released && test -e /var/lib/douse-test/file");
    EXPECT_EQ(there("dpkg-query -W -f '${Version}' douse-test"), "1.0-2");
    EXPECT_EQ(count(), 1u);
    // Another version than the file holds is refused before dpkg.
    const auto wrong = run(job_of({InstallPackage{"douse-test", "1.0-3", "/run/douse-test.deb"}}));
    EXPECT_NE(wrong.code, 0);
    EXPECT_NE(wrong.said.find("holds douse-test 1.0-2"), std::string::npos) << wrong.said;
    EXPECT_EQ(count(), 1u);
}

TEST_F(Step, TellsWhetherARestartOfTheMachineIsPending) {
    make_slow_service("0");
    make_program("/etc/init.d/asks", "touch /run/reboot-required");
    EXPECT_FALSE(run(job_of({RestartService{"slow"}})).reboot_pending);
    EXPECT_TRUE(run(job_of({RestartService{"asks"}})).reboot_pending);
}

TEST_F(Step, PutsAFileWhereItBelongsAndRestartsTheMachine) {
    ASSERT_TRUE(session->put(file_place("ab12", "x.deb"), "bytes", 0600, soon(), {}));
    EXPECT_EQ(there("cat /var/lib/douse/files/ab12/x.deb"), "bytes");
    const std::string mark = folder / "restarted";
    make_program("/usr/local/sbin/shutdown", "echo \"$@\" > " + mark + ".new; mv " + mark + ".new " + mark);
    ASSERT_TRUE(reboot(*session, soon(), {}));
    while (!fs::exists(mark)) std::this_thread::yield();
    std::ifstream in(mark);
    std::string words;
    std::getline(in, words);
    EXPECT_EQ(words, "-r now");
}

TEST_F(Step, RefusesWhatItCannotWriteDownSafely) {
    const auto code = [&](const StepJob& job) { return start_step(*session, job, soon(), {}).error().code; };
    for (const char* name : {"", "../x", ".", "a b", "a/b", "-x"}) {
        auto job = job_of({RemoveFile{"/run/none"}});
        job.job = name;
        EXPECT_EQ(code(job), ErrorCode::invalid) << name;
        EXPECT_EQ(ask_step(*session, "job", name, 1, soon(), {}).error().code, ErrorCode::invalid);
    }
    for (const StepAction& action :
         std::vector<StepAction>{RemoveFile{"/etc"}, RemoveFile{"etc/x"}, RemoveFile{"/etc/x\nend"}, StopProcess{"a\nb", "/bin/x"},
                                 StopProcess{"a", ""}, RestartService{"a b"}, RestartService{"-a"}, InstallPackage{"a b", "1", "/f"},
                                 InstallPackage{"a", "1 2", "/f"}, RemoveJob{"a\nend"}, RemoveJob{""}}) {
        EXPECT_EQ(code(job_of({action})), ErrorCode::invalid);
    }
    auto endless = job_of({RemoveFile{"/run/none"}});
    endless.timeout = 0s;
    EXPECT_EQ(code(endless), ErrorCode::invalid);
    EXPECT_EQ(code(job_of({})), ErrorCode::invalid);
}

}  // namespace
}  // namespace douse::transport
