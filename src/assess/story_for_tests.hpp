// SPDX-License-Identifier: Apache-2.0
// Histories for the tests of this room, told in hours since a night in November.
#pragma once

#include "model/evidence.hpp"
#include "playbook/playbook.hpp"

#include <string>
#include <string_view>

namespace douse::assess {

inline Timestamp hour(int h) {
    return Timestamp{std::chrono::milliseconds{1'764'000'000'000}} + std::chrono::hours{h};
}

// The drill's playbook, with one part of its text replaced.
playbook::Playbook drill(std::string_view old_part = "", std::string_view new_part = "");
// With an `over` that lint refuses: on both axes, each check over one of the other's.
playbook::Playbook drill_across_axes();

class Story {
public:
    explicit Story(const playbook::Playbook& book) : book_(book) {}

    Story& says(std::string_view check, model::Verdict verdict, int at, std::string because = "so it was") {
        return add(check, verdict, at, true, std::move(because));
    }
    Story& missed(std::string_view check, int at, std::string because = "connection refused") {
        return add(check, model::Verdict::unknown, at, false, std::move(because));
    }
    Story& by_person() {
        history.evidence.back().origin = model::Origin::person;
        return *this;
    }
    Story& runs_debian(int at, int valid_hours, const std::string& distro = "debian") {
        model::Evidence e{.id = model::EvidenceId(next_++),
                          .check = std::string(model::platform_check),
                          .origin = model::Origin::inside,
                          .taken_at = hour(at),
                          .valid_until = hour(at + valid_hours)};
        e.facts = {{"os", model::Fact::of(std::string("linux"))}, {"distro", model::Fact::of(distro)}};
        history.evidence.push_back(e);
        return *this;
    }
    Story& attempt(model::AttemptState state, int at, bool ran = true) {
        history.attempts.push_back({.id = model::AttemptId(next_++), .state = state, .ran_a_step = ran, .ended_at = hour(at)});
        return *this;
    }

    model::AssetHistory history{.playbook_sha256 = "x"};

private:
    Story& add(std::string_view check, model::Verdict verdict, int at, bool real_look, std::string because) {
        const playbook::Check& c = *book_.check(check);
        history.evidence.push_back({.id = model::EvidenceId(next_++),
                                    .check = c.id,
                                    .check_hash = c.hash,
                                    .origin = c.ask,
                                    .says = verdict,
                                    .real_look = real_look,
                                    .hint = c.hint,
                                    .because = std::move(because),
                                    .taken_at = hour(at),
                                    .valid_until = hour(at) + c.valid});
        return *this;
    }

    const playbook::Playbook& book_;
    int64_t next_ = 1;
};

}  // namespace douse::assess
