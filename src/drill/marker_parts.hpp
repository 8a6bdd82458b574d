// SPDX-License-Identifier: Apache-2.0
// Where the marker's parts lie on a machine, without a leading slash.
#pragma once

namespace douse::drill {

inline constexpr const char* marker_file = "var/lib/drill/marker";
inline constexpr const char* marker_program = "var/lib/drill/drill-marker";
inline constexpr const char* marker_job = "etc/cron.d/drill-marker";
inline constexpr const char* ballast_path = "var/cache/drill-ballast";  // what fills a full disk; see machine/faults.hpp

}  // namespace douse::drill
