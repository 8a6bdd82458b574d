// SPDX-License-Identifier: Apache-2.0
#include "playbook/tree.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::playbook {
namespace {

void write_string(std::string_view text, std::string& out) {  // RFC 8785 3.2.2.2
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20)
                    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
                else
                    out += c;
        }
    }
    out += '"';
}

void write(const Node& node, std::initializer_list<std::string_view> without, std::string& out) {
    switch (node.kind) {
        case Node::Kind::map: {
            std::vector<const Member*> members;
            for (const Member& m : node.members) {
                if (std::ranges::find(without, m.key) == without.end()) members.push_back(&m);
            }
            // Bytes instead of UTF-16 units: the same order, because names are ASCII (the reader refuses all others).
            std::ranges::sort(members, {}, [](const Member* m) -> const std::string& { return m->key; });
            out += '{';
            for (bool first = true; const Member* m : members) {
                if (!std::exchange(first, false)) out += ',';
                write_string(m->key, out);
                out += ':';
                write(m->value, {}, out);
            }
            out += '}';
            break;
        }
        case Node::Kind::list:
            out += '[';
            for (bool first = true; const Node& item : node.items) {
                if (!std::exchange(first, false)) out += ',';
                write(item, {}, out);
            }
            out += ']';
            break;
        case Node::Kind::integer: out += std::to_string(node.number); break;
        case Node::Kind::boolean: out += node.truth ? "true" : "false"; break;
        case Node::Kind::text:
        case Node::Kind::decimal: write_string(node.text, out); break;  // a decimal never gets past the readers
    }
}

}  // namespace

std::string canonical_json(const Node& node) {
    return canonical_json_without(node, {});
}

std::string canonical_json_without(const Node& map, std::initializer_list<std::string_view> keys) {
    std::string out;
    write(map, keys, out);
    return out;
}

}  // namespace douse::playbook
