// SPDX-License-Identifier: Apache-2.0
// The door: who is it, may they, is it the same call again? It reads the operations table and nothing else about operations.
//
// By the TCP door a request must name us as its Host (else a foreign name was bound to our address: DNS rebinding), and an Origin,
// if there is one, must be ours. A person is shown by a session cookie or a bearer token; with the cookie a mutating call must
// also come from our own page. By the unix socket the caller is the token's person if a token is shown, else the person of
// their uid as the kernel says; a name is never accepted.
#pragma once

#include "base/mutex.hpp"
#include "server/events.hpp"
#include "server/house.hpp"
#include "server/http_server.hpp"
#include "server/operations.hpp"

#include <set>
#include <string>

namespace douse::server {

inline constexpr uint64_t json_body_limit = 1 << 20;  // no form of ours is longer
inline constexpr uint64_t octets_limit = 64u << 20;   // a list or a package; as incident::file_limit
inline constexpr size_t key_limit = 100;              // of an Idempotency-Key
// Browsers share cookies among all ports of a host: two consoles on one machine would sign each other out. A test and the tools of
// web/ make the same name.
[[nodiscard]] std::string cookie_name(uint16_t port);

class Door {
public:
    // `port`: of the TCP socket, which Host and Origin must name; `host`: the address that it listens on.
    Door(House& house, std::string host, uint16_t port);

    Admission admit(const Head& head);
    [[nodiscard]] bool may_go_on(const Head& head) const;  // the session is still good

private:
    struct Shown {
        std::string token;
        bool by_cookie = false;
    };
    struct Route {
        const Operation* operation = nullptr;
        std::string path_id;
        std::string allow;  // methods that the path knows, when the method isn't one of them
    };
    [[nodiscard]] Result<void> check_place(const Head& head, bool mutating, bool by_cookie) const;
    [[nodiscard]] Shown shown(const Head& head) const;
    [[nodiscard]] Result<incident::Actor> caller(const Head& head, const Shown& shown) const;
    [[nodiscard]] static Result<Route> route(std::string_view method, std::string_view path);
    Result<Admitted> open(const Head& head);
    Response answer(const Operation& operation, Call call, std::string_view content_type, const std::string& key, std::string body);
    Result<Response> answer_once(const Operation& operation, const Call& call, const std::string& key, const std::string& body_sha256);
    static Result<Response> run(House& house, const Operation& operation, const Call& call);

    House& house_;
    const std::string host_;
    const uint16_t port_;
    base::Mutex mutex_;
    std::set<std::string> answering_ GUARDED_BY(mutex_);  // keyed calls under way
};

}  // namespace douse::server
