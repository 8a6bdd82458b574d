// SPDX-License-Identifier: Apache-2.0
#include "model/disposition.hpp"

#include "model/look.hpp"

#include <numeric>

namespace douse::model {
namespace {

constexpr std::array<std::string_view, 6> verdict_names{"unknown", "vulnerable", "fixed", "not_affected", "infected", "clean"};
constexpr std::array<std::string_view, disposition_count> disposition_names{
    "infected_isolated", "infected", "fix_unverified", "not_affected", "fixed", "exempt", "vulnerable", "unknown"};
constexpr std::array<std::string_view, 6> look_names{"file", "process", "listener", "job", "package", "reboot_pending"};
static_assert(verdict_names.size() == static_cast<size_t>(Verdict::clean) + 1);
static_assert(disposition_names.size() == static_cast<size_t>(Disposition::unknown) + 1);
static_assert(look_names.size() == static_cast<size_t>(LookKind::reboot_pending) + 1);

}  // namespace

std::string_view name_of(Verdict verdict) {
    return verdict_names[static_cast<size_t>(verdict)];
}

std::optional<Verdict> verdict_from(std::string_view name) {
    for (size_t i = 0; i < verdict_names.size(); ++i) {
        if (verdict_names[i] == name) return static_cast<Verdict>(i);
    }
    return std::nullopt;
}

std::optional<Axis> axis_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::unknown: return std::nullopt;
        case Verdict::vulnerable:
        case Verdict::fixed:
        case Verdict::not_affected: return Axis::vulnerability;
        case Verdict::infected:
        case Verdict::clean: return Axis::infection;
    }
    return std::nullopt;
}

std::string_view name_of(Disposition disposition) {
    return disposition_names[static_cast<size_t>(disposition)];
}

std::optional<Disposition> disposition_from(std::string_view name) {
    for (size_t i = 0; i < disposition_names.size(); ++i) {
        if (disposition_names[i] == name) return static_cast<Disposition>(i);
    }
    return std::nullopt;
}

Standing standing_of(Disposition disposition) {
    switch (disposition) {
        case Disposition::not_affected:
        case Disposition::fixed: return Standing::done;
        case Disposition::exempt: return Standing::accepted_risk;
        default: return Standing::open;
    }
}

int severity_of(Disposition disposition) {
    switch (disposition) {
        case Disposition::infected: return 0;
        case Disposition::infected_isolated: return 1;
        case Disposition::vulnerable: return 2;
        case Disposition::unknown: return 3;
        case Disposition::fix_unverified: return 4;
        case Disposition::exempt: return 5;
        case Disposition::fixed: return 6;
        case Disposition::not_affected: return 7;
    }
    return 8;
}

std::string_view name_of(LookKind kind) {
    return look_names[static_cast<size_t>(kind)];
}

int64_t Books::sum() const {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

}  // namespace douse::model
