// SPDX-License-Identifier: Apache-2.0
#include "drill/lists.hpp"

#include "drill/chance.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <set>
#include <utility>
#include <vector>

namespace douse::drill {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::string_view upper_domain = "DC=drill,DC=example";
constexpr Millis lease_length = 8h;

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return out;
}

struct Civil {
    int year;
    unsigned month, day, weekday;  // Sunday is 0
    int hour, minute, second;
};

Civil civil(Timestamp at) {
    const auto day = std::chrono::floor<days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
    return {static_cast<int>(date.year()),           static_cast<unsigned>(date.month()),    static_cast<unsigned>(date.day()),
            std::chrono::weekday{day}.c_encoding(),  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
            static_cast<int>(time.seconds().count())};
}

// As Export-Csv writes a date under en-US.
std::string us_date(Timestamp at) {
    const Civil c = civil(at);
    const int hour = c.hour % 12 == 0 ? 12 : c.hour % 12;
    return fmt::format("{}/{}/{} {}:{:02}:{:02} {}", c.month, c.day, c.year, hour, c.minute, c.second, c.hour < 12 ? "AM" : "PM");
}

std::string lease_date(Timestamp at) {
    const Civil c = civil(at);
    return fmt::format("{} {:04}/{:02}/{:02} {:02}:{:02}:{:02}", c.weekday, c.year, c.month, c.day, c.hour, c.minute, c.second);
}

constexpr std::array<std::string_view, 18> columns{"CanonicalName",     "CN",
                                                   "Created",           "Description",
                                                   "DistinguishedName", "DNSHostName",
                                                   "Enabled",           "IPv4Address",
                                                   "LastLogonDate",     "Name",
                                                   "ObjectClass",       "ObjectGUID",
                                                   "OperatingSystem",   "OperatingSystemVersion",
                                                   "SamAccountName",    "SID",
                                                   "whenChanged",       "whenCreated"};

struct DirectoryEntry {
    std::string name;
    std::string account;
    std::string guid;
    std::string unit;
    std::string address;
    Timestamp created;
    Timestamp last_logon;
    size_t rid;
};

void add_row(std::string& csv, const DirectoryEntry& e) {
    const std::string shown = upper(e.name);
    const std::array<std::string, columns.size()> cells{fmt::format("{}/Computers/{}/{}", domain, e.unit, shown),
                                                        shown,
                                                        us_date(e.created),
                                                        "",
                                                        fmt::format("CN={},OU={},OU=Computers,{}", shown, e.unit, upper_domain),
                                                        fmt::format("{}.{}", e.name, domain),
                                                        "True",
                                                        e.address,
                                                        us_date(e.last_logon),
                                                        shown,
                                                        "computer",
                                                        e.guid,
                                                        "Debian GNU/Linux",
                                                        "12",
                                                        e.account + "$",
                                                        fmt::format("S-1-5-21-1004336348-1177238915-682003330-{}", e.rid),
                                                        us_date(e.last_logon),
                                                        us_date(e.created)};
    for (size_t i = 0; i < cells.size(); ++i) csv += fmt::format("{}\"{}\"", i == 0 ? "" : ",", cells[i]);
    csv += "\r\n";
}

struct Lease {
    Address address;
    base::Mac mac;
    std::string name;
    Timestamp starts;
    bool active = true;
};

std::string text_of(const Lease& lease) {
    const Timestamp ends = lease.starts + lease_length;
    return fmt::format(
        "lease {} {{\n"
        "  starts {};\n"
        "  ends {};\n"
        "  cltt {};\n"
        "  binding state {};\n"
        "  next binding state free;\n"
        "  rewind binding state free;\n"
        "  hardware ethernet {};\n"
        "  client-hostname \"{}\";\n"
        "}}\n",
        lease.address.text(), lease_date(lease.starts), lease_date(ends), lease_date(lease.starts), lease.active ? "active" : "free",
        lease.mac.text(), lease.name);
}

}  // namespace

std::string directory_csv(const Organisation& organisation, Timestamp now) {
    Chance chance(organisation.seed ^ 0xd1ec7000U);
    std::vector<DirectoryEntry> entries;
    std::set<std::string> accounts;
    size_t rid = 1104;
    for (const auto& machine : organisation.machines) {
        const Timestamp created = now - days(60 + chance.below(900)) - Millis(chance.below(86'400'000));
        const Timestamp seen = now - Millis(600'000 + chance.below(3 * 86'400'000));
        rid += 1 + chance.below(5);
        if (!machine.in_directory) continue;
        // One account name each, because the directory insists on that, even where two machines share a name.
        std::string account = upper(machine.name);
        if (!accounts.insert(account).second) account += "-2";
        entries.push_back({machine.name, account, machine.guid, organisation.segment_of(machine, machine.interfaces.front()).name,
                           machine.address().text(), created, seen, rid});
    }
    for (const auto& ghost : organisation.ghosts) {
        rid += 1 + chance.below(5);
        entries.push_back({ghost.name, upper(ghost.name), ghost.guid, organisation.segments[ghost.segment].name, "",
                           now - days(1400 + chance.below(400)), now - days(200 + chance.below(400)), rid});
    }
    chance.shuffle(entries);
    std::string csv;
    for (size_t i = 0; i < columns.size(); ++i) csv += fmt::format("{}\"{}\"", i == 0 ? "" : ",", columns[i]);
    csv += "\r\n";
    for (const auto& entry : entries) add_row(csv, entry);
    return csv;
}

// A lease file is a journal: later blocks for an address outweigh earlier ones. Some machines renewed theirs, and some
// addresses were another machine's some weeks ago.
std::string dhcp_leases(const Organisation& organisation, Timestamp now) {
    Chance chance(organisation.seed ^ 0xd4c90000U);
    std::vector<Lease> leases;
    std::vector<const Machine*> listed;
    for (const auto& machine : organisation.machines)
        if (machine.in_dhcp) listed.push_back(&machine);
    const auto& outsider = organisation.outsider.interfaces.front();
    leases.push_back({outsider.address, outsider.mac, organisation.outsider.name, now - 2h, true});
    for (const Machine* machine : listed)
        for (const auto& interface : machine->interfaces) {
            const Timestamp starts = now - Millis(60'000 + chance.below(7 * 3'600'000));
            leases.push_back({interface.address, interface.mac, machine->name, starts, true});
            if (chance.happens(renewed_rate)) leases.push_back({interface.address, interface.mac, machine->name, starts - 9h, false});
            if (chance.happens(other_owner_rate)) {
                const Machine& before = *listed[chance.below(listed.size())];
                leases.push_back({interface.address, before.interfaces.front().mac, before.name,
                                  now - days(30 + chance.below(60)) - Millis(chance.below(86'400'000)), false});
            }
        }
    std::ranges::sort(leases, {}, [](const Lease& lease) { return std::pair(lease.starts, lease.address); });
    std::string text =
        "# The format of this file is documented in the dhcpd.leases(5) manual page.\n"
        "# This lease file was written by isc-dhcp-4.4.3-P1\n\n"
        "authoring-byte-order little-endian;\n\n";
    for (const auto& lease : leases) text += text_of(lease);
    return text;
}

}  // namespace douse::drill
