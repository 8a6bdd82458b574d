// SPDX-License-Identifier: Apache-2.0
#include "cli/given.hpp"

#include <fmt/format.h>
#include <charconv>

namespace douse::cli {

const std::string& Given::one(std::string_view name) const {
    static const std::string none;
    const auto found = values_.find(name);
    return found == values_.end() ? none : found->second.back();
}

const std::vector<std::string>& Given::all(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto found = values_.find(name);
    return found == values_.end() ? none : found->second;
}

Result<int64_t> Given::number(std::string_view name, int64_t least, int64_t most, int64_t otherwise) const {
    if (!has(name)) return otherwise;
    const std::string& text = one(name);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        return fail(ErrorCode::invalid, fmt::format("{} takes a whole number from {} to {}, not \"{}\"", name, least, most, text));
    }
    return value;
}

}  // namespace douse::cli
