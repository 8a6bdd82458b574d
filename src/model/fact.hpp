// SPDX-License-Identifier: Apache-2.0
// What a look or a conversation found, before anybody judges it.
//
// A fact that is not in the map is unknown. Unknown is kept in the map only to carry its reason. "Absent" means: looked,
// and found nothing; no permission, no time or a missing tool is unknown (playbook format 4).
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace douse::model {

struct Fact {
    enum class Kind { unknown, absent, present, text, number, boolean };
    Kind kind = Kind::unknown;
    std::string text;    // kind text: the value; kind unknown: the reason
    int64_t number = 0;  // kind number
    bool truth = false;  // kind boolean

    static Fact unknown(std::string why) { return {.kind = Kind::unknown, .text = std::move(why)}; }
    static Fact absent() { return {.kind = Kind::absent}; }
    static Fact present() { return {.kind = Kind::present}; }
    static Fact of(std::string value) { return {.kind = Kind::text, .text = std::move(value)}; }
    static Fact of(int64_t value) { return {.kind = Kind::number, .number = value}; }
    static Fact of_truth(bool value) { return {.kind = Kind::boolean, .truth = value}; }
    bool operator==(const Fact&) const = default;
};

// Keys: a look's name ("pkg"), a part of it ("pkg.version"), a capture ("version"), "port", "exit".
using Facts = std::map<std::string, Fact>;

}  // namespace douse::model
