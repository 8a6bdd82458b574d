// SPDX-License-Identifier: Apache-2.0
// The table and section 6 of the playbook format once more, slow and as they read: quantifiers over the whole history, hour by
// hour. Random histories on a grid of hours must come out the same here and there.
#include "assess/assess.hpp"

#include "assess/counts.hpp"
#include "assess/story_for_tests.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <algorithm>
#include <set>

namespace douse::assess {
namespace {

using model::AssetHistory;
using model::AttemptState;
using model::Books;
using model::Disposition;
using model::Evidence;
using model::Verdict;
using playbook::Check;
using playbook::Playbook;

// ---- the reference

struct Reference {
    const AssetHistory& h;
    const Playbook& book;

    bool is_question(const Evidence& e) const { return book.check(e.check) && book.check(e.check)->hash == e.check_hash; }
    static bool is_own(const Evidence& e) { return e.origin != model::Origin::person; }
    static bool looked(const Evidence& e) { return e.says != Verdict::unknown || e.real_look; }
    static bool good(Verdict v) { return v == Verdict::fixed || v == Verdict::clean || v == Verdict::not_affected; }
    static bool infection(Verdict v) { return v == Verdict::infected || v == Verdict::clean; }
    static bool said_done(const model::AttemptEnd& a) { return a.ran_a_step && a.state == AttemptState::succeeded; }
    static bool ended_badly(const model::AttemptEnd& a) {
        return a.ran_a_step && a.state != AttemptState::succeeded && a.state != AttemptState::queued && a.state != AttemptState::sent &&
               a.state != AttemptState::running;
    }

