// SPDX-License-Identifier: Apache-2.0
// People, their one-time links and sessions. Secrets are stored only as SHA-256.
#pragma once

#include "model/person.hpp"
#include "store/store.hpp"

namespace douse::store {

Result<model::PersonId> insert_person(Tx& tx, std::string_view name, model::Role role);  // conflict: the name is taken, in whatever case
Result<model::Person> find_person(Tx& tx, model::PersonId id);
Result<model::Person> person_by_uid(Tx& tx, int64_t uid);  // not_found
Result<std::vector<model::Person>> list_people(Tx& tx);

// Voids the person's other open links: only the newest one counts.
Result<void> insert_invitation(Tx& tx, model::PersonId person, std::string_view code_sha256, Timestamp expires_at);
// Once: wrong_state if it was redeemed already (says when), replaced or has run out, not_found if it never was. Marks the person
// redeemed and voids their other open links;
// `uid` (the caller on the local socket) is bound to the person, and taken away from any other person who had it.
struct Redeemed {
    model::Person person;
    std::string uid_taken_from;  // the name of who had `uid` until now; empty: nobody else
};
Result<Redeemed> redeem_invitation(Tx& tx, std::string_view code_sha256, std::optional<int64_t> uid);

Result<void> insert_session(Tx& tx, model::PersonId person, std::string_view token_sha256, Timestamp expires_at);
Result<model::Person> person_by_session(Tx& tx, std::string_view token_sha256);  // not_found, also when it has run out
Result<void> end_session(Tx& tx, std::string_view token_sha256);

}  // namespace douse::store
