// SPDX-License-Identifier: Apache-2.0
// A person whom the director plays: a token and the API, nothing else. Calls outlive a restart of the server: what may not have
// arrived is sent again under the same idempotency key.
#pragma once

#include "base/error.hpp"
#include "wire/client.hpp"

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace douse::drill {

class Played {
public:
    Played(std::string name, wire::Target target, std::string token);

    // Redeems a one-time link, as a browser would.
    static Result<Played> redeem(std::string name, const wire::Target& target, std::string_view link);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& token() const { return token_; }
    Result<boost::json::value> ask(std::string_view path) const;
    Result<boost::json::value> act(std::string_view path, const boost::json::value& body) const;
    Result<boost::json::value> send(std::string_view path, std::string bytes) const;  // octets

private:
    Result<boost::json::value> call(std::string_view method, std::string_view path, const wire::Body& body) const;

    std::string name_;
    wire::Target target_;
    std::string token_;
    wire::Client client_;
};

}  // namespace douse::drill
