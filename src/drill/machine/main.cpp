// SPDX-License-Identifier: Apache-2.0
// drill-machine: supervises one machine of a drill. It owns the machine's network namespace and its file system, which a
// restart must survive, and boots pid 1 in namespaces that a restart must not survive. It ends when the lab's end of the
// control socket closes, however the lab ended; with it go the file system (a tmpfs of its own mount namespace) and the
// network, so that nothing is left on the host.
#include "drill/machine/guest_init.hpp"
#include "drill/machine/spec.hpp"
#include "drill/machine/steps.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace douse::drill;

namespace {

std::string whole_file(const std::string& path) {
    std::string bytes;
    std::array<char, 8192> buffer{};
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    must(fd, "read " + path);
    for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) bytes.append(buffer.data(), static_cast<size_t>(got));
    ::close(fd);
    return bytes;
}

// A root of our own, so that no mount of the host is held: the shared tree at /lower, the machine's disk at /disk, both
// together at /m, and at /counts what must be counted beside the machine's file system.
void make_file_system(const MachineSpec& spec) {
    const std::string root(spec.of("root"));
    const std::string deb = whole_file(std::string(spec.of("deb")));
    mount_on("none", "/", nullptr, MS_REC | MS_SLAVE);
    mount_on("drill", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m");
    for (const char* folder : {"/lower", "/disk", "/m", "/counts", "/old"}) make_folder(root + folder);
    put_file(root + "/fixed.deb", deb);
    put_file(root + "/counts/fixed.deb", "");
    mount_on(std::string(spec.of("lower")), root + "/lower", nullptr, MS_BIND);
    change_root(root, "/old");
    mount_on("disk", "/disk", "tmpfs", 0, "mode=755,size=" + std::string(spec.of("disk")) + "m");
    make_folder("/disk/upper");
    make_folder("/disk/work");
    mount_on("machine", "/m", "overlay", 0, "lowerdir=/lower,upperdir=/disk/upper,workdir=/disk/work");
    make_folder("/m/var/lib/drill-counts");
}

void set_sysctl(const std::string& name, std::string_view value) {
    const int fd = ::open(("/proc/sys/net/ipv4/" + name).c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    [[maybe_unused]] const ssize_t wrote = ::write(fd, value.data(), value.size());
    ::close(fd);
}

sockaddr address_of(uint32_t host_order) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(host_order);
    sockaddr out{};
    std::memcpy(&out, &in, sizeof in);
    return out;
}

uint32_t parse_v4(const std::string& text) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
        errno = EINVAL;
        give_up("read the address " + text);
    }
    return ntohl(address.s_addr);
}

void bring_up(int socket, const char* name) {
    ifreq request{};
    std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    must(::ioctl(socket, SIOCGIFFLAGS, &request), std::string("find the interface ") + name);
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    must(::ioctl(socket, SIOCSIFFLAGS, &request), std::string("bring up ") + name);
}

void configure_network(const MachineSpec& spec) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(socket, "make a socket");
    bring_up(socket, "lo");
    for (const char* name : {"eth0", "eth1"}) {
        const std::string place(spec.of(name));
        if (place.empty()) continue;
        const size_t cut = place.find('/');
        ifreq request{};
        std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
        request.ifr_addr = address_of(parse_v4(place.substr(0, cut)));
        must(::ioctl(socket, SIOCSIFADDR, &request), std::string("give an address to ") + name);
        request.ifr_netmask = address_of(~uint32_t{0} << (32 - std::atoi(place.c_str() + cut + 1)));
        must(::ioctl(socket, SIOCSIFNETMASK, &request), std::string("give a netmask to ") + name);
        bring_up(socket, name);
    }
    rtentry route{};  // to the organisation, and nowhere else
    route.rt_dst = address_of(parse_v4("10.0.0.0"));
    route.rt_genmask = address_of(parse_v4("255.0.0.0"));
    route.rt_gateway = address_of(parse_v4(std::string(spec.of("gateway"))));
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    must(::ioctl(socket, SIOCADDRT, &route), "set the route");
    ::close(socket);
}

pid_t boot(const MachineSpec& spec) {
    const long pid = ::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | SIGCHLD, 0, 0, 0, 0);
    must(static_cast<int>(pid), "make the machine's namespaces");
    if (pid == 0) be_init(spec);
    tell_lab("p " + std::to_string(pid));
    return static_cast<pid_t>(pid);
}

// What the lab says next; 0 when it is gone.
char hear_lab() {
    std::array<char, longest_message> message{};
    ssize_t got = 0;
    while ((got = ::recv(control_fd, message.data(), message.size(), 0)) < 0 && errno == EINTR) {
    }
    return got > 0 ? message[0] : '\0';
}

class Supervisor {
public:
    explicit Supervisor(const MachineSpec& spec) : spec_(spec) {
        sigset_t child;
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &child, nullptr);
        signals_ = ::signalfd(-1, &child, SFD_CLOEXEC);
        must(signals_, "watch for the end of pid 1");
    }

    void supervise() {
        init_ = boot(spec_);
        for (;;) {
            std::array<pollfd, 2> waits{{{control_fd, POLLIN, 0}, {signals_, POLLIN, 0}}};
            if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) give_up("wait");
            if (waits[1].revents != 0) init_ended();
            if (waits[0].revents != 0 && !obey(hear_lab())) return;
        }
    }

private:
    bool obey(char command) {
        if (command == '\0') {
            if (init_ > 0) {
                ::kill(init_, SIGKILL);
                ::waitpid(init_, nullptr, 0);
            }
            return false;
        }
        if (command == 'r' && init_ == 0)
            init_ = boot(spec_);
        else if (command == 'r')
            ::kill(init_, SIGUSR1);
        else if (command == 'k' && init_ > 0)
            ::kill(init_, SIGUSR2);
        return true;
    }

    void init_ended() {
        signalfd_siginfo ignored{};
        [[maybe_unused]] const ssize_t got = ::read(signals_, &ignored, sizeof ignored);
        int status = 0;
        if (init_ <= 0 || ::waitpid(init_, &status, WNOHANG) != init_) return;
        init_ = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == restart_me)
            init_ = boot(spec_);
        else
            tell_lab("x");
    }

    const MachineSpec& spec_;
    int signals_ = -1;
    pid_t init_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const MachineSpec spec = MachineSpec::parse(argc, argv);
    ::close_range(control_fd + 1, ~0U, 0);  // nothing else of the drill's own
    ::fcntl(control_fd, F_SETFD, FD_CLOEXEC);
    ::setsid();
    must(::unshare(CLONE_NEWNET | CLONE_NEWNS), "make the machine's namespaces");
    set_sysctl("conf/all/rp_filter", "0");  // one machine answers on two interfaces
    set_sysctl("conf/default/rp_filter", "0");
    make_file_system(spec);
    tell_lab("n");
    if (hear_lab() != 'g') return 0;
    configure_network(spec);
    Supervisor(spec).supervise();
    return 0;
}
