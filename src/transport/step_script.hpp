// SPDX-License-Identifier: Apache-2.0
// The fixed text that runs a step on the machine; see step.hpp for what it promises.
#pragma once

#include <string>

namespace douse::transport {

// Called as   sh FILE start ROOT JOB STEP RUN HASH SECONDS   with the parameters on stdin, or   sh FILE ask ROOT JOB STEP RUN.
// It answers "douse-step 1", lines of KEY WORD (free text in base64), "douse-end"; or exits 13 (not ours), 28 (no room),
// 75 (another step's receipt) or 70 with the reason on stderr.
[[nodiscard]] const std::string& step_script();

}  // namespace douse::transport
