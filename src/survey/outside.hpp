// SPDX-License-Identifier: Apache-2.0
// One pass over addresses from outside: every outside check's ports, and whether SSH is there. Whose the addresses are is not asked.
#pragma once

#include "base/address.hpp"
#include "model/permit.hpp"
#include "playbook/playbook.hpp"
#include "scan/sweep.hpp"

#include <map>
#include <stop_token>
#include <utility>
#include <vector>

namespace douse::survey {

// What an outside pass found at one address.
struct Seen {
    bool up = false;
    bool looked = false;   // something was sent, or would have been answered: not stopped, not out of scope by now
    bool ssh = false;      // port 22 is open
    bool greeted = false;  // and said who it is
    std::vector<std::pair<const playbook::Check*, scan::Outcome>> answers;
};

// One entry an address. Blocking. Errors are the sweep's.
Result<std::map<Address, Seen>> look_outside(const model::Permit& permit, const std::vector<const playbook::Check*>& checks,
                                             const std::vector<Address>& addresses, double connects_per_second, const std::stop_token& stop);

}  // namespace douse::survey
