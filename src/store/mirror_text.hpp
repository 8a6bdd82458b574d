// SPDX-License-Identifier: Apache-2.0
// All words that assets are found by, in one buffer, so that a search for a part of one is a scan of memory. A changed asset's
// words are appended and its old ones blanked; when half of the buffer is blank it is written anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace douse::store {

class MirrorText {
public:
    void put(uint32_t slot, std::string_view words);  // any case
    // found[slot] becomes 1 where the words of the slot hold `part`, without case. A line feed never matches.
    void search(std::string_view part, size_t slots, std::vector<uint8_t>& found) const;

private:
    struct Piece {
        size_t begin = 0, end = 0;
        uint32_t slot = 0;
    };
    void compact();

    std::string buffer_;
    std::vector<Piece> pieces_;       // by begin
    std::vector<uint32_t> piece_of_;  // by slot; no_piece if it has none
    size_t blank_ = 0;
};

}  // namespace douse::store
