// SPDX-License-Identifier: Apache-2.0
// Seeded chance that gives the same numbers with every standard library (the library's distributions don't): splitmix64.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace douse::drill {

class Chance {
public:
    explicit Chance(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }  // bound > 0; its bias doesn't matter here
    bool happens(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }
    template <class T>
    void shuffle(std::vector<T>& items) {
        for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    uint64_t state_;
};

}  // namespace douse::drill
