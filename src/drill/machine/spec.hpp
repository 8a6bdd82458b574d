// SPDX-License-Identifier: Apache-2.0
// What drill-machine is told about its machine, as words KEY=VALUE on its command line, and the one-letter messages between
// it and the lab (a SOCK_SEQPACKET pair on descriptor 3).
//
//   machine -> lab   n             its network namespace is there: move the interfaces in
//                    p PID         it boots; PID is its pid 1, as the host numbers it
//                    u             it is up: sshd (or what stands for it) and the service listen
//                    k             its host key is another one now
//                    x             it is off
//                    e SENTENCE    it could not be made
//   lab -> machine   g             the interfaces are in: go on
//                    r             restart (switch on, if it is off)
//                    k             change the host key
//   The lab's end closed: the machine ends, and nothing of it stays.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace douse::drill {

inline constexpr int control_fd = 3;
inline constexpr size_t longest_message = 512;

struct MachineSpec {
    std::map<std::string, std::string, std::less<>> words;

    // name machine-id root (empty folder to build in) lower (the shared tree) key (public key line) deb (the fixed package)
    // disk (MiB) service (none|vulnerable|fixed) ssh (accepts|refuses|hangs|absent)
    // eth0, eth1 (address/prefix) gateway; flags with value 1: lies, locks, needs-restart, full
    [[nodiscard]] std::string_view of(std::string_view key) const {
        const auto at = words.find(key);
        return at == words.end() ? std::string_view{} : std::string_view(at->second);
    }
    [[nodiscard]] bool is(std::string_view flag) const { return of(flag) == "1"; }

    static MachineSpec parse(int argc, char** argv) {
        MachineSpec spec;
        for (int i = 1; i < argc; ++i) {
            const std::string_view word = argv[i];
            const size_t cut = word.find('=');
            if (cut != std::string_view::npos) spec.words.emplace(word.substr(0, cut), word.substr(cut + 1));
        }
        return spec;
    }
    [[nodiscard]] std::vector<std::string> command_line(const std::string& program) const {
        std::vector<std::string> line{program};
        for (const auto& [key, value] : words) line.push_back(key + "=" + value);
        return line;
    }
};

}  // namespace douse::drill
