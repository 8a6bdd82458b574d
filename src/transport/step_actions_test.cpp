// SPDX-License-Identifier: Apache-2.0
// What each action of a step does to a machine, and to nothing else.
#include "transport/step_for_tests.hpp"

namespace douse::transport {
namespace {

using namespace std::chrono_literals;
using State = StepResult::State;
namespace fs = std::filesystem;

struct StepActions : Step {};

TEST_F(StepActions, RemovesFilesExactly) {
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

TEST_F(StepActions, RemovesNoFolderAndFollowsNoStrangersLink) {
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

TEST_F(StepActions, RemovesTheOneJobThatFits) {
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

TEST_F(StepActions, RemovesTheJobsOwnFileWhateverBlanksEndItsName) {
    there("printf '1 1 * * * root keep\\n' > /etc/cron.d/twin; printf '2 2 * * * root blank-job\\n' > '/etc/cron.d/twin '");
    EXPECT_EQ(run(job_of({RemoveJob{"blank-job"}})).code, 0);
    there("test -e /etc/cron.d/twin && test ! -e '/etc/cron.d/twin ' && rm /etc/cron.d/twin");
}

TEST_F(StepActions, AJobsPatternIsTextNotARegex) {
    EXPECT_EQ(start_step(*session, job_of({RemoveJob{"a.*"}}), soon(), {}).error().code, ErrorCode::unsupported);
    there("printf '1 1 * * * root evilXsh\\n' > /etc/cron.d/x");
    EXPECT_NE(run(job_of({RemoveJob{"evil.sh"}})).said.find("already"), std::string::npos);
    there("test -e /etc/cron.d/x");
    there("printf '1 1 * * * root it'\"'\"'s -n \"q\" & %%\\n' > /etc/cron.d/y");
    EXPECT_EQ(run(job_of({RemoveJob{"it's -n \"q\" &"}})).code, 0);
    there("test ! -e /etc/cron.d/y");
}

TEST_F(StepActions, AJobThatIsNoLineOfCronIsNamedAndLeftAlone) {
    there("mkdir -p /etc/cron.daily; printf '#!/bin/sh\n# once-a-day\nonce-a-day\n' > /etc/cron.daily/d");
    const auto result = run(job_of({RemoveJob{"once-a-day"}}));
    EXPECT_NE(result.code, 0);
    EXPECT_EQ(result.said, "\"once-a-day\" stands in /etc/cron.daily/d : only jobs of cron's tables and of at are removed by this version");
    there("printf '# once-a-day\n' > /etc/cron.daily/d");
    EXPECT_EQ(run(job_of({RemoveJob{"once-a-day"}})).said, "no job holds \"once-a-day\": already");
    there("rm /etc/cron.daily/d");
}

TEST_F(StepActions, StopsEveryProcessOfAProgramAlsoADeletedOneThatIgnoresTerm) {
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

TEST_F(StepActions, StopsNoProcessThatOnlyAPathsLineBreakNames) {
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

TEST_F(StepActions, SaysTheBeginningOfWhatIsTooLongForAReceipt) {
    std::string path;
    for (int i = 0; i < 15; ++i) path += "/" + std::string(200, 'a');
    const auto result = run(job_of({RemoveFile{path}}));
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.said, path.substr(0, 2500));
}

TEST_F(StepActions, StopsAtTheFirstActionThatFails) {
    std::ofstream(folder / "kept") << "x";
    fs::create_directory(folder / "dir");
    const auto result = run(job_of({RemoveFile{folder / "dir"}, RemoveFile{folder / "kept"}}));
    EXPECT_EQ(result.state, State::ended);
    EXPECT_EQ(result.code, 1);
    EXPECT_TRUE(fs::exists(folder / "kept"));
}

TEST_F(StepActions, InstallsAPackageOnceAndWaitsForTheLock) {
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

}  // namespace
}  // namespace douse::transport
