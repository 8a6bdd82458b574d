// SPDX-License-Identifier: Apache-2.0
// People, thin but safe. Who is added gets a one-time link; only redeeming it yields a session, and the redemption is in the
// ledger, so that whoever adds a person can't be that person unseen.
#pragma once

#include "incident/actor.hpp"
#include "store/store.hpp"

#include <optional>
#include <string>

namespace douse::incident {

inline constexpr Millis invitation_valid = std::chrono::hours{72};
inline constexpr Millis session_valid = std::chrono::hours{24 * 7};

struct Invitation {
    model::Person person;
    std::string code;  // the secret part of the link; shown once, stored only as SHA-256
};
// conflict: the name is taken, in whatever case; invalid: a name that no person may have (model/person_name.hpp).
Result<Invitation> add_person(store::Store& store, const Actor& actor, std::string_view name, model::Role role);

// A new link for who is here already and has lost link, session or uid; their older links are worth nothing from then on. not_found.
Result<Invitation> invite_person(store::Store& store, const Actor& actor, model::PersonId person);

// On the very first start: the owner's invitation. Nothing if anybody has redeemed a link already; else a new code each start.
Result<std::optional<Invitation>> first_owner(store::Store& store);
// For who holds the data folder when nobody can sign in any more: a new link for the owner who was added first, in any state.
Result<Invitation> new_owner_link(store::Store& store);

struct Session {
    std::string token;
    model::Person person;
    std::string uid_taken_from;  // who acted as the caller's uid until now; empty: nobody else
};
// `uid`: the caller's, when the call came over the local socket. Codes: not_found, wrong_state (used or run out).
Result<Session> redeem(store::Store& store, std::string_view link_or_code, std::optional<int64_t> uid);
Result<void> sign_out(store::Store& store, const Actor& actor, std::string_view token);

Result<Actor> actor_by_token(const store::Store& store, std::string_view token);  // unauthenticated
Result<Actor> actor_by_uid(const store::Store& store, int64_t uid);               // unauthenticated

}  // namespace douse::incident
