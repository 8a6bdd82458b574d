// SPDX-License-Identifier: Apache-2.0
#include "assess/story_for_tests.hpp"

#include "playbook/parse.hpp"

#include <fstream>
#include <iterator>

namespace douse::assess {

playbook::Playbook drill(std::string_view old_part, std::string_view new_part) {
    std::ifstream in(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!old_part.empty()) text.replace(text.find(old_part), old_part.size(), new_part);
    return playbook::parse(text, "drill.yaml").playbook.value();
}

playbook::Playbook drill_across_axes() {
    playbook::Playbook book = drill();
    for (playbook::Check& check : book.checks) {
        if (check.id == "svc-banner") check.over = {"svc-package", "marker-inside"};
        if (check.id == "marker-inside") check.over = {"marker-listener", "svc-banner"};
    }
    return book;
}

}  // namespace douse::assess
