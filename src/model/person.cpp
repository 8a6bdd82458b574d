// SPDX-License-Identifier: Apache-2.0
#include "model/person.hpp"

#include "model/asset.hpp"

#include <array>

namespace douse::model {
namespace {

constexpr std::array<std::string_view, 4> role_names{"owner", "deputy", "lead", "reader"};
constexpr std::array<std::string_view, 8> identifier_names{"machine_id", "directory_guid", "serial",    "ssh_host_key",
                                                           "mac",        "dns_name",       "host_name", "address"};

struct RightRow {
    Right right;
    std::string_view name;
    bool owner, deputy, lead, reader;
};
constexpr std::array rights{
    //                                                owner  deputy lead   reader
    RightRow{Right::read, "read", true, true, true, true},
    RightRow{Right::add_people, "add_people", true, true, false, false},
    RightRow{Right::run_incident, "run_incident", true, true, false, false},
    RightRow{Right::import_lists, "import_lists", true, true, true, false},
    RightRow{Right::look, "look", true, true, true, false},
    RightRow{Right::ask, "ask", true, true, true, false},
    RightRow{Right::approve, "approve", true, true, false, false},
    RightRow{Right::steer, "steer", true, true, false, false},
    RightRow{Right::retire, "retire", true, true, true, false},
    RightRow{Right::settle_host_key, "settle_host_key", true, true, false, false},
    RightRow{Right::keep_credentials, "keep_credentials", true, true, false, false},
    RightRow{Right::stop_everything, "stop_everything", true, true, true, false},
    RightRow{Right::keep_store, "keep_store", true, true, false, false},
};
static_assert(rights.size() == right_count);

}  // namespace

std::string_view name_of(Role role) {
    return role_names[static_cast<size_t>(role)];
}

std::optional<Role> role_from(std::string_view name) {
    for (size_t i = 0; i < role_names.size(); ++i) {
        if (role_names[i] == name) return static_cast<Role>(i);
    }
    return std::nullopt;
}

std::string_view name_of(Right right) {
    return rights[static_cast<size_t>(right)].name;
}

bool may(Role role, Right right) {
    const RightRow& row = rights[static_cast<size_t>(right)];
    switch (role) {
        case Role::owner: return row.owner;
        case Role::deputy: return row.deputy;
        case Role::lead: return row.lead;
        case Role::reader: return row.reader;
    }
    return false;
}

std::string_view name_of(IdentifierKind kind) {
    return identifier_names[static_cast<size_t>(kind)];
}

std::optional<IdentifierKind> identifier_kind_from(std::string_view name) {
    for (size_t i = 0; i < identifier_names.size(); ++i) {
        if (identifier_names[i] == name) return static_cast<IdentifierKind>(i);
    }
    return std::nullopt;
}

}  // namespace douse::model
