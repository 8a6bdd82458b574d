// SPDX-License-Identifier: Apache-2.0
// Running one step of a playbook on the machine, with a receipt there: it runs at most once, whatever breaks.
//
// ROOT/jobs/JOB/STEP/ on the machine (0700, no symbolic link in the path, survives a reboot) holds `start`, linked into place
// complete and synced before the first action, so that of any number of starters one wins; and `end`, likewise after the last
// (`start.2`, `end.2` for the second run of the step in this job, and so on).
// The step runs detached: a cut connection or a killed Douse doesn't end it. Whoever asks reads:
//
//   no start                              not_started   (start the same run again)
//   start, no end, its process alive      running       (alive: same boot id, pid and start time)
//   end                                   ended
//   start, no end, nobody alive           fate_unknown
//
// The text that does it is one fixed sh script of ours, put once at ROOT/bin/run-step-HASH. What the playbook says goes in as lines
// of a parameter file, which no shell ever interprets.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "transport/transport.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace douse::transport {

// The one job whose text holds `pattern` literally (a pattern that needs a regex is refused): its line, or its file when nothing
// but that job is in it. None is `already`; more than one fails.
struct RemoveJob {
    std::string pattern;
};
struct RemoveFile {  // exactly this file; no folder, no symbolic link of another user's on the way
    std::string path;
};
struct StopProcess {  // all processes of this program (also when its file was deleted): TERM, after 5 s KILL
    std::string name;
    std::string path;  // absolute
};
struct InstallPackage {  // waits for dpkg's locks within the step's timeout, then exactly one `dpkg -i`
    std::string package;
    std::string version;
    std::string file;  // its absolute path on the machine; put there before
};
struct RestartService {
    std::string name;
};
using StepAction = std::variant<RemoveJob, RemoveFile, StopProcess, InstallPackage, RestartService>;

inline constexpr const char* default_step_root = "/var/lib/douse";
inline constexpr int64_t code_timed_out = 124;
inline constexpr int64_t code_disk_short = 28;

struct StepJob {
    int64_t attempt = 0;
    std::string job;   // unique for ever: "i1-c3-a17"; [A-Za-z0-9][A-Za-z0-9._-]*, at most 100
    std::string step;  // likewise
    std::string step_hash;
    int run = 1;
    std::vector<StepAction> actions;  // in order; the first that fails ends the step
    Millis timeout{0};                // on the machine; rounded up to seconds
    int64_t needs_disk_bytes = 0;     // free on the file systems of /, /var and the receipts, before the first action
    std::string root = default_step_root;
};

struct StepResult {
    enum class State { not_started, running, ended, fate_unknown };
    State state = State::not_started;
    int64_t code = 0;             // ended: 0 done (or nothing to do), code_timed_out, code_disk_short, else what failed said
    std::string said;             // what each action did, and the last words of one that failed
    bool reboot_pending = false;  // at the time of answering
    bool disk_short = false;      // needs_disk_bytes isn't there: ended, and nothing ran
};

// Starts the step, or finds it started, and waits for its end. `running` when the deadline comes first: ask later, over any connection.
// Effect none: invalid, exhausted (not even the receipt could be written), denied (the receipt's folder isn't ours alone),
// wrong_state (a receipt of this run for another step hash), and whatever comes before sending. Effect unknown: ask_step.
Result<StepResult> start_step(Session& session, const StepJob& job, Deadline deadline, std::stop_token stop);

// Only reads. Never answers `running` for a process of an earlier boot.
Result<StepResult> ask_step(Session& session, const std::string& job, const std::string& step, int run, Deadline deadline, std::stop_token stop,
                            const std::string& root = default_step_root);

// Where a playbook's file belongs on the machine, for Session::put and InstallPackage::file.
[[nodiscard]] std::string file_place(const std::string& sha256, const std::string& name, const std::string& root = default_step_root);

}  // namespace douse::transport
