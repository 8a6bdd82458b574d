// SPDX-License-Identifier: Apache-2.0
#include "drill/lists.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace douse::drill {
namespace {

const Timestamp now = base::from_rfc3339("2026-11-24T15:04:05Z").value();

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::string& csv) {
    std::vector<Row> rows;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(line.ends_with('\r'));
        Row row;
        for (size_t at = 0; (at = line.find('"', at)) != std::string::npos;) {
            const size_t end = line.find('"', at + 1);
            row.push_back(line.substr(at + 1, end - at - 1));
            at = end + 1;
        }
        rows.push_back(row);
    }
    return rows;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

struct Directory {
    explicit Directory(const Organisation& organisation) : rows(rows_of(directory_csv(organisation, now))) {}
    [[nodiscard]] size_t column(const std::string& name) const {
        return static_cast<size_t>(std::ranges::find(rows.front(), name) - rows.front().begin());
    }
    [[nodiscard]] std::vector<Row> named(const std::string& name) const {
        std::vector<Row> found;
        for (size_t i = 1; i < rows.size(); ++i)
            if (rows[i][column("Name")] == upper(name)) found.push_back(rows[i]);
        return found;
    }
    std::vector<Row> rows;
};

class Lists : public testing::TestWithParam<uint64_t> {
protected:
    Organisation organisation = draw_organisation(48, GetParam()).value();
    Directory directory{organisation};
    std::string leases = dhcp_leases(organisation, now);
};

TEST_P(Lists, NameTheListedAndNobodyElse) {
    size_t expected = organisation.ghosts.size();
    for (const auto& machine : organisation.machines) {
        expected += machine.in_directory ? 1 : 0;
        const auto rows = directory.named(machine.name);
        const bool in_directory = std::ranges::any_of(rows, [&](const Row& row) { return row[directory.column("ObjectGUID")] == machine.guid; });
        EXPECT_EQ(in_directory, machine.in_directory) << machine.label;
        for (const auto& interface : machine.interfaces)
            EXPECT_EQ(leases.find("lease " + interface.address.text() + " {") != std::string::npos, machine.in_dhcp) << machine.label;
    }
    EXPECT_EQ(directory.rows.size(), expected + 1);
    EXPECT_NE(leases.find("lease " + organisation.outsider.address().text() + " {"), std::string::npos);
    EXPECT_TRUE(directory.named(organisation.outsider.name).empty());
}

TEST_P(Lists, KeepAPairApartInTheDirectoryAndInTheLeases) {
    std::vector<const Machine*> pair;
    for (const auto& machine : organisation.machines)
        if (machine.kind == Kind::same_name) pair.push_back(&machine);
    ASSERT_EQ(pair.size(), 2U);
    const auto rows = directory.named(pair[0]->name);
    ASSERT_EQ(rows.size(), 2U);
    for (const char* column : {"ObjectGUID", "IPv4Address", "DistinguishedName", "SamAccountName", "SID"})
        EXPECT_NE(rows[0][directory.column(column)], rows[1][directory.column(column)]) << column;
}

TEST_P(Lists, ShowAMachineWithTwoInterfacesOnceAndTwice) {
    const auto& machine = *std::ranges::find(organisation.machines, Kind::two_interfaces, &Machine::kind);
    EXPECT_EQ(directory.named(machine.name).size(), 1U);
    for (const auto& interface : machine.interfaces) EXPECT_NE(leases.find("hardware ethernet " + interface.mac.text()), std::string::npos);
}

TEST_P(Lists, ShowGhostsOldInTheDirectoryAndNeverInTheLeases) {
    for (const auto& ghost : organisation.ghosts) {
        const auto rows = directory.named(ghost.name);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows[0][directory.column("IPv4Address")], "");
        EXPECT_NE(rows[0][directory.column("LastLogonDate")].find("/202"), std::string::npos);
        EXPECT_EQ(leases.find(ghost.name), std::string::npos);
    }
}

// An address's last block is its present holder's, as dhcpd itself reads the file.
TEST_P(Lists, EndEachAddressWithItsPresentHolder) {
    for (const auto& machine : organisation.machines) {
        if (!machine.in_dhcp) continue;
        for (const auto& interface : machine.interfaces) {
            const size_t at = leases.rfind("lease " + interface.address.text() + " {");
            const std::string block = leases.substr(at, leases.find('}', at) - at);
            EXPECT_NE(block.find("binding state active;"), std::string::npos);
            EXPECT_NE(block.find("hardware ethernet " + interface.mac.text() + ";"), std::string::npos);
            EXPECT_NE(block.find("client-hostname \"" + machine.name + "\";"), std::string::npos);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lists, testing::Values(1, 2, 3, 4, 5));

TEST(ListDates, AreWrittenAsTheirMakersWriteThem) {
    const auto organisation = organisation_of(std::vector{Kind::two_interfaces}, 1).value();
    const std::string leases = dhcp_leases(organisation, now);
    EXPECT_NE(leases.find("  starts 2 2026/11/24 "), std::string::npos) << "a Tuesday";
    const Directory directory(organisation);
    const std::string seen = directory.named(organisation.machines.front().name).at(0)[directory.column("LastLogonDate")];
    EXPECT_TRUE(seen.starts_with("11/2")) << seen;
    EXPECT_TRUE(seen.ends_with("AM") || seen.ends_with("PM")) << seen;
}

}  // namespace
}  // namespace douse::drill
