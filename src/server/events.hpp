// SPDX-License-Identifier: Apache-2.0
// What commits changed, as a ring of recent events that any number of streams read at their own pace. An id is EPOCH-SEQ; the
// epoch is new with each start, so that a stream that outlived the server or fell out of the ring is told to load anew.
#pragma once

#include "base/mutex.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::server {

class EventRing {
public:
    static constexpr size_t ring_limit = 8192;  // events; minutes of a busy campaign

    EventRing();

    void push(const std::vector<store::Change>& changes);  // the store's commit listener
    void on_push(std::function<void()> listener);          // one, or none to end it; it must be quick

    struct Read {
        std::string text;  // server-sent events, ready to be sent; empty if there is nothing new
        int64_t next = 0;  // where to read on
    };
    // Where a new stream starts: after `last_id`, or now when it is empty. `reload` says that events between were lost.
    struct Start {
        int64_t next = 0;
        bool reload = false;
    };
    [[nodiscard]] Start start_after(std::string_view last_id) const;
    // Events since `from`, one per thing that changed.
    [[nodiscard]] Read read(int64_t from) const;
    [[nodiscard]] std::string hello(const Start& start) const;  // the first lines of a stream

private:
    [[nodiscard]] std::string id_of(int64_t seq) const;

    mutable base::Mutex mutex_;
    std::deque<store::Change> ring_ GUARDED_BY(mutex_);
    int64_t end_ GUARDED_BY(mutex_) = 1;  // number of the event to come
    std::function<void()> listener_ GUARDED_BY(mutex_);
    const std::string epoch_;
};

}  // namespace douse::server
