// SPDX-License-Identifier: Apache-2.0
// A dictionary of strings that knows each one's place in the sorted order. New strings wait unsorted until the order is asked
// for and are then merged in: with a million names, ten new ones cost one pass over integers and no comparison of old names.
// A string that nobody uses any more keeps its entry.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace douse::store {

class Ranked {
public:
    using Before = bool (*)(const std::string&, const std::string&);
    explicit Ranked(Before before) : before_(before) {}

    uint32_t intern(std::string_view text);
    [[nodiscard]] std::optional<uint32_t> find(std::string_view text) const;
    [[nodiscard]] const std::string& text(uint32_t id) const { return texts_[id]; }
    [[nodiscard]] size_t size() const { return texts_.size(); }
    [[nodiscard]] const std::vector<uint32_t>& ranks();  // by id; valid until the next intern

private:
    Before before_;
    std::deque<std::string> texts_;  // by id; a deque, so that the views in ids_ stay valid
    std::unordered_map<std::string_view, uint32_t> ids_;
    std::vector<uint32_t> order_;  // ids, sorted; shorter than texts_ while new ones wait
    std::vector<uint32_t> ranks_;
};

}  // namespace douse::store
