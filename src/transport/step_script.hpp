// SPDX-License-Identifier: Apache-2.0
// The fixed text that runs a step on the machine; see step.hpp for what it promises.
#pragma once

#include <string>
#include <string_view>

namespace douse::transport {

// Called as   sh FILE start ROOT JOB STEP RUN HASH SECONDS   with the parameters on stdin, or   sh FILE ask ROOT JOB STEP RUN.
// It answers "douse-step 2", lines of KEY WORD, what was done behind ">" on the lines after "said:", a program's last words in base64 on those after
// "output:", "done:", and "douse-end"; or exits 13 (not ours), 28 (no room), 74 (parameters cut off on the way), 75 (another step's receipt), 77 (not
// root) or 70, with the reason on stderr.
[[nodiscard]] const std::string& step_script();

// Its part that acts: shell functions, with step_act as the one that is called.
extern const std::string_view step_actions_script;

}  // namespace douse::transport
