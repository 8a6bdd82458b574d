// SPDX-License-Identifier: Apache-2.0
#include "transport/shell.hpp"

namespace douse::transport {

std::string shell_word(std::string_view word) {
    std::string out = "'";
    for (const char c : word) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + '\'';
}

}  // namespace douse::transport
