// SPDX-License-Identifier: Apache-2.0
// Reading a JSON object field by field. The first fault is kept and named; a field that nobody asked for is a fault too, so that
// a misspelt one is never ignored.
//
//   Fields fields(body);
//   NewPerson p{.name = fields.text("name"), .role = fields.text("role")};
//   TRY(fields.done());
#pragma once

#include "base/error.hpp"

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace douse::wire {

class Fields {
public:
    explicit Fields(const boost::json::value& value);  // anything but an object is a fault; lives no longer than `value`

    [[nodiscard]] bool has(std::string_view name) const;
    std::string text(std::string_view name);
    std::string text_or(std::string_view name, std::string_view otherwise);
    int64_t number(std::string_view name);
    std::vector<std::string> texts(std::string_view name);
    std::vector<int64_t> numbers(std::string_view name);
    std::vector<int64_t> numbers_if_any(std::string_view name);
    [[nodiscard]] Result<void> done();  // invalid, with the first fault

private:
    const boost::json::value* take(std::string_view name, bool required);
    void fault(std::string sentence);

    const boost::json::object* object_ = nullptr;
    std::vector<std::string_view> taken_;
    std::string fault_;
};

}  // namespace douse::wire
