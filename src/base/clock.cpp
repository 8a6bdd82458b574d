// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <fmt/format.h>
#include <condition_variable>

namespace douse::base {

Deadline deadline_in(Millis span) {
    return std::chrono::steady_clock::now() + span;
}

Millis left_until(Deadline deadline) {
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    return left.count() > 0 ? left : Millis{0};
}

bool wait_unless_stopped(Millis span, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, span, [] { return false; });
    return !stop.stop_requested();
}

std::string to_rfc3339(Timestamp t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{t - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(), time.seconds().count(),
                       time.subseconds().count());
}

std::string to_minute_text(Timestamp t) {
    const std::string text = to_rfc3339(t);
    return text.substr(0, 10) + " " + text.substr(11, 5) + " UTC";
}

std::optional<Timestamp> from_rfc3339(std::string_view text) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int used = 0;
    char separator = 0;
    const std::string copy(text.substr(0, 40));
    if (std::sscanf(copy.c_str(), "%4d-%2u-%2u%c%2d:%2d:%2d%n", &year, &month, &day, &separator, &hour, &minute, &second, &used) < 7) {
        return std::nullopt;
    }
    if (separator != 'T' && separator != ' ') return std::nullopt;
    int millis = 0;
    size_t at = static_cast<size_t>(used);
    if (at < copy.size() && copy[at] == '.') {
        int scale = 100;
        for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, scale /= 10) millis += (copy[at] - '0') * scale;
    }
    if (at < copy.size() && copy.substr(at) != "Z" && copy.substr(at) != "+00:00") return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} + Millis{millis};
}

Timestamp SystemClock::now() const {
    return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

Timestamp FakeClock::now() const {
    std::lock_guard lock(mutex_);
    return now_;
}

void FakeClock::advance(Millis span) {
    std::lock_guard lock(mutex_);
    now_ += span;
}

}  // namespace douse::base
