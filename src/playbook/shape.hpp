// SPDX-License-Identifier: Apache-2.0
// Reading a map of a playbook key by key: each getter takes one key, says what is wrong with its value and goes on with a
// harmless one; close() refuses every key that nobody asked for. Inside this room only.
#pragma once

#include "base/clock.hpp"
#include "playbook/tree.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

enum class Need { required, optional };

inline constexpr size_t line_limit = 200;
inline constexpr size_t text_limit = 1000;
inline constexpr size_t path_limit = 300;

[[nodiscard]] bool is_name(std::string_view text);      // [a-z][a-z0-9_-]*, at most 48
[[nodiscard]] bool is_reserved(std::string_view name);  // facts and words of Douse's own; a look or capture of that name would hide them
[[nodiscard]] std::string quoted(std::initializer_list<std::string_view> words);  // a, b or c
[[nodiscard]] std::string shown(const Node& node);                                // a value as it may stand in a finding

class Fields {
public:
    // `where` names the map in findings: "check svc-banner"; "" is the playbook itself.
    Fields(Report& report, const Node& node, std::string where);

    [[nodiscard]] bool is_map() const { return node_.is_map(); }
    [[nodiscard]] const std::string& where() const { return where_; }
    [[nodiscard]] Place place() const { return node_.place; }
    [[nodiscard]] const Node& node() const { return node_; }
    [[nodiscard]] Report& report() const { return report_; }

    const Node* get(std::string_view key, Need need, std::string_view cure = {});
    const Node* map(std::string_view key, Need need, std::string_view cure = {});
    const Node* list(std::string_view key, Need need, std::string_view cure = {});  // not empty
    std::string text(std::string_view key, size_t limit, Need need, std::string_view cure = {});
    std::string name(std::string_view key, Need need);
    std::string word(std::string_view key, std::initializer_list<std::string_view> allowed, Need need, std::string_view otherwise = {});
    std::string version(std::string_view key, Need need);
    std::optional<Millis> duration(std::string_view key, Need need, std::string_view cure = {});
    std::optional<int64_t> size(std::string_view key, Need need);
    std::optional<int64_t> integer(std::string_view key, int64_t least, int64_t most, Need need);
    std::vector<std::string> texts(std::string_view key, size_t most, size_t limit, Need need);
    std::vector<std::string> names(std::string_view key, Need need);  // each once
    std::vector<std::string> words(std::string_view key, std::initializer_list<std::string_view> allowed, Need need);
    void not_yet(std::string_view key, std::string_view cure);  // part of the format, not of this version
    void ignore(std::string_view key);                          // read elsewhere
    void close();

    void wrong(const Node& value, std::string_view key, std::string_view wants, std::string cure, std::string_view code);
    void error(Place place, std::string what, std::string cure, std::string_view code) {
        report_.error(place, where_, std::move(what), std::move(cure), code);
    }

private:
    Report& report_;
    const Node& node_;
    std::string where_;
    std::vector<std::string> asked_;
};

// The same conversions for values that stand in lists or under free names.
[[nodiscard]] std::optional<std::string> text_of(Report& report, const Node& node, std::string_view where, std::string_view key, size_t limit);
[[nodiscard]] std::optional<std::string> version_of(Report& report, const Node& node, std::string_view where, std::string_view key);
[[nodiscard]] std::optional<Millis> duration_of(Report& report, const Node& node, std::string_view where, std::string_view key);
[[nodiscard]] std::optional<Regex> regex_of(Report& report, const Node& node, std::string_view where, std::string_view key);
[[nodiscard]] std::optional<uint16_t> tcp_port_of(Report& report, const Node& node, std::string_view where, std::string_view key);
[[nodiscard]] bool is_sha256(std::string_view text);

}  // namespace douse::playbook
