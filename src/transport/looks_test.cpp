// SPDX-License-Identifier: Apache-2.0
// Looks on a machine of their own (root), and the reading of answers without one.
#include "transport/looks.hpp"

#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "base/utf8.hpp"
#include "transport/shell.hpp"
#include "transport/ssh/ssh_transport.hpp"
#include "transport/ssh/sshd_for_tests.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <rapidcheck.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>

namespace douse::transport {
namespace {

using namespace std::chrono_literals;
using model::Fact;
using model::Look;
using model::LookKind;
namespace fs = std::filesystem;

Deadline soon() {
    return base::deadline_in(20s);
}

// One machine for the suite.
struct Looks : testing::Test {
    static inline std::unique_ptr<SshdForTests> machine;
    static inline std::unique_ptr<SshTransport> transport;
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
        PermitParts parts;
        parts.credentials = {machine->credential()};
        auto reached = transport->reach(permit_of(parts), machine->endpoint(), soon(), {});
        ASSERT_TRUE(reached) << reached.error().sentence;
        session = std::move(*reached);
    }
    std::string there(const std::string& command) {
        auto output = session->run(command, {}, soon(), {});
        EXPECT_TRUE(output && output->exit_code == 0) << command << (output ? output->err : output.error().sentence);
        return output ? output->out : "";
    }
    LookAnswers ask(const std::vector<Look>& looks) {
        auto answers = transport::look(*session, looks, soon(), {});
        EXPECT_TRUE(answers) << answers.error().sentence << answers.error().detail;
        return answers ? *answers : LookAnswers{};
    }
    Fact ask_one(LookKind kind, const std::string& argument, const std::string& path = {}) {
        return ask({{.name = "it", .kind = kind, .argument = argument, .path = path}}).facts["it"];
    }
};

TEST_F(Looks, FilesArePresentWithTheirPartsOrAbsent) {
    const std::string odd = machine->folder() / "odd 'name' $(touch x) \\ *\xff";
    std::ofstream(odd) << "content";
    fs::create_directory(machine->folder() / "dir");
    fs::create_symlink("/nowhere", machine->folder() / "dead");
    const auto facts = ask({{.name = "odd", .kind = LookKind::file, .argument = odd},
                            {.name = "dir", .kind = LookKind::file, .argument = machine->folder() / "dir"},
                            {.name = "dead", .kind = LookKind::file, .argument = machine->folder() / "dead"},
                            {.name = "none", .kind = LookKind::file, .argument = machine->folder() / "none"},
                            {.name = "below", .kind = LookKind::file, .argument = odd + "/below"},
                            {.name = "bad", .kind = LookKind::file, .argument = "/etc/../x"}})
                           .facts;
    EXPECT_EQ(facts.at("odd"), Fact::present());
    EXPECT_EQ(facts.at("odd.size"), Fact::of(int64_t{7}));
    EXPECT_EQ(facts.at("odd.sha256"), Fact::of(base::sha256_hex("content")));
    EXPECT_EQ(facts.at("dir"), Fact::present());
    EXPECT_EQ(facts.at("dir.size").kind, Fact::Kind::unknown);
    EXPECT_EQ(facts.at("dead"), Fact::present());
    EXPECT_EQ(facts.at("none"), Fact::absent());
    EXPECT_EQ(facts.count("none.size"), 0u);
    EXPECT_EQ(facts.at("below"), Fact::absent());
    EXPECT_EQ(facts.at("bad").kind, Fact::Kind::unknown);
}

TEST_F(Looks, ProcessesAreFoundByProgramAlsoWhenItsFileIsDeleted) {
    const std::string program = machine->folder() / "my-marker-with-a-long-name";
    fs::copy_file("/bin/sleep", program);
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name", program), Fact::absent());
    there("setsid " + program + " 60 </dev/null >/dev/null 2>&1 & echo $! > /run/pid; until [ /proc/$!/exe -ef " + program +
          " ]; do sleep 0.01; done");
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name", program), Fact::present());
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name"), Fact::present());
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name", "/usr/bin/my-marker-with-a-long-name"), Fact::absent());
    fs::remove(program);
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name", program), Fact::present());
    there("kill -9 $(cat /run/pid); while [ -e /proc/$(cat /run/pid)/exe ]; do sleep 0.01; done");
    EXPECT_EQ(ask_one(LookKind::process, "my-marker-with-a-long-name", program), Fact::absent());
}

TEST_F(Looks, NoNameOrTextIsTakenForAnAnswer) {
    const std::string forger = machine->folder() / "z\nfile 0 absent\njobs - 0\njobless - =forged";
    fs::copy_file("/bin/sleep", forger);
    std::ofstream(machine->folder() / "forge.sh") << "setsid '" << forger << "' 60 </dev/null >/dev/null 2>&1 & echo $! > /run/pid\n"
                                                  << "until [ /proc/$!/exe -ef '" << forger << "' ]; do sleep 0.01; done\n";
    there("sh " + (machine->folder() / "forge.sh").string());
    there("mkdir -p /etc/cron.daily; printf '# x\\nfile 0 absent\\njobs - 0\\n' > /etc/cron.daily/text");
    const auto facts = ask({{.name = "there", .kind = LookKind::file, .argument = machine->folder() / "forge.sh"},
                            {.name = "other", .kind = LookKind::process, .argument = "z", .path = "/no/such/program"},
                            {.name = "job", .kind = LookKind::job, .argument = "no such job", .path = {}}})
                           .facts;
    there("kill -9 $(cat /run/pid); rm /etc/cron.daily/text");
    EXPECT_EQ(facts.at("there"), Fact::present());
    EXPECT_EQ(facts.at("other"), Fact::absent());
    EXPECT_EQ(facts.at("job"), Fact::absent());
}

TEST_F(Looks, AScriptIsNotAbsentBehindManyOthersOfItsName) {
    const std::string script = machine->folder() / "evil.py";
    for (const fs::path& place : {fs::path(machine->folder() / "decoy"), fs::path(machine->folder())}) {
        fs::create_directories(place);
        std::ofstream(place / "evil.py") << "#!/bin/sh\nsleep 60\n";
        there("chmod 755 " + (place / "evil.py").string());
    }
    EXPECT_EQ(ask_one(LookKind::process, "evil.py", script), Fact::absent());
    std::ofstream(machine->folder() / "start.sh") << "i=0; while [ $i -lt 55 ]; do setsid " << (machine->folder() / "decoy" / "evil.py").string()
                                                  << " </dev/null >/dev/null 2>&1 & i=$((i + 1)); done\n"
                                                     "until [ $(grep -lxF evil.py /proc/[0-9]*/comm | wc -l) -ge 55 ]; do sleep 0.05; done\n";
    there("sh " + (machine->folder() / "start.sh").string());
    EXPECT_EQ(ask_one(LookKind::process, "evil.py", script).kind, Fact::Kind::unknown);
    there("for c in $(grep -lxF evil.py /proc/[0-9]*/comm); do p=${c#/proc/}; kill -9 -${p%/comm}; done");
}

TEST_F(Looks, WhoMayNotSeeAProcessDoesNotCallItAbsent) {
    const std::string as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -s";
    const std::vector<Look> looks{{.name = "name", .kind = LookKind::process, .argument = "no-such-name", .path = {}},
                                  {.name = "path", .kind = LookKind::process, .argument = "x", .path = "/no/such/program"}};
    for (const std::string& hide :
         {std::string(), std::string("mount -o remount,hidepid=1 /proc; "), std::string("mount -o remount,hidepid=2 /proc; ")}) {
        const auto output =
            session->run("unshare -p -f --mount-proc /bin/sh -c " + shell_word(hide + as_nobody + "; exit $?"), look_script(looks), soon(), {});
        ASSERT_TRUE(output) << output.error().sentence;
        const auto answers = read_look_answer(looks, output->out);
        ASSERT_TRUE(answers) << hide << output->err << output->out;
        EXPECT_EQ(answers->facts.at("path").kind, Fact::Kind::unknown) << hide;
        EXPECT_EQ(answers->facts.at("name"), hide.empty() ? Fact::absent() : Fact::unknown("no permission to see all of its processes")) << hide;
    }
}

TEST_F(Looks, AHomeThatIsShutMayHoldJobs) {
    there(
        "mkdir -p /home/eve/.config/systemd/user; chmod 700 /home/eve; printf '[Timer]\n' > /home/eve/.config/systemd/user/a.timer;"
        "printf '[Service]\nExecStart=/x/drill-marker\n' > /home/eve/.config/systemd/user/a.service");
    EXPECT_EQ(ask_one(LookKind::job, "drill-marker"), Fact::present());
    const std::vector<Look> looks{{.name = "it", .kind = LookKind::job, .argument = "drill-marker", .path = {}}};
    const auto output = session->run("setpriv --reuid=65534 --clear-groups /bin/sh -s", look_script(looks), soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(read_look_answer(looks, output->out)->facts.at("it").kind, Fact::Kind::unknown);
    there("rm -r /home/eve");
}

TEST_F(Looks, AUsersTimerLeadsOnlyToUnits) {
    there(
        "mkdir -p /home/eve/.config/systemd/user; cd /home/eve/.config/systemd/user; printf '[Timer]\nUnit=../../../../../etc/machine-id\n' > "
        "a.timer;"
        "printf '[Timer]\nUnit=../../../../../etc/*\n' > b.timer; ln -s /proc/kmsg c.timer");
    const std::vector<Look> looks{{.name = "it", .kind = LookKind::job, .argument = "x", .path = {}}};
    const auto output = session->run("exec /bin/sh -s", look_script(looks), soon(), {});
    ASSERT_TRUE(output);
    EXPECT_EQ(output->out.find("job - /home/eve/.config/systemd/user/../"), std::string::npos);
    EXPECT_EQ(output->out.find("c.timer"), std::string::npos) << "what the kernel makes is not read";
    EXPECT_NE(output->out.find("job - /home/eve/.config/systemd/user/b.timer"), std::string::npos);
    there("rm -r /home/eve");
}

TEST_F(Looks, ListenersAreReadFromTheKernel) {
    EXPECT_EQ(ask_one(LookKind::listener, std::to_string(machine->endpoint().port) + "/tcp"), Fact::present());
    base::UniqueFd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    socklen_t size = sizeof any;
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), size), 0);
    ASSERT_EQ(::listen(fd.get(), 1), 0);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &size);
    const std::string port = std::to_string(ntohs(any.sin6_port));
    EXPECT_EQ(ask_one(LookKind::listener, port + "/tcp"), Fact::present());
    EXPECT_EQ(ask_one(LookKind::listener, port + "/udp"), Fact::absent());
    fd.reset();
    EXPECT_EQ(ask_one(LookKind::listener, port + "/tcp"), Fact::absent());
    EXPECT_EQ(ask_one(LookKind::listener, "ssh/tcp").kind, Fact::Kind::unknown);
}

