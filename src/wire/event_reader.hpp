// SPDX-License-Identifier: Apache-2.0
// Reads a stream of server-sent events (WHATWG HTML 9.2) from bytes as they come, cut anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::wire {

struct RawEvent {
    std::string id;    // the last id seen, also when this event brought none
    std::string data;  // lines joined by line feeds
};

class EventReader {
public:
    // The events that `bytes` completed, in order.
    std::vector<RawEvent> feed(std::string_view bytes);
    [[nodiscard]] const std::string& last_id() const { return last_id_; }

private:
    std::string pending_;
    std::string data_;
    bool has_data_ = false;
    std::string last_id_;
};

}  // namespace douse::wire
