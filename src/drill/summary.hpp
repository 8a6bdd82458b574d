// SPDX-License-Identifier: Apache-2.0
// How a drill ended: the books against the truth, as one object for programs and as a page that a manager could read.
#pragma once

#include "drill/books.hpp"
#include "drill/plot.hpp"
#include "drill/truth.hpp"

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace douse::drill {

struct Disagreement {
    std::string machine, said, truth;
};

struct Summary {
    int64_t machines_true = 0;
    int64_t ghosts = 0;  // each is to be retired
    model::Books books;
    bool balanced = false;
    int64_t agree = 0;
    std::vector<Disagreement> disagree;
    Identity identity;
    std::map<std::string, int64_t> attempts, needs_hands;
    std::vector<std::string> ran_twice, lost;   // machines, each with step and counts
    std::vector<std::string> never_unverified;  // machines that were patched without having been fix_unverified
    uint64_t out_of_scope_packets = 0;
    bool ledger_verified = false;
    bool rebuilt_equal = false;
    PlotEnd plot;
    int server_restarts = 0;
    std::vector<CampaignSeen> kills;  // by the saboteur, and what each met
    int kills_left = 0;               // that found no moment
    bool manual = false;              // people play, who may restart the server
    int marks_at_start = 0;
    int marks = 0;  // those at the start included
    double seconds = 0;

    [[nodiscard]] bool won() const;
};

// Truths and counts are read by the caller, by number of the machine; one that could not be read disagrees.
struct Read {
    std::optional<MachineTruth> truth;
    std::string why_not;
};
[[nodiscard]] Summary sum_up(const Organisation& organisation, const BooksAtEnd& books, const std::vector<Read>& truths);

[[nodiscard]] boost::json::object to_json(const Summary& summary);
[[nodiscard]] std::string to_text(const Summary& summary);

}  // namespace douse::drill
