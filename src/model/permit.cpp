// SPDX-License-Identifier: Apache-2.0
#include "model/permit.hpp"

namespace douse::model {

Result<void> Permit::allows(const Address& address) const {
    if (purpose_ == Purpose::act && parts_.stopped && parts_.stopped()) {
        return fail(ErrorCode::cancelled, "new actions are stopped");
    }
    if (!in_scope(address)) {
        return fail(ErrorCode::denied, "address \"" + address.text() + "\" is outside the incident's scope");
    }
    return {};
}

bool Permit::in_scope(const Address& address) const {
    return parts_.scope->contains(address) && (!parts_.still_in_scope || parts_.still_in_scope(address));
}

}  // namespace douse::model
