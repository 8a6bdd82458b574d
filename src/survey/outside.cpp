// SPDX-License-Identifier: Apache-2.0
#include "survey/outside.hpp"

#include "survey/answers.hpp"
#include "survey/look_at.hpp"

#include <iterator>

namespace douse::survey {
namespace {

bool was_looked_at(scan::PortState state) {
    return state != scan::PortState::cancelled && state != scan::PortState::out_of_scope;
}

}  // namespace

Result<std::map<Address, Seen>> look_outside(const model::Permit& permit, const std::vector<const playbook::Check*>& checks,
                                             const std::vector<Address>& addresses, double connects_per_second, const std::stop_token& stop) {
    struct Asked {
        Address address;
        const playbook::Check* check;  // null: SSH
    };
    std::vector<scan::Target> targets;
    std::vector<Asked> asked;
    for (const Address& address : addresses) {
        for (const playbook::Check* check : checks) {
            for (const scan::Target& target : targets_of(*check, address)) {
                targets.push_back(target);
                asked.push_back({address, check});
            }
        }
        targets.push_back({.endpoint = {address, ssh_port}, .ssh_banner = true});
        asked.push_back({address, nullptr});
    }
    scan::Limits limits;
    limits.connects_per_second = connects_per_second;
    TRY(std::vector<scan::Outcome> outcomes, scan::sweep(permit, targets, limits, stop));
    std::map<Address, Seen> seen;
    for (size_t i = 0; i < outcomes.size(); ++i) {
        Seen& at = seen[asked[i].address];
        at.up = at.up || scan::is_up(outcomes[i].state);
        at.looked = at.looked || was_looked_at(outcomes[i].state);
        if (!was_looked_at(outcomes[i].state)) continue;  // nobody was asked, so there is no answer
        if (asked[i].check == nullptr) {
            at.ssh = outcomes[i].state == scan::PortState::open;
            at.greeted = outcomes[i].facts.contains("ssh.banner");
            continue;
        }
        // Several ports of one check: in order, the first that answers.
        auto last = at.answers.empty() || at.answers.back().first != asked[i].check ? at.answers.end() : std::prev(at.answers.end());
        if (last == at.answers.end())
            at.answers.emplace_back(asked[i].check, std::move(outcomes[i]));
        else if (!scan::is_up(last->second.state) && scan::is_up(outcomes[i].state))
            last->second = std::move(outcomes[i]);
    }
    return seen;
}

}  // namespace douse::survey
