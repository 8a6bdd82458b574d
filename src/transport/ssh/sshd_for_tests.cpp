// SPDX-License-Identifier: Apache-2.0
// What sshd_for_tests.hpp offers, and that it cleans up after itself.
#include "transport/ssh/sshd_for_tests.hpp"

#include "base/unique_fd.hpp"
#include "model/permit_for_tests.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace douse::transport {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

pid_t spawn(const std::vector<std::string>& words, int out_fd) {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    if (out_fd >= 0) {
        posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
        posix_spawn_file_actions_adddup2(&actions, out_fd, 2);
    }
    pid_t pid = -1;
    const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 ? pid : -1;
}

bool answers(const Endpoint& endpoint) {
    const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(endpoint.port);
    to.sin_addr.s_addr = htonl(endpoint.address.v4_value());
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}

uint16_t free_port() {
    const base::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&any), size) != 0) return 0;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&any), &size);
    return ntohs(any.sin_port);
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(parent) + "/task")) {
        std::ifstream in(task.path() / "children");
        for (pid_t child; in >> child;) children.push_back(child);
    }
    return children;
}

// $1: an empty folder on which the copies are made; the rest is the program to become.
constexpr const char* own_files_script = R"sh(
set -e
mount -t tmpfs tmpfs "$1"
for place in etc var usr/local; do
  mkdir -p "$1/$place/u" "$1/$place/w"
  mount -t overlay -o "lowerdir=/$place,upperdir=$1/$place/u,workdir=$1/$place/w" overlay "/$place"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /etc/cron.d /usr/local/sbin /var/spool/cron/crontabs /var/spool/cron/atjobs
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
sed -i 's/^root:!*:/root:*:/' /etc/shadow
shift
exec "$@"
)sh";

std::vector<std::string> in_own_files(const fs::path& copies, const std::vector<std::string>& words) {
    std::vector<std::string> all{"unshare", "-m", "-p", "-f", "--kill-child", "--mount-proc", "/bin/sh", "-c", own_files_script, "sh", copies};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

}  // namespace

