// SPDX-License-Identifier: Apache-2.0
// The JSON forms that both ends of the API write and read: errors, the books, moments.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/disposition.hpp"

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace douse::wire {

[[nodiscard]] boost::json::object to_json(const Error& error);
// The error of an answer with a status of 400 or more; a body that isn't ours becomes an error that names the status.
[[nodiscard]] Error error_from(int status, std::string_view body);

[[nodiscard]] boost::json::object to_json(const model::Books& books);
[[nodiscard]] boost::json::object counts_to_json(const std::array<int64_t, model::disposition_count>& counts);
[[nodiscard]] Result<model::Books> books_from(const boost::json::value& value);

[[nodiscard]] boost::json::value ms_or_null(const std::optional<Timestamp>& at);

}  // namespace douse::wire
