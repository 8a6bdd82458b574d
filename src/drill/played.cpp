// SPDX-License-Identifier: Apache-2.0
#include "drill/played.hpp"

#include "base/clock.hpp"
#include "base/digest.hpp"

#include <boost/json/object.hpp>
#include <thread>

namespace douse::drill {
namespace {

// A killed server is back within a second or two; a call that finds nobody for this long has found a broken drill.
constexpr Millis patience = std::chrono::seconds{60};
constexpr Millis pause_between = Millis{200};

bool worth_repeating(const Error& error) {
    return error.code == ErrorCode::unreachable || error.code == ErrorCode::timed_out;
}

}  // namespace

Played::Played(std::string name, wire::Target target, std::string token)
    : name_(std::move(name)), target_(target), token_(std::move(token)), client_(target, token_) {}

Result<Played> Played::redeem(std::string name, const wire::Target& target, std::string_view link) {
    const Played stranger(name, target, "");
    const auto session = stranger.call("POST", "/api/sign-in", wire::Body::json(boost::json::object{{"link", link}}));
    if (!session) return std::unexpected(session.error());
    return Played(std::move(name), target, std::string(session->at("token").as_string()));
}

Result<boost::json::value> Played::ask(std::string_view path) const {
    return call("GET", path, {});
}

Result<boost::json::value> Played::act(std::string_view path, const boost::json::value& body) const {
    return call("POST", path, wire::Body::json(body));
}

Result<boost::json::value> Played::send(std::string_view path, std::string bytes) const {
    return call("POST", path, wire::Body::octets(std::move(bytes)));
}

Result<boost::json::value> Played::call(std::string_view method, std::string_view path, const wire::Body& body) const {
    wire::Client::Headers headers;
    if (method == "POST") headers.emplace_back("Idempotency-Key", base::random_token());
    const Deadline give_up = base::deadline_in(patience);
    for (;;) {
        auto answer = client_.call(method, path, body, headers);
        if (answer) return std::move(answer->body);
        if (!worth_repeating(answer.error()) || base::left_until(give_up).count() == 0) {
            return within(name_ + ", " + std::string(method) + " " + std::string(path), answer.error());
        }
        std::this_thread::sleep_for(pause_between);
    }
}

}  // namespace douse::drill
