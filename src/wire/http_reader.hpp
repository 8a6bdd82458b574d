// SPDX-License-Identifier: Apache-2.0
// Reads one HTTP/1.1 response from bytes as they come, cut anywhere (the split law). No socket: the caller feeds it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::wire {

class ResponseReader {
public:
    static constexpr size_t head_limit = 64 << 10;   // bytes; ours are under 2 KiB
    static constexpr size_t body_limit = 256 << 20;  // bytes held at once; `take_body` makes room

    enum class State { head, body, done, broken };

    State feed(std::string_view bytes);
    State end();  // the peer closed: done where the length wasn't given, broken before its end

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  // the first, or empty
    [[nodiscard]] const std::string& body() const { return body_; }
    [[nodiscard]] std::string take_body() { return std::exchange(body_, {}); }
    [[nodiscard]] const std::string& why_broken() const { return why_; }

private:
    enum class Framing { none, length, chunked, until_close };
    State broken(std::string_view why);
    bool read_head();
    bool read_chunk_line();

    State state_ = State::head;
    int status_ = 0;
    Framing framing_ = Framing::until_close;
    size_t left_ = 0;  // of the body or the chunk
    enum class Chunk { size, data, data_end, trailer } chunk_ = Chunk::size;
    std::string pending_;  // not yet read as anything
    std::string body_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::string why_;
};

}  // namespace douse::wire
