// SPDX-License-Identifier: Apache-2.0
// What a command runs with: the client of one server, the terminal, and whether the answer is wanted as JSON.
#pragma once

#include "cli/terminal.hpp"
#include "wire/client.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace douse::cli {

class Session {
public:
    Session(wire::Client client, Terminal& terminal, bool as_json) : terminal(terminal), client_(std::move(client)), as_json_(as_json) {}

    Terminal& terminal;

    [[nodiscard]] const wire::Client& client() const { return client_; }
    Result<boost::json::value> get(std::string_view path) const { return client_.get(path); }
    // A mutating call; without a body if `body` is null. Each carries a key of its own, so that a repeated packet isn't a second call.
    Result<boost::json::value> post(std::string_view path, const boost::json::value& body = nullptr) const;
    Result<boost::json::value> send(std::string_view path, std::string octets) const;

    [[nodiscard]] bool as_json() const { return as_json_; }
    int answer(const boost::json::value& body) const;  // prints the API's own body as one line; 0

private:
    wire::Client client_;
    bool as_json_;
};

// Fields of the API's forms; what isn't there is empty, 0, null or no rows.
[[nodiscard]] std::string text_of(const boost::json::value& form, std::string_view name);
[[nodiscard]] int64_t number_of(const boost::json::value& form, std::string_view name);
[[nodiscard]] bool truth_of(const boost::json::value& form, std::string_view name);
[[nodiscard]] const boost::json::value& field_of(const boost::json::value& form, std::string_view name);
[[nodiscard]] const boost::json::array& rows_of(const boost::json::value& form, std::string_view name);

// The number of a machine that is named by number, name or address. not_found, or invalid when several have the name.
Result<int64_t> machine_number(const Session& session, const std::string& reference);

Result<std::string> read_file(const std::string& path);        // at most 64 MiB
[[nodiscard]] std::string with_spaces(std::string_view name);  // "fix_unverified" -> "fix unverified"

}  // namespace douse::cli
