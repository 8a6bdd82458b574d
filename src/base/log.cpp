// SPDX-License-Identifier: Apache-2.0
#include "base/log.hpp"

#include "base/clock.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <atomic>

namespace douse::base {
namespace {
std::atomic<LogLevel> least_level{LogLevel::info};
}

void log(LogLevel level, std::string_view sentence) {
    if (level < least_level.load(std::memory_order_relaxed)) return;
    constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
    const std::string line = fmt::format("{} {}: {}\n", to_rfc3339(SystemClock{}.now()), names[static_cast<size_t>(level)], sentence);
    // One write keeps lines whole between threads; a closed stderr is no reason to stop.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void set_log_level(LogLevel least) {
    least_level.store(least, std::memory_order_relaxed);
}

}  // namespace douse::base
