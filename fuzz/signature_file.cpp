// SPDX-License-Identifier: Apache-2.0
#include "fuzz/targets.hpp"
#include "playbook/sign.hpp"

namespace douse::fuzz {

std::string signature_file(std::string_view bytes) {
    const auto first = playbook::read_signature_file(bytes);
    if (!first) return first.error().sentence.empty() ? "an error without a sentence" : "";
    const std::string written = playbook::write_signature_file(*first);
    const auto second = playbook::read_signature_file(written);
    if (!second) return "what was written can't be read: " + second.error().sentence;
    return playbook::write_signature_file(*second) == written ? "" : "it changes on its way through";
}

}  // namespace douse::fuzz
