// SPDX-License-Identifier: Apache-2.0
// What the organisation's own systems say of its machines, errors included: a directory's export, as
// `Get-ADComputer -Filter * -Properties * | Export-Csv -NoTypeInformation` gives it, and the lease file of an ISC DHCP server.
// Unlisted machines are in neither, ghosts in the directory only, the outsider in the leases: a list names more than a scope holds.
#pragma once

#include "base/clock.hpp"
#include "drill/organisation.hpp"

#include <string>

namespace douse::drill {

[[nodiscard]] std::string directory_csv(const Organisation& organisation, Timestamp now);
[[nodiscard]] std::string dhcp_leases(const Organisation& organisation, Timestamp now);

}  // namespace douse::drill
