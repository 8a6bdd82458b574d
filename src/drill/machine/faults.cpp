// SPDX-License-Identifier: Apache-2.0
#include "drill/machine/faults.hpp"

#include "drill/machine/steps.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace douse::drill {
namespace {

constexpr int lock_held_ms = 40'000;
constexpr int look_every_ms = 5;  // quicker than the next step's way in
constexpr size_t most_open_connections = 200;

bool clean_has_ended() {
    const std::string jobs = "/var/lib/douse/jobs";
    DIR* folder = ::opendir(jobs.c_str());
    if (folder == nullptr) return false;
    bool found = false;
    while (const dirent* entry = ::readdir(folder))
        if (entry->d_name[0] != '.' && exists(jobs + "/" + entry->d_name + "/clean/end")) found = true;
    ::closedir(folder);
    return found;
}

void hold(const char* path) {
    const int fd = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) return;
    flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    ::fcntl(fd, F_SETLKW, &whole);  // until the process ends
}

}  // namespace

void start_hanging_sshd() {
    if (::fork() != 0) return;
    ::prctl(PR_SET_NAME, "sshd");
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(22);
    must(::bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any), "bind 22/tcp");
    must(::listen(listener, 64), "listen on 22/tcp");
    std::vector<int> open;
    for (;;) {
        const int client = ::accept(listener, nullptr, nullptr);
        if (client < 0) {
            sleep_ms(100);
            continue;
        }
        open.push_back(client);
        if (open.size() > most_open_connections) {
            ::close(open.front());
            open.erase(open.begin());
        }
    }
}

void start_lock_taker() {
    if (exists(lock_taken_file) || ::fork() != 0) return;
    ::prctl(PR_SET_NAME, "unattended-upgr");
    while (!clean_has_ended()) sleep_ms(look_every_ms);
    hold("/var/lib/dpkg/lock-frontend");
    hold("/var/lib/dpkg/lock");
    put_file(lock_taken_file, "");
    sleep_ms(lock_held_ms);
    ::_exit(0);
}

void fill_disk() {
    const int fd = ::open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    must(fd, "write the ballast");
    const std::vector<char> zeros(65536);
    for (size_t size = zeros.size(); size > 0; size /= 2)
        while (::write(fd, zeros.data(), size) > 0) {
        }
    ::close(fd);
}

}  // namespace douse::drill
