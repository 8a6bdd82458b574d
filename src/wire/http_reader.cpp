// SPDX-License-Identifier: Apache-2.0
#include "wire/http_reader.hpp"

#include <algorithm>
#include <charconv>

namespace douse::wire {
namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

bool read_number(std::string_view text, int base, size_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

ResponseReader::State ResponseReader::broken(std::string_view why) {
    why_ = why;
    return state_ = State::broken;
}

std::string_view ResponseReader::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers_) {
        if (name == lower_case_name) return value;
    }
    return {};
}

// True when the head is complete; sets how the body ends.
bool ResponseReader::read_head() {
    const size_t end = pending_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (pending_.size() > head_limit) broken("the answer's head is too long");
        return false;
    }
    std::string_view head = std::string_view(pending_).substr(0, end + 2);
    const size_t line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    size_t status = 0;
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || !read_number(line.substr(9, 3), 10, status) || status < 100) {
        broken("the answer isn't HTTP/1.1");
        return false;
    }
    status_ = static_cast<int>(status);
    headers_.clear();
    head.remove_prefix(line_end + 2);
    while (!head.empty()) {
        const size_t stop = head.find("\r\n");
        const std::string_view field = head.substr(0, stop);
        head.remove_prefix(stop + 2);
        const size_t colon = field.find(':');
        if (colon == std::string_view::npos) {
            broken("the answer has a header without a colon");
            return false;
        }
        std::string name(field.substr(0, colon));
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
        headers_.emplace_back(std::move(name), std::string(trim(field.substr(colon + 1))));
    }
    pending_.erase(0, end + 4);
    if (status_ == 100) return read_head();  // "go on": the answer follows
    if (status_ == 204 || status_ == 304) {
        framing_ = Framing::none;
    } else if (header("transfer-encoding") == "chunked") {
        framing_ = Framing::chunked;
    } else if (const std::string_view length = header("content-length"); !length.empty()) {
        framing_ = Framing::length;
        if (!read_number(length, 10, left_)) {
            broken("the answer's length can't be read");
            return false;
        }
    }
    return true;
}

// True when something was read of the chunk's frame and more may follow.
bool ResponseReader::read_chunk_line() {
    const size_t end = pending_.find("\r\n");
    if (end == std::string::npos) {
        if (pending_.size() > head_limit) broken("a chunk's head is too long");
        return false;
    }
    const std::string line = pending_.substr(0, end);
    pending_.erase(0, end + 2);
    switch (chunk_) {
        case Chunk::size:
            if (!read_number(trim(std::string_view(line).substr(0, line.find(';'))), 16, left_)) {
                broken("a chunk's length can't be read");
                return false;
            }
            chunk_ = left_ == 0 ? Chunk::trailer : Chunk::data;
            return true;
        case Chunk::data_end:
            if (!line.empty()) {
                broken("a chunk is longer than it says");
                return false;
            }
            chunk_ = Chunk::size;
            return true;
        case Chunk::trailer:
            if (!line.empty()) return true;
            state_ = State::done;
            return false;
        case Chunk::data: break;
    }
    return true;
}

ResponseReader::State ResponseReader::feed(std::string_view bytes) {
    if (state_ == State::done || state_ == State::broken) return state_;
    pending_ += bytes;
    if (state_ == State::head) {
        if (!read_head()) return state_;
        state_ = State::body;
        if (framing_ == Framing::none || (framing_ == Framing::length && left_ == 0)) return state_ = State::done;
    }
    const auto take = [this](size_t most) {
        const size_t count = std::min(most, pending_.size());
        body_.append(pending_, 0, count);
        pending_.erase(0, count);
        return count;
    };
    if (framing_ == Framing::until_close) {
        take(pending_.size());
    } else if (framing_ == Framing::length) {
        left_ -= take(left_);
        if (left_ == 0) state_ = State::done;
    } else {
        while (state_ == State::body && !pending_.empty()) {
            if (chunk_ == Chunk::data) {
                left_ -= take(left_);
                if (left_ == 0) chunk_ = Chunk::data_end;
            } else if (!read_chunk_line()) {
                break;
            }
        }
    }
    if (body_.size() > body_limit) return broken("the answer is too long");
    return state_;
}

ResponseReader::State ResponseReader::end() {
    if (state_ == State::body && framing_ == Framing::until_close) return state_ = State::done;
    if (state_ == State::head || state_ == State::body) return broken("the connection ended before the answer did");
    return state_;
}

}  // namespace douse::wire