TEST_F(Looks, JobsAreMatchedLineByLineAndCommentsAreNone) {
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::absent());
    there("printf '# drill-marker is gone\\nPATH=/bin\\n' > /etc/cron.d/quiet");
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::absent());
    there("printf '* * * * * root /var/lib/drill-marker \\377\\n' > '/etc/cron.d/odd name'");
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::present());
    EXPECT_EQ(ask_one(LookKind::job, "^\\* .*drill-marker"), Fact::present());
    there("rm '/etc/cron.d/odd name'; printf '#!/bin/sh\\n# atrun\\ncd /\\ndrill-marker\\n' > /var/spool/cron/atjobs/a0001");
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::present());
    EXPECT_EQ(ask_one(LookKind::job, "(").kind, Fact::Kind::unknown);
    there("rm /var/spool/cron/atjobs/a0001; head -c 300000 /dev/zero | tr '\\0' x > /var/spool/cron/crontabs/root");
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r").kind, Fact::Kind::unknown) << "what was cut off may hold it";
}

TEST_F(Looks, JobsAreFoundInTimersAndCronsFoldersToo) {
    there("rm -f /var/spool/cron/crontabs/root; mkdir -p /etc/systemd/system /etc/cron.daily");
    ASSERT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::absent()) << "a clean tree, with or without systemd";
    const auto found = [&](const std::string& make, const std::string& unmake) {
        there(make);
        EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::present()) << make;
        there(unmake);
        EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::absent()) << unmake;
    };
    found(
        "printf '[Timer]\nOnBootSec=1\n' > /etc/systemd/system/a.timer; printf '[Service]\nExecStart=/x/drill-marker' > "
        "/etc/systemd/system/a.service",
        "rm /etc/systemd/system/a.timer");
    found("printf '[Timer]\nUnit = a.service\n' > /etc/systemd/system/b.timer", "rm /etc/systemd/system/?.timer /etc/systemd/system/a.service");
    found(
        "mkdir -p /etc/systemd/system/c.service.d; printf '[Timer]\n' > /etc/systemd/system/c.timer; printf '[Service]\nExecStart=drill-marker\n' > "
        "/etc/systemd/system/c.service.d/o.conf",
        "rm -r /etc/systemd/system/c.*");
    found("printf '#!/bin/sh\n# drill\ndrill-marker &\n' > /etc/cron.daily/z", "printf '# drill-marker' > /etc/cron.daily/z");
    found("printf '7 5 daily.x drill-marker\n' > /etc/anacrontab", "rm /etc/anacrontab /etc/cron.daily/z");
    there("mkfifo /etc/cron.daily/pipe; ln -s /dev/null /etc/systemd/system/masked.timer");
    EXPECT_EQ(ask_one(LookKind::job, "drill-mark[e]r"), Fact::absent()) << "what is no file holds no job";
    there("rm /etc/cron.daily/pipe /etc/systemd/system/masked.timer");
}

