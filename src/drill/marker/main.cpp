// SPDX-License-Identifier: Apache-2.0
// The marker: stands in for a worm in a drill, and does nothing else. It holds 7446/tcp and greets who connects there with
// "DRIL", the format (2 bytes, little-endian, 1), the length of the machine's name (1 byte) and the name.
// With --ensure it ends quietly if one runs already; a cron job calls it so.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <cstdio>
#include <cstring>

namespace {

constexpr uint16_t port = 7446;

int listen_there() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    any.sin_addr.s_addr = htonl(INADDR_ANY);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 || ::listen(fd, 16) != 0) return -1;
    return fd;
}

size_t greeting(std::array<char, 128>& bytes) {
    std::array<char, 65> name{};
    ::gethostname(name.data(), name.size() - 1);
    const size_t length = std::strlen(name.data());
    std::memcpy(bytes.data(), "DRIL\x01\x00", 6);
    bytes[6] = static_cast<char>(length);
    std::memcpy(bytes.data() + 7, name.data(), length);
    return 7 + length;
}

}  // namespace

int main(int argc, char** argv) {
    const bool ensure = argc > 1 && std::strcmp(argv[1], "--ensure") == 0;
    const int listener = listen_there();
    if (listener < 0) {
        if (!ensure) std::fputs("drill-marker: 7446/tcp is taken\n", stderr);
        return ensure ? 0 : 1;
    }
    if (::fork() != 0) return 0;
    ::setsid();
    if (::chdir("/") != 0) return 1;
    const int nowhere = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd) ::dup2(nowhere, fd);
    if (nowhere > 2) ::close(nowhere);
    ::dup2(listener, 3);  // and nothing else of whoever started it
    ::close_range(4, ~0U, 0);
    for (;;) {
        const int client = ::accept(3, nullptr, nullptr);
        if (client < 0) {
            ::poll(nullptr, 0, 100);  // out of descriptors or the like: not a busy loop
            continue;
        }
        std::array<char, 128> bytes{};
        ::send(client, bytes.data(), greeting(bytes), MSG_NOSIGNAL);
        ::close(client);
    }
}
