// SPDX-License-Identifier: Apache-2.0
// The safe part of YAML as a tree that knows where everything stood (format section 1). Inside this room only.
//
// Refused: more than one document, duplicate keys, anchors, aliases, merge keys, tags, directives, tabs, control characters,
// unquoted numbers with a point, and unquoted words that other readers of YAML take for something else (yes, 1:30,
// 2026-11-24, 010). So every reader sees the same tree, and the tree that was verified is the tree that is used.
#pragma once

#include "playbook/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

struct Member;

struct Node {
    enum class Kind { map, list, text, integer, boolean, decimal };  // decimal: a number with a point, unquoted
    Kind kind = Kind::text;
    std::string text;  // a scalar's characters
    int64_t number = 0;
    bool truth = false;
    Place place;                  // of a map: its first key
    size_t offset = 0;            // of a scalar: its first byte in the text
    std::vector<Member> members;  // map, in file order
    std::vector<Node> items;      // list

    [[nodiscard]] const Node* find(std::string_view key) const;
    [[nodiscard]] bool is_map() const { return kind == Kind::map; }
    [[nodiscard]] bool is_list() const { return kind == Kind::list; }
};

struct Member {
    std::string key;
    Place place;
    Node value;
};

// Nothing if the text is not safe YAML; the report says why. A decimal is left to the reader, who knows what was wanted.
[[nodiscard]] std::optional<Node> read_tree(std::string_view text, Report& report);

// RFC 8785, which is simple here: names are ASCII, numbers are integers under 2^53.
[[nodiscard]] std::string canonical_json(const Node& node);
[[nodiscard]] std::string canonical_json_without(const Node& map, std::initializer_list<std::string_view> keys);

}  // namespace douse::playbook
