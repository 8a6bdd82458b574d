// SPDX-License-Identifier: Apache-2.0
#include "base/address.hpp"
#include "base/utf8.hpp"
#include "inventory/resolve.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace douse::inventory {
namespace {

using model::Identifier;
using model::IdentifierKind;

// The same on every machine that has the software, so they tell none from another.
constexpr std::array<std::string_view, 6> common_mac_prefixes{
    "02:42:",             // containers' bridges
    "00:50:56:c0:00:",    // VMware's host adapters
    "0a:00:27:",          // VirtualBox's host-only adapters
    "00:05:9a:3c:7a:00",  // a VPN client's
    "02:00:4c:4f:4f:50",  // Windows' loopback adapter
    "02:50:41:00:00:01",  // a VPN client's
};
constexpr std::array<std::string_view, 8> empty_names{"localhost", "localhost4", "localhost6", "unknown", "none", "(none)", "n/a", "*"};
constexpr std::array<std::string_view, 12> empty_serials{"to be filled by o.e.m.",
                                                         "default string",
                                                         "system serial number",
                                                         "not specified",
                                                         "not available",
                                                         "not applicable",
                                                         "none",
                                                         "n/a",
                                                         "invalid",
                                                         "unknown",
                                                         "chassis serial number",
                                                         "123456789"};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view value) {
    return std::ranges::find(list, value) != list.end();
}

// Only one character, dashes aside: "00000000-0000-...", "xxxxxxx".
bool is_monotonous(std::string_view value) {
    char first = 0;
    for (const char c : value) {
        if (c == '-' || c == ':' || c == ' ') continue;
        if (first == 0) first = c;
        if (c != first) return false;
    }
    return true;
}

void add(std::vector<Identifier>& out, IdentifierKind kind, std::string value) {
    Identifier identifier{kind, std::move(value)};
    if (!identifier.value.empty() && std::ranges::find(out, identifier) == out.end()) out.push_back(std::move(identifier));
}

void add_name(std::vector<Identifier>& out, std::string_view raw) {
    std::string name = lower(raw);
    while (name.ends_with('.')) name.pop_back();
    if (Address::parse(name)) return;  // an address in the place of a name
    const size_t dot = name.find('.');
    const std::string host = name.substr(0, dot);
    if (host.empty() || is_one_of(empty_names, host)) return;
    if (dot != std::string::npos) add(out, IdentifierKind::dns_name, name);
    add(out, IdentifierKind::host_name, host);
}

void add_mac(std::vector<Identifier>& out, std::string_view raw) {
    const auto mac = base::Mac::parse(raw);
    if (!mac || !mac->is_usable()) return;
    std::string text = mac->text();
    for (const std::string_view prefix : common_mac_prefixes) {
        if (text.starts_with(prefix)) return;
    }
    add(out, IdentifierKind::mac, std::move(text));
}

void add_address(std::vector<Identifier>& out, std::string_view raw) {
    const auto address = Address::parse(raw);
    if (!address || *address == Address() || *address == Address::v4(0)) return;
    static const auto self_given = std::to_array({*AddressRange::parse("169.254.0.0/16"), *AddressRange::parse("fe80::/10")});
    for (const AddressRange& range : self_given) {
        if (range.contains(*address)) return;
    }
    add(out, IdentifierKind::address, address->text());
}

}  // namespace

std::vector<Identifier> unprintable(const std::vector<Identifier>& identifiers) {
    std::vector<Identifier> out;
    for (const Identifier& identifier : identifiers) {
        if (const std::string value = trimmed(identifier.value); !base::is_printable(value)) out.push_back({identifier.kind, base::printable(value)});
    }
    return out;
}

std::vector<Identifier> usable(const std::vector<Identifier>& identifiers) {
    std::vector<Identifier> out;
    for (const Identifier& identifier : identifiers) {
        const std::string value = trimmed(identifier.value);
        if (!base::is_printable(value)) continue;
        switch (identifier.kind) {
            case IdentifierKind::host_name:
            case IdentifierKind::dns_name: add_name(out, value); break;
            case IdentifierKind::mac: add_mac(out, value); break;
            case IdentifierKind::address: add_address(out, value); break;
            case IdentifierKind::ssh_host_key: add(out, identifier.kind, value); break;  // base64: case matters
            case IdentifierKind::serial:
                if (value.size() >= 4 && !is_one_of(empty_serials, lower(value)) && !is_monotonous(value)) add(out, identifier.kind, lower(value));
                break;
            case IdentifierKind::directory_guid: {
                std::string guid = lower(value);
                std::erase_if(guid, [](char c) { return c == '{' || c == '}'; });
                if (!is_monotonous(guid)) add(out, identifier.kind, std::move(guid));
                break;
            }
            case IdentifierKind::machine_id:
                if (!is_monotonous(value) && lower(value) != "uninitialized") add(out, identifier.kind, lower(value));
                break;
        }
    }
    return out;
}

}  // namespace douse::inventory
