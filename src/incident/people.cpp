// SPDX-License-Identifier: Apache-2.0
#include "incident/people.hpp"

#include "base/digest.hpp"
#include "base/json_text.hpp"
#include "store/ledger_rows.hpp"
#include "store/people_rows.hpp"

#include <fmt/format.h>

namespace douse::incident {
namespace {

constexpr size_t name_limit = 80;  // a name has to fit a badge and a column
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

}  // namespace

Result<Invitation> add_person(store::Store& store, const Actor& actor, std::string_view name, model::Role role) {
    if (name.empty() || name.size() > name_limit) {
        return fail(ErrorCode::invalid, fmt::format("a person's name has 1 to {} bytes, this one has {}", name_limit, name.size()));
    }
    return store.write([&](store::Tx& tx) -> Result<Invitation> {
        TRY(const model::PersonId id, store::insert_person(tx, name, role));
        TRY(store::append_ledger(tx, actor.id, "person.add", subject_of(id),
                                 base::json_object({{"name", std::string(name)}, {"role", std::string(model::name_of(role))}})));
        return invite(tx, id);
    });
}

Result<std::optional<Invitation>> first_owner(store::Store& store) {
    return store.write([&](store::Tx& tx) -> Result<std::optional<Invitation>> {
        TRY(const std::vector<model::Person> people, store::list_people(tx));
        model::PersonId owner;
        for (const model::Person& person : people) {
            if (person.redeemed) return std::optional<Invitation>{};
            if (person.role == model::Role::owner) owner = person.id;
        }
        if (!owner) {
            TRY(owner, store::insert_person(tx, first_owner_name, model::Role::owner));
        }
        TRY(store::append_ledger(tx, {}, "person.invite_owner", subject_of(owner), base::json_object({})));
        TRY(Invitation invitation, invite(tx, owner));
        return std::optional(std::move(invitation));
    });
}

Result<Session> redeem(store::Store& store, std::string_view link_or_code, std::optional<int64_t> uid) {
    const std::string code(code_in(link_or_code));
    return store.write([&](store::Tx& tx) -> Result<Session> {
        Session session{.token = base::random_token(), .person = {}};
        TRY(session.person, store::redeem_invitation(tx, base::sha256_hex(code), uid));
        TRY(store::insert_session(tx, session.person.id, base::sha256_hex(session.token), tx.now() + session_valid));
        TRY(store::append_ledger(
            tx, session.person.id, "person.sign_in", subject_of(session.person.id),
            uid ? base::json_object({{"door", std::string("socket")}, {"uid", *uid}}) : base::json_object({{"door", std::string("browser")}})));
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
