// SPDX-License-Identifier: Apache-2.0
#include "incident/people.hpp"

#include "base/digest.hpp"
#include "base/json_text.hpp"
#include "model/person_name.hpp"
#include "store/ledger_rows.hpp"
#include "store/people_rows.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::incident {
namespace {

constexpr std::string_view first_owner_name = "owner";

std::string subject_of(model::PersonId id) {
    return fmt::format("person {}", id.value);
}

// A link is anything that ends in "#CODE"; people paste either.
std::string_view code_in(std::string_view link_or_code) {
    while (!link_or_code.empty() && (link_or_code.back() == ' ' || link_or_code.back() == '\n')) link_or_code.remove_suffix(1);
    const size_t mark = link_or_code.rfind('#');
    return mark == std::string_view::npos ? link_or_code : link_or_code.substr(mark + 1);
}

Result<Invitation> invite(store::Tx& tx, model::PersonId person) {
    Invitation invitation{.person = {}, .code = base::random_token()};
    TRY(store::insert_invitation(tx, person, base::sha256_hex(invitation.code), tx.now() + invitation_valid));
    TRY(invitation.person, store::find_person(tx, person));
    return invitation;
}

std::string who(const model::Person& person) {
    return base::json_object({{"name", person.name}, {"role", std::string(model::name_of(person.role))}});
}

std::string how_signed_in(const Session& session, std::optional<int64_t> uid) {
    const std::string socket = "socket";
    if (!uid) return base::json_object({{"door", std::string("browser")}});
    if (session.uid_taken_from.empty()) return base::json_object({{"door", socket}, {"uid", *uid}});
    return base::json_object({{"door", socket}, {"uid", *uid}, {"uid_taken_from", session.uid_taken_from}});
}

// By the program, for nobody is there to ask. `because`: how it came about, for the ledger.
Result<Invitation> invite_owner(store::Tx& tx, std::string_view because) {
    TRY(const std::vector<model::Person> people, store::list_people(tx));
    const auto found = std::ranges::find(people, model::Role::owner, &model::Person::role);
    model::Person owner{.name = std::string(first_owner_name), .role = model::Role::owner};
    if (found == people.end()) {
        TRY(owner.id, store::insert_person(tx, owner.name, owner.role));
    } else {
        owner = *found;
    }
    TRY(store::append_ledger(
        tx, {}, "person.invite_owner", subject_of(owner.id),
        base::json_object({{"name", owner.name}, {"role", std::string(model::name_of(owner.role))}, {"because", std::string(because)}})));
    return invite(tx, owner.id);
}

}  // namespace

Result<Invitation> add_person(store::Store& store, const Actor& actor, std::string_view written, model::Role role) {
    TRY(const std::string name, model::person_name(written));
    return store.write([&](store::Tx& tx) -> Result<Invitation> {
        TRY(const model::PersonId id, store::insert_person(tx, name, role));
        TRY(store::append_ledger(tx, actor.id, "person.add", subject_of(id), who({.name = name, .role = role})));
        return invite(tx, id);
    });
}

Result<Invitation> invite_person(store::Store& store, const Actor& actor, model::PersonId person) {
    return store.write([&](store::Tx& tx) -> Result<Invitation> {
        TRY(const model::Person found, store::find_person(tx, person));
        TRY(store::append_ledger(tx, actor.id, "person.invite", subject_of(person), who(found)));
        return invite(tx, person);
    });
}

Result<std::optional<Invitation>> first_owner(store::Store& store) {
    return store.write([&](store::Tx& tx) -> Result<std::optional<Invitation>> {
        TRY(const std::vector<model::Person> people, store::list_people(tx));
        if (std::ranges::any_of(people, &model::Person::redeemed)) return std::optional<Invitation>{};
        TRY(Invitation invitation, invite_owner(tx, "nobody has signed in yet"));
        return std::optional(std::move(invitation));
    });
}

Result<Invitation> new_owner_link(store::Store& store) {
    return store.write([&](store::Tx& tx) { return invite_owner(tx, "the server was started with --new-owner-link"); });
}

Result<Session> redeem(store::Store& store, std::string_view link_or_code, std::optional<int64_t> uid) {
    const std::string code(code_in(link_or_code));
    return store.write([&](store::Tx& tx) -> Result<Session> {
        TRY(store::Redeemed redeemed, store::redeem_invitation(tx, base::sha256_hex(code), uid));
        Session session{.token = base::random_token(), .person = std::move(redeemed.person), .uid_taken_from = std::move(redeemed.uid_taken_from)};
        TRY(store::insert_session(tx, session.person.id, base::sha256_hex(session.token), tx.now() + session_valid));
        TRY(store::append_ledger(tx, session.person.id, "person.sign_in", subject_of(session.person.id), how_signed_in(session, uid)));
        return session;
    });
}

Result<void> sign_out(store::Store& store, const Actor& actor, std::string_view token) {
    return store.write([&](store::Tx& tx) -> Result<void> {
        TRY(store::end_session(tx, base::sha256_hex(token)));
        TRY(store::append_ledger(tx, actor.id, "person.sign_out", subject_of(actor.id), base::json_object({})));
        return {};
    });
}

namespace {

Result<Actor> as_actor(Result<model::Person> person, std::string_view nobody) {
    if (!person) {
        if (person.error().code != ErrorCode::not_found) return std::unexpected(person.error());
        return fail(ErrorCode::unauthenticated, std::string(nobody), "", "redeem a one-time link: douse sign-in LINK");
    }
    return Actor{.id = person->id, .name = person->name, .role = person->role};
}

}  // namespace

Result<Actor> actor_by_token(const store::Store& store, std::string_view token) {
    const std::string digest = base::sha256_hex(token);
    return as_actor(store.read([&](store::Tx& tx) { return store::person_by_session(tx, digest); }), "the session is unknown or has ended");
}

Result<Actor> actor_by_uid(const store::Store& store, int64_t uid) {
    return as_actor(store.read([&](store::Tx& tx) { return store::person_by_uid(tx, uid); }),
                    fmt::format("no person has signed in as the local user with uid {}", uid));
}

}  // namespace douse::incident
