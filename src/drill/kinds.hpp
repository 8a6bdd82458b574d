// SPDX-License-Identifier: Apache-2.0
// The kinds of machines that the drill plays, how often each occurs, and where each must end: one table, which the
// organisation is drawn from, the lab builds from and the end is judged by.
#pragma once

#include "model/campaign.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace douse::drill {

enum class Kind {
    plain,
    slow_link,
    dpkg_locked,   // infected at the start: the package lock is held for 40 s once `clean` has ended there
    late_laptop,   // off the network until the first wave starts
    needs_reboot,  // answers 1.0-1 until it restarted after the fix
    already_patched,
    without_service,
    lying_executor,  // its dpkg exits 0 and installs nothing
    no_credentials,
    hanging_sshd,  // accepts the connection, then says nothing
    disk_full,
    host_key_changed,  // after the first login
    in_no_list,
    same_name,  // drawn in pairs
    two_interfaces,
    exempt_device,  // vulnerable, on a segment of its own
    ghost,          // a list entry of a machine long gone
    outsider,       // outside the scope, though a list names it
};
inline constexpr size_t kind_count = 18;

// Which package the machine starts with.
enum class Service { none, vulnerable, fixed };  // -, 1.0-1, 1.0-2

// Where a machine must end, and how its task.
enum class Ending {
    fixed,            // disposition fixed, task verified
    already_fixed,    // disposition fixed, task verified or none
    not_affected,     // disposition not_affected, task verified or none
    as_the_truth_is,  // vulnerable or infected, task needs_hands with its reason
    as_seen_outside,  // as the truth is by what can be seen from outside, else unknown; task needs_hands with its reason
    exempt,
    retired,  // by a person; not counted
    not_counted,
};

enum class Ssh { accepts, refuses, hangs, absent };

struct KindRow {
    Kind kind;
    std::string_view name;
    int weight;  // how often it is drawn, where a draw is free; 0: never by a free draw
    Service service;
    Ssh ssh;
    Ending ending;
    model::NeedsHands reason = model::NeedsHands::none;  // for which it must need hands
};

// Machines that can't be repaired run 1.0-1, so that an outside look can tell how they are.
inline constexpr std::array<KindRow, kind_count> kinds{{
    {Kind::plain, "plain", 60, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::slow_link, "slow_link", 3, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::dpkg_locked, "dpkg_locked", 2, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::late_laptop, "late_laptop", 3, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::needs_reboot, "needs_reboot", 3, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::already_patched, "already_patched", 8, Service::fixed, Ssh::accepts, Ending::already_fixed},
    {Kind::without_service, "without_service", 5, Service::none, Ssh::accepts, Ending::not_affected},
    {Kind::lying_executor, "lying_executor", 1, Service::vulnerable, Ssh::accepts, Ending::as_the_truth_is, model::NeedsHands::not_verified},
    {Kind::no_credentials, "no_credentials", 2, Service::vulnerable, Ssh::refuses, Ending::as_seen_outside, model::NeedsHands::no_credentials},
    {Kind::hanging_sshd, "hanging_sshd", 1, Service::vulnerable, Ssh::hangs, Ending::as_seen_outside, model::NeedsHands::hangs},
    {Kind::disk_full, "disk_full", 1, Service::vulnerable, Ssh::accepts, Ending::as_seen_outside, model::NeedsHands::disk_full},
    {Kind::host_key_changed, "host_key_changed", 1, Service::vulnerable, Ssh::accepts, Ending::as_seen_outside, model::NeedsHands::host_key_changed},
    {Kind::in_no_list, "in_no_list", 4, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::same_name, "same_name", 0, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::two_interfaces, "two_interfaces", 3, Service::vulnerable, Ssh::accepts, Ending::fixed},
    {Kind::exempt_device, "exempt_device", 0, Service::vulnerable, Ssh::absent, Ending::exempt},
    {Kind::ghost, "ghost", 0, Service::none, Ssh::absent, Ending::retired},
    {Kind::outsider, "outsider", 0, Service::fixed, Ssh::accepts, Ending::not_counted},
}};

// The other rates of an organisation and of its lists' errors.
inline constexpr size_t machines_per_infected = 16;    // one plain machine is infected at the start, and one more for each so many
inline constexpr double stubborn_infected_rate = 0.7;  // that one of those that need hands is infected at the start
inline constexpr size_t machines_per_ghost = 40;       // likewise: one, and one more for each so many
inline constexpr size_t one_list_in = 10;              // one machine in so many is missing in the directory, another in the leases
inline constexpr double renewed_rate = 0.4;            // that an older lease of the same machine stands in the file too
inline constexpr double other_owner_rate = 0.15;       // that its address was another machine's some weeks ago

[[nodiscard]] constexpr const KindRow& row_of(Kind kind) {
    return kinds[static_cast<size_t>(kind)];
}
[[nodiscard]] constexpr std::string_view name_of(Kind kind) {
    return row_of(kind).name;
}
[[nodiscard]] constexpr std::optional<Kind> kind_from(std::string_view name) {
    for (const auto& row : kinds)
        if (row.name == name) return row.kind;
    return std::nullopt;
}
// Can Douse repair it without a person's hands?
[[nodiscard]] constexpr bool is_repairable(Kind kind) {
    const Ending ending = row_of(kind).ending;
    return ending == Ending::fixed || ending == Ending::already_fixed || ending == Ending::not_affected;
}
[[nodiscard]] constexpr bool must_need_hands(Kind kind) {
    const Ending ending = row_of(kind).ending;
    return ending == Ending::as_the_truth_is || ending == Ending::as_seen_outside;
}

}  // namespace douse::drill
