// SPDX-License-Identifier: Apache-2.0
#include "server/door.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"
#include "incident/people.hpp"
#include "server/console.hpp"
#include "store/incident_rows.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>

namespace douse::server {
namespace json = boost::json;
namespace {

const std::vector<std::pair<std::string, std::string>> security_headers{
    {"Content-Security-Policy",
     "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
     "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

Response finished(Response response) {
    response.headers.insert(response.headers.end(), security_headers.begin(), security_headers.end());
    return response;
}

Response json_response(int status, const json::value& body) {
    // What is stored is text already; should bytes get past an entry all the same, one row may not spoil the whole answer.
    return {.status = status, .type = "application/json", .body = base::utf8_text(json::serialize(body)), .headers = {{"Cache-Control", "no-store"}}};
}

Response error_response(const Error& error) {
    if (error.code == ErrorCode::internal || error.code == ErrorCode::corrupt) {
        base::log(base::LogLevel::error, fmt::format("{} ({})", error.sentence, error.detail));
    }
    return finished(json_response(base::row_of(error.code).http_status, wire::to_json(error)));
}

constexpr uint16_t http_port = 80;  // browsers leave it out of Host and Origin

bool is_mutating(const Operation& operation) {
    return operation.method != "GET";
}

std::string_view cookie_in(std::string_view cookies, std::string_view name) {
    while (!cookies.empty()) {
        const size_t end = cookies.find(';');
        std::string_view pair = cookies.substr(0, end);
        cookies = end == std::string_view::npos ? std::string_view{} : cookies.substr(end + 1);
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
    }
    return {};
}

// "/api/assets/{id}" against "/api/assets/12": what stands for {id}, or nothing.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
    const size_t open = pattern.find("{id}");
    if (open == std::string_view::npos) return pattern == path ? std::optional(std::string{}) : std::nullopt;
    const std::string_view before = pattern.substr(0, open);
    const std::string_view after = pattern.substr(open + 4);
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
    const std::string_view id = path.substr(before.size(), path.size() - before.size() - after.size());
    if (id.find('/') != std::string_view::npos) return std::nullopt;
    return wire::percent_decode(id);
}

bool knows(std::string_view names, std::string_view name) {
    while (!names.empty()) {
        const size_t end = names.find(' ');
        if (names.substr(0, end) == name) return true;
        names = end == std::string_view::npos ? std::string_view{} : names.substr(end + 1);
    }
    return false;
}

}  // namespace

std::string cookie_name(uint16_t port) {
    return fmt::format("douse_session_{}", port);
}

Door::Door(House& house, std::string host, uint16_t port) : house_(house), host_(std::move(host)), port_(port) {}

Result<void> Door::check_place(const Head& head, bool mutating, bool by_cookie) const {
    if (head.count("host") > 1 || head.count("origin") > 1) return fail(ErrorCode::denied, "a request has one Host and at most one Origin");
    if (head.entry == Entry::local) {
        // No browser speaks to a unix socket; whoever passes a page's call on to it must not lend it the uid's rights.
        if (head.count("origin") > 0) return fail(ErrorCode::denied, "the local socket takes no calls from pages");
        return {};
    }
    const std::string address = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    const auto is_ours = [&](std::string_view host) {
        return std::ranges::any_of(std::initializer_list<std::string_view>{address, "localhost", "127.0.0.1"}, [&](std::string_view name) {
            return host == fmt::format("{}:{}", name, port_) || (port_ == http_port && host == name);
        });
    };
    const std::string_view host = head.header("host");
    if (!is_ours(host)) {
        return fail(ErrorCode::denied, fmt::format("this server isn't \"{}\"", host.substr(0, 100)), "the request's Host is another one",
                    fmt::format("open {}", house_.url));
    }
    const std::string_view origin = head.header("origin");
    if (head.count("origin") > 0 && origin != fmt::format("http://{}", host)) {
        return fail(ErrorCode::denied, "the call comes from another page", fmt::format("its Origin is \"{}\"", origin.substr(0, 100)));
    }
    if (mutating && by_cookie && origin.empty() && head.header("sec-fetch-site") != "same-origin") {
        return fail(ErrorCode::denied, "a call with a session cookie must come from the console's own page",
                    "it has neither Origin nor Sec-Fetch-Site");
    }
    return {};
}

Door::Shown Door::shown(const Head& head) const {
    constexpr std::string_view bearer = "Bearer ";
    if (const std::string_view authorization = head.header("authorization"); authorization.starts_with(bearer)) {
        return {.token = std::string(authorization.substr(bearer.size())), .by_cookie = false};
    }
    if (head.entry == Entry::tcp) {
        if (const std::string_view cookie = cookie_in(head.header("cookie"), house_.cookie); !cookie.empty()) {
            return {.token = std::string(cookie), .by_cookie = true};
        }
    }
    return {};
}

Result<incident::Actor> Door::caller(const Head& head, const Shown& shown) const {
    if (!shown.token.empty()) return incident::actor_by_token(house_.store, shown.token);
    if (head.entry == Entry::local && head.peer_uid) return incident::actor_by_uid(house_.store, *head.peer_uid);
    return fail(ErrorCode::unauthenticated, "nobody is signed in", "", "open your one-time link, or: douse sign-in LINK");
}

Result<Door::Route> Door::route(std::string_view method, std::string_view path) {
    Route route;
    for (const Operation& operation : operations()) {
        auto id = match(operation.path, path);
        if (!id) continue;
        if (operation.method == method) return Route{.operation = &operation, .path_id = std::move(*id), .allow = {}};
        route.allow += (route.allow.empty() ? "" : ", ") + std::string(operation.method);
    }
    if (route.allow.empty()) return fail(ErrorCode::not_found, fmt::format("the API has no \"{}\"", path.substr(0, 200)));
    return route;
}

bool Door::may_go_on(const Head& head) const {
    const auto actor = caller(head, shown(head));
    return actor && model::may(actor->role, model::Right::read);
}

Admission Door::admit(const Head& head) {
    const size_t mark = head.target.find('?');
    const std::string_view path = std::string_view(head.target).substr(0, mark);
    if (path != "/api" && !path.starts_with("/api/")) {
        if (auto place = check_place(head, false, false); !place) return error_response(place.error());
        return finished(console_response(head, path));
    }
    auto admitted = open(head);
    if (!admitted) return error_response(admitted.error());
    return std::move(*admitted);
}

Result<Admitted> Door::open(const Head& head) {
    const size_t mark = head.target.find('?');
    const std::string_view path = std::string_view(head.target).substr(0, mark);
    const Shown shown = this->shown(head);
    TRY(check_place(head, head.method != "GET" && head.method != "HEAD", shown.by_cookie));
    TRY(Route route, Door::route(head.method, path));
    if (route.operation == nullptr) {
        Response refused =
            error_response({.code = ErrorCode::invalid, .sentence = fmt::format("\"{}\" takes {}, not {}", path, route.allow, head.method)});
        refused.status = 405;
        refused.headers.emplace_back("Allow", route.allow);
        return Admitted{.body_limit = json_body_limit, .answer = [refused](std::string) { return refused; }};
    }
    const Operation& operation = *route.operation;
    Call call{
        .actor = {}, .peer_uid = head.peer_uid, .token = shown.token, .path_id = std::move(route.path_id), .query = {}, .body = {}, .octets = {}};
    if (operation.right) {
        TRY(call.actor, caller(head, shown));
        if (!model::may(call.actor.role, *operation.right)) {
            return fail(ErrorCode::denied, fmt::format("the role {} may not do this", model::name_of(call.actor.role)),
                        fmt::format("{} asks for the right {}", operation.id, model::name_of(*operation.right)));
        }
    }
    auto query = wire::parse_query(mark == std::string::npos ? std::string_view{} : std::string_view(head.target).substr(mark + 1));
    if (!query) return fail(ErrorCode::invalid, "the query can't be read");
    for (const auto& [name, value] : *query) {
        if (!knows(operation.query, name)) return fail(ErrorCode::invalid, fmt::format("unknown parameter \"{}\"", name.substr(0, 60)));
        if (std::ranges::count_if(*query, [&](const auto& other) { return other.first == name; }) > 1) {
            return fail(ErrorCode::invalid, fmt::format("parameter \"{}\" is given twice", name));
        }
    }
    call.query = std::move(*query);
    std::string key(head.header("idempotency-key"));
    if (key.size() > key_limit) return fail(ErrorCode::invalid, fmt::format("an Idempotency-Key has at most {} bytes", key_limit));
    if (operation.run == nullptr) {
        return Admitted{
            .body_limit = 0, .answer = [](std::string) {
                return finished({.status = 200, .type = "text/event-stream", .body = {}, .headers = {{"Cache-Control", "no-store"}}, .stream = true});
            }};
    }
    const uint64_t limit = operation.takes == Takes::octets ? octets_limit : json_body_limit;
    return Admitted{.body_limit = limit,
                    .answer = [this, &operation, call = std::move(call), type = std::string(head.header("content-type")), key](std::string body) {
                        return answer(operation, call, type, operation.keyed ? key : std::string{}, std::move(body));
                    }};
}

Response Door::answer(const Operation& operation, Call call, std::string_view content_type, const std::string& key, std::string body) {
    const auto checked = [&]() -> Result<Response> {
        const std::string body_sha256 = key.empty() ? std::string{} : base::sha256_hex(body);
        if (operation.takes == Takes::octets) {
            if (!content_type.starts_with("application/octet-stream")) return fail(ErrorCode::invalid, "the body must be application/octet-stream");
            call.octets = std::move(body);
        } else if (operation.takes == Takes::json) {
            // A page elsewhere can't send this type without being asked first (CORS), a form can't at all.
            if (!content_type.starts_with("application/json")) return fail(ErrorCode::invalid, "the body must be application/json");
            boost::system::error_code broken;
            call.body = json::parse(body, broken);
            if (broken) return fail(ErrorCode::invalid, "the body isn't JSON", broken.message());
        } else if (!body.empty() && body != "{}") {
            return fail(ErrorCode::invalid, fmt::format("{} takes no body", operation.id));
        }
        return key.empty() ? run(house_, operation, call) : answer_once(operation, call, key, body_sha256);
    };
    Response response;
    try {  // the request handler is one of the three places that meet exceptions: a bug, or an exhausted machine
        auto result = checked();
        response = result ? finished(std::move(*result)) : error_response(result.error());
    } catch (const std::exception& thrown) {
        response = error_response({.code = ErrorCode::internal,
                                   .sentence = "the server met a bug",
                                   .detail = thrown.what(),
                                   .effect = is_mutating(operation) ? Effect::unknown : Effect::none});
    }
    if (is_mutating(operation)) {
        base::log(base::LogLevel::info, fmt::format("{} by {} (person {}): {}", operation.id, call.actor.name.empty() ? "nobody" : call.actor.name,
                                                    call.actor.id.value, response.status));
    }
    return response;
}

Result<Response> Door::run(House& house, const Operation& operation, const Call& call) {
    TRY(Reply reply, operation.run(house, call));
    Response response = json_response(operation.status, reply.body);
    response.headers.insert(response.headers.end(), reply.headers.begin(), reply.headers.end());
    return response;
}

// The call is claimed in the transaction of its effect, and its answer kept after that: a server that is killed between the two
// says later that the call was done, and doesn't do it again. A call that changed nothing may be made again under its key.
Result<Response> Door::answer_once(const Operation& operation, const Call& call, const std::string& key, const std::string& body_sha256) {
    const std::string what = fmt::format("{} {} {} ", body_sha256, operation.status, call.path_id);
    const auto kept = [&]() -> Result<std::optional<Response>> {
        TRY(const auto text, house_.store.read([&](store::Tx& tx) { return store::find_answer(tx, call.actor.id, operation.id, key); }));
        if (!text) return std::optional<Response>{};
        if (!text->starts_with(what)) return fail(ErrorCode::invalid, "the Idempotency-Key was used for another call");
        if (text->size() == what.size()) {
            return std::unexpected(Error{.code = ErrorCode::wrong_state,
                                         .sentence = "this call was done, but its answer was lost when the server stopped",
                                         .detail = {},
                                         .hint = "look at what it changed; under a new key it would be a new call",
                                         .effect = Effect::done});
        }
        return std::optional(Response{
            .status = operation.status, .type = "application/json", .body = text->substr(what.size()), .headers = {{"Cache-Control", "no-store"}}});
    };
    const std::string in_flight = fmt::format("{}/{}/{}", call.actor.id.value, operation.id, key);
    {
        base::MutexLock lock(mutex_);
        if (!answering_.insert(in_flight).second) return fail(ErrorCode::conflict, "the same call is being answered", "", "ask again in a moment");
    }
    const auto answered = [&]() -> Result<Response> {
        TRY(auto before, kept());
        if (before) return std::move(*before);
        store::Store claiming = house_.store.carrying([&](store::Tx& tx) { return store::claim_call(tx, call.actor.id, operation.id, key, what); });
        House house = house_.through(claiming);
        TRY(Response response, run(house, operation, call));
        TRY(house_.store.write([&](store::Tx& tx) { return store::keep_answer(tx, call.actor.id, operation.id, key, what + response.body); }));
        return response;
    }();
    base::MutexLock lock(mutex_);
    answering_.erase(in_flight);
    return answered;
}

}  // namespace douse::server
