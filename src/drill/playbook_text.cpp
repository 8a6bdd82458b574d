// SPDX-License-Identifier: Apache-2.0
#include "drill/playbook_text.hpp"

extern "C" const char douse_drill_playbook_begin[];
extern "C" const char douse_drill_playbook_end[];

namespace douse::drill {

std::string_view playbook_text() {
    return {douse_drill_playbook_begin, static_cast<size_t>(douse_drill_playbook_end - douse_drill_playbook_begin)};
}

}  // namespace douse::drill
