// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <array>

namespace douse::base {
namespace {

constexpr std::array rows{
    ErrorRow{ErrorCode::invalid, "invalid", 400, 2, Retry::after_change},
    ErrorRow{ErrorCode::unauthenticated, "unauthenticated", 401, 3, Retry::after_change},
    ErrorRow{ErrorCode::denied, "denied", 403, 3, Retry::never},
    ErrorRow{ErrorCode::not_found, "not_found", 404, 3, Retry::never},
    ErrorRow{ErrorCode::conflict, "conflict", 409, 3, Retry::after_change},
    ErrorRow{ErrorCode::wrong_state, "wrong_state", 409, 3, Retry::after_change},
    ErrorRow{ErrorCode::unreachable, "unreachable", 502, 3, Retry::later},
    ErrorRow{ErrorCode::timed_out, "timed_out", 504, 3, Retry::later},
    ErrorRow{ErrorCode::cancelled, "cancelled", 503, 3, Retry::later},
    ErrorRow{ErrorCode::exhausted, "exhausted", 507, 3, Retry::later},
    ErrorRow{ErrorCode::unsupported, "unsupported", 422, 3, Retry::never},
    ErrorRow{ErrorCode::corrupt, "corrupt", 500, 3, Retry::never},
    ErrorRow{ErrorCode::internal, "internal", 500, 3, Retry::never},
};
static_assert(rows.size() == static_cast<size_t>(ErrorCode::internal) + 1);

}  // namespace

const ErrorRow& row_of(ErrorCode code) {
    return rows[static_cast<size_t>(code)];
}

std::optional<ErrorCode> error_code_from(std::string_view name) {
    for (const ErrorRow& row : rows) {
        if (row.name == name) return row.code;
    }
    return std::nullopt;
}

std::unexpected<Error> fail(ErrorCode code, std::string sentence, std::string detail, std::string hint, Effect effect) {
    return std::unexpected(
        Error{.code = code, .sentence = std::move(sentence), .detail = std::move(detail), .hint = std::move(hint), .effect = effect});
}

std::unexpected<Error> within(std::string_view context, Error error) {
    error.sentence = std::string(context) + ": " + error.sentence;
    return std::unexpected(std::move(error));
}

}  // namespace douse::base
