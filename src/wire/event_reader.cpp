// SPDX-License-Identifier: Apache-2.0
#include "wire/event_reader.hpp"

namespace douse::wire {

std::vector<RawEvent> EventReader::feed(std::string_view bytes) {
    std::vector<RawEvent> events;
    pending_ += bytes;
    size_t at = 0;
    for (size_t end = pending_.find('\n', at); end != std::string::npos; end = pending_.find('\n', at)) {
        std::string_view line = std::string_view(pending_).substr(at, end - at);
        at = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) {
            if (has_data_) events.push_back({.id = last_id_, .data = data_});
            data_.clear();
            has_data_ = false;
            continue;
        }
        const size_t colon = line.find(':');
        if (colon == 0) continue;  // a comment: the heartbeat
        const std::string_view field = line.substr(0, colon);
        std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        if (field == "data") {
            if (has_data_) data_ += '\n';
            data_ += value;
            has_data_ = true;
        } else if (field == "id") {
            last_id_ = value;
        }
    }
    pending_.erase(0, at);
    return events;
}

}  // namespace douse::wire
