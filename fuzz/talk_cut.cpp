// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.hpp"
#include "playbook/talk.hpp"

namespace douse::fuzz {
namespace {

using playbook::Expect;
using playbook::Turn;

// A line, then seven bytes with fields, then a length-prefixed frame: every framing that the format has.
playbook::Talk talk() {
    playbook::Talk out;
    out.timeout = Millis{1000};
    out.steps.emplace_back(playbook::Send{.bytes = "VERSION\r\n", .is = "a request"});
    Expect line;
    line.line = *playbook::Regex::compile("^(?P<word>[a-z]*) ?(?P<version>[0-9.]*)\r?$");
    out.steps.emplace_back(line);
    Expect head{.frame = Expect::Frame::bytes, .bytes = 7};
    head.fields.push_back({.name = "magic", .type = playbook::FieldType::ascii, .size = 4});
    head.fields.push_back({.name = "number", .type = playbook::FieldType::u16le});
    out.steps.emplace_back(head);
    out.steps.emplace_back(Expect{.frame = Expect::Frame::length_prefixed, .length_type = playbook::FieldType::u8});
    return out;
}

model::Facts hear(const playbook::Talk& talk, std::string_view bytes, size_t piece) {
    playbook::Conversation conversation(talk);
    Turn turn = conversation.start();
    while (turn.next == Turn::Next::send || turn.next == Turn::Next::need_more) {
        if (turn.next == Turn::Next::send) {
            turn = conversation.sent();
        } else if (bytes.empty()) {
            turn = conversation.on_eof();
        } else {
            const std::string_view part = bytes.substr(0, piece);
            bytes.remove_prefix(part.size());
            turn = conversation.feed(part);
        }
    }
    return conversation.facts();
}

}  // namespace

std::string talk_cut(std::string_view bytes) {
    if (bytes.empty()) return {};
    const playbook::Talk spoken = talk();
    const size_t piece = 1 + static_cast<unsigned char>(bytes[0]) % 16;
    const std::string_view sent = bytes.substr(1);
    return hear(spoken, sent, piece) == hear(spoken, sent, sent.size() + 1) ? "" : "the cut changes the facts";
}

}  // namespace douse::fuzz
