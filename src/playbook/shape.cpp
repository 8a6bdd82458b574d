// SPDX-License-Identifier: Apache-2.0
#include "playbook/shape.hpp"

#include "base/duration.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>
#include <array>
#include <charconv>

namespace douse::playbook {
namespace {

std::string_view kind_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::map: return "a map";
        case Node::Kind::list: return "a list";
        case Node::Kind::text: return "a text";
        case Node::Kind::integer: return "a number";
        case Node::Kind::boolean: return "true or false";
        case Node::Kind::decimal: return "a number with a point";
    }
    return "";
}

// 5.10 without quotes is the number 5.1 for whoever reads YAML as YAML.
std::string as_number(std::string text) {
    if (text.find_first_of("eE") != std::string::npos || text.find('.') == std::string::npos) return text;
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

void wrong_value(Report& report, const Node& value, std::string_view where, std::string_view key, std::string_view wants, std::string cure,
                 std::string_view code) {
    report.error(value.place, where, fmt::format("\"{}\" wants {}, not {}", key, wants, shown(value)), std::move(cure), code);
}

}  // namespace

bool is_name(std::string_view text) {
    static const RE2 names("[a-z][a-z0-9_-]{0,47}");
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), names);
}

bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 8> reserved{"port", "exit", "stdout", "stderr", "platform", "received", "received_hex", "item"};
    return std::ranges::find(reserved, name) != reserved.end();
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string quoted(std::initializer_list<std::string_view> words) {
    std::string out;
    size_t i = 0;
    for (const std::string_view word : words) {
        if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
        out += word;
        ++i;
    }
    return out;
}

std::string shown(const Node& node) {
    if (node.is_list() && node.items.empty()) return "an empty list";
    if (node.is_map() || node.is_list()) return std::string(kind_of(node));
    constexpr size_t most = 60;
    std::string text = node.text.size() > most ? node.text.substr(0, most) + "..." : node.text;
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return node.kind == Node::Kind::text ? fmt::format("\"{}\"", text) : text;
}

std::optional<std::string> text_of(Report& report, const Node& node, std::string_view where, std::string_view key, size_t limit) {
    if (node.kind != Node::Kind::text) {
        const bool scalar = !node.is_map() && !node.is_list();
        wrong_value(report, node, where, key, "a text", scalar ? fmt::format("Write it in quotes: \"{}\".", node.text) : "Write a text.", "text");
        return std::nullopt;
    }
    if (node.text.empty() || node.text.size() > limit) {
        wrong_value(report, node, where, key, fmt::format("1 to {} characters", limit),
                    node.text.empty() ? "Write something, or take the key out." : "Shorten it.", "length");
        return std::nullopt;
    }
    return node.text;
}

std::optional<std::string> version_of(Report& report, const Node& node, std::string_view where, std::string_view key) {
    if (node.kind == Node::Kind::decimal || node.kind == Node::Kind::integer) {
        const std::string read = as_number(node.text);
        report.error(node.place, where,
                     fmt::format("\"{}\" wants a version in quotes{}", key,
                                 read == node.text ? "" : fmt::format(", {} is read as the number {}", node.text, read)),
                     fmt::format("Write \"{}\".", node.text), "version-unquoted");
        return std::nullopt;
    }
    static const RE2 versions("[0-9A-Za-z][0-9A-Za-z.:~+_-]{0,63}");
    if (node.kind != Node::Kind::text || !RE2::FullMatch(node.text, versions)) {
        wrong_value(report, node, where, key, "a version in quotes", "Write it as the package system prints it, e.g. \"1.0-2\".", "version");
        return std::nullopt;
    }
    return node.text;
}

std::optional<Millis> duration_of(Report& report, const Node& node, std::string_view where, std::string_view key) {
    static const RE2 durations("[1-9][0-9]{0,4}(s|m|h|d)");
    if (node.kind != Node::Kind::text || !RE2::FullMatch(node.text, durations)) {
        wrong_value(report, node, where, key, "a duration", "Write a whole number and s, m, h or d, e.g. 20m.", "duration");
        return std::nullopt;
    }
    return base::parse_duration(node.text);
}

