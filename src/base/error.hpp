// SPDX-License-Identifier: Apache-2.0
// Failures the caller can meet in ordinary life, as values.
//
// A code says what the caller does next; the sentence is for people and no program reads it. `effect` answers the one
// question that matters after a failed action: may it have happened? Only `none` may be tried again (law 3).
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace douse::base {

enum class ErrorCode {
    invalid,          // mend the input
    unauthenticated,  // sign in
    denied,           // ask somebody who may
    not_found,
    conflict,     // read again, then retry
    wrong_state,  // somebody must change something first
    unreachable,  // later
    timed_out,    // later
    cancelled,
    exhausted,  // full disk, full queue: make room
    unsupported,
    corrupt,   // stop
    internal,  // a bug
};

enum class Effect { none, unknown, done };
enum class Retry { never, after_change, later };

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string sentence;  // short, factual, lower case, no full stop
    std::string detail;    // the mechanism
    std::string hint;      // advice that may not apply
    Effect effect = Effect::none;
};

// One row per code: its name on the wire, and what doors make of it.
struct ErrorRow {
    ErrorCode code;
    std::string_view name;
    int http_status;
    int exit_status;
    Retry retry;
};
[[nodiscard]] const ErrorRow& row_of(ErrorCode code);
[[nodiscard]] std::optional<ErrorCode> error_code_from(std::string_view name);

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;
};

[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string sentence, std::string detail = {}, std::string hint = {},
                                          Effect effect = Effect::none);

// The same error with "context: " before its sentence; added once, where the context is known, on the way up.
[[nodiscard]] std::unexpected<Error> within(std::string_view context, Error error);

}  // namespace douse::base

namespace douse {
using base::Effect;
using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;
using base::within;
}  // namespace douse

// TRY(auto x, expr) binds the value or returns the error; TRY(expr) is for Result<void>. The only error macro.
#define DOUSE_CONCAT_(a, b) a##b
#define DOUSE_CONCAT(a, b) DOUSE_CONCAT_(a, b)
#define DOUSE_TRY_BIND(name, decl, ...)                         \
    auto name = (__VA_ARGS__);                                  \
    if (!name) return std::unexpected(std::move(name).error()); \
    decl = *std::move(name)
#define DOUSE_TRY_VOID(name, ...) \
    if (auto name = (__VA_ARGS__); !name) return std::unexpected(std::move(name).error())
#define DOUSE_TRY_PICK(a1, a2, a3, a4, a5, a6, a7, a8, pick, ...) pick
#define DOUSE_TRY_MANY(...) DOUSE_TRY_BIND(DOUSE_CONCAT(try_, __COUNTER__), __VA_ARGS__)
#define DOUSE_TRY_ONE(...) DOUSE_TRY_VOID(DOUSE_CONCAT(try_, __COUNTER__), __VA_ARGS__)
#define TRY(...)                                                                                                                                \
    DOUSE_TRY_PICK(__VA_ARGS__, DOUSE_TRY_MANY, DOUSE_TRY_MANY, DOUSE_TRY_MANY, DOUSE_TRY_MANY, DOUSE_TRY_MANY, DOUSE_TRY_MANY, DOUSE_TRY_MANY, \
                   DOUSE_TRY_ONE)                                                                                                               \
    (__VA_ARGS__)
