// SPDX-License-Identifier: Apache-2.0
#include "drill/machine/steps.hpp"

#include "drill/machine/spec.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace douse::drill {

void tell_lab(std::string_view message) {
    ::send(control_fd, message.data(), std::min(message.size(), longest_message), MSG_NOSIGNAL);
}

void give_up(const std::string& what) {
    const std::string sentence = "could not " + what + ": " + std::strerror(errno);
    std::fprintf(stderr, "drill-machine: %s\n", sentence.c_str());
    tell_lab("e " + sentence);
    ::_exit(1);
}

void must(int result, const std::string& what) {
    if (result < 0) give_up(what);
}

void make_folder(const std::string& path, mode_t mode) {
    for (size_t cut = path.find('/', 1);; cut = path.find('/', cut + 1)) {
        const std::string part = path.substr(0, cut);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) give_up("make " + part);
        if (cut == std::string::npos) return;
    }
}

void put_file(const std::string& path, std::string_view text, mode_t mode) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    must(fd, "write " + path);
    while (!text.empty()) {
        const ssize_t wrote = ::write(fd, text.data(), text.size());
        must(static_cast<int>(wrote), "write " + path);
        text.remove_prefix(static_cast<size_t>(wrote));
    }
    ::fchmod(fd, mode);
    ::close(fd);
}

std::string first_line_of(const std::string& path) {
    std::array<char, 256> line{};
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    const ssize_t got = ::read(fd, line.data(), line.size() - 1);
    ::close(fd);
    std::string text(line.data(), got > 0 ? static_cast<size_t>(got) : 0);
    return text.substr(0, text.find('\n'));
}

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

void mount_on(const std::string& what, const std::string& where, const char* type, unsigned long flags, const std::string& options) {
    must(::mount(what.c_str(), where.c_str(), type, flags, options.empty() ? nullptr : options.c_str()), "mount " + what + " on " + where);
}

void change_root(const std::string& to, const std::string& old_below_it) {
    must(static_cast<int>(::syscall(SYS_pivot_root, to.c_str(), (to + old_below_it).c_str())), "change the root to " + to);
    must(::chdir("/"), "enter the new root");
    must(::umount2(old_below_it.c_str(), MNT_DETACH), "leave the old root");
}

int run(const std::vector<std::string>& words) {
    const pid_t pid = ::fork();
    must(pid, "fork");
    if (pid == 0) {
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        std::vector<char*> argv;
        for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
        argv.push_back(nullptr);
        std::array<std::string, 4> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
                                               "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"};
        std::array<char*, 5> envp{environment[0].data(), environment[1].data(), environment[2].data(), environment[3].data(), nullptr};
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void sleep_ms(int ms) {
    ::poll(nullptr, 0, ms);
}

bool listens(int port) {
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::FILE* file = std::fopen(table, "re");
        if (file == nullptr) continue;
        std::array<char, 512> line{};
        bool found = false;
        while (!found && std::fgets(line.data(), line.size(), file) != nullptr) {
            unsigned local = 0;
            unsigned state = 0;
            // sl: ADDRESS:PORT ADDRESS:PORT STATE ..., all in hex; 0A is LISTEN
            if (std::sscanf(line.data(), " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local, &state) == 2)
                found = local == static_cast<unsigned>(port) && state == 0x0a;
        }
        std::fclose(file);
        if (found) return true;
    }
    return false;
}

}  // namespace douse::drill
