// SPDX-License-Identifier: Apache-2.0
#include "store/ranked.hpp"

#include <algorithm>
#include <numeric>

namespace douse::store {

uint32_t Ranked::intern(std::string_view text) {
    if (const auto known = ids_.find(text); known != ids_.end()) return known->second;
    const auto id = static_cast<uint32_t>(texts_.size());
    ids_.emplace(texts_.emplace_back(text), id);
    return id;
}

std::optional<uint32_t> Ranked::find(std::string_view text) const {
    const auto known = ids_.find(text);
    return known == ids_.end() ? std::nullopt : std::optional(known->second);
}

const std::vector<uint32_t>& Ranked::ranks() {
    if (order_.size() == texts_.size()) return ranks_;
    auto before = [this](uint32_t a, uint32_t b) { return before_(texts_[a], texts_[b]); };
    std::vector<uint32_t> waiting(texts_.size() - order_.size());
    std::iota(waiting.begin(), waiting.end(), static_cast<uint32_t>(order_.size()));
    std::ranges::sort(waiting, before);
    // Each one's place is found by bisection, so that the long old order is moved and not compared.
    std::vector<uint32_t> merged;
    merged.reserve(texts_.size());
    auto rest = order_.begin();
    for (const uint32_t id : waiting) {
        const auto place = std::upper_bound(rest, order_.end(), id, before);
        merged.insert(merged.end(), rest, place);
        merged.push_back(id);
        rest = place;
    }
    merged.insert(merged.end(), rest, order_.end());
    order_ = std::move(merged);
    ranks_.resize(order_.size());
    for (uint32_t rank = 0; rank < order_.size(); ++rank) ranks_[order_[rank]] = rank;
    return ranks_;
}

}  // namespace douse::store
