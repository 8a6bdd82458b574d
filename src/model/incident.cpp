// SPDX-License-Identifier: Apache-2.0
#include "model/incident.hpp"

#include <array>

namespace douse::model {
namespace {
constexpr std::array<std::string_view, 3> incident_names{"active", "stable", "closed"};
constexpr std::array<std::string_view, 4> request_names{"asked", "approved", "declined", "expired"};
}  // namespace

std::string_view name_of(IncidentState state) {
    return incident_names[static_cast<size_t>(state)];
}
std::string_view name_of(RequestState state) {
    return request_names[static_cast<size_t>(state)];
}

std::optional<IncidentState> incident_state_from(std::string_view name) {
    for (size_t i = 0; i < incident_names.size(); ++i) {
        if (incident_names[i] == name) return static_cast<IncidentState>(i);
    }
    return std::nullopt;
}

std::optional<RequestState> request_state_from(std::string_view name) {
    for (size_t i = 0; i < request_names.size(); ++i) {
        if (request_names[i] == name) return static_cast<RequestState>(i);
    }
    return std::nullopt;
}

}  // namespace douse::model
