// SPDX-License-Identifier: Apache-2.0
// Work done inside another network namespace. A thread of its own enters it, so the caller's threads never move; sockets made
// there, and programs started there, stay in it.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace douse::drill {

[[nodiscard]] inline std::filesystem::path named_netns(std::string_view name) {
    return std::filesystem::path("/run/netns") / name;
}
[[nodiscard]] inline std::filesystem::path netns_of_process(int pid) {
    return "/proc/" + std::to_string(pid) + "/ns/net";
}

// Blocks until `work` has returned. not_found: no such namespace (any more); then `work` didn't run.
[[nodiscard]] Result<void> run_in_netns(const std::filesystem::path& netns, const std::function<void()>& work);

// A TCP connection from the calling thread's namespace. unreachable, timed_out.
[[nodiscard]] Result<base::UniqueFd> connect_to(const Endpoint& endpoint, Millis timeout);

// The version that the drill's service reports, as text ("1.0-1"). unreachable, timed_out, corrupt (it speaks otherwise).
[[nodiscard]] Result<std::string> ask_service_version(const Endpoint& endpoint, Millis timeout);

inline constexpr uint16_t service_port = 7445;
inline constexpr uint16_t marker_port = 7446;

}  // namespace douse::drill
