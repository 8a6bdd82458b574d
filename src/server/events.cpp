// SPDX-License-Identifier: Apache-2.0
#include "server/events.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <charconv>
#include <map>

namespace douse::server {

EventRing::EventRing() : epoch_(base::hex(base::random_bytes(4))) {}

void EventRing::on_push(std::function<void()> listener) {
    base::MutexLock lock(mutex_);
    listener_ = std::move(listener);
}

void EventRing::push(const std::vector<store::Change>& changes) {
    if (changes.empty()) return;
    base::MutexLock lock(mutex_);
    for (const store::Change& change : changes) {
        ring_.push_back(change);
        ++end_;
    }
    while (ring_.size() > ring_limit) ring_.pop_front();
    if (listener_) listener_();  // under the lock, so that on_push() ends it for certain
}

std::string EventRing::id_of(int64_t seq) const {
    return fmt::format("{}-{}", epoch_, seq);
}

EventRing::Start EventRing::start_after(std::string_view last_id) const {
    base::MutexLock lock(mutex_);
    if (last_id.empty()) return {.next = end_, .reload = false};
    const Start lost{.next = end_, .reload = true};
    const size_t dash = last_id.rfind('-');
    if (dash == std::string_view::npos || last_id.substr(0, dash) != epoch_) return lost;
    const std::string_view number = last_id.substr(dash + 1);
    int64_t seq = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seq);
    if (error != std::errc{} || end != number.data() + number.size()) return lost;
    const int64_t oldest = end_ - static_cast<int64_t>(ring_.size());
    if (seq + 1 < oldest || seq >= end_) return lost;
    return {.next = seq + 1, .reload = false};
}

EventRing::Read EventRing::read(int64_t from) const {
    std::map<store::Change, int64_t> newest;  // of each thing that changed, the last event
    int64_t end = 0;
    {
        base::MutexLock lock(mutex_);
        end = end_;
        const int64_t oldest = end_ - static_cast<int64_t>(ring_.size());
        if (from < oldest) return {.text = fmt::format("id: {}\ndata: {{\"kind\":\"reload\"}}\n\n", id_of(end - 1)), .next = end};
        for (int64_t seq = from; seq < end; ++seq) newest[ring_[static_cast<size_t>(seq - oldest)]] = seq;
    }
    std::map<int64_t, store::Change> in_order;
    for (const auto& [change, seq] : newest) in_order.emplace(seq, change);
    Read out{.text = {}, .next = end};
    for (const auto& [seq, change] : in_order) {
        out.text += fmt::format("id: {}\ndata: {{\"kind\":\"{}\"", id_of(seq), store::name_of(change.kind));
        if (change.subject != 0) out.text += fmt::format(",\"subject\":{}", change.subject);
        out.text += "}\n\n";
    }
    return out;
}

std::string EventRing::hello(const Start& start) const {
    // An id without data moves the reader's position and is no event.
    std::string text = fmt::format("retry: 1000\nid: {}\n", id_of(start.next - 1));
    return text + (start.reload ? "data: {\"kind\":\"reload\"}\n\n" : "\n");
}

}  // namespace douse::server
