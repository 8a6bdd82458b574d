// SPDX-License-Identifier: Apache-2.0
// One reader per format of lists that other systems write. A reader is a row of the array below: text in, observations out; no
// clock, no files, no store. Adding one is one source, one fixture folder, one row.
#pragma once

#include "model/asset.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace douse::inventory {

inline constexpr size_t largest_list = 256u << 20;  // bytes; a million machines take less
inline constexpr size_t most_messages = 20;         // kept; the rest is counted

// A row either became an observation or was refused, with a sentence that says where, why, and what would mend it.
struct Reading {
    std::vector<model::Observation> observations;  // in the order in which they are best resolved
    int64_t rows = 0, refused = 0;
    std::vector<std::string> messages;  // of refusals and of what was left out, most_messages at most

    void refuse(std::string message);
    void remark(std::string message);  // about a row that was taken all the same, or about what isn't a row
};

struct Reader {
    std::string_view name;
    std::string_view help;
    std::string_view source;                   // what its observations are called if the caller doesn't say
    bool (*recognise)(std::string_view head);  // the first bytes of the text (head_length, or all)
    Reading (*read)(std::string_view text, std::string_view file, std::string_view source);
};
inline constexpr size_t head_length = 64u << 10;

bool is_directory_csv(std::string_view head);
Reading read_directory_csv(std::string_view text, std::string_view file, std::string_view source);
bool is_isc_dhcpd_leases(std::string_view head);
Reading read_isc_dhcpd_leases(std::string_view text, std::string_view file, std::string_view source);

inline constexpr std::array readers{
    Reader{.name = "directory_csv",
           .help = "computers of a directory, as Get-ADComputer | Export-Csv writes them: quoted, comma or semicolon, any columns",
           .source = "directory",
           .recognise = is_directory_csv,
           .read = read_directory_csv},
    Reader{.name = "isc_dhcpd_leases",
           .help = "leases of an ISC DHCP server, dhcpd.leases(5); IPv4",
           .source = "dhcp",
           .recognise = is_isc_dhcpd_leases,
           .read = read_isc_dhcpd_leases},
};

struct ListText {
    std::string text;     // UTF-8 without a byte order mark
    std::string assumed;  // what had to be taken for granted to read it, for the person who imports; or empty
};

// From UTF-8, or UTF-16 as PowerShell writes it; what is neither is Windows-1252, as exports of older tools are.
[[nodiscard]] ListText decode_text(std::string_view bytes);

}  // namespace douse::inventory
