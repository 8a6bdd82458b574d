// SPDX-License-Identifier: Apache-2.0
// The director of the outbreak. It stands outside Douse, reads the machines' true state, and marks vulnerable, reachable
// machines as infected: a marker file, a harmless process with a listener, and a cron job that starts it again. Nothing copies
// itself: every mark is the director's.
//
// Each infected machine presses for its share of marks a second, and the whole organisation for at least one every four
// seconds, so that the curve doubles about every twelve seconds and the tail doesn't drag. Most targets are in the infected
// machine's own segment. A target must answer as vulnerable on its port over a real connection from the infected machine, so
// whatever stops packets stops the outbreak. A machine that was cleaned but not patched is a target like any other.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/mutex.hpp"
#include "drill/chance.hpp"
#include "drill/lab.hpp"

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace douse::drill {

struct Mark {
    size_t machine = 0;
    Timestamp at{};
};

// Is any part of the marker among the machine's files?
[[nodiscard]] bool has_marker(const Lab& lab, const Machine& machine);
// Puts all of it there and starts it, whatever the machine runs. exhausted only if even the ballast of a full disk is used up.
[[nodiscard]] Result<void> place_marker(const Lab& lab, const Machine& machine);

class Outbreak {
public:
    explicit Outbreak(Lab& lab);  // seeded by the organisation's seed; the lab must outlive it
    ~Outbreak();                  // stop()
    Outbreak(const Outbreak&) = delete;
    Outbreak& operator=(const Outbreak&) = delete;

    // Marks those that are infected at the start.
    [[nodiscard]] Result<void> begin(Timestamp now);
    // One look and the marks that are due at `now`; how many were made. Not while run() runs.
    int step(Timestamp now);
    // Steps once a second on a thread of its own until stop(), which waits for it.
    void run(const base::Clock& clock);
    void stop();

    [[nodiscard]] int marks() const;
    // Made at `since` or later. A mark counts from when all of it was there; one that is just being made is waited for.
    [[nodiscard]] int marks_since(Timestamp since) const;
    [[nodiscard]] std::vector<Mark> history() const;

private:
    bool spread_once(std::vector<const Machine*>& infected, std::vector<const Machine*>& clean, Timestamp now);
    const Machine* choose_target(const Machine& from, const std::vector<const Machine*>& clean);
    bool mark(const Machine& machine, Timestamp now);

    Lab& lab_;
    Chance chance_;
    double pressure_ = 0;
    Timestamp last_step_{};
    std::set<size_t> fixed_;                  // seen to answer as fixed: never again a target
    std::map<size_t, Timestamp> not_before_;  // no answer: left alone for a while
    const base::Clock* clock_ = nullptr;      // while run() runs: a step takes its time, and a mark's moment is its own
    mutable base::Mutex placing_;             // held while a marker is being placed; before mutex_
    mutable base::Mutex mutex_;
    std::vector<Mark> history_ GUARDED_BY(mutex_);
    std::jthread thread_;
};

}  // namespace douse::drill
