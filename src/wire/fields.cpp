// SPDX-License-Identifier: Apache-2.0
#include "wire/fields.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace douse::wire {
namespace json = boost::json;

Fields::Fields(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) fault("the body must be a JSON object");
}

void Fields::fault(std::string sentence) {
    if (fault_.empty()) fault_ = std::move(sentence);
}

bool Fields::has(std::string_view name) const {
    return object_ != nullptr && object_->if_contains(name) != nullptr;
}

const json::value* Fields::take(std::string_view name, bool required) {
    if (object_ == nullptr) return nullptr;
    taken_.push_back(name);
    const json::value* value = object_->if_contains(name);
    if (value == nullptr && required) fault(fmt::format("field \"{}\" is missing", name));
    return value;
}

std::string Fields::text(std::string_view name) {
    const json::value* value = take(name, true);
    if (value == nullptr) return {};
    if (const json::string* text = value->if_string()) return std::string(text->data(), text->size());
    fault(fmt::format("field \"{}\" must be a text", name));
    return {};
}

std::string Fields::text_or(std::string_view name, std::string_view otherwise) {
    if (!has(name)) {
        taken_.push_back(name);
        return std::string(otherwise);
    }
    return text(name);
}

int64_t Fields::number(std::string_view name) {
    const json::value* value = take(name, true);
    if (value == nullptr) return 0;
    if (const int64_t* number = value->if_int64()) return *number;
    fault(fmt::format("field \"{}\" must be a whole number", name));
    return 0;
}

std::vector<std::string> Fields::texts(std::string_view name) {
    std::vector<std::string> out;
    const json::value* value = take(name, true);
    if (value == nullptr) return out;
    const json::array* items = value->if_array();
    for (size_t i = 0; items != nullptr && i < items->size(); ++i) {
        const json::string* text = (*items)[i].if_string();
        if (text == nullptr) {
            items = nullptr;
            break;
        }
        out.emplace_back(text->data(), text->size());
    }
    if (items == nullptr) fault(fmt::format("field \"{}\" must be a list of texts", name));
    return out;
}

std::vector<int64_t> Fields::numbers(std::string_view name) {
    std::vector<int64_t> out;
    const json::value* value = take(name, true);
    if (value == nullptr) return out;
    const json::array* items = value->if_array();
    for (size_t i = 0; items != nullptr && i < items->size(); ++i) {
        const int64_t* number = (*items)[i].if_int64();
        if (number == nullptr) {
            items = nullptr;
            break;
        }
        out.push_back(*number);
    }
    if (items == nullptr) fault(fmt::format("field \"{}\" must be a list of whole numbers", name));
    return out;
}

std::vector<int64_t> Fields::numbers_if_any(std::string_view name) {
    if (has(name)) return numbers(name);
    taken_.push_back(name);
    return {};
}

Result<void> Fields::done() {
    if (object_ != nullptr) {
        for (const json::key_value_pair& pair : *object_) {
            if (std::ranges::find(taken_, std::string_view(pair.key())) == taken_.end()) {
                fault(fmt::format("unknown field \"{}\"", std::string_view(pair.key()).substr(0, 60)));
            }
        }
    }
    if (!fault_.empty()) return fail(ErrorCode::invalid, fault_);
    return {};
}

}  // namespace douse::wire
