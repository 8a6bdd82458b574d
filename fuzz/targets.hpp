// SPDX-License-Identifier: Apache-2.0
// One target for each parser of bytes from outside, each with a law: never only "it didn't crash". A target returns a sentence
// when its law is broken, and nothing when it holds. libFuzzer runs one of them (fuzz preset); the fast suite replays corpus/.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace douse::fuzz {

std::string playbook_yaml(std::string_view bytes);   // reading twice gives the same; a playbook comes without errors, or not at all
std::string talk_cut(std::string_view bytes);        // split law: any cutting of what a machine sends gives the same facts
std::string signature_file(std::string_view bytes);  // what was read, written and read again is the same
std::string lists(std::string_view bytes);           // rows = observations + refused, in every reader
std::string look_answer(std::string_view bytes);     // every look has its fact, whatever a machine answers

struct Target {
    std::string_view name;
    std::string (*run)(std::string_view bytes);
};
inline constexpr std::array targets{
    Target{.name = "playbook_yaml", .run = playbook_yaml},   Target{.name = "talk_cut", .run = talk_cut},
    Target{.name = "signature_file", .run = signature_file}, Target{.name = "lists", .run = lists},
    Target{.name = "look_answer", .run = look_answer},
};

}  // namespace douse::fuzz
