// SPDX-License-Identifier: Apache-2.0
#include "playbook/talk.hpp"

#include "base/digest.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::playbook {
namespace {

uint64_t number_of(std::string_view bytes, FieldType type) {
    const bool little = type == FieldType::u16le || type == FieldType::u32le;
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[little ? bytes.size() - 1 - i : i]);
        value = value << 8 | byte;
    }
    return value;
}

}  // namespace

Conversation::Conversation(const Talk& talk) : talk_(talk) {}

Turn Conversation::start() {
    return advance(true);
}

Turn Conversation::sent() {
    if (over_) return give_up("the conversation is over");
    ++step_;
    return advance(true);
}

Turn Conversation::feed(std::string_view bytes) {
    if (!bytes.empty()) heard_ = true;
    const size_t room = talk_.max_bytes - taken_ - buffer_.size();
    buffer_ += bytes.substr(0, std::min(room, bytes.size()));
    return advance(false);
}

Turn Conversation::on_eof() {
    return give_up(heard_ ? "the machine hung up before its answer was whole" : "the machine hung up without a word");
}
Turn Conversation::on_timeout() {
    return give_up(heard_ ? "the answer was not whole in time" : "no answer in time");
}

Turn Conversation::advance(bool new_expect) {
    while (!over_) {
        if (step_ == talk_.steps.size()) {
            over_ = true;
            facts_ = captures_;
            facts_["port"] = model::Fact::of(std::string("open"));
            break;
        }
        if (const auto* send = std::get_if<Send>(&talk_.steps[step_])) return {.next = Turn::Next::send, .bytes = send->bytes};
        const auto& expect = std::get<Expect>(talk_.steps[step_]);
        std::string misfit;
        const auto end = frame_end(expect, misfit);
        if (!misfit.empty()) return give_up(std::move(misfit));
        if (!end) return {.next = Turn::Next::need_more, .within = expect.within, .new_expect = new_expect};
        if (!take(expect, std::string_view(buffer_).substr(0, *end), misfit)) return give_up(std::move(misfit));
        buffer_.erase(0, *end);
        taken_ += *end;
        ++step_;
        new_expect = true;
    }
    return {.next = Turn::Next::done};
}

Turn Conversation::give_up(std::string reason) {
    over_ = true;
    buffer_.clear();
    facts_ = facts_of_port(heard_ ? "open" : "silent");
    return {.next = Turn::Next::give_up, .reason = std::move(reason)};
}

// Where the frame at the buffer's beginning ends; nothing while that can't be told yet. Only the window counts, not how much
// of it came at once: that keeps the split law.
std::optional<size_t> Conversation::frame_end(const Expect& expect, std::string& misfit) const {
    const size_t window = talk_.max_bytes - taken_;
    size_t wanted = 0;
    switch (expect.frame) {
        case Expect::Frame::line:
        case Expect::Frame::until: {
            const std::string_view mark = expect.frame == Expect::Frame::line ? std::string_view("\n") : std::string_view(expect.mark);
            const size_t at = buffer_.find(mark);
            if (at != std::string::npos) return at + mark.size();
            if (buffer_.size() >= window)
                misfit =
                    fmt::format("{} does not end within {} bytes", expect.frame == Expect::Frame::line ? "the line" : "the answer", talk_.max_bytes);
            return std::nullopt;
        }
        case Expect::Frame::bytes: wanted = expect.bytes; break;
        case Expect::Frame::length_prefixed: {
            const size_t width = width_of(expect.length_type);
            wanted = expect.length_at + width;
            if (buffer_.size() < wanted) break;
            const int64_t more =
                static_cast<int64_t>(number_of(std::string_view(buffer_).substr(expect.length_at, width), expect.length_type)) + expect.length_adds;
            if (more < 0) {
                misfit = "the message's length can't be";
                return std::nullopt;
            }
            wanted += static_cast<size_t>(more);
            break;
        }
    }
    if (wanted > window) {
        misfit = fmt::format("the answer is longer than {} bytes", talk_.max_bytes);
        return std::nullopt;
    }
    return buffer_.size() >= wanted ? std::optional(wanted) : std::nullopt;
}

bool Conversation::take(const Expect& expect, std::string_view frame, std::string& misfit) {
    const auto capture = [&](const std::optional<Regex>& regex, std::string_view text) {
        if (!regex) return true;
        const auto found = regex->captures(text);
        if (!found) return false;
        for (const auto& [name, value] : *found) captures_[name] = model::Fact::of(base::utf8_text(value));
        return true;
    };
    const std::string_view text = expect.frame == Expect::Frame::line ? frame.substr(0, frame.size() - 1) : frame;
    if (!capture(expect.line, text) || !capture(expect.match, text)) {
        misfit = "the answer is not this protocol's";
        return false;
    }
    size_t position = 0;
    std::map<std::string, size_t> sizes;
    for (const Field& field : expect.fields) {
        position = field.at.value_or(position);
        const size_t width = width_of(field.type);
        const size_t size = width > 0 ? width : field.size_from.empty() ? field.size : sizes.at(field.size_from);
        if (position > frame.size() || frame.size() - position < size) {
            misfit = fmt::format("the answer is too short for its field {}", field.name);
            return false;
        }
        const std::string_view bytes = frame.substr(position, size);
        position += size;
        model::Fact fact;
        Value value;
        if (width > 0) {
            const uint64_t number = number_of(bytes, field.type);
            sizes[field.name] = static_cast<size_t>(number);
            fact = model::Fact::of(static_cast<int64_t>(number));
            value = static_cast<int64_t>(number);
        } else {
            const std::string shown = field.type == FieldType::hex ? base::hex(bytes) : std::string(bytes);
            fact = model::Fact::of(base::utf8_text(shown));
            value = shown;
        }
        if (field.must && *field.must != value) {
            misfit = fmt::format("the field {} is not what this protocol has there", field.name);
            return false;
        }
        captures_[field.name] = std::move(fact);
    }
    return true;
}

model::Facts facts_of_port(std::string_view state) {
    return {{"port", model::Fact::of(std::string(state))}};
}

}  // namespace douse::playbook
