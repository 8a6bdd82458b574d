// SPDX-License-Identifier: Apache-2.0
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace douse::wire {
namespace json = boost::json;
namespace {

constexpr std::string_view effect_names[] = {"none", "unknown", "done"};

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string{} : std::string(text->data(), text->size());
}

}  // namespace

json::object to_json(const Error& error) {
    json::object out{{"code", base::row_of(error.code).name}, {"sentence", error.sentence}};
    if (!error.detail.empty()) out["detail"] = error.detail;
    if (!error.hint.empty()) out["hint"] = error.hint;
    out["effect"] = effect_names[static_cast<size_t>(error.effect)];
    return out;
}

Error error_from(int status, std::string_view body) {
    boost::system::error_code broken;
    const json::value value = json::parse(body, broken);
    const json::object* object = broken ? nullptr : value.if_object();
    const auto code = object == nullptr ? std::nullopt : base::error_code_from(text_of(*object, "code"));
    if (!code) {
        return {.code = ErrorCode::internal,
                .sentence = fmt::format("the server answered with status {} and no error of ours", status),
                .detail = std::string(body.substr(0, 200))};
    }
    Error error{.code = *code, .sentence = text_of(*object, "sentence"), .detail = text_of(*object, "detail"), .hint = text_of(*object, "hint")};
    const std::string effect = text_of(*object, "effect");
    if (effect == "unknown") error.effect = Effect::unknown;
    if (effect == "done") error.effect = Effect::done;
    return error;
}

json::object counts_to_json(const std::array<int64_t, model::disposition_count>& counts) {
    json::object out;
    for (size_t i = 0; i < counts.size(); ++i) out[model::name_of(static_cast<model::Disposition>(i))] = counts[i];
    return out;
}

json::object to_json(const model::Books& books) {
    std::array<int64_t, 3> standing{};
    for (size_t i = 0; i < books.counts.size(); ++i) {
        standing[static_cast<size_t>(model::standing_of(static_cast<model::Disposition>(i)))] += books.counts[i];
    }
    return {{"on_books", books.on_books},
            {"retired", books.retired},
            {"open", standing[static_cast<size_t>(model::Standing::open)]},
            {"done", standing[static_cast<size_t>(model::Standing::done)]},
            {"accepted_risk", standing[static_cast<size_t>(model::Standing::accepted_risk)]},
            {"balanced", books.balanced()},
            {"counts", counts_to_json(books.counts)}};
}

Result<model::Books> books_from(const json::value& value) {
    const auto whole = [](const json::object& object, std::string_view name) -> std::optional<int64_t> {
        const json::value* found = object.if_contains(name);
        const int64_t* number = found == nullptr ? nullptr : found->if_int64();
        return number == nullptr ? std::nullopt : std::optional(*number);
    };
    const json::object* object = value.if_object();
    const json::value* counts_value = object == nullptr ? nullptr : object->if_contains("counts");
    const json::object* counts = counts_value == nullptr ? nullptr : counts_value->if_object();
    if (counts == nullptr) return fail(ErrorCode::invalid, "books without counts");
    model::Books books;
    for (size_t i = 0; i < books.counts.size(); ++i) {
        const std::string_view name = model::name_of(static_cast<model::Disposition>(i));
        const auto count = whole(*counts, name);
        if (!count) return fail(ErrorCode::invalid, fmt::format("books without a count of \"{}\"", name));
        books.counts[i] = *count;
    }
    const auto on_books = whole(*object, "on_books");
    const auto retired = whole(*object, "retired");
    if (!on_books || !retired) return fail(ErrorCode::invalid, "books without their totals");
    books.on_books = *on_books;
    books.retired = *retired;
    return books;
}

json::value ms_or_null(const std::optional<Timestamp>& at) {
    if (!at) return nullptr;
    return base::to_ms(*at);
}

}  // namespace douse::wire
