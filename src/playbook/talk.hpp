// SPDX-License-Identifier: Apache-2.0
// The conversation of an outside check, without a socket: bytes in, the next turn out.
//
//   Conversation talk(check.talk);
//   Turn turn = talk.start();
//   while (true) switch (turn.next) {
//       send       write turn.bytes whole, then turn = talk.sent();
//       need_more  read at most turn.within from this turn's beginning (none: what is left of the check's timeout), then
//                  turn = talk.feed(bytes); or talk.on_eof(), talk.on_timeout()
//       done, give_up   talk.facts() holds the captures and `port`
//   }
// An expect reads a framed message from the stream; however the network cuts it, the facts are the same (split law). Bytes
// beyond what the steps ask for are never looked at. If a step does not fit, every capture is unknown and `port` tells why.
#pragma once

#include "model/fact.hpp"
#include "playbook/playbook.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace douse::playbook {

inline constexpr size_t talk_steps_limit = 8;
inline constexpr size_t send_limit = 512;  // small enough not to hide a program
inline constexpr size_t receive_limit = 65536;

struct Turn {
    enum class Next { need_more, send, done, give_up };
    Next next = Next::need_more;
    std::string bytes;             // send
    std::optional<Millis> within;  // need_more: this answer's own bound, counted from when the expect began
    bool new_expect = false;       // need_more: a new expect begins, so `within` counts from now
    std::string reason;            // give_up: a sentence without full stop
};

class Conversation {
public:
    explicit Conversation(const Talk& talk);  // keeps a reference: the playbook must outlive the conversation

    Turn start();
    Turn sent();
    Turn feed(std::string_view bytes);
    Turn on_eof();
    Turn on_timeout();

    [[nodiscard]] bool over() const { return over_; }
    // After done or give_up. On give_up only `port`: "open" if the machine said something, "silent" if it said nothing.
    [[nodiscard]] const model::Facts& facts() const { return facts_; }

private:
    Turn advance(bool new_expect);
    Turn give_up(std::string reason);
    std::optional<size_t> frame_end(const Expect& expect, std::string& misfit) const;
    bool take(const Expect& expect, std::string_view frame, std::string& misfit);

    const Talk& talk_;
    size_t step_ = 0;
    size_t taken_ = 0;    // bytes that whole frames have used up
    std::string buffer_;  // received, not yet used; never more than max_bytes - taken_
    bool heard_ = false;
    bool over_ = false;
    model::Facts captures_;
    model::Facts facts_;
};

// The facts where no conversation came about: `state` is "closed", "filtered" or "silent". Never good news.
[[nodiscard]] model::Facts facts_of_port(std::string_view state);

}  // namespace douse::playbook
