// SPDX-License-Identifier: Apache-2.0
#include "drill/machine/guest_init.hpp"

#include "drill/machine/faults.hpp"
#include "drill/machine/steps.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace douse::drill {
namespace {

constexpr const char* made_file = "/etc/drill-machine";  // its first boot is behind it
constexpr const char* host_key = "/etc/ssh/ssh_host_ed25519_key";
constexpr const char* dpkg = "/usr/lib/drill/dpkg";
constexpr int service_port = 7445;
constexpr int up_within_ms = 30'000;

void make_devices() {
    mount_on("tmpfs", "/m/dev", "tmpfs", MS_NOSUID, "mode=755,size=1m");
    struct Node {
        const char* name;
        unsigned major, minor;
    };
    constexpr std::array<Node, 6> nodes{{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}};
    for (const Node& node : nodes) {
        const std::string path = std::string("/m/dev/") + node.name;
        must(::mknod(path.c_str(), S_IFCHR | 0666, makedev(node.major, node.minor)), "make " + path);
        ::chmod(path.c_str(), 0666);
    }
    make_folder("/m/dev/pts");
    make_folder("/m/dev/shm");
    mount_on("devpts", "/m/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=666,mode=620");
    mount_on("tmpfs", "/m/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=8m");
    constexpr std::array<std::array<const char*, 2>, 5> links{
        {{"pts/ptmx", "ptmx"}, {"/proc/self/fd", "fd"}, {"fd/0", "stdin"}, {"fd/1", "stdout"}, {"fd/2", "stderr"}}};
    for (const auto& [to, name] : links) must(::symlink(to, (std::string("/m/dev/") + name).c_str()), "link a device");
}

void mount_everything() {
    mount_on("none", "/", nullptr, MS_REC | MS_PRIVATE);
    mount_on("tmpfs", "/m/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=16m");
    make_devices();
    mount_on("proc", "/m/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_on("sysfs", "/m/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_on("/counts", "/m/var/lib/drill-counts", nullptr, MS_BIND);
    mount_on("/fixed.deb", "/m/var/lib/drill-counts/fixed.deb", nullptr, MS_BIND);
    change_root("/m", "/mnt");
    make_folder("/run/sshd");
    make_folder("/run/lock", 01777);
}

// Each start has a boot id of its own, as each start of a kernel would.
void new_boot_id() {
    put_file("/run/.boot-id", first_line_of("/proc/sys/kernel/random/uuid") + "\n", 0444);
    mount_on("/run/.boot-id", "/proc/sys/kernel/random/boot_id", nullptr, MS_BIND);
}

void first_boot(const MachineSpec& spec) {
    const std::string name(spec.of("name"));
    put_file("/etc/hostname", name + "\n");
    put_file("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 " + name + ".drill.example " + name + "\n");
    put_file("/etc/machine-id", std::string(spec.of("machine-id")) + "\n", 0444);
    if (spec.of("ssh") == "accepts") {
        make_folder("/root/.ssh", 0700);
        put_file("/root/.ssh/authorized_keys", std::string(spec.of("key")) + "\n", 0600);
    }
    if (spec.of("service") == "none" && run({dpkg, "--purge", "drill-svc"}) != 0) give_up("remove the service");
    if (spec.of("service") == "fixed" && run({dpkg, "--install", "/var/lib/drill-counts/fixed.deb"}) != 0) give_up("install the fixed service");
    if (spec.is("needs-restart")) {
        make_folder("/etc/drill-svc");
        put_file("/etc/drill-svc/needs-restart", "");
    }
    if (spec.is("lies")) put_file("/usr/lib/drill/lie", "");
    put_file(made_file, "");
}

void start_sshd() {
    if (!exists(host_key) && run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root@machine", "-f", host_key}) != 0)
        give_up("make a host key");
    if (run({"/usr/sbin/sshd"}) != 0) give_up("start sshd");
}

void await_listener(int port) {
    for (int waited = 0; !listens(port); waited += 10) {
        if (waited > up_within_ms) {
            errno = ETIMEDOUT;
            give_up("see " + std::to_string(port) + "/tcp open");
        }
        sleep_ms(10);
    }
}

void start_everything(const MachineSpec& spec) {
    const auto ssh = spec.of("ssh");
    if (ssh == "accepts" || ssh == "refuses") start_sshd();
    if (ssh == "hangs") start_hanging_sshd();
    if (run({"/usr/sbin/cron"}) != 0) give_up("start cron");
    if (exists("/etc/init.d/drill-svc") && run({"/etc/init.d/drill-svc", "start"}) != 0) give_up("start the service");
    if (ssh != "absent") await_listener(22);
    if (exists("/etc/init.d/drill-svc")) await_listener(service_port);
    if (spec.is("locks")) start_lock_taker();
    if (spec.is("full") && !exists(ballast)) fill_disk();
}

void end_all(const char* name) {
    DIR* processes = ::opendir("/proc");
    if (processes == nullptr) return;
    while (const dirent* entry = ::readdir(processes)) {
        const int pid = std::atoi(entry->d_name);
        if (pid > 1 && first_line_of("/proc/" + std::to_string(pid) + "/comm") == name) ::kill(pid, SIGKILL);
    }
    ::closedir(processes);
}

// Sessions end with it: whoever comes back meets the new key.
void change_host_key() {
    for (const char* process : {"sshd", "sshd-session", "sshd-auth"}) end_all(process);
    while (listens(22)) sleep_ms(5);
    ::unlink(host_key);
    ::unlink((std::string(host_key) + ".pub").c_str());
    start_sshd();
    await_listener(22);
    tell_lab("k");
}

[[noreturn]] void end_machine(int code) {
    sleep_ms(200);  // whoever asked hears that it was heard
    ::kill(-1, SIGTERM);
    for (int i = 0; i < 20 && (::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD); ++i) sleep_ms(10);
    ::_exit(code);  // the kernel ends what is left
}

[[noreturn]] void reap_for_ever(const sigset_t& heard) {
    for (;;) {
        const int signal = ::sigwaitinfo(&heard, nullptr);
        if (signal == SIGCHLD)
            while (::waitpid(-1, nullptr, WNOHANG) > 0) {
            }
        else if (signal == SIGUSR1)
            end_machine(restart_me);
        else if (signal == SIGUSR2)
            change_host_key();
        else if (signal == SIGTERM)
            end_machine(0);
    }
}

}  // namespace

void be_init(const MachineSpec& spec) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "init");
    sigset_t heard;
    sigemptyset(&heard);
    for (int signal : {SIGCHLD, SIGUSR1, SIGUSR2, SIGTERM}) sigaddset(&heard, signal);
    ::sigprocmask(SIG_BLOCK, &heard, nullptr);
    ::umask(022);
    ::setsid();
    const std::string name(spec.of("name"));
    must(::sethostname(name.data(), name.size()), "set the host name");
    mount_everything();
    new_boot_id();
    if (!exists(made_file)) first_boot(spec);
    start_everything(spec);
    tell_lab("u");
    reap_for_ever(heard);
}

}  // namespace douse::drill