TEST_F(Looks, EachLookEndsWithinItsChecksTimeout) {
    there("printf '#!/bin/sh\nsleep 60\n' > /run/slow; chmod 755 /run/slow; mount --bind /run/slow /usr/bin/sha256sum");
    std::ofstream(machine->folder() / "slow") << "x";
    const auto began = std::chrono::steady_clock::now();
    const auto facts = ask({{.name = "it", .kind = LookKind::file, .argument = machine->folder() / "slow", .path = {}, .timeout = 1s}}).facts;
    there("umount /usr/bin/sha256sum");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
    EXPECT_EQ(facts.at("it"), Fact::present());
    EXPECT_EQ(facts.at("it.sha256").kind, Fact::Kind::unknown);
}

TEST_F(Looks, PackagesAreAskedOfDpkg) {
    const auto facts = ask({{.name = "dpkg", .kind = LookKind::package, .argument = "dpkg"},
                            {.name = "none", .kind = LookKind::package, .argument = "no-such-package-at-all"},
                            {.name = "glob", .kind = LookKind::package, .argument = "dpk*"}})
                           .facts;
    EXPECT_EQ(facts.at("dpkg"), Fact::present());
    EXPECT_EQ(facts.at("dpkg.version").text + "\n", there("dpkg-query -W -f '${Version}\\n' dpkg"));
    EXPECT_EQ(facts.at("none"), Fact::absent());
    EXPECT_EQ(facts.at("glob").kind, Fact::Kind::unknown);
    // A warning beside the answer, as a stale preload makes it.
    there("echo /lib/gone.so > /etc/ld.so.preload");
    EXPECT_EQ(ask_one(LookKind::package, "dpkg"), Fact::present());
    EXPECT_EQ(ask_one(LookKind::package, "no-such-package-at-all"), Fact::absent());
    EXPECT_EQ(ask_one(LookKind::file, "/no/such/file"), Fact::absent());
    there("rm /etc/ld.so.preload");
}

