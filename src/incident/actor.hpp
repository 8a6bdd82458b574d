// SPDX-License-Identifier: Apache-2.0
// Who makes a call: the person that the session, the token or the caller's uid maps to. Never a claimed name.
#pragma once

#include "model/person.hpp"

#include <string>

namespace douse::incident {

struct Actor {
    model::PersonId id;
    std::string name;
    model::Role role = model::Role::reader;
};

}  // namespace douse::incident
