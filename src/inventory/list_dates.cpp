// SPDX-License-Identifier: Apache-2.0
#include "inventory/list_dates.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace douse::inventory {
namespace {

// Numbers and what stands between them: "5/26/2025 4:27:40 PM" is 5 26 2025 4 27 40, "//" and PM.
struct Parts {
    std::array<int, 6> numbers{};
    size_t count = 0;
    std::string between;  // the first character behind each number
    bool am = false, pm = false;
};

std::optional<Parts> parts_of(std::string_view text) {
    Parts parts;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end && parts.count < parts.numbers.size()) {
        const auto [next, error] = std::from_chars(at, end, parts.numbers[parts.count]);
        if (error != std::errc{} || *at == '-') return std::nullopt;
        ++parts.count;
        at = next;
        if (at < end && (*at == ' ' || *at == '\t' || *at == ',')) {
            parts.between += ' ';
            while (at < end && (*at == ' ' || *at == '\t' || *at == ',')) ++at;
        } else if (at < end) {
            parts.between += *at++;
        }
        if (at < end && (*at < '0' || *at > '9')) break;
    }
    std::string rest(at, end);
    for (char& c : rest) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    parts.am = rest == "AM" || rest == "A.M.";
    parts.pm = rest == "PM" || rest == "P.M.";
    if (!rest.empty() && !parts.am && !parts.pm) return std::nullopt;
    return parts;
}

std::optional<Timestamp> moment(int year, int month, int day, int hour, int minute, int second) {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::optional<Timestamp> from_file_time(std::string_view text) {
    if (text.size() != 18 || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    int64_t ticks = 0;
    std::from_chars(text.data(), text.data() + text.size(), ticks);
    constexpr int64_t ms_from_1601_to_1970 = 11'644'473'600'000;
    return base::from_ms(ticks / 10'000 - ms_from_1601_to_1970);
}

}  // namespace

DateOrder order_of_dates(const std::vector<std::string_view>& dates) {
    for (const std::string_view text : dates) {
        const auto parts = parts_of(text);
        if (!parts || parts->count < 3 || !parts->between.starts_with("//")) continue;
        if (parts->numbers[0] > 12) return DateOrder::day_first;
        if (parts->numbers[1] > 12 || parts->am || parts->pm) return DateOrder::month_first;
    }
    return DateOrder::month_first;
}

std::optional<Timestamp> parse_list_date(std::string_view text, DateOrder order) {
    if (auto exact = base::from_rfc3339(text)) return exact;
    if (auto counted = from_file_time(text)) return counted;
    if (const size_t t = text.find('T'); t == 10) {  // RFC 3339 with an offset or without a zone: the zone is left out
        std::string plain(text.substr(0, std::min<size_t>(19, text.size())));
        plain[t] = ' ';
        return parse_list_date(plain, order);
    }
    const auto parts = parts_of(text);
    if (!parts || parts->count < 3 || parts->between.size() < 2 || parts->between[0] != parts->between[1]) return std::nullopt;
    const auto& n = parts->numbers;
    int hour = n[3];
    if (parts->am || parts->pm) {
        if (hour < 1 || hour > 12) return std::nullopt;
        hour = hour % 12 + (parts->pm ? 12 : 0);
    }
    switch (parts->between[0]) {
        case '/':
            if (n[0] > 31) return moment(n[0], n[1], n[2], hour, n[4], n[5]);
            return order == DateOrder::day_first ? moment(n[2], n[1], n[0], hour, n[4], n[5]) : moment(n[2], n[0], n[1], hour, n[4], n[5]);
        case '.': return moment(n[2], n[1], n[0], hour, n[4], n[5]);
        case '-': return n[0] > 31 ? moment(n[0], n[1], n[2], hour, n[4], n[5]) : std::nullopt;
        default: return std::nullopt;
    }
}

}  // namespace douse::inventory
