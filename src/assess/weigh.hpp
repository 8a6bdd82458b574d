// SPDX-License-Identifier: Apache-2.0
// One asset's history prepared once, and weighed at any moment: what stands, what speaks, and what each axis comes to
// (playbook format 6). Inside this room only.
#pragma once

#include "base/clock.hpp"
#include "model/evidence.hpp"
#include "playbook/playbook.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace douse::assess {

// One piece of evidence whose question is still asked in the same words.
struct Item {
    const model::Evidence* evidence = nullptr;
    const playbook::Check* check = nullptr;
    Timestamp expires{};
    [[nodiscard]] bool own() const { return evidence->origin != model::Origin::person && evidence->origin != model::Origin::import; }
    // Our own looks share one place per check; what a person read or another tool said is kept apart.
    [[nodiscard]] model::Origin asked_by() const { return own() ? check->ask : evidence->origin; }
    [[nodiscard]] bool hint() const { return check->hint || evidence->hint; }
    // A failure to reach the machine replaces nothing.
    [[nodiscard]] bool is_look() const { return evidence->says != model::Verdict::unknown || evidence->real_look; }
};

// What became of a check's newest answer.
enum class Fate { speaks, outranked, says_unknown, too_old, before_done, before_failed };
struct Newest {
    const Item* item = nullptr;
    Fate fate = Fate::speaks;
};

struct Weighed {
    model::Verdict vulnerability = model::Verdict::unknown;
    model::Verdict infection = model::Verdict::unknown;
    bool mitigated = false;
    bool contradiction = false;
    std::vector<const Item*> vulnerability_by;  // who decided, oldest first; in a contradiction both sides
    std::vector<const Item*> infection_by;
    const model::Evidence* platform_by = nullptr;  // decided where no check spoke: the platform isn't affected
    std::string platform;                          // "": unknown
    std::vector<Newest> newest;                    // per check, hints left out
    std::vector<const Item*> missed;               // failures to reach, newer than any answer of their check
    std::optional<Timestamp> done_at;              // the last attempt that reported done
};

class Case {
public:
    Case(const model::AssetHistory& history, const playbook::Playbook& playbook);

    [[nodiscard]] Weighed weigh(Timestamp at) const;
    [[nodiscard]] std::span<const Item> items() const { return items_; }  // by time of taking
    [[nodiscard]] Fate fate_of(const Item& item, Timestamp at) const;     // before others are held against it
    [[nodiscard]] bool knows_infection_check() const { return infection_check_; }
    // Did any moment after `done` and up to `until` answer: not affected, vulnerable, or fixed and clean where that is asked?
    // Moments are walked once: ask with rising `until`.
    [[nodiscard]] bool answered(Timestamp done, Timestamp until);
    [[nodiscard]] bool answers(const Weighed& weighed) const;
    // The later moments at which time alone may change something, sorted; `now_weighed` is weigh(now).
    [[nodiscard]] std::vector<Timestamp> moments_after(Timestamp now, const Weighed& now_weighed) const;

private:
    struct End {
        Timestamp at{};
        bool done = false;  // else it ran a step and failed, or may have
    };
    void add_platform(Weighed& out, Timestamp at) const;
    void decide_infection(Weighed& out, const std::vector<const Item*>& speak) const;
    void decide_vulnerability(Weighed& out, const std::vector<const Item*>& speak) const;

    const playbook::Playbook& playbook_;
    std::vector<Item> items_;  // by time of taking
    std::vector<const model::Evidence*> platforms_;
    std::vector<End> ends_;
    std::optional<Timestamp> exempt_until_;
    std::vector<Timestamp> moments_;  // every one at which something begins or ends to count, sorted
    struct Walk {                     // of `answered`, for one `done`
        Timestamp done{};
        size_t next = 0;
        bool found = false;
    };
    std::optional<Walk> walk_;
    bool infection_check_ = false;
};

}  // namespace douse::assess