TEST_F(Looks, AFileIsAbsentOnlyByTheWordOfLs) {
    // As busybox's timeout before 1.30, which takes the seconds for a program.
    there(
        "printf '#!/bin/sh\necho \"timeout: can\\047t execute \\0472\\047: No such file or directory\" >&2; exit 127\n' > /run/old; chmod 755 "
        "/run/old;"
        "mount --bind /run/old /usr/bin/timeout");
    EXPECT_EQ(ask_one(LookKind::file, "/etc/passwd").kind, Fact::Kind::unknown);
    there("umount /usr/bin/timeout");
}

TEST_F(Looks, ARestartIsPendingWhenItsMarkIsThere) {
    EXPECT_EQ(ask_one(LookKind::reboot_pending, "true"), Fact::of_truth(false));
    there("touch /run/reboot-required");
    EXPECT_EQ(ask_one(LookKind::reboot_pending, "true"), Fact::of_truth(true));
}

TEST_F(Looks, TellWhoTheMachineIs) {
    const auto facts = ask({}).machine;
    EXPECT_EQ(facts.os, "linux");
    EXPECT_EQ(facts.distro + "\n", there(". /etc/os-release; echo $ID"));
    EXPECT_EQ(facts.release + "\n", there(". /etc/os-release; echo $VERSION_ID"));
    EXPECT_EQ(facts.host_name + "\n", there("uname -n"));
    EXPECT_EQ(facts.arch + "\n", there("uname -m"));
    EXPECT_EQ(facts.machine_id + "\n", there("cat /etc/machine-id"));
    EXPECT_EQ(facts.boot_id + "\n", there("cat /proc/sys/kernel/random/boot_id"));
    for (const auto& address : facts.addresses) EXPECT_FALSE(address.starts_with("127.")) << address;
}

