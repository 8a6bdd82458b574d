// SPDX-License-Identifier: Apache-2.0
// Time as a port: wall time for what is recorded, steady time for deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace douse::base {

using Millis = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Millis>;  // UTC; text forms name their unit ("at_ms")
using Deadline = std::chrono::steady_clock::time_point;

[[nodiscard]] inline int64_t to_ms(Timestamp t) {
    return t.time_since_epoch().count();
}
[[nodiscard]] inline Timestamp from_ms(int64_t ms) {
    return Timestamp{Millis{ms}};
}
[[nodiscard]] Deadline deadline_in(Millis span);
[[nodiscard]] Millis left_until(Deadline deadline);  // never negative
// False: a stop was asked for before the span was over.
bool wait_unless_stopped(Millis span, const std::stop_token& stop);

// "2026-11-24T15:27:55.120Z" and back. Parsing also takes a space for the T and leaves out the fraction; UTC only.
[[nodiscard]] std::string to_rfc3339(Timestamp t);
[[nodiscard]] std::string to_minute_text(Timestamp t);  // "2026-11-24 15:27 UTC", for sentences
[[nodiscard]] std::optional<Timestamp> from_rfc3339(std::string_view text);

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Timestamp now() const override;
};

// For tests: stands still until it is moved.
class FakeClock final : public Clock {
public:
    explicit FakeClock(Timestamp start = from_ms(1'700'000'000'000)) : now_(start) {}
    [[nodiscard]] Timestamp now() const override;
    void advance(Millis span);

private:
    mutable std::mutex mutex_;
    Timestamp now_;
};

}  // namespace douse::base

namespace douse {
using base::Deadline;
using base::Millis;
using base::Timestamp;
}  // namespace douse
