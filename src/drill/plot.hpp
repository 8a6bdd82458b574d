// SPDX-License-Identifier: Apache-2.0
// The plot: what an Incident Owner, a deputy and a lead do on the night, through the API. They see only what it answers; the lead
// alone is told which machines are gone.
//
// An act is a call and, for `--manual`, the command that does the same and the question whether it has been done.
#pragma once

#include "base/clock.hpp"
#include "drill/commands.hpp"
#include "drill/played.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace douse::drill {

// What the owner sees of a campaign that runs.
struct CampaignSeen {
    int64_t campaign = 0;
    int wave = 0;                             // the one that runs; 0 is the canary
    int waves = 0;                            // how many it has
    std::map<std::string, int64_t> attempts;  // of the whole campaign, by state

    [[nodiscard]] int64_t under_way() const;  // sent or running
    [[nodiscard]] int64_t ended() const;      // and it is known how
};

// What happens outside Douse at points of the plot, and what the director knows.
struct World {
    std::function<void()> first_login_done;     // the first sweep has ended
    std::function<void()> wave_started;         // the first wave after a canary, or the only one
    std::function<int(Timestamp)> marks_since;  // marks made by the outbreak
    std::function<void()> hold_outbreak;        // makes no more marks, until:
    std::function<void()> release_outbreak;
    std::function<void(std::string_view)> say;           // progress, for people
    std::function<void(const CampaignSeen&)> wave_runs;  // called while one does, some times a second
    std::stop_token stop;                                // the plot ends as cancelled
};

struct Cast {
    Played owner, deputy, lead;
};

struct Script {
    std::string playbook_yaml;                                 // filled in
    std::string signatures;                                    // by both signers
    std::vector<std::pair<std::string, std::string>> signers;  // name, public key in base64
    std::string package_name, package_bytes;
    std::string ssh_user, ssh_private_key;
    std::vector<std::string> ranges;
    std::string directory_csv, dhcp_leases;
    std::vector<std::string> gone;  // names of machines that are gone: the lead is told
    std::string devices_called;     // what the names of devices hold that their vendor alone may change
    std::string incident_name;
};

struct PlotEnd {
    bool won = false;  // two quiet sweeps in a row
    int rounds = 0;
    std::string because;  // when it wasn't won: too many rounds, or the act that failed
};

struct Manner {
    bool manual = false;
    commands::Typed typed;  // for the commands that are printed
    std::string folder;     // where the lists, keys and the playbook lie for --manual
};

inline constexpr int round_limit = 8;

// Errors: cancelled only.
Result<PlotEnd> play(const Cast& cast, const Script& script, const World& world, const Manner& manner);

}  // namespace douse::drill
