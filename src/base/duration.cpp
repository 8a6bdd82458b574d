// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace douse::base {
namespace {

constexpr std::array<std::pair<std::string_view, int64_t>, 5> spans{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<std::pair<std::string_view, int64_t>, 4> sizes{{{"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024LL * 1024 * 1024}}};

template <size_t N>
std::optional<int64_t> scaled(std::string_view text, const std::array<std::pair<std::string_view, int64_t>, N>& units) {
    int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    const std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
    for (const auto& [name, scale] : units) {
        if (name != unit) continue;
        int64_t product = 0;
        if (__builtin_mul_overflow(number, scale, &product)) return std::nullopt;
        return product;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
    const auto ms = scaled(text, spans);
    return ms ? std::optional(Millis{*ms}) : std::nullopt;
}

std::string format_duration(Millis span) {
    for (auto unit = spans.rbegin(); unit != spans.rend(); ++unit) {
        if (span.count() != 0 && span.count() % unit->second == 0) {
            return std::to_string(span.count() / unit->second) + std::string(unit->first);
        }
    }
    return "0s";
}

std::optional<int64_t> parse_size(std::string_view text) {
    return scaled(text, sizes);
}

}  // namespace douse::base