int run_here(const std::vector<std::string>& words, std::string* out) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
    const base::UniqueFd read_end(ends[0]);
    base::UniqueFd write_end(ends[1]);
    const pid_t pid = spawn(words, write_end.get());
    write_end.reset();
    if (pid < 0) return -1;
    std::string text;
    char buffer[4096];
    for (ssize_t got; (got = ::read(read_end.get(), buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(got));
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (out) *out = text;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

SshdForTests::SshdForTests(Place place, const std::string& extra_config, std::optional<Endpoint> at) : place_(place) {
    std::string pattern = "/tmp/douse-sshd-XXXXXX";
    if (!::mkdtemp(pattern.data())) {
        why_not_ = "no temporary folder";
        return;
    }
    folder_ = pattern;
    if (!fs::exists("/usr/sbin/sshd")) {
        why_not_ = "/usr/sbin/sshd is not installed (Debian package openssh-server)";
        return;
    }
    if (place == Place::own_files && ::geteuid() != 0) {
        why_not_ = "a mount namespace of its own needs root";
        return;
    }
    if (place == Place::own_files) {
        fs::create_directory(folder_ / "try");
        std::string said;
        if (run_here(in_own_files(folder_ / "try", {"true"}), &said) != 0) {
            why_not_ = "no mount namespace of its own can be made: " + said;
            return;
        }
    }
    for (const char* key : {"host", "user", "other"}) {
        if (run_here({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_ / key}) != 0) {
            why_not_ = "ssh-keygen does not work";
            return;
        }
    }
    fs::copy_file(folder_ / "user.pub", folder_ / "authorized");
    endpoint_ = at.value_or(Endpoint{.address = Address::v4(INADDR_LOOPBACK), .port = 0});
    if (!at) endpoint_.port = free_port();
    // What a shell finds in the home folder of whoever runs the tests (bash reads .bashrc under sshd) is not theirs to meet.
    fs::create_directory(folder_ / "home");
    const std::string config = "Port " + std::to_string(endpoint_.port) + "\nListenAddress " + endpoint_.address.text() + "\nHostKey " +
                               (folder_ / "host").string() + "\nAuthorizedKeysFile " + (folder_ / "authorized").string() +
                               "\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nSetEnv HOME=" + (folder_ / "home").string() +
                               "\nPidFile none\nStrictModes no\n"
                               "PermitRootLogin prohibit-password\nUseDNS no\nMaxStartups 500\nLogLevel ERROR\n" +
                               extra_config;
    // OpenSSH 9.8 and later shut out an address for a while after refused credentials and killed connections;
    // older ones don't know the word.
    if (::geteuid() == 0) fs::create_directories("/run/sshd");
    spill(folder_ / "config", config + "PerSourcePenalties no\n");
    if (run_here({"/usr/sbin/sshd", "-t", "-f", folder_ / "config"}) != 0) spill(folder_ / "config", config);
    if (!start()) why_not_ = "sshd does not start: " + slurp(folder_ / "log");
}

bool SshdForTests::start() {
    std::vector<std::string> words{"/usr/sbin/sshd", "-D", "-e", "-f", folder_ / "config"};
    if (place_ == Place::own_files) {
        fs::create_directories(folder_ / "own");
        words = in_own_files(folder_ / "own", words);
    }
    const std::vector<std::string> with_us{"setpriv", "--pdeathsig", "KILL"};  // a test that is killed leaves nothing running
    words.insert(words.begin(), with_us.begin(), with_us.end());
    const base::UniqueFd log(::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    pid_ = spawn(words, log.get());
    for (int tries = 0; tries < 500 && pid_ > 0; ++tries) {  // a child's port: there is nothing to wait on but itself
        if (answers(endpoint_)) return true;
        if (int status = 0; ::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = -1;
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
}

void SshdForTests::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, place_ == Place::plain ? SIGTERM : SIGKILL);  // with unshare dies its child, and with that all of its namespace
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    // A connection that was just taken has the listening socket too, until it becomes a program of its own.
    for (int tries = 0; tries < 500 && answers(endpoint_); ++tries) std::this_thread::sleep_for(std::chrono::milliseconds{10});
}

SshdForTests::~SshdForTests() {
    if (pid_ > 0) kill_connections();
    stop();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

// A connection is one process or, from OpenSSH 9.8 on, several below each other; what it runs for the client is left alone.
void kill_connections_below(pid_t server) {
    for (const pid_t child : children_of(server)) {
        std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
        std::string name;
        comm >> name;
        if (!name.starts_with("sshd")) continue;
        kill_connections_below(child);
        ::kill(child, SIGKILL);
    }
}

void SshdForTests::kill_connections() const {
    for (const pid_t server : place_ == Place::plain ? std::vector{pid_} : children_of(pid_)) kill_connections_below(server);
}

void SshdForTests::change_host_key() {
    stop();
    fs::remove(folder_ / "host");
    fs::remove(folder_ / "host.pub");
    run_here({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_ / "host"});
    if (!start()) why_not_ = "sshd does not start again";
}

model::SshCredential SshdForTests::credential() const {
    const passwd* me = ::getpwuid(::geteuid());
    return {.user = me ? me->pw_name : "root", .private_key = slurp(folder_ / "user"), .password = {}};
}

model::SshCredential SshdForTests::wrong_credential() const {
    auto credential = this->credential();
    credential.private_key = slurp(folder_ / "other");
    return credential;
}

model::HostKeyJudgement PinnedKeys::judge(const Endpoint& endpoint, const model::HostKey& key) {
    if (!readable) return model::HostKeyJudgement::unjudged;
    base::MutexLock lock(mutex_);
    const auto [at, is_new] = keys_.emplace(endpoint, key);
    if (is_new) return model::HostKeyJudgement::first_seen;
    if (at->second != key) return model::HostKeyJudgement::changed;
    return confirmed_.contains(endpoint) ? model::HostKeyJudgement::confirmed : model::HostKeyJudgement::pinned;
}

void PinnedKeys::confirm(const Endpoint& endpoint, const model::HostKey& key) {
    base::MutexLock lock(mutex_);
    if (keys_.at(endpoint) == key) confirmed_.insert(endpoint);
}

void PinnedKeys::ask(const Endpoint& endpoint, const model::HostKey& key) {
    base::MutexLock lock(mutex_);
    if (keys_.at(endpoint) == key) asked_.insert(endpoint);
}

bool PinnedKeys::asked(const Endpoint& endpoint) {
    base::MutexLock lock(mutex_);
    return asked_.contains(endpoint);
}

size_t PinnedKeys::size() {
    base::MutexLock lock(mutex_);
    return keys_.size();
}

model::Permit permit_of(const PermitParts& parts) {
    return model::PermitForTests::make(
        parts.purpose,
        {.scope = std::make_shared<const model::Scope>(std::vector{*AddressRange::parse(parts.scope)}),
         .credentials = parts.credentials,
         .judge_host_key = [pinned = parts.pinned](const Endpoint& endpoint, const model::HostKey& key) { return pinned->judge(endpoint, key); },
         .signed_in_by_key = [pinned = parts.pinned](const Endpoint& endpoint, const model::HostKey& key) { pinned->confirm(endpoint, key); },
         .password_withheld = [pinned = parts.pinned](const Endpoint& endpoint, const model::HostKey& key) { pinned->ask(endpoint, key); },
         .stopped = parts.stopped,
         .still_in_scope = parts.still_in_scope});
}

}  // namespace douse::transport
