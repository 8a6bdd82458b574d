// SPDX-License-Identifier: Apache-2.0
// A regular expression of a playbook: RE2's language (linear time, no look-around), on text in Latin-1, so that every byte
// that a machine sends is one character. Compiled once, at parse time; copies share the program, and any thread may match.
#pragma once

#include "base/error.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace douse::playbook {

class Regex {
public:
    static Result<Regex> compile(std::string text);  // invalid: RE2's own words in the detail

    [[nodiscard]] bool found_in(std::string_view text) const;
    // The named groups that took part, or nothing if it is not found.
    [[nodiscard]] std::optional<std::map<std::string, std::string>> captures(std::string_view text) const;
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    bool operator==(const Regex& other) const { return text_ == other.text_; }

private:
    std::string text_;
    std::vector<std::string> names_;           // by group number, "" for a group without a name
    std::shared_ptr<const re2::RE2> program_;  // owners: every copy of the playbook that was parsed
};

}  // namespace douse::playbook