// ---- without a machine

const std::vector<Look> every_kind{
    {.name = "f", .kind = LookKind::file, .argument = "/x"},        {.name = "p", .kind = LookKind::process, .argument = "x"},
    {.name = "l", .kind = LookKind::listener, .argument = "1/tcp"}, {.name = "j", .kind = LookKind::job, .argument = "x"},
    {.name = "k", .kind = LookKind::package, .argument = "x"},      {.name = "r", .kind = LookKind::reboot_pending}};

TEST(LookAnswer, WithoutItsEndIsNoAnswer) {
    EXPECT_FALSE(read_look_answer(every_kind, ""));
    EXPECT_FALSE(read_look_answer(every_kind, "douse-looks 2\nfile 0 absent\n"));
    EXPECT_EQ(read_look_answer(every_kind, "-bash: hello\n").error().code, ErrorCode::unsupported);
}

TEST(LookAnswer, IsUnknownWhereTheMachineSaidNothing) {
    const auto answers = read_look_answer(every_kind, "welcome\ndouse-looks 2\ndouse-end\n");
    ASSERT_TRUE(answers);
    for (const auto& name : {"f", "p", "l", "k", "r", "j"}) EXPECT_EQ(answers->facts.at(name).kind, Fact::Kind::unknown) << name;
}

TEST(LookAnswer, MakesTextOfWhateverBytesAMachineSays) {
    const auto say = [](const std::string& words, const std::string& bytes) { return words + " " + base::base64(bytes) + "\n"; };
    const auto answers = read_look_answer(every_kind, "douse-looks 2\n" + say("machine host_name", "\xff\xfe") + say("machine machine_id", "a\nb\n") +
                                                          say("machine release", "ID=deb\xfc\nVERSION_ID=12\n") + say("unknown 0", "ls: \xfc") +
                                                          "package 4 listed\n>installed 1.0\xff-1\n" + "douse-end\n");
    ASSERT_TRUE(answers);
    EXPECT_EQ(answers->machine.host_name, "\ufffd\ufffd") << "resolve leaves such a name out, with its reason";
    EXPECT_EQ(answers->machine.machine_id, "a\ufffdb");
    EXPECT_EQ(answers->machine.distro, "deb\ufffd");
    EXPECT_EQ(answers->facts.at("f").text, "ls: \ufffd");
    EXPECT_EQ(answers->facts.at("k.version").text, "1.0\ufffd-1");
}

