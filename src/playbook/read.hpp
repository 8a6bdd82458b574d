// SPDX-License-Identifier: Apache-2.0
// From tree to playbook, part by part, and the lint that needs the whole. Inside this room only.
//
//   read_playbook   everything, calling
//     read_check      one check, calling read_looks, read_talk, read_rules, read_examples
//     read_step       one step of the plan
//     read_isolation, read_instructions
//   lint            what only a look at the whole can tell
#pragma once

#include "playbook/playbook.hpp"
#include "playbook/shape.hpp"
#include "playbook/tree.hpp"

#include <set>
#include <string>

namespace douse::playbook {

// What was read, and which parts were read with errors: lint leaves those alone, so that one mistake is told once.
struct Draft {
    Playbook book;
    std::set<std::string> broken;  // "check svc-banner", "step patch", "verify" ...
    [[nodiscard]] bool is_sound(const std::string& part) const { return !broken.contains(part); }
};

[[nodiscard]] Draft read_playbook(const Node& root, Report& report);

// `affected` is affects.in: what a check, file or step concerns that has no `for`.
[[nodiscard]] Check read_check(const Member& member, const std::vector<std::string>& affected, Millis valid, Report& report);
[[nodiscard]] std::vector<model::Look> read_looks(const Node& looks, const std::string& where, Report& report);
[[nodiscard]] Talk read_talk(Fields& check);
[[nodiscard]] std::vector<Rule> read_rules(const Node& says, const std::string& where, Report& report);
[[nodiscard]] std::vector<Example> read_examples(const Node& examples, const std::string& where, Report& report);
[[nodiscard]] Step read_step(const Node& node, const std::vector<std::string>& affected, Report& report);
[[nodiscard]] Isolation read_isolation(const Node& node, Report& report);
[[nodiscard]] Instructions read_instructions(const Node& node, Report& report);

// Text as bytes: characters up to U+00FF are one byte each. Nothing if there are others.
[[nodiscard]] std::optional<std::string> latin1(std::string_view utf8);

void lint(Draft& draft, const Node& root, Report& report);  // marks the checks it finds fault with as broken, too
void lint_check(const Check& check, const Playbook& book, const Node& node, Report& report);
void lint_plan(const Draft& draft, const Node& root, Report& report);
void lint_examples(const Draft& draft, Report& report);  // runs them

// Where "checks", "svc-banner", "says", "2" stands; the nearest part that is there.
[[nodiscard]] Place place_in(const Node& root, std::initializer_list<std::string_view> path);

}  // namespace douse::playbook
