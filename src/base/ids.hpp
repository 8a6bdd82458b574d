// SPDX-License-Identifier: Apache-2.0
// Typed identifiers: the number of a row, which can't be passed where another kind of row is meant. 0 is "none".
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace douse::base {

template <class Tag>
struct Id {
    int64_t value = 0;

    Id() = default;
    explicit constexpr Id(int64_t v) : value(v) {}
    explicit operator bool() const { return value != 0; }
    auto operator<=>(const Id&) const = default;
};

}  // namespace douse::base

template <class Tag>
struct std::hash<douse::base::Id<Tag>> {
    size_t operator()(douse::base::Id<Tag> id) const noexcept { return std::hash<int64_t>{}(id.value); }
};
