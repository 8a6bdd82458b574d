// SPDX-License-Identifier: Apache-2.0
// Versions as Debian compares them: Debian Policy 5.6.12 (epoch, upstream version, revision; ~ sorts before the end).
#pragma once

#include <compare>
#include <string_view>

namespace douse::playbook {

// Epoch a number, upstream version not empty, only the characters that the policy allows. Other texts have no order.
[[nodiscard]] bool is_deb_version(std::string_view text);

// Weak, because 1.0 and 1.00 (or 1.0-0) are equal and not the same text. Both must be versions.
[[nodiscard]] std::weak_ordering compare_deb(std::string_view a, std::string_view b);

}  // namespace douse::playbook
