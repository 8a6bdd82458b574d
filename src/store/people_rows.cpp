// SPDX-License-Identifier: Apache-2.0
#include "store/people_rows.hpp"

#include "model/person_name.hpp"
#include "store/database.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::store {
namespace {

constexpr Sql columns{"id, name, role, uid, redeemed, added_at_ms"};
model::Person read_person(Row& row) {
    return {.id = row.next<model::PersonId>(),
            .name = row.next<std::string>(),
            .role = row.named(model::role_from),
            .uid = row.next<std::optional<int64_t>>(),
            .redeemed = row.next<bool>(),
            .added_at = row.next<Timestamp>()};
}

constexpr Sql add{"INSERT INTO people (name, role, added_at_ms) VALUES ($1, $2, $3) RETURNING id"};
constexpr auto by_id = "SELECT " + columns + " FROM people WHERE id = $1";
constexpr auto by_uid = "SELECT " + columns + " FROM people WHERE uid = $1";
constexpr auto everybody = "SELECT " + columns + " FROM people ORDER BY id";
constexpr Sql take_uid_away{"UPDATE people SET uid = NULL WHERE uid = $1"};
constexpr Sql bind_uid{"UPDATE people SET uid = $2 WHERE id = $1"};
constexpr Sql mark_redeemed{"UPDATE people SET redeemed = 1 WHERE id = $1"};

constexpr Sql invite{"INSERT INTO invitations (code_sha256, person, expires_at_ms) VALUES ($1, $2, $3)"};
constexpr Sql invitation{"SELECT person, expires_at_ms, redeemed_at_ms, voided_at_ms FROM invitations WHERE code_sha256 = $1"};
constexpr Sql void_open{"UPDATE invitations SET voided_at_ms = $2 WHERE person = $1 AND redeemed_at_ms IS NULL AND voided_at_ms IS NULL"};
constexpr Sql redeem{"UPDATE invitations SET redeemed_at_ms = $2 WHERE code_sha256 = $1"};

constexpr std::string_view ask_anew = "an owner or a deputy makes a new one: douse person invite NAME";

constexpr Sql begin_session{"INSERT INTO sessions (token_sha256, person, expires_at_ms) VALUES ($1, $2, $3)"};
constexpr Sql session_person{"SELECT person FROM sessions WHERE token_sha256 = $1 AND expires_at_ms > $2"};
constexpr Sql finish_session{"DELETE FROM sessions WHERE token_sha256 = $1"};
constexpr Sql forget_old_sessions{"DELETE FROM sessions WHERE expires_at_ms <= $1"};

}  // namespace

Result<model::PersonId> insert_person(Tx& tx, std::string_view name, model::Role role) {
    TRY(const auto people, list_people(tx));
    const std::string folded = model::folded_name(name);
    const auto taken = std::ranges::find(people, folded, [](const model::Person& person) { return model::folded_name(person.name); });
    if (taken != people.end()) return fail(ErrorCode::conflict, fmt::format("person \"{}\" is there already", taken->name));
    return tx.db().insert<model::PersonId>(add, name, model::name_of(role), tx.now());
}

Result<model::Person> find_person(Tx& tx, model::PersonId id) {
    TRY(auto person, tx.db().first(by_id, read_person, id));
    if (!person) return fail(ErrorCode::not_found, fmt::format("there is no person {}", id.value));
    return *std::move(person);
}

Result<model::Person> person_by_uid(Tx& tx, int64_t uid) {
    TRY(auto person, tx.db().first(by_uid, read_person, uid));
    if (!person) return fail(ErrorCode::not_found, fmt::format("the local user with uid {} has not signed in", uid));
    return *std::move(person);
}

Result<std::vector<model::Person>> list_people(Tx& tx) {
    return tx.db().all(everybody, read_person);
}

Result<void> insert_invitation(Tx& tx, model::PersonId person, std::string_view code_sha256, Timestamp expires_at) {
    TRY(tx.db().run(void_open, person, tx.now()));
    TRY(tx.db().run(invite, code_sha256, person, expires_at));
    return {};
}

Result<Redeemed> redeem_invitation(Tx& tx, std::string_view code_sha256, std::optional<int64_t> uid) {
    struct Invitation {
        model::PersonId person;
        Timestamp expires_at;
        std::optional<Timestamp> redeemed_at, voided_at;
    };
    TRY(auto found, tx.db().first(
                        invitation,
                        [](Row& row) {
                            return Invitation{row.next<model::PersonId>(), row.next<Timestamp>(), row.next<std::optional<Timestamp>>(),
                                              row.next<std::optional<Timestamp>>()};
                        },
                        code_sha256));
    if (!found) return fail(ErrorCode::not_found, "there is no such link");
    if (found->redeemed_at) {
        return fail(ErrorCode::wrong_state, fmt::format("the link was used already, at {}", base::to_rfc3339(*found->redeemed_at)), {},
                    "if it was not you, tell the Incident Owner");
    }
    if (found->voided_at) {
        return fail(ErrorCode::wrong_state, fmt::format("the link was replaced by a newer one at {}", base::to_rfc3339(*found->voided_at)), {},
                    std::string(ask_anew));
    }
    if (found->expires_at <= tx.now()) {
        return fail(ErrorCode::wrong_state, fmt::format("the link ran out at {}", base::to_rfc3339(found->expires_at)), {}, std::string(ask_anew));
    }
    TRY(tx.db().run(redeem, code_sha256, tx.now()));
    TRY(tx.db().run(void_open, found->person, tx.now()));
    TRY(tx.db().run(mark_redeemed, found->person));
    Redeemed redeemed;
    if (uid) {
        TRY(const auto before, tx.db().first(by_uid, read_person, *uid));
        if (before && before->id != found->person) redeemed.uid_taken_from = before->name;
        TRY(tx.db().run(take_uid_away, *uid));
        TRY(tx.db().run(bind_uid, found->person, *uid));
    }
    TRY(redeemed.person, find_person(tx, found->person));
    return redeemed;
}

Result<void> insert_session(Tx& tx, model::PersonId person, std::string_view token_sha256, Timestamp expires_at) {
    TRY(tx.db().run(forget_old_sessions, tx.now()));
    TRY(tx.db().run(begin_session, token_sha256, person, expires_at));
    return {};
}

Result<model::Person> person_by_session(Tx& tx, std::string_view token_sha256) {
    TRY(auto person, tx.db().first(session_person, [](Row& row) { return row.next<model::PersonId>(); }, token_sha256, tx.now()));
    if (!person) return fail(ErrorCode::not_found, "there is no such session, or it has run out");
    return find_person(tx, *person);
}

Result<void> end_session(Tx& tx, std::string_view token_sha256) {
    TRY(tx.db().run(finish_session, token_sha256));
    return {};
}

}  // namespace douse::store
