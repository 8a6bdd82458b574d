// SPDX-License-Identifier: Apache-2.0
#include "main/deriver.hpp"

#include "assess/assess.hpp"
#include "base/log.hpp"

namespace douse {

model::Assessment AssessDeriver::derive(const model::AssetHistory& history, Timestamp now) const {
    if (history.playbook_sha256.empty()) return assess::no_incident();
    const auto playbook = shelf_.get(history.playbook_sha256, history.playbook_text);
    if (!playbook) {  // it was read when it was stored; until it can be read again nothing is known of any machine
        base::log(base::LogLevel::error, playbook.error().sentence);
        return {.because = playbook.error().sentence};
    }
    return assess::assess(history, **playbook, now);
}

}  // namespace douse
