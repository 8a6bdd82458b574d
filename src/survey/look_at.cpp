// SPDX-License-Identifier: Apache-2.0
#include "survey/look_at.hpp"

#include "scan/sweep.hpp"
#include "store/asset_rows.hpp"
#include "store/evidence_rows.hpp"
#include "survey/answers.hpp"
#include "transport/looks.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::survey {
namespace {

Result<std::vector<model::Evidence>> ask_outside(const model::Permit& permit, const std::vector<const playbook::Check*>& checks,
                                                 std::string_view platform, const Taken& taken, const std::stop_token& stop) {
    std::vector<scan::Target> targets;
    for (const playbook::Check* check : checks) {
        for (const scan::Target& target : targets_of(*check, taken.address)) targets.push_back(target);
    }
    std::vector<model::Evidence> out;
    if (targets.empty()) return out;
    TRY(const std::vector<scan::Outcome> outcomes, scan::sweep(permit, targets, {}, stop));
    size_t at = 0;
    for (const playbook::Check* check : checks) {
        const scan::Outcome* chosen = nullptr;
        for (size_t i = 0; i < check->ports.size(); ++i, ++at) {
            if (chosen == nullptr || (!scan::is_up(chosen->state) && scan::is_up(outcomes[at].state))) chosen = &outcomes[at];
        }
        if (chosen != nullptr) out.push_back(evidence_from(*check, chosen->facts, scan::is_up(chosen->state), platform, taken));
    }
    return out;
}

}  // namespace

Result<OneLook> look_at(store::Store& store, transport::Transport& transport, const model::Permit& permit, const playbook::Playbook& playbook,
                        const MachineAt& machine, const std::vector<std::string>& checks, Deadline deadline, std::stop_token stop) {
    std::vector<const playbook::Check*> inside;
    std::vector<const playbook::Check*> outside;
    for (const std::string& id : checks) {
        const playbook::Check* check = playbook.check(id);
        if (check == nullptr) return fail(ErrorCode::internal, fmt::format("the playbook has no check \"{}\"", id));
        (check->ask == model::Origin::inside ? inside : outside).push_back(check);
    }
    OneLook out;
    // Of the moment before the question: an answer is never newer than what it saw.
    const base::SystemClock clock;
    Taken taken{.asset = machine.asset, .sweep = {}, .address = machine.address, .at = clock.now()};
    if (!inside.empty()) {
        const auto answers = [&]() -> Result<transport::LookAnswers> {
            TRY(const auto session, transport.reach(permit, {machine.address, ssh_port}, deadline, stop));
            return transport::look(*session, looks_of(inside), deadline, stop);
        }();
        std::optional<std::string> other;
        if (answers) {
            TRY(other, store.read([&](store::Tx& tx) { return somebody_else(tx, machine.asset, answers->machine); }));
        }
        if (other) {
            // Whatever it says from inside or outside is not about this asset.
            out.not_entered = Error{.code = ErrorCode::unreachable, .sentence = *other};
            for (const std::vector<const playbook::Check*>& asked : {inside, outside}) {
                for (const playbook::Check* check : asked) out.evidence.push_back(no_answer(*check, *other, taken));
            }
            outside.clear();
        } else if (answers) {
            out.evidence = evidence_from(playbook, inside, *answers, taken);
            out.platform = known_platform(playbook, out.evidence, taken.at);
        } else {
            out.not_entered = answers.error();
            for (const playbook::Check* check : inside) out.evidence.push_back(no_answer(*check, answers.error().sentence, taken));
        }
    }
    taken.at = clock.now();
    TRY(std::vector<model::Evidence> seen, ask_outside(permit, outside, out.platform, taken, stop));
    for (model::Evidence& row : seen) out.evidence.push_back(std::move(row));
    TRY(store.write([&](store::Tx& tx) -> Result<void> { return store::insert_evidence(tx, out.evidence); }));
    return out;
}

Result<std::optional<std::string>> somebody_else(store::Tx& tx, model::AssetId asset, const model::MachineFacts& machine) {
    if (machine.machine_id.empty()) return std::nullopt;
    TRY(const std::vector<store::CarriedIdentifier> carried, store::identifiers_of(tx, asset));
    bool has_another = false;
    for (const store::CarriedIdentifier& c : carried) {
        if (c.identifier.kind != model::IdentifierKind::machine_id) continue;
        if (c.identifier.value == machine.machine_id) return std::nullopt;
        has_another = true;
    }
    if (has_another) return "another machine answers at its address: its machine id is another one";
    TRY(const std::vector<store::Holder> holders, store::holders_of(tx, {model::IdentifierKind::machine_id, machine.machine_id}));
    for (const store::Holder& holder : holders) {
        if (holder.asset != asset) return fmt::format("another machine answers at its address: machine {}", holder.asset.value);
    }
    return std::nullopt;
}

Result<std::vector<Address>> addresses_of(const store::Store& store, const model::Scope& scope, model::AssetId asset) {
    return store.read([&](store::Tx& tx) -> Result<std::vector<Address>> {
        TRY(std::vector<store::CarriedIdentifier> carried, store::identifiers_of(tx, asset));
        std::erase_if(carried, [](const store::CarriedIdentifier& c) { return c.identifier.kind != model::IdentifierKind::address; });
        std::sort(carried.begin(), carried.end(), [](const auto& a, const auto& b) { return a.last_at > b.last_at; });
        std::vector<Address> out;
        for (const store::CarriedIdentifier& c : carried) {
            const auto address = Address::parse(c.identifier.value);
            if (!address || !scope.contains(*address)) continue;
            // Only where it is now: an address that another machine has taken over since is that machine's.
            TRY(const auto holder, store::asset_at(tx, *address));
            if (holder == asset && std::find(out.begin(), out.end(), *address) == out.end()) out.push_back(*address);
        }
        if (out.empty()) return fail(ErrorCode::not_found, "no address of the machine is known");
        return out;
    });
}

}  // namespace douse::survey
