// SPDX-License-Identifier: Apache-2.0
#include "incident/guard.hpp"
#include "incident/people.hpp"
#include "server/door.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/people_rows.hpp"
#include "wire/fields.hpp"

#include <fmt/format.h>

namespace douse::server {
namespace json = boost::json;

namespace {

Reply invitation_reply(const House& house, const incident::Invitation& invitation) {
    return Reply({{"person", person_view(invitation.person)}, {"link", fmt::format("{}/sign-in#{}", house.url, invitation.code)}});
}

}  // namespace

Result<Reply> get_health(House& house, const Call&) {
    return Reply({{"name", "douse"},
                  {"version", DOUSE_VERSION},
                  {"acting", house.guard.acting() == incident::Acting::allowed},
                  {"drill", house.guard.setting() == incident::Setting::drill},
                  {"now_ms", base::to_ms(house.clock.now())}});
}

Result<Reply> sign_in(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::string link = fields.text("link");
    TRY(fields.done());
    TRY(const incident::Session session, incident::redeem(house.store, link, call.peer_uid));
    Reply reply({{"token", session.token}, {"person", person_view(session.person)}});
    if (!session.uid_taken_from.empty()) reply.body.as_object()["uid_taken_from"] = session.uid_taken_from;
    if (!call.peer_uid) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(incident::session_valid).count();
        reply.headers.emplace_back("Set-Cookie",
                                   fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", house.cookie, session.token, seconds));
    }
    return reply;
}

Result<Reply> sign_out(House& house, const Call& call) {
    if (call.token.empty()) {
        return fail(ErrorCode::wrong_state, "there is no session to end: on the local socket the caller is the person of their uid");
    }
    TRY(incident::sign_out(house.store, call.actor, call.token));
    Reply reply({{"done", true}});
    reply.headers.emplace_back("Set-Cookie", fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", house.cookie));
    return reply;
}

Result<Reply> who_am_i(House& house, const Call& call) {
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(const model::Person person, store::find_person(s.tx, call.actor.id));
        json::array rights;
        for (int i = 0; i < model::right_count; ++i) {
            if (const auto right = static_cast<model::Right>(i); model::may(person.role, right)) rights.emplace_back(model::name_of(right));
        }
        return json::object{{"person", person_view(person)}, {"rights", std::move(rights)}};
    });
}

Result<Reply> list_people(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<model::Person> people, store::list_people(s.tx));
        json::array rows;
        for (const model::Person& person : people) rows.emplace_back(person_view(person));
        return json::object{{"people", std::move(rows)}};
    });
}

Result<Reply> add_person(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::string name = fields.text("name");
    const std::string role_name = fields.text("role");
    TRY(fields.done());
    const auto role = model::role_from(role_name);
    if (!role) return fail(ErrorCode::invalid, fmt::format("\"{}\" is no role; owner, deputy, lead or reader", role_name.substr(0, 40)));
    TRY(const incident::Invitation invitation, incident::add_person(house.store, call.actor, name, *role));
    return invitation_reply(house, invitation);
}

Result<Reply> invite_person(House& house, const Call& call) {
    TRY(const auto person, call.id<model::PersonId>());
    TRY(const incident::Invitation invitation, incident::invite_person(house.store, call.actor, person));
    return invitation_reply(house, invitation);
}

}  // namespace douse::server
