// SPDX-License-Identifier: Apache-2.0
// Who may do what. A right is asked for by name; the table says which roles have it.
#pragma once

#include "base/clock.hpp"
#include "model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace douse::model {

enum class Role { owner, deputy, lead, reader };
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_from(std::string_view name);

enum class Right {
    read,  // everything that is shown
    add_people,
    run_incident,  // open, close, scope
    import_lists,
    look,     // sweeps and checks
    ask,      // plans, exemptions
    approve,  // another person's request, never one's own
    steer,    // start, pause, resume, stop, retry, settle a gate
    retire,
    settle_host_key,
    keep_credentials,
    stop_everything,
    keep_store,  // rebuild, backup
};
inline constexpr int right_count = 13;
[[nodiscard]] std::string_view name_of(Right right);
[[nodiscard]] bool may(Role role, Right right);

struct Person {
    PersonId id;
    std::string name;
    Role role = Role::reader;
    std::optional<int64_t> uid;  // the local user who redeemed a link on this machine's socket
    bool redeemed = false;
    Timestamp added_at{};
};

}  // namespace douse::model
