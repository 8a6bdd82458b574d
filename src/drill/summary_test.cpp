// SPDX-License-Identifier: Apache-2.0
#include "drill/summary.hpp"

#include <gtest/gtest.h>
#include <array>
#include <boost/json/serialize.hpp>

namespace douse::drill {
namespace {

using model::Disposition;

// Three machines and a ghost, fought to the end: two were vulnerable and are patched, one has hands to wait for.
struct Night {
    Organisation organisation = *organisation_of(std::array{Kind::plain, Kind::plain, Kind::no_credentials}, 1);
    BooksAtEnd books;
    std::vector<Read> truths;
    uint64_t packets = 0;
    int restarts = 1;
    int kills_left = 0;
    bool quiet = true;
    bool manual = false;

    Night() {
        for (const Machine& machine : organisation.machines) {
            const bool patched = machine.kind == Kind::plain;
            const std::string version = patched ? "1.0-2" : "1.0-1";
            const int calls = patched ? 1 : 0;
            truths.push_back({.truth = MachineTruth{.running_version = version,
                                                    .installed_version = version,
                                                    .answers_outside = true,
                                                    .counts = {.dpkg = calls, .restart = calls}},
                              .why_not = {}});
            BookedAsset asset{
                .id = static_cast<int64_t>(machine.number) + 1, .name = machine.name, .machines = {machine.number}, .task = {}, .steps = {}};
            asset.disposition = patched ? Disposition::fixed : Disposition::vulnerable;
            asset.task = patched ? model::TaskState::verified : model::TaskState::needs_hands;
            asset.reason = row_of(machine.kind).reason;
            asset.was_unverified = patched;
            asset.steps = {{"patch", {calls, calls}}, {"restart", {calls, calls}}};
            books.assets.push_back(asset);
        }
        books.books.retired = 1;
        books.ledger_verified = books.rebuilt_equal = true;
        count();
    }
    BookedAsset& asset_of(size_t machine) { return books.assets[machine]; }
    size_t plain() const { return organisation.machines[0].kind == Kind::plain ? 0 : 1; }
    // The books as the API would have them of these assets.
    void count() {
        books.books.on_books = static_cast<int64_t>(books.assets.size());
        books.books.counts = {};
        for (const BookedAsset& asset : books.assets) ++books.books.counts[static_cast<size_t>(asset.disposition)];
    }
    Summary end() const {
        Summary out = sum_up(organisation, books, truths);
        out.out_of_scope_packets = packets;
        out.plot = {.won = quiet, .rounds = 3, .because = {}};
        out.server_restarts = restarts;
        out.kills = {{.campaign = 1, .wave = 1, .waves = 2, .attempts = {{"running", 2}}}};
        out.kills_left = kills_left;
        out.manual = manual;
        return out;
    }
};

TEST(Summary, IsWonWhenBooksAndTruthAgree) {
    const Summary summary = Night{}.end();
    EXPECT_TRUE(summary.won()) << boost::json::serialize(to_json(summary));
    EXPECT_EQ(summary.agree, 3);
}

struct Loss {
    const char* pointer;  // the field of the JSON that shows it
    const char* shows;
    void (*happens)(Night&);
};

const std::array losses{
    Loss{"/truth/disagree/0/1", R"("absent")",
         [](Night& night) {
             night.books.assets.pop_back();
             night.count();
         }},
    Loss{"/on_books", "4",
         [](Night& night) {
             BookedAsset ghost{.id = 9, .name = "nor-old-001", .machines = {}, .task = {}, .steps = {}};
             ghost.ghost = true;
             night.books.assets.push_back(ghost);
             night.count();
         }},
    Loss{"/retired", "0", [](Night& night) { night.books.books.retired = 0; }},
    Loss{"/identity/split/0", nullptr,
         [](Night& night) {
             night.books.assets.push_back(night.asset_of(night.plain()));
             night.count();
         }},
    Loss{"/identity/merged/0", nullptr,
         [](Night& night) {
             night.asset_of(0).machines = {0, 1};
             night.books.assets.erase(night.books.assets.begin() + 1);
             night.count();
         }},
    Loss{"/ran_twice", "1", [](Night& night) { night.truths[night.plain()].truth->counts.dpkg = 2; }},
    Loss{"/ran_twice", "1", [](Night& night) { night.truths[night.plain()].truth->counts.restart = 2; }},
    Loss{"/lost", "1", [](Night& night) { night.truths[night.plain()].truth->counts.dpkg = 0; }},
    Loss{"/lost", "1", [](Night& night) { night.truths[night.plain()].truth->counts.restart = 0; }},
    Loss{"/never_unverified", "1", [](Night& night) { night.asset_of(night.plain()).was_unverified = false; }},
    Loss{"/out_of_scope_packets", "1", [](Night& night) { night.packets = 1; }},
    Loss{"/balanced", "false", [](Night& night) { ++night.books.books.counts[static_cast<size_t>(Disposition::unknown)]; }},
    Loss{"/balanced", "false",
         [](Night& night) {  // it sums, and yet it isn't what the list says
             ++night.books.books.counts[static_cast<size_t>(Disposition::unknown)];
             --night.books.books.counts[static_cast<size_t>(Disposition::fixed)];
         }},
    Loss{"/balanced", "false", [](Night& night) { ++night.books.books.on_books; }},
    Loss{"/ledger_verified", "false", [](Night& night) { night.books.ledger_verified = false; }},
    Loss{"/rebuilt_equal", "false", [](Night& night) { night.books.rebuilt_equal = false; }},
    Loss{"/truth/agree", "2", [](Night& night) { night.truths[night.plain()].truth->running_version = "1.0-1"; }},
    Loss{"/truth/disagree/0/1", R"("fixed, task open")", [](Night& night) { night.asset_of(night.plain()).task = model::TaskState::open; }},
    Loss{"/truth/disagree/0/2", R"("could not be read: it is off")", [](Night& night) { night.truths[0] = {.truth = {}, .why_not = "it is off"}; }},
    Loss{"/server_restarts", "2", [](Night& night) { night.restarts = 2; }},
    Loss{"/kills_left", "1", [](Night& night) { night.kills_left = 1; }},
    Loss{"/won", "false", [](Night& night) { night.quiet = false; }},
};

TEST(Summary, IsLostByEachOfItsFields) {
    for (const Loss& loss : losses) {
        Night night;
        loss.happens(night);
        const Summary summary = night.end();
        const boost::json::value shown = to_json(summary);
        boost::system::error_code missing;
        const boost::json::value* field = shown.find_pointer(loss.pointer, missing);
        ASSERT_NE(field, nullptr) << loss.pointer << " of " << boost::json::serialize(shown);
        if (loss.shows != nullptr) EXPECT_EQ(boost::json::serialize(*field), loss.shows) << loss.pointer;
        EXPECT_FALSE(summary.won()) << loss.pointer << ": " << boost::json::serialize(shown);
    }
}

TEST(Summary, LetsPeopleRestartTheServerAndStepsEndThatNeverRan) {
    Night night;
    night.manual = true;
    night.restarts = 5;
    night.asset_of(night.plain()).steps["patch"] = {.started = 3, .done = 1};
    EXPECT_TRUE(night.end().won());
}

}  // namespace
}  // namespace douse::drill
