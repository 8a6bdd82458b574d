// SPDX-License-Identifier: Apache-2.0
#include "model/scope.hpp"

#include <algorithm>
#include <limits>

namespace douse::model {

Scope::Scope(std::vector<AddressRange> ranges) : ranges_(std::move(ranges)) {
    std::sort(ranges_.begin(), ranges_.end());
    std::vector<AddressRange> merged;
    for (const AddressRange& range : ranges_) {
        if (!merged.empty() && (range.first <= merged.back().last || range.first == merged.back().last.next())) {
            merged.back().last = std::max(merged.back().last, range.last);
        } else {
            merged.push_back(range);
        }
    }
    ranges_ = std::move(merged);
}

bool Scope::contains(const Address& address) const {
    auto after =
        std::upper_bound(ranges_.begin(), ranges_.end(), address, [](const Address& a, const AddressRange& range) { return a < range.first; });
    return after != ranges_.begin() && std::prev(after)->contains(address);
}

uint64_t Scope::size() const {
    uint64_t total = 0;
    for (const AddressRange& range : ranges_) {
        if (__builtin_add_overflow(total, range.size(), &total)) return std::numeric_limits<uint64_t>::max();
    }
    return total;
}

}  // namespace douse::model
