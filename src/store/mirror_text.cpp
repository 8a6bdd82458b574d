// SPDX-License-Identifier: Apache-2.0
#include "store/mirror_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

namespace douse::store {
namespace {

constexpr uint32_t no_piece = std::numeric_limits<uint32_t>::max();
constexpr char blank = '\n';  // never part of a search

char lower(char c) {  // ASCII; identifiers have no other letters
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

void MirrorText::put(uint32_t slot, std::string_view words) {
    if (slot >= piece_of_.size()) piece_of_.resize(slot + 1, no_piece);
    if (piece_of_[slot] != no_piece) {
        Piece& old = pieces_[piece_of_[slot]];
        if (old.end - old.begin == words.size() && std::equal(words.begin(), words.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(old.begin),
                                                              [](char a, char b) { return lower(a) == b; })) {
            return;
        }
        std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(old.begin), buffer_.begin() + static_cast<std::ptrdiff_t>(old.end), blank);
        blank_ += old.end - old.begin;
        piece_of_[slot] = no_piece;
    }
    if (words.empty()) return;
    if (blank_ > buffer_.size() / 2) compact();
    Piece piece{.begin = buffer_.size(), .slot = slot};
    for (const char c : words) buffer_ += c == blank ? ' ' : lower(c);
    piece.end = buffer_.size();
    buffer_ += blank;
    piece_of_[slot] = static_cast<uint32_t>(pieces_.size());
    pieces_.push_back(piece);
}

void MirrorText::compact() {
    std::string fresh;
    std::vector<Piece> kept;
    for (uint32_t at = 0; at < pieces_.size(); ++at) {
        const Piece& piece = pieces_[at];
        if (piece_of_[piece.slot] != at) continue;
        const Piece moved{.begin = fresh.size(), .end = fresh.size() + (piece.end - piece.begin), .slot = piece.slot};
        fresh.append(buffer_, piece.begin, piece.end - piece.begin + 1);
        piece_of_[piece.slot] = static_cast<uint32_t>(kept.size());
        kept.push_back(moved);
    }
    buffer_ = std::move(fresh);
    pieces_ = std::move(kept);
    blank_ = 0;
}

void MirrorText::search(std::string_view part, size_t slots, std::vector<uint8_t>& found) const {
    found.assign(slots, 0);
    std::string wanted;
    for (const char c : part) wanted += lower(c);
    if (wanted.empty() || wanted.find(blank) != std::string::npos) return;
    const char* const begin = buffer_.data();
    const char* const end = begin + buffer_.size();
    auto piece = pieces_.begin();
    const char* at = begin;
    while (at < end) {
        const void* hit = memmem(at, static_cast<size_t>(end - at), wanted.data(), wanted.size());
        if (hit == nullptr) return;
        const auto offset = static_cast<size_t>(static_cast<const char*>(hit) - begin);
        piece = std::partition_point(piece, pieces_.end(), [&](const Piece& p) { return p.end <= offset; });
        found[piece->slot] = 1;
        at = begin + piece->end;  // one hit is enough
    }
}

}  // namespace douse::store
