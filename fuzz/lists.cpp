// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"
#include "fuzz/targets.hpp"
#include "inventory/readers.hpp"

namespace douse::fuzz {

std::string lists(std::string_view bytes) {
    const std::string text = inventory::decode_text(bytes).text;
    if (!base::is_utf8(text)) return "what was decoded is no text";
    for (const inventory::Reader& reader : inventory::readers) {
        const inventory::Reading reading = reader.read(text, "fuzz", reader.source);
        if (reading.rows != static_cast<int64_t>(reading.observations.size()) + reading.refused) return std::string(reader.name) + ": rows get lost";
        if (reading.messages.size() > inventory::most_messages) return std::string(reader.name) + ": more messages than the limit";
        for (const model::Observation& observation : reading.observations) {
            if (observation.identifiers.empty()) return std::string(reader.name) + ": an observation of nothing";
        }
    }
    return {};
}

}  // namespace douse::fuzz