std::optional<Regex> regex_of(Report& report, const Node& node, std::string_view where, std::string_view key) {
    const auto text = text_of(report, node, where, key, path_limit);
    if (!text) return std::nullopt;
    auto regex = Regex::compile(*text);
    if (!regex) {
        report.error(node.place, where, fmt::format("\"{}\" is not a regular expression of RE2: {}", key, regex.error().detail),
                     "Look-around and back-references do not exist there; write it without.", "regex");
        return std::nullopt;
    }
    return *std::move(regex);
}

std::optional<uint16_t> tcp_port_of(Report& report, const Node& node, std::string_view where, std::string_view key) {
    int number = 0;
    std::string protocol;
    static const RE2 ports("([1-9][0-9]{0,4})/(tcp|udp)");
    if (node.kind != Node::Kind::text || !RE2::FullMatch(node.text, ports, &number, &protocol) || number > 65535) {
        wrong_value(report, node, where, key, "a port", "Write number and protocol, e.g. 445/tcp.", "port");
        return std::nullopt;
    }
    if (protocol == "udp") {
        report.error(node.place, where, "udp is not supported in this version", "Ask over tcp.", "unsupported");
        return std::nullopt;
    }
    return static_cast<uint16_t>(number);
}

Fields::Fields(Report& report, const Node& node, std::string where) : report_(report), node_(node), where_(std::move(where)) {
    if (!node.is_map())
        report_.error(node.place, where_, fmt::format("here stands {} where a map of keys is wanted", kind_of(node)), "Write key: value lines.",
                      "map");
}

const Node* Fields::get(std::string_view key, Need need, std::string_view cure) {
    asked_.emplace_back(key);
    const Node* value = node_.find(key);
    if (!value && need == Need::required && is_map()) {
        std::string code = fmt::format("no-{}", key);
        std::ranges::replace(code, '_', '-');
        report_.error(node_.place, "", fmt::format("{} has no {}", where_.empty() ? "the playbook" : where_, key),
                      cure.empty() ? fmt::format("Write {}: here.", key) : std::string(cure), code);
    }
    return value;
}

const Node* Fields::map(std::string_view key, Need need, std::string_view cure) {
    const Node* value = get(key, need, cure);
    if (value && (!value->is_map() || value->members.empty())) {
        wrong(*value, key, "a map of keys", "Write key: value lines under it.", "map");
        return nullptr;
    }
    return value;
}

const Node* Fields::list(std::string_view key, Need need, std::string_view cure) {
    const Node* value = get(key, need, cure);
    if (value && (!value->is_list() || value->items.empty())) {
        wrong(*value, key, "a list of at least one", "Write [a, b], or one line a piece that begins with a dash.", "list");
        return nullptr;
    }
    return value;
}

std::string Fields::text(std::string_view key, size_t limit, Need need, std::string_view cure) {
    const Node* value = get(key, need, cure);
    return value ? text_of(report_, *value, where_, key, limit).value_or("") : "";
}

