// SPDX-License-Identifier: Apache-2.0
// The table of operations: what the API can do, by which path, with which right, leaving which row in the ledger. Router, rights,
// idempotency, audit and `allowed` lists read it, so that no operation can forget one; a test holds it against api/openapi.yaml.
// An operation's function translates a call into a use case and its result into JSON; it decides nothing.
#pragma once

#include "base/error.hpp"
#include "incident/actor.hpp"
#include "model/person.hpp"
#include "server/house.hpp"
#include "wire/url.hpp"

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::server {

// One call, after the door has said who makes it and that they may.
struct Call {
    incident::Actor actor;            // nobody where the operation asks for no right
    std::optional<int64_t> peer_uid;  // of the caller on the local socket
    std::string token;                // as it was shown, or empty
    std::string path_id;              // what stands for {id}
    wire::Query query;
    boost::json::value body;
    std::string octets;

    // The {id} as a number: not_found if it is none.
    template <class Id>
    [[nodiscard]] Result<Id> id() const {
        TRY(const int64_t number, path_number());
        return Id(number);
    }
    [[nodiscard]] std::string_view parameter(std::string_view name) const;  // empty if it isn't given
    [[nodiscard]] Result<int64_t> number(std::string_view name, int64_t least, int64_t most, int64_t otherwise) const;
    [[nodiscard]] Result<bool> truth(std::string_view name) const;
    [[nodiscard]] Result<std::string> reason() const;  // of a body that holds only one

private:
    [[nodiscard]] Result<int64_t> path_number() const;
};

struct Reply {
    Reply(boost::json::object value) : body(std::move(value)) {}
    boost::json::value body;
    std::vector<std::pair<std::string, std::string>> headers;
};

enum class Takes { nothing, json, octets };

struct Operation {
    std::string_view id;
    std::string_view method;
    std::string_view path;
    std::optional<model::Right> right;  // none: anybody
    std::string_view ledger;            // empty: changes nothing
    int status = 200;
    Takes takes = Takes::nothing;
    std::string_view query;                               // the parameters it knows, one space between
    bool keyed = false;                                   // takes an Idempotency-Key
    Result<Reply> (*run)(House&, const Call&) = nullptr;  // none: the event stream
};

[[nodiscard]] std::span<const Operation> operations();
[[nodiscard]] const Operation* find_operation(std::string_view id);

// Adds `operation` to an `allowed` list if the caller's role may call it.
void allow(boost::json::array& allowed, const incident::Actor& actor, std::string_view operation);

}  // namespace douse::server
