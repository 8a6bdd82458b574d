// SPDX-License-Identifier: Apache-2.0
// What Douse says at the end, read through the API like anybody else, and which machine each of its assets is.
#pragma once

#include "drill/organisation.hpp"
#include "drill/played.hpp"
#include "model/campaign.hpp"
#include "model/disposition.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace douse::drill {

// Ends that say done. One with another code may be of a step that never came to its call: no room on the disk, a lock that wasn't
// let go in time, a file that was refused.
struct StepTally {
    int started = 0, done = 0;
};

struct BookedAsset {
    int64_t id = 0;
    std::string name;
    model::Disposition disposition = model::Disposition::unknown;
    std::set<size_t> machines;             // whose identifiers it carries: numbers in the organisation; one, if all is well
    bool ghost = false;                    // it carries a ghost's
    std::optional<model::TaskState> task;  // of its newest task
    model::NeedsHands reason = model::NeedsHands::none;
    std::map<std::string, StepTally> steps;  // by step, over all attempts
    bool was_unverified = false;             // fix_unverified is in its story
};

struct BooksAtEnd {
    model::Books books;
    std::vector<BookedAsset> assets;             // on the books
    std::map<std::string, int64_t> attempts;     // by state
    std::map<std::string, int64_t> needs_hands;  // by reason
    bool ledger_verified = false;
    bool rebuilt_equal = false;  // everything derived, recomputed from the rest, is what was there
};

Result<BooksAtEnd> read_books(const Played& reader, const Organisation& organisation);

// Machines that are more than one asset, and assets that are more than one machine, by name.
struct Identity {
    std::vector<std::string> split, merged;
};
[[nodiscard]] Identity compare_identity(const BooksAtEnd& books, const Organisation& organisation);

}  // namespace douse::drill
