// SPDX-License-Identifier: Apache-2.0
// Where the readers of a playbook put what they find wrong. Inside this room only.
#pragma once

#include "playbook/parse.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
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
    // By line, column and order of coming; of each kind the first findings_limit in the file, since no more are ever shown.
    using Kept = std::map<std::tuple<int, int, size_t>, Finding>;
    void keep(Kept& kept, Finding finding);

    std::string file_;
    Kept kept_errors_, kept_warnings_;
    size_t errors_ = 0;
    size_t coming_ = 0;
};

}  // namespace douse::playbook
