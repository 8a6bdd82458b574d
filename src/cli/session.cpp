// SPDX-License-Identifier: Apache-2.0
#include "cli/session.hpp"

#include "base/digest.hpp"
#include "wire/url.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <fstream>
#include <iterator>

namespace douse::cli {
namespace json = boost::json;
namespace {
constexpr size_t file_limit = 64u << 20;  // as the server's
}

Result<json::value> Session::post(std::string_view path, const json::value& body) const {
    return client_.post(path, body, {{"Idempotency-Key", base::random_token()}});
}

Result<json::value> Session::send(std::string_view path, std::string octets) const {
    TRY(wire::Answer answer,
        client_.call("POST", path, wire::Body::octets(std::move(octets)), {{"Idempotency-Key", base::random_token()}}, std::chrono::minutes{5}));
    return std::move(answer.body);
}

int Session::answer(const json::value& body) const {
    terminal.say(json::serialize(body));
    return 0;
}

const json::value& field_of(const json::value& form, std::string_view name) {
    static const json::value none;
    const json::object* object = form.if_object();
    const json::value* found = object == nullptr ? nullptr : object->if_contains(name);
    return found == nullptr ? none : *found;
}

std::string text_of(const json::value& form, std::string_view name) {
    const json::string* text = field_of(form, name).if_string();
    return text == nullptr ? std::string{} : std::string(text->data(), text->size());
}

int64_t number_of(const json::value& form, std::string_view name) {
    const int64_t* number = field_of(form, name).if_int64();
    return number == nullptr ? 0 : *number;
}

bool truth_of(const json::value& form, std::string_view name) {
    const bool* truth = field_of(form, name).if_bool();
    return truth != nullptr && *truth;
}

const json::array& rows_of(const json::value& form, std::string_view name) {
    static const json::array none;
    const json::array* rows = field_of(form, name).if_array();
    return rows == nullptr ? none : *rows;
}

Result<int64_t> machine_number(const Session& session, const std::string& reference) {
    if (!reference.empty() && reference.size() < 18 && std::ranges::all_of(reference, [](unsigned char c) { return std::isdigit(c) != 0; }))
        return std::stoll(reference);
    const auto same = [](const std::string& a, const std::string& b) {
        return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
    };
    for (const char* where : {"", "&disposition=retired"}) {
        TRY(const json::value page, session.get("/api/assets?limit=500&q=" + wire::percent_encode(reference) + where));
        std::vector<const json::value*> fits;
        const json::array& rows = rows_of(page, "rows");
        for (const json::value& row : rows) {
            if (same(text_of(row, "name"), reference) || text_of(row, "address") == reference) fits.push_back(&row);
        }
        if (fits.empty() && rows.size() == 1) fits.push_back(&rows.front());  // one machine carries it as another identifier
        if (fits.size() == 1) return number_of(*fits.front(), "id");
        if (fits.size() > 1) {
            std::string which;
            for (const json::value* row : fits)
                which += fmt::format("{}{} ({})", which.empty() ? "" : ", ", number_of(*row, "id"), text_of(*row, "address"));
            return fail(ErrorCode::invalid, fmt::format("{} machines are called \"{}\"", fits.size(), reference), "",
                        "say which by its number: " + which);
        }
    }
    return fail(ErrorCode::not_found, fmt::format("no machine is called \"{}\"", reference), "",
                fmt::format("search with: douse assets --q {}", reference));
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(ErrorCode::not_found, fmt::format("could not open \"{}\"", path), std::generic_category().message(errno));
    std::string bytes;
    std::string piece(1 << 16, '\0');
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
        bytes.append(piece, 0, static_cast<size_t>(file.gcount()));
        if (bytes.size() > file_limit) return fail(ErrorCode::invalid, fmt::format("\"{}\" is longer than {} bytes", path, file_limit));
    }
    if (file.bad()) return fail(ErrorCode::invalid, fmt::format("could not read \"{}\"", path));
    return bytes;
}

std::string with_spaces(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '_', ' ');
    return text;
}

}  // namespace douse::cli
