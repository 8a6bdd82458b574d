// SPDX-License-Identifier: Apache-2.0
#include "store/asset_summary.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

namespace douse::store {
namespace {

using model::IdentifierKind;

// Whose word about a name or a system is taken first: what was read on the machine, then what was seen on the wire, then the
// register of machines, then the rest.
constexpr std::array<std::string_view, 4> best_sources{"inside", "sweep", "directory", "dhcp"};

size_t rank_of(std::string_view source) {
    return static_cast<size_t>(std::ranges::find(best_sources, source) - best_sources.begin());
}

std::string newest_attribute(const std::vector<CarriedAttribute>& attributes, std::string_view name) {
    const CarriedAttribute* best = nullptr;
    auto key = [](const CarriedAttribute& a) { return std::tuple(-static_cast<int>(rank_of(a.source)), a.at, a.value); };
    for (const CarriedAttribute& attribute : attributes) {
        if (attribute.name != name || attribute.value.empty()) continue;
        if (best == nullptr || key(*best) < key(attribute)) best = &attribute;
    }
    return best == nullptr ? std::string() : best->value;
}

std::string newest_name(const std::vector<CarriedIdentifier>& carried) {
    const CarriedIdentifier* best = nullptr;
    auto key = [](const CarriedIdentifier& c) {
        return std::tuple(-static_cast<int>(rank_of(c.source)), c.identifier.kind == IdentifierKind::host_name, c.last_at, c.identifier.value);
    };
    for (const CarriedIdentifier& c : carried) {
        if (c.identifier.kind != IdentifierKind::host_name && c.identifier.kind != IdentifierKind::dns_name) continue;
        if (best == nullptr || key(*best) < key(c)) best = &c;
    }
    return best == nullptr ? std::string() : best->identifier.value;
}

std::string system_of(const std::vector<CarriedAttribute>& attributes) {
    const std::string distro = newest_attribute(attributes, "distro");
    if (distro.empty()) return newest_attribute(attributes, "os");
    const std::string release = newest_attribute(attributes, "release");
    return release.empty() ? distro : distro + " " + release;
}

}  // namespace

std::vector<Address> current_addresses(const std::vector<CarriedIdentifier>& carried) {
    std::vector<const CarriedIdentifier*> claims;
    std::optional<Timestamp> looked_inside;
    for (const CarriedIdentifier& c : carried) {
        if (c.identifier.kind != IdentifierKind::address) continue;
        claims.push_back(&c);
        if (c.source == "inside" && (!looked_inside || *looked_inside < c.last_at)) looked_inside = c.last_at;
    }
    auto is_of_the_look = [&](const CarriedIdentifier& c) { return looked_inside && c.source == "inside" && c.last_at == *looked_inside; };
    if (looked_inside) {
        std::erase_if(claims, [&](const CarriedIdentifier* c) { return c->last_at <= *looked_inside && !is_of_the_look(*c); });
    }
    Timestamp newest = Timestamp::min();
    for (const CarriedIdentifier* c : claims) newest = std::max(newest, c->last_at);
    struct Dated {
        Timestamp at;
        Address address;
    };
    std::vector<Dated> current;
    for (const CarriedIdentifier* c : claims) {
        if (c->last_at != newest && !(c->until && *c->until > newest) && !is_of_the_look(*c)) continue;
        if (const auto address = Address::parse(c->identifier.value)) current.push_back({c->last_at, *address});
    }
    std::ranges::sort(current, [](const Dated& a, const Dated& b) { return a.at != b.at ? a.at > b.at : a.address < b.address; });
    std::vector<Address> addresses;
    for (const Dated& dated : current) {
        if (std::ranges::find(addresses, dated.address) == addresses.end()) addresses.push_back(dated.address);
    }
    return addresses;
}

AssetSummary summarise(const std::vector<CarriedIdentifier>& carried, const std::vector<CarriedAttribute>& attributes, const model::Scope& scope,
                       Timestamp added_at) {
    AssetSummary summary{.name = newest_name(carried),
                         .address = {},
                         .os = system_of(attributes),
                         .place = newest_attribute(attributes, "place"),
                         .addresses = current_addresses(carried)};
    if (!summary.addresses.empty()) {
        const auto inside = std::ranges::find_if(summary.addresses, [&](const Address& a) { return scope.contains(a); });
        summary.address = (inside == summary.addresses.end() ? summary.addresses.front() : *inside).text();
    }
    if (summary.name.empty()) summary.name = summary.address;
    constexpr Timestamp unsaid{};
    for (const CarriedIdentifier& c : carried) {
        if (c.first_at > unsaid && (summary.first_seen_at == unsaid || c.first_at < summary.first_seen_at)) summary.first_seen_at = c.first_at;
        summary.last_seen_at = std::max(summary.last_seen_at, c.last_at);
    }
    if (summary.first_seen_at == unsaid) summary.first_seen_at = added_at;
    if (summary.last_seen_at == unsaid) summary.last_seen_at = summary.first_seen_at;
    return summary;
}

}  // namespace douse::store
