// SPDX-License-Identifier: Apache-2.0
// Steps on a machine of their own: that one runs at most once, and how its end is learned. What the actions do: step_actions_test.cpp.
#include "transport/step_for_tests.hpp"

#include "transport/reboot.hpp"
#include "transport/shell.hpp"
#include "transport/step_script.hpp"

#include <rapidcheck.h>

#include <future>

namespace douse::transport {
namespace {

using namespace std::chrono_literals;
using State = StepResult::State;
namespace fs = std::filesystem;

TEST_F(Step, StartsForRootOnly) {
    const std::string text = shell_word(step_script());
    auto output = session->run("exec setpriv --reuid=65534 --clear-groups /bin/sh -c " + text + " sh start /var/lib/douse j s 1 abc 5", "5\n0\nend\n",
                               soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->exit_code, 77) << output->err;
    EXPECT_EQ(output->err, "its user id is 65534\n");
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

TEST_F(Step, WhoseActionIsKilledFromOutsideDidNotTimeOut) {
    make_slow_service("60");
    const auto job = job_of({RestartService{"slow"}});
    auto ended = std::async(std::launch::async, [&] { return start_step(*reach(), job, soon(), {}); });
    wait_for_count();
    there("kill -9 $(pgrep -f '^/bin/sh .* [a]ct .* " + job.job + "')");
    const auto result = ended.get();
    there("kill -9 $(cat /run/slow.pid)");
    ASSERT_TRUE(result) << result.error().sentence;
    EXPECT_EQ(result->code, 137);
    EXPECT_NE(result->said.find("killed from outside"), std::string::npos) << result->said;
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
