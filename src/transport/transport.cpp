// SPDX-License-Identifier: Apache-2.0
#include "transport/transport.hpp"

namespace douse::transport {

model::NeedsHands obstacle_of(const Error& error) {
    using model::NeedsHands;
    switch (error.code) {
        case ErrorCode::unreachable:
        case ErrorCode::unsupported: return NeedsHands::unreachable;
        case ErrorCode::timed_out: return error.detail.starts_with(hangs_after_connect) ? NeedsHands::hangs : NeedsHands::unreachable;
        case ErrorCode::unauthenticated:
            return error.detail.starts_with(password_withheld) ? NeedsHands::host_key_unconfirmed : NeedsHands::no_credentials;
        case ErrorCode::conflict: return NeedsHands::host_key_changed;
        case ErrorCode::exhausted: return NeedsHands::disk_full;
        case ErrorCode::invalid:
        case ErrorCode::denied:
        case ErrorCode::not_found:
        case ErrorCode::wrong_state:
        case ErrorCode::cancelled:
        case ErrorCode::corrupt:
        case ErrorCode::internal: return NeedsHands::none;
    }
    return NeedsHands::none;
}

}  // namespace douse::transport