TEST(LookAnswer, FindsNoJobAbsentWhoseReadingBrokeOff) {
    const auto of = [](const std::string& lines) {
        return read_look_answer(every_kind, "douse-looks 2\njob - /etc/cron.daily/a b\n" + lines + "douse-end\n")->facts.at("j");
    };
    EXPECT_EQ(of(">[Unit]\n># x\njobs - 0\n"), Fact::absent());
    EXPECT_EQ(of(">ExecStart=/bin/x\njobs - 0\n"), Fact::present());
    EXPECT_EQ(of(">[Unit]\n>jobs - 0\n").kind, Fact::Kind::unknown) << "a text is never structure";
    for (const char* cut : {"", ">[Unit]\n", ">[Unit]\njobs - 124\n", ">[Unit]\njobs - 2\n", ">[Unit]\njobs - 9\n", ">[Unit]\ncut -\njobs - 0\n",
                            "jobless - =somewhere\njobs - 0\n"}) {
        EXPECT_EQ(of(cut).kind, Fact::Kind::unknown) << cut;
    }
    EXPECT_EQ(of(">y\ncut -\njobs - 0\n").text, "/etc/cron.daily/a b: too long to read");
}

TEST(LookAnswer, FindsNoProcessAbsentWhoseListBrokeOff) {
    const std::vector<Look> looks{{.name = "p", .kind = LookKind::process, .argument = "x", .path = "/bin/x"}};
    const auto of = [&](const std::string& lines) {
        return read_look_answer(looks,
                                "douse-looks 2\nhidden - 0\nexes -\n>lrwx 1 0 0 0 Jan 1 00:00 /proc/1/exe -> /sbin/init\n" + lines + "douse-end\n")
            ->facts.at("p");
    };
    EXPECT_EQ(of(">end 0\n"), Fact::absent());
    EXPECT_EQ(of(">ls: cannot read symbolic link '/proc/2/exe': No such file or directory\n>end 1\n"), Fact::absent());
    EXPECT_EQ(of(">lrwx 1 0 0 0 Jan 1 00:00 /proc/9/exe -> /bin/x\n"), Fact::present()) << "bad news needs no end";
    for (const char* cut : {"", ">end 137\n", ">end 0\ncut -\n", "cut -\n", ">end 0\n>lrwx 1\n",
                            ">ls: cannot read symbolic link '/proc/1/exe': Permission denied\n>end 1\n"}) {
        EXPECT_EQ(of(cut).kind, Fact::Kind::unknown) << cut;
    }
}

TEST(LookAnswer, TakesAnyBytesAndAnswersEveryLook) {
    const bool holds = rc::check([] {
        auto body = *rc::gen::container<std::vector<std::string>>(
            rc::gen::map(rc::gen::tuple(rc::gen::element<std::string>("file", "comms", "exes", "job", "jobs", "jobless", "cut", "listener", "package",
                                                                      "reboot", "machine", "unknown", "command", "?"),
                                        rc::gen::element<std::string>("0", "1", "5", "6", "-", "-1", "v4", "v6", "mac", "release"),
                                        rc::gen::arbitrary<std::string>()),
                         [](const std::tuple<std::string, std::string, std::string>& line) {
                             return std::get<0>(line) + " " + std::get<1>(line) + " " + base::base64(std::get<2>(line)) + " " + std::get<2>(line);
                         }));
        std::string text = "douse-looks 2\n";
        for (const auto& line : body) text += line + "\n>" + line + "\n";
        const auto answers = read_look_answer(every_kind, text + "\ndouse-end\n");
        RC_ASSERT(answers.has_value());
        for (const auto& look : every_kind) RC_ASSERT(answers->facts.contains(look.name));
        for (const auto& [name, fact] : answers->facts) RC_ASSERT(base::is_utf8(fact.text));
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace douse::transport
