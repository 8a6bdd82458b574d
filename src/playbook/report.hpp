// SPDX-License-Identifier: Apache-2.0
// Where the readers of a playbook put what they find wrong. Inside this room only.
#pragma once

#include "playbook/parse.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace douse::playbook {

struct Place {
    int line = 1, col = 1;
};

class Report {
public:
    explicit Report(std::string_view file) : file_(file) {}

    void error(Place place, std::string_view where, std::string what, std::string cure, std::string_view code);
    void warning(Place place, std::string_view where, std::string what, std::string cure, std::string_view code);
    [[nodiscard]] size_t errors() const { return errors_; }
    [[nodiscard]] std::vector<Finding> in_file_order() const;  // at most findings_limit, warnings dropped first

private:
    std::string file_;
    std::vector<Finding> findings_;
    size_t errors_ = 0;
};

}  // namespace douse::playbook
