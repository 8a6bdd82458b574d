// SPDX-License-Identifier: Apache-2.0
// The files that make a plain Debian tree a drill machine's: its sshd's settings, a dpkg that counts and can be told to lie,
// and the programs that restart a machine which has no init system.
#pragma once

#include <sys/types.h>
#include <array>
#include <string_view>

namespace douse::drill {

struct GuestFile {
    std::string_view path;  // under the tree's root, without a leading slash
    mode_t mode;
    std::string_view text;
};
inline constexpr std::string_view real_dpkg = "usr/lib/drill/dpkg";  // where the wrapper finds the real one
extern const std::array<GuestFile, 6> guest_files;

}  // namespace douse::drill
