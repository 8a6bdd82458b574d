// SPDX-License-Identifier: Apache-2.0
// The drill's service as real Debian packages, 1.0-1 (vulnerable) and 1.0-2 (fixed). The same source gives the same bytes, so
// that the SHA-256 in the drill's playbook stays true.
//
// The service answers "VERSION" on 7445/tcp with the version that was read when it started: after an upgrade without a restart
// it goes on answering the old one. On a machine with /etc/drill-svc/needs-restart the fix asks for a restart of the machine,
// and until then every start of the service reads the version that was there at boot.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>

namespace douse::drill {

struct Package {
    std::filesystem::path file;  // drill-svc_1.0-2_all.deb
    std::string version;
    std::string sha256;
};
struct Packages {
    Package vulnerable;
    Package fixed;
};

inline constexpr const char* vulnerable_version = "1.0-1";
inline constexpr const char* fixed_version = "1.0-2";

// Builds both in `folder` with dpkg-deb, anew each time (a tenth of a second), each in place of an older one in one step.
[[nodiscard]] Result<Packages> build_packages(const std::filesystem::path& folder);

}  // namespace douse::drill