std::string Fields::name(std::string_view key, Need need) {
    const Node* value = get(key, need);
    if (!value) return "";
    if (value->kind != Node::Kind::text || !is_name(value->text)) {
        wrong(*value, key, "a name", "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
        return "";
    }
    return value->text;
}

std::string Fields::word(std::string_view key, std::initializer_list<std::string_view> allowed, Need need, std::string_view otherwise) {
    const Node* value = get(key, need, fmt::format("Write {}: {}.", key, quoted(allowed)));
    if (!value) return std::string(otherwise);
    if (value->kind != Node::Kind::text || std::ranges::find(allowed, value->text) == allowed.end()) {
        wrong(*value, key, quoted(allowed), "Write one of these.", fmt::format("bad-{}", key));
        return std::string(otherwise);
    }
    return value->text;
}

std::string Fields::version(std::string_view key, Need need) {
    const Node* value = get(key, need);
    return value ? version_of(report_, *value, where_, key).value_or("") : "";
}

std::optional<Millis> Fields::duration(std::string_view key, Need need, std::string_view cure) {
    const Node* value = get(key, need, cure);
    return value ? duration_of(report_, *value, where_, key) : std::nullopt;
}

std::optional<int64_t> Fields::size(std::string_view key, Need need) {
    const Node* value = get(key, need);
    if (!value) return std::nullopt;
    static const RE2 sizes("[1-9][0-9]{0,5}(B|KiB|MiB|GiB)");
    if (value->kind != Node::Kind::text || !RE2::FullMatch(value->text, sizes)) {
        wrong(*value, key, "a size", "Write a whole number and B, KiB, MiB or GiB, e.g. 50MiB.", "size");
        return std::nullopt;
    }
    return base::parse_size(value->text);
}

std::optional<int64_t> Fields::integer(std::string_view key, int64_t least, int64_t most, Need need) {
    const Node* value = get(key, need);
    if (!value) return std::nullopt;
    if (value->kind != Node::Kind::integer || value->number < least || value->number > most) {
        wrong(*value, key, fmt::format("a whole number from {} to {}", least, most), "Write it without quotes and without a point.", "integer");
        return std::nullopt;
    }
    return value->number;
}

std::vector<std::string> Fields::texts(std::string_view key, size_t most, size_t limit, Need need) {
    std::vector<std::string> out;
    const Node* value = list(key, need);
    if (!value) return out;
    if (value->items.size() > most)
        error(value->place, fmt::format("\"{}\" has {} entries", key, value->items.size()), fmt::format("At most {}.", most), "too-many");
    for (const Node& item : value->items) {
        if (auto text = text_of(report_, item, where_, key, limit)) out.push_back(*std::move(text));
    }
    return out;
}

std::vector<std::string> Fields::names(std::string_view key, Need need) {
    std::vector<std::string> out;
    const Node* value = list(key, need);
    if (!value) return out;
    for (const Node& item : value->items) {
        if (item.kind != Node::Kind::text || !is_name(item.text)) {
            wrong(item, key, "names", "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
        } else if (std::ranges::find(out, item.text) != out.end()) {
            error(item.place, fmt::format("\"{}\" names {} twice", key, item.text), "Once is enough.", "twice");
        } else {
            out.push_back(item.text);
        }
    }
    return out;
}

std::vector<std::string> Fields::words(std::string_view key, std::initializer_list<std::string_view> allowed, Need need) {
    std::vector<std::string> out;
    const Node* value = list(key, need);
    if (!value) return out;
    for (const Node& item : value->items) {
        if (item.kind != Node::Kind::text || std::ranges::find(allowed, item.text) == allowed.end()) {
            wrong(item, key, quoted(allowed), "Write any of these.", fmt::format("bad-{}", key));
        } else if (std::ranges::find(out, item.text) != out.end()) {
            error(item.place, fmt::format("\"{}\" names {} twice", key, item.text), "Once is enough.", "twice");
        } else {
            out.push_back(item.text);
        }
    }
    return out;
}

void Fields::not_yet(std::string_view key, std::string_view cure) {
    asked_.emplace_back(key);
    for (const Member& m : node_.members) {
        if (m.key == key) error(m.place, fmt::format("\"{}\" is not supported in this version", key), std::string(cure), "unsupported");
    }
}

void Fields::ignore(std::string_view key) {
    asked_.emplace_back(key);
}

void Fields::close() {
    for (const Member& m : node_.members) {
        if (std::ranges::find(asked_, m.key) != asked_.end()) continue;
        std::string known;
        for (const std::string& key : asked_) known += (known.empty() ? "" : ", ") + key;
        error(m.place, fmt::format("nothing is called \"{}\" here", m.key), fmt::format("Known are: {}.", known), "unknown-key");
    }
}

void Fields::wrong(const Node& value, std::string_view key, std::string_view wants, std::string cure, std::string_view code) {
    wrong_value(report_, value, where_, key, wants, std::move(cure), code);
}

}  // namespace douse::playbook
