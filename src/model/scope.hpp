// SPDX-License-Identifier: Apache-2.0
// The scope rule (law 4): no packet leaves for an address outside the incident's ranges. Called right before each connect
// and each send, in `scan` and in `transport`.
#pragma once

#include "base/address.hpp"

#include <vector>

namespace douse::model {

class Scope {
public:
    Scope() = default;                                 // nothing is in scope
    explicit Scope(std::vector<AddressRange> ranges);  // may overlap; kept sorted and merged

    [[nodiscard]] bool contains(const Address& address) const;  // O(log ranges)
    [[nodiscard]] const std::vector<AddressRange>& ranges() const { return ranges_; }
    [[nodiscard]] uint64_t size() const;  // addresses; saturates

private:
    std::vector<AddressRange> ranges_;
};

}  // namespace douse::model
