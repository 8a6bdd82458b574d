// SPDX-License-Identifier: Apache-2.0
// The tree that all machines of a drill share as the lower layer of their file systems: a minimal Debian of the host's own
// suite with sshd and cron, and the drill's service 1.0-1 installed. Made once by mmdebstrap (about 15 s, 200 MB), then kept.
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "drill/package.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace douse::drill {

// `sentence` says what is being done; nothing is called when there is nothing to wait for.
using Announce = std::function<void(std::string_view sentence)>;

// A tree that no other drill removes while this is held.
struct Rootfs {
    std::filesystem::path tree;
    base::UniqueFd hold;
};

// CACHE/SUITE-RECIPE. Made when it is missing, in one step, and by one process at a time: a second one waits for the first.
// Trees of other recipes go, unless a drill holds them. unsupported: not a Debian, or a program is missing.
[[nodiscard]] Result<Rootfs> make_rootfs(const std::filesystem::path& cache, const Packages& packages, const Announce& announce);

}  // namespace douse::drill
