// SPDX-License-Identifier: Apache-2.0
// Permits for tests and benches of the hands, which have no incident. Included by no product source (checked by
// tools/check_layers.py).
#pragma once

#include "model/permit.hpp"

namespace douse::model {

class PermitForTests {
public:
    static Permit make(Purpose purpose, Permit::Parts parts) { return Permit(purpose, std::move(parts)); }
};

}  // namespace douse::model