    bool replaced(size_t i, Timestamp t) const {
        const Evidence& old = h.evidence[i];
        for (size_t j = 0; j < h.evidence.size(); ++j) {
            const Evidence& e = h.evidence[j];
            const bool later = e.taken_at > old.taken_at || (e.taken_at == old.taken_at && j > i);
            if (later && e.taken_at <= t && e.check == old.check && is_question(e) && is_own(e) == is_own(old) && looked(e) && !e.hint) return true;
        }
        return false;
    }
    bool speaks(size_t i, Timestamp t) const {
        const Evidence& e = h.evidence[i];
        if (!is_question(e) || e.hint || book.check(e.check)->hint || e.says == Verdict::unknown || e.taken_at > t) return false;
        if (t - e.taken_at >= book.check(e.check)->valid || replaced(i, t)) return false;
        for (const auto& a : h.attempts) {
            if (a.ended_at <= t && e.taken_at <= a.ended_at && (said_done(a) || (ended_badly(a) && good(e.says)))) return false;
        }
        return true;
    }
    std::vector<const Evidence*> heard(bool of_infection, Timestamp t) const {
        std::vector<const Evidence*> all, out;
        for (size_t i = 0; i < h.evidence.size(); ++i) {
            if (speaks(i, t)) all.push_back(&h.evidence[i]);
        }
        for (const Evidence* e : all) {
            if (infection(e->says) != of_infection) continue;
            const auto own_beside = [&](const Evidence* o) { return is_own(*o) && infection(o->says) == of_infection; };
            const bool under = std::ranges::any_of(all, [&](const Evidence* o) {
                const auto& over = book.check(o->check)->over;
                return own_beside(o) && std::ranges::find(over, e->check) != over.end();
            });
            const bool person_beside_own = !is_own(*e) && std::ranges::any_of(all, own_beside);
            if (!under && !person_beside_own) out.push_back(e);
        }
        return out;
    }
    Verdict infection_at(Timestamp t) const {
        const auto all = heard(true, t);
        if (std::ranges::any_of(all, [](const Evidence* e) { return e->says == Verdict::infected; })) return Verdict::infected;
        // In these playbooks exactly one inside check asks for infection, and it is for every platform.
        return std::ranges::any_of(all, [](const Evidence* e) { return e->check == "marker-inside"; }) ? Verdict::clean : Verdict::unknown;
    }
    Verdict vulnerability_at(Timestamp t) const {
        std::set<Verdict> said;
        for (const Evidence* e : heard(false, t)) said.insert(e->says);
        if (said.contains(Verdict::vulnerable)) return said.size() == 1 ? Verdict::vulnerable : Verdict::unknown;
        if (said.contains(Verdict::fixed)) return Verdict::fixed;
        return said.contains(Verdict::not_affected) ? Verdict::not_affected : Verdict::unknown;
    }
    bool row4(Timestamp t) const { return vulnerability_at(t) == Verdict::not_affected; }
    bool row5(Timestamp t) const { return vulnerability_at(t) == Verdict::fixed && infection_at(t) == Verdict::clean; }
    bool row7(Timestamp t) const { return vulnerability_at(t) == Verdict::vulnerable; }
    bool row3(Timestamp now) const {
        std::optional<Timestamp> done;
        for (const auto& a : h.attempts) {
            if (said_done(a) && a.ended_at <= now) done = std::max(done.value_or(a.ended_at), a.ended_at);
        }
        if (!done) return false;
        for (Timestamp t = *done + std::chrono::hours{1}; t <= now; t += std::chrono::hours{1}) {
            if (row4(t) || row5(t) || row7(t)) return false;
        }
        return true;
    }
    // The rows that hold by themselves, whatever stands above them.
    std::vector<bool> rows(Timestamp now) const {
        const bool infected = infection_at(now) == Verdict::infected;
        return {infected && h.isolation_active, infected, row3(now), row4(now), row5(now), h.exempt_until && now < *h.exempt_until, row7(now), true};
    }
    Disposition disposition(Timestamp now) const {
        const auto all = rows(now);
        return static_cast<Disposition>(std::ranges::find(all, true) - all.begin());
    }
};

// ---- random histories

constexpr int nights = 60;  // hours: longer than any validity in the drill

AssetHistory random_history(const Playbook& book) {
    Story story(book);
    const int count = *rc::gen::inRange(0, 9);
    for (int i = 0; i < count; ++i) {
        const auto* check = *rc::gen::elementOf(std::vector<const char*>{"svc-banner", "svc-package", "marker-inside", "marker-listener"});
        const bool of_infection = std::string_view(check).starts_with("marker");
        const Verdict verdict = of_infection ? *rc::gen::element(Verdict::unknown, Verdict::infected, Verdict::clean)
                                             : *rc::gen::element(Verdict::unknown, Verdict::vulnerable, Verdict::fixed, Verdict::not_affected);
        story.says(check, verdict, *rc::gen::inRange(0, nights));
        Evidence& e = story.history.evidence.back();
        e.real_look = *rc::gen::inRange(0, 3) > 0;
        if (*rc::gen::inRange(0, 5) == 0) e.origin = model::Origin::person;
        if (*rc::gen::inRange(0, 8) == 0) e.check_hash = "another";
        if (*rc::gen::inRange(0, 8) == 0) e.hint = true;
    }
    std::ranges::sort(story.history.evidence, {}, [](const Evidence& e) { return std::pair(e.taken_at, e.id); });
    const int attempts = *rc::gen::inRange(0, 3);
    for (int i = 0; i < attempts; ++i) {
        story.attempt(*rc::gen::element(AttemptState::succeeded, AttemptState::succeeded, AttemptState::failed, AttemptState::fate_unknown,
                                        AttemptState::unreachable, AttemptState::running),
                      *rc::gen::inRange(0, nights), *rc::gen::inRange(0, 4) > 0);
    }
    if (*rc::gen::inRange(0, 3) == 0) story.history.exempt_until = hour(*rc::gen::inRange(0, nights));
    story.history.isolation_active = *rc::gen::arbitrary<bool>();
    return story.history;
}

const Playbook& some_playbook() {
    static const std::vector<Playbook> books{
        drill(), drill("    over: [svc-package]                 # what runs counts for more than what is installed\n", ""), drill_across_axes()};
    return books[*rc::gen::inRange<size_t>(0, 3)];
}

bool same_but_for_the_clock(model::Assessment a, model::Assessment b) {
    a.changes_at = b.changes_at = std::nullopt;
    return a == b;
}

TEST(Reference, AgreesOnEveryHistory) {
    EXPECT_TRUE(rc::check("verdicts and disposition", [] {
        const Playbook& book = some_playbook();
        const AssetHistory history = random_history(book);
        const Timestamp now = hour(*rc::gen::inRange(0, nights + 30));
        const Reference reference{history, book};
        const model::Assessment got = assess(history, book, now);
        RC_ASSERT(got.infection == reference.infection_at(now));
        RC_ASSERT(got.vulnerability == reference.vulnerability_at(now));
        RC_ASSERT(got.disposition == reference.disposition(now));
        RC_ASSERT(!got.because.empty());
    }));
}

// Law 1: whatever the histories are, the eight counts sum to the machines, and a recount by the reference finds the same.
TEST(Books, BalanceAndAgreeWithARecount) {
    EXPECT_TRUE(rc::check("books", [] {
        const Playbook& book = some_playbook();
        const Timestamp now = hour(*rc::gen::inRange(0, nights));
        Books books, recount;
        for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
            const AssetHistory history = random_history(book);
            ++books.counts[static_cast<size_t>(assess(history, book, now).disposition)];
            ++recount.counts[static_cast<size_t>(Reference{history, book}.disposition(now))];
            ++books.on_books, ++recount.on_books;
        }
        RC_ASSERT(books.balanced());
        RC_ASSERT(books == recount);
    }));
}

// Law 2: right after an attempt reported done, with nothing newer, no machine is anything but fix_unverified.
TEST(Success, NeverMakesAVerdict) {
    EXPECT_TRUE(rc::check("law 2", [] {
        const Playbook& book = some_playbook();
        AssetHistory history = random_history(book);
        history.attempts.push_back({.id = model::AttemptId(99), .state = AttemptState::succeeded, .ran_a_step = true, .ended_at = hour(nights)});
        const model::Assessment got = assess(history, book, hour(nights + *rc::gen::inRange(0, 100)));
        RC_ASSERT(got.disposition == Disposition::fix_unverified);
        RC_ASSERT(got.vulnerability == Verdict::unknown);
        RC_ASSERT(got.infection == Verdict::unknown);
        RC_ASSERT(got.speaks.empty());
    }));
}

TEST(Decay, HappensAtChangesAtAndNotBefore) {
    EXPECT_TRUE(rc::check("monotonic decay", [] {
        const Playbook& book = some_playbook();
        const AssetHistory history = random_history(book);
        const int start = *rc::gen::inRange(0, nights + 30);
        const model::Assessment now = assess(history, book, hour(start));
        constexpr int far = 3 * nights;
        for (int h = start + 1; h < far; ++h) {
            const bool changed = now.changes_at && hour(h) >= *now.changes_at;
            const bool same = same_but_for_the_clock(assess(history, book, hour(h)), now);
            if (!changed) RC_ASSERT(same);
            if (now.changes_at == hour(h)) RC_ASSERT(!same);
            if (changed) break;
        }
        if (now.changes_at) RC_ASSERT((*now.changes_at > hour(start)));
    }));
}

TEST(Counts, SaysOfExactlyThoseThatDecidedThatTheySpeak) {
    EXPECT_TRUE(rc::check("speaks", [] {
        const Playbook& book = some_playbook();
        const AssetHistory history = random_history(book);
        const Timestamp now = hour(*rc::gen::inRange(0, nights + 30));
        const std::vector<Counts> counts = how_each_counts(history, book, now);
        std::set<model::EvidenceId> said;
        for (size_t i = 0; i < counts.size(); ++i) {
            if (counts[i] == Counts::speaks) said.insert(history.evidence[i].id);
            if (counts[i] == Counts::agrees) RC_ASSERT(history.evidence[i].says != Verdict::unknown);
        }
        const std::vector<model::EvidenceId> decided = assess(history, book, now).speaks;
        RC_ASSERT(said == (std::set<model::EvidenceId>(decided.begin(), decided.end())));
    }));
}

// Without new evidence, time alone never makes good news.
TEST(Decay, NeverTurnsBadNewsIntoGood) {
    EXPECT_TRUE(rc::check("no good news from time", [] {
        const Playbook book = drill();
        Story story(book);
        for (int i = *rc::gen::inRange(0, 6); i > 0; --i)
            story.says("svc-banner", *rc::gen::element(Verdict::unknown, Verdict::vulnerable, Verdict::fixed), 0);
        if (*rc::gen::arbitrary<bool>()) story.says("marker-inside", *rc::gen::element(Verdict::infected, Verdict::clean), 0);
        bool was_bad = false;
        for (int h = 1; h < nights; ++h) {
            const Disposition d = assess(story.history, book, hour(h)).disposition;
            const bool is_good = d == Disposition::fixed || d == Disposition::not_affected;
            RC_ASSERT(!(was_bad && is_good));
            was_bad = was_bad || !is_good;
        }
    }));
}

}  // namespace
}  // namespace douse::assess
