// SPDX-License-Identifier: Apache-2.0
// The one bucket that an asset is counted in, and the two verdicts behind it (design: Disposition).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace douse::model {

enum class Axis { vulnerability, infection };

// `unknown` belongs to both axes.
enum class Verdict { unknown, vulnerable, fixed, not_affected, infected, clean };
[[nodiscard]] std::string_view name_of(Verdict verdict);
[[nodiscard]] std::optional<Verdict> verdict_from(std::string_view name);
[[nodiscard]] constexpr bool is_good_news(Verdict v) {
    return v == Verdict::fixed || v == Verdict::not_affected || v == Verdict::clean;
}
[[nodiscard]] std::optional<Axis> axis_of(Verdict verdict);  // nothing for unknown

// In the order of the table: the first row that holds.
enum class Disposition { infected_isolated, infected, fix_unverified, not_affected, fixed, exempt, vulnerable, unknown };
inline constexpr size_t disposition_count = 8;
enum class Standing { open, done, accepted_risk };

[[nodiscard]] std::string_view name_of(Disposition disposition);
[[nodiscard]] std::optional<Disposition> disposition_from(std::string_view name);
[[nodiscard]] Standing standing_of(Disposition disposition);
[[nodiscard]] int severity_of(Disposition disposition);  // 0 is the worst: the order of lists, worst first

// How many assets on the books are in each; law 1: they sum to `on_books`.
struct Books {
    std::array<int64_t, disposition_count> counts{};
    int64_t on_books = 0;
    int64_t retired = 0;

    [[nodiscard]] int64_t of(Disposition d) const { return counts[static_cast<size_t>(d)]; }
    [[nodiscard]] int64_t sum() const;
    [[nodiscard]] bool balanced() const { return sum() == on_books; }
    bool operator==(const Books&) const = default;
};

}  // namespace douse::model
