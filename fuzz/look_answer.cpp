// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.hpp"
#include "fuzz/targets.hpp"
#include "transport/looks.hpp"

namespace douse::fuzz {

std::string look_answer(std::string_view bytes) {
    using model::LookKind;
    const std::vector<model::Look> looks{
        {.name = "mark", .kind = LookKind::file, .argument = "/var/lib/drill/marker", .path = {}},
        {.name = "proc", .kind = LookKind::process, .argument = "drill-marker", .path = "/var/lib/drill/drill-marker"},
        {.name = "sock", .kind = LookKind::listener, .argument = "7446/tcp", .path = {}},
        {.name = "job", .kind = LookKind::job, .argument = "drill-marker", .path = {}},
        {.name = "pkg", .kind = LookKind::package, .argument = "drill-svc", .path = {}},
        {.name = "boot", .kind = LookKind::reboot_pending, .argument = {}, .path = {}}};
    const auto answers = transport::read_look_answer(looks, bytes);
    if (!answers) return answers.error().sentence.empty() ? "an error without a sentence" : "";
    for (const model::Look& look : looks) {
        if (!answers->facts.contains(look.name)) return "look " + look.name + " has no fact";
    }
    for (const auto& [name, fact] : answers->facts) {
        if (!base::is_utf8(fact.text)) return "the fact " + name + " is no text";
    }
    return {};
}

}  // namespace douse::fuzz
