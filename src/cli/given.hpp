// SPDX-License-Identifier: Apache-2.0
// What a command was given, after the catalogue's description of its arguments was held against it.
#pragma once

#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace douse::cli {

class Given {
public:
    void add(std::string_view name, std::string value) { values_[std::string(name)].push_back(std::move(value)); }

    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    [[nodiscard]] const std::string& one(std::string_view name) const;  // the last given, or empty
    [[nodiscard]] const std::vector<std::string>& all(std::string_view name) const;
    // invalid: not a whole number from `least` to `most`. Not given: `otherwise`.
    [[nodiscard]] Result<int64_t> number(std::string_view name, int64_t least, int64_t most, int64_t otherwise) const;

private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

}  // namespace douse::cli
