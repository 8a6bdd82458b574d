// SPDX-License-Identifier: Apache-2.0
#include "playbook/talk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace douse::playbook {
namespace {

using model::Fact;
using namespace std::string_literals;

Expect line(const char* regex) {
    Expect e{.frame = Expect::Frame::line};
    e.line = *Regex::compile(regex);
    return e;
}

Expect bytes(size_t count, std::vector<Field> fields = {}) {
    Expect e{.frame = Expect::Frame::bytes};
    e.bytes = count;
    e.fields = std::move(fields);
    return e;
}

Talk banner() {
    return {.steps = {Send{.bytes = "VERSION\r\n", .is = "request"}, line(R"(^drill-svc (?P<version>[0-9.~-]+[a-z0-9]*)\r?$)")}, .max_bytes = 256};
}

// Greeting as the drill's marker speaks it, then the name that the length announced, then a length-prefixed message, then text.
Talk binary() {
    Talk talk{.steps = {}, .max_bytes = 64};
    talk.steps.emplace_back(bytes(7, {{.name = "magic", .at = {}, .type = FieldType::ascii, .size = 4, .size_from = "", .must = Value("DRIL"s)},
                                      {.name = "format", .at = {}, .type = FieldType::u16le, .size = 0, .size_from = "", .must = Value(int64_t{1})},
                                      {.name = "length", .at = {}, .type = FieldType::u8, .size = 0, .size_from = "", .must = {}}}));
    talk.steps.emplace_back(Send{.bytes = "MORE", .is = "request"});
    Expect framed{.frame = Expect::Frame::length_prefixed};
    framed.length_type = FieldType::u16be;
    framed.length_at = 1;
    framed.length_adds = 1;
    framed.fields = {{.name = "n", .at = 1, .type = FieldType::u16be, .size = 0, .size_from = "", .must = {}},
                     {.name = "body", .at = {}, .type = FieldType::hex, .size = 0, .size_from = "n", .must = {}}};
    talk.steps.emplace_back(framed);
    Expect until{.frame = Expect::Frame::until};
    until.mark = "END";
    until.match = *Regex::compile("(?s)(?P<word>[a-z]+)END$");
    talk.steps.emplace_back(until);
    return talk;
}

struct Told {
    model::Facts facts;
    std::string sent;
    bool done = false;
    std::string reason;
};

// Feeds the pieces one by one, then hangs up.
Told tell(const Talk& talk, const std::vector<std::string>& pieces) {
    Conversation conversation(talk);
    Told told;
    size_t next = 0;
    Turn turn = conversation.start();
    while (turn.next == Turn::Next::send || turn.next == Turn::Next::need_more) {
        if (turn.next == Turn::Next::send) {
            told.sent += turn.bytes;
            turn = conversation.sent();
        } else {
            turn = next < pieces.size() ? conversation.feed(pieces[next++]) : conversation.on_eof();
        }
    }
    told.done = turn.next == Turn::Next::done;
    told.reason = turn.reason;
    told.facts = conversation.facts();
    return told;
}

TEST(Conversation, SendsThenReadsALine) {
    const Told told = tell(banner(), {"drill-svc 1.0-2\r\nand more"});
    EXPECT_TRUE(told.done);
    EXPECT_EQ(told.sent, "VERSION\r\n");
    EXPECT_EQ(told.facts, (model::Facts{{"port", Fact::of("open"s)}, {"version", Fact::of("1.0-2"s)}}));
}

TEST(Conversation, KnowsNothingWhenAStepDoesNotFit) {
    for (const char* answer : {"SSH-2.0-OpenSSH_9.2\r\n", "drill-svc 1.0", "\n"}) {
        const Told told = tell(banner(), {answer});
        EXPECT_FALSE(told.done);
        EXPECT_FALSE(told.reason.empty());
        EXPECT_EQ(told.facts, facts_of_port("open")) << answer;
    }
    EXPECT_EQ(tell(banner(), {}).facts, facts_of_port("silent"));
}

TEST(Conversation, CapturesTextWhateverBytesTheMachineSays) {
    Talk talk{.steps = {line("^(?P<who>.*)$")}, .max_bytes = 64};
    talk.steps.emplace_back(bytes(2, {{.name = "tail", .at = {}, .type = FieldType::ascii, .size = 2, .size_from = "", .must = Value("\xfe\xff"s)}}));
    const Told told = tell(talk, {"b\xfcro\n\xfe\xff"});
    EXPECT_TRUE(told.done) << told.reason;
    EXPECT_EQ(told.facts.at("who"), Fact::of("b\ufffdro"s));
    EXPECT_EQ(told.facts.at("tail"), Fact::of("\ufffd\ufffd"s)) << "what the field must be is compared as bytes";
}

TEST(Conversation, SaysSilentWhenTheTimeIsUp) {
    const Talk talk = banner();
    Conversation conversation(talk);
    EXPECT_EQ(conversation.start().next, Turn::Next::send);
    EXPECT_EQ(conversation.sent().next, Turn::Next::need_more);
    const Turn turn = conversation.on_timeout();
    EXPECT_EQ(turn.next, Turn::Next::give_up);
    EXPECT_EQ(turn.reason, "no answer in time");
    EXPECT_EQ(conversation.facts(), facts_of_port("silent"));
}

TEST(Conversation, TellsWhenANewAnswerBegins) {
    Talk talk = binary();
    std::get<Expect>(talk.steps[0]).within = std::chrono::seconds{3};
    Conversation conversation(talk);
    Turn turn = conversation.start();
    EXPECT_TRUE(turn.new_expect);
    EXPECT_EQ(turn.within, std::optional<Millis>(3000));
    turn = conversation.feed("DR");
    EXPECT_EQ(turn.next, Turn::Next::need_more);
    EXPECT_FALSE(turn.new_expect);
    turn = conversation.feed("IL\x01\x00\x03"s);
    EXPECT_EQ(turn.next, Turn::Next::send);
    turn = conversation.sent();
    EXPECT_TRUE(turn.new_expect);
    EXPECT_EQ(turn.within, std::nullopt);
}

const std::string good = "DRIL\x01\x00\x03"s + "x\x00\x02\xAB\xCD!"s + "someEND"s;

TEST(Conversation, ReadsFieldsFramesAndMarks) {
    const Told told = tell(binary(), {good});
    ASSERT_TRUE(told.done) << told.reason;
    EXPECT_EQ(told.facts.at("format"), Fact::of(int64_t{1}));
    EXPECT_EQ(told.facts.at("length"), Fact::of(int64_t{3}));
    EXPECT_EQ(told.facts.at("body"), Fact::of("abcd"s));
    EXPECT_EQ(told.facts.at("word"), Fact::of("some"s));
}

TEST(Conversation, StopsAtItsLimitExactly) {
    Talk talk{.steps = {line("^(?P<x>a*)$")}, .max_bytes = 16};
    EXPECT_TRUE(tell(talk, {std::string(15, 'a') + "\n"}).done);
    EXPECT_FALSE(tell(talk, {std::string(16, 'a') + "\n"}).done);
    talk.steps = {bytes(16)};
    EXPECT_TRUE(tell(talk, {std::string(16, 'a')}).done);
    Talk lying = binary();
    EXPECT_FALSE(tell(lying, {"DRIL\x01\x00\x03"s + "x\xFF\xFF"s + std::string(80, 'z')}).done);
}

// The split law: however the network cuts the bytes, the facts are the same, and so is what was sent.
TEST(Conversation, GivesTheSameFactsForAnyCutting) {
    EXPECT_TRUE(rc::check("split law", [] {
        const Talk talk = *rc::gen::arbitrary<bool>() ? binary() : banner();
        std::string input = *rc::gen::element(good, "drill-svc 1.0-2\r\n"s, "drill-svc 1.0-1\nx"s);
        const auto damage =
            *rc::gen::container<std::vector<std::pair<size_t, char>>>(rc::gen::pair(rc::gen::inRange<size_t>(0, 20), rc::gen::arbitrary<char>()));
        if (*rc::gen::arbitrary<bool>()) {
            for (const auto& [at, byte] : damage) input[at % input.size()] = byte;
        }
        if (*rc::gen::inRange(0, 4) == 0) input.resize(*rc::gen::inRange<size_t>(0, input.size()));
        if (*rc::gen::inRange(0, 4) == 0) input += std::string(*rc::gen::inRange<size_t>(0, 300), 'q');
        std::vector<std::string> pieces;
        for (size_t at = 0; at < input.size();) {
            const size_t length = *rc::gen::inRange<size_t>(1, 9);
            pieces.push_back(input.substr(at, length));
            at += length;
        }
        const Told whole = tell(talk, {input}), cut = tell(talk, pieces);
        RC_ASSERT(whole.facts == cut.facts);
        RC_ASSERT(whole.sent == cut.sent);
        RC_ASSERT(whole.done == cut.done);
    }));
}

}  // namespace
}  // namespace douse::playbook
