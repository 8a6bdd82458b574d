// SPDX-License-Identifier: Apache-2.0
#include "remediate/enter.hpp"

#include "survey/look_at.hpp"

#include <fmt/format.h>
#include <utility>

namespace douse::remediate {

namespace {

constexpr Millis first_look_time = std::chrono::seconds{60};  // it asks the most, and nothing is known of the machine's pace

Result<Entered> enter_at(const store::Store& store, transport::Transport& transport, const model::Permit& permit, model::AssetId asset,
                         const Address& address, std::span<const model::Look> looks, Millis login_deadline, const std::stop_token& stop) {
    Entered out;
    TRY(out.session, transport.reach(permit, {address, survey::ssh_port}, base::deadline_in(login_deadline), stop));
    // A login is not enough: a shell may refuse every command, and another machine may hold the address by now.
    auto answers = transport::look(*out.session, looks, base::deadline_in(first_look_time), stop);
    if (!answers) {
        answers.error().effect = Effect::none;  // a look changes nothing
        return within("signed in, but nothing can be asked", std::move(answers).error());
    }
    TRY(const auto other, store.read([&](store::Tx& tx) { return survey::somebody_else(tx, asset, answers->machine); }));
    if (other) return fail(ErrorCode::unreachable, *other);
    out.answers = std::move(*answers);
    return out;
}

}  // namespace

Result<Entered> enter_machine(const store::Store& store, transport::Transport& transport, const model::Permit& permit, model::AssetId asset,
                              std::span<const Address> addresses, std::span<const model::Look> looks, Millis login_deadline, std::stop_token stop) {
    Error last{.code = ErrorCode::unreachable, .sentence = "no address of the machine is known"};
    for (const Address& address : addresses) {
        auto entered = enter_at(store, transport, permit, asset, address, looks, login_deadline, stop);
        if (entered) return entered;
        last = std::move(entered).error();
        if (last.code == ErrorCode::cancelled) break;
    }
    return std::unexpected(std::move(last));
}

// With the campaign's moment in it: another database that starts counting from 1 must not find this one's receipts.
std::string job_name(const model::Campaign& campaign, model::AttemptId attempt) {
    return fmt::format("i{}-c{}-a{}-{}", campaign.incident.value, campaign.id.value, attempt.value, base::to_ms(campaign.created_at));
}

}  // namespace douse::remediate
