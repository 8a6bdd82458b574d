// SPDX-License-Identifier: Apache-2.0
// From what the hands brought back to evidence: pure, but for the moment that it is given.
//
// One visit asks the looks of all inside checks at once; two checks may give a look the same name, so the names carry their
// check on the way ("svc-package/pkg") and lose it again before the check's rules see them.
#pragma once

#include "model/evidence.hpp"
#include "playbook/playbook.hpp"
#include "scan/sweep.hpp"
#include "transport/looks.hpp"

#include <string_view>
#include <vector>

namespace douse::survey {

struct Taken {  // when, where and in which sweep an answer was taken
    model::AssetId asset;
    model::SweepId sweep;
    Address address;
    Timestamp at{};
};

[[nodiscard]] std::vector<const playbook::Check*> inside_checks(const playbook::Playbook& playbook);
[[nodiscard]] std::vector<const playbook::Check*> outside_checks(const playbook::Playbook& playbook);

[[nodiscard]] std::vector<model::Look> looks_of(const std::vector<const playbook::Check*>& checks);
[[nodiscard]] Millis longest_timeout(const std::vector<const playbook::Check*>& checks);
// One row a check, and the platform's.
[[nodiscard]] std::vector<model::Evidence> evidence_from(const playbook::Playbook& playbook, const std::vector<const playbook::Check*>& checks,
                                                         const transport::LookAnswers& answers, const Taken& taken);
// The answer of one check on an open visit, as skip_if asks for it.
[[nodiscard]] model::Verdict verdict_of(const playbook::Playbook& playbook, const playbook::Check& check, const transport::LookAnswers& answers);

// `facts` of the first port that answered, else of the last asked.
[[nodiscard]] model::Evidence evidence_from(const playbook::Check& check, const model::Facts& facts, bool answered, std::string_view platform,
                                            const Taken& taken);
// The machine could not be asked: an unknown that replaces no older answer.
[[nodiscard]] model::Evidence no_answer(const playbook::Check& check, std::string_view because, const Taken& taken);

// "" when nobody has read it off the machine, or too long ago.
[[nodiscard]] std::string known_platform(const playbook::Playbook& playbook, const std::vector<model::Evidence>& evidence, Timestamp now);

// The check's targets at an address, in the order of its ports.
[[nodiscard]] std::vector<scan::Target> targets_of(const playbook::Check& check, const Address& address);

}  // namespace douse::survey
