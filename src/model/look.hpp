// SPDX-License-Identifier: Apache-2.0
// A look: one thing that Douse reads on a machine by itself, without running anything that isn't the system's own.
#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::model {

// Longest of an inside check: what one visit gives its looks.
inline constexpr Millis longest_look = std::chrono::seconds{30};

enum class LookKind { file, process, listener, job, package, reboot_pending };

struct Look {
    std::string name;  // as the playbook calls it: the key of its fact
    LookKind kind = LookKind::file;
    std::string argument;  // file: path; process: name; listener: "7446/tcp"; job: RE2 regex on its text; package: name
    std::string path;      // process only: the program's absolute path, or empty
    Millis timeout{0};     // what its part may take on the machine: its check's; 0 leaves that to the transport
    bool operator==(const Look&) const = default;
};

// What a look answers. file: NAME present|absent, NAME.size, NAME.sha256; process, listener, job: NAME present|absent;
// package: NAME present|absent, NAME.version; reboot_pending: NAME true|false.
[[nodiscard]] std::string_view name_of(LookKind kind);

// What every inside visit reads besides: who the machine is. Unreadable parts stay empty.
struct MachineFacts {
    std::string os;       // "linux"
    std::string distro;   // ID of /etc/os-release
    std::string release;  // VERSION_ID
    std::string arch;     // uname -m
    std::string host_name;
    std::string machine_id;  // /etc/machine-id
    std::string boot_id;
    std::vector<std::string> macs;       // of interfaces that are not loopback
    std::vector<std::string> addresses;  // likewise
};

}  // namespace douse::model
