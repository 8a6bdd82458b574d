// SPDX-License-Identifier: Apache-2.0
#include "inventory/readers.hpp"
#include "inventory/import.hpp"
#include "inventory/list_dates.hpp"
#include "store/mirror.hpp"
#include "store/store_for_tests.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <fstream>
#include <iterator>
#include <set>

namespace douse::inventory {
namespace {

using model::IdentifierKind;

std::string fixture(std::string_view name) {
    std::ifstream in(fmt::format("{}/src/inventory/testdata/{}", DOUSE_SOURCE_DIR, name), std::ios::binary);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string value_of(const model::Observation& o, IdentifierKind kind) {
    for (const auto& identifier : o.identifiers) {
        if (identifier.kind == kind) return identifier.value;
    }
    return {};
}
std::string attribute(const model::Observation& o, std::string_view name) {
    for (const auto& [key, value] : o.attributes) {
        if (key == name) return value;
    }
    return {};
}
Timestamp at(std::string_view text) {
    return *base::from_rfc3339(text);
}

std::string to_utf16le(std::string_view ascii, bool mark) {
    std::string out = mark ? "\xff\xfe" : "";
    for (const char c : ascii) {
        out += c;
        out += '\0';
    }
    return out;
}

TEST(Readers, TheTableHasUniqueNamesHelpAndARecogniserThatTakesItsOwnFixtureOnly) {
    std::set<std::string_view> names;
    for (const Reader& reader : readers) {
        EXPECT_TRUE(names.insert(reader.name).second);
        EXPECT_FALSE(reader.help.empty());
        EXPECT_FALSE(reader.source.empty());
        EXPECT_EQ(reader.recognise(fixture("get_adcomputer.csv")), reader.name == "directory_csv") << reader.name;
        EXPECT_EQ(reader.recognise(decode_text(fixture("semicolon.csv")).text), reader.name == "directory_csv") << reader.name;
        EXPECT_EQ(reader.recognise(fixture("dhcpd.leases")), reader.name == "isc_dhcpd_leases") << reader.name;
        EXPECT_FALSE(reader.recognise("")) << reader.name;
        EXPECT_FALSE(reader.recognise("ip,mac,hostname,start,end\n10.0.0.1,02:d0:00:00:00:01,pc-1,,\n")) << reader.name;
    }
}

TEST(DirectoryCsv, ReadsWhatPowerShellExports) {
    const Reading r = read_directory_csv(fixture("get_adcomputer.csv"), "ad.csv", "directory");
    EXPECT_EQ(r.rows, 6);
    EXPECT_EQ(r.refused, 3);
    ASSERT_EQ(r.observations.size(), 3u);
    const auto& pc = r.observations[0];
    EXPECT_EQ(pc.row, 3) << "line of the file";
    EXPECT_EQ(value_of(pc, IdentifierKind::host_name), "PC-1");
    EXPECT_EQ(value_of(pc, IdentifierKind::dns_name), "pc-1.corp.example");
    EXPECT_EQ(value_of(pc, IdentifierKind::directory_guid), "11111111-0000-4000-a000-000000000001");
    EXPECT_EQ(value_of(pc, IdentifierKind::serial), "SN-0001");
    EXPECT_EQ(value_of(pc, IdentifierKind::address), "10.0.0.1");
    EXPECT_EQ(attribute(pc, "place"), "North, East");
    EXPECT_EQ(attribute(pc, "os"), "Windows 10 Pro");
    EXPECT_EQ(attribute(pc, "enabled"), "true");
    EXPECT_EQ(pc.seen_at, at("2025-05-26T16:27:40Z"));
    const auto& old = r.observations[1];
    EXPECT_EQ(old.seen_at, at("2019-03-04T08:00:00Z")) << "never logged on: when it was made";
    EXPECT_EQ(r.observations[2].row, 9) << "a line feed inside quotes counts as a line";
    EXPECT_EQ(r.observations[2].seen_at, Timestamp{}) << "no date of its can be read";
    ASSERT_EQ(r.messages.size(), 5u);
    for (const auto& message : r.messages) EXPECT_TRUE(message.starts_with("ad.csv, line ")) << message;
}

TEST(DirectoryCsv, ReadsSemicolonsMarksAndUtf16) {
    const std::string plain = decode_text(fixture("semicolon.csv")).text;
    for (const std::string& text : {plain, decode_text(to_utf16le(plain, true)).text, decode_text(to_utf16le(plain, false)).text}) {
        const Reading r = read_directory_csv(text, "ad.csv", "directory");
        ASSERT_EQ(r.observations.size(), 2u);
        EXPECT_EQ(r.refused, 0);
        EXPECT_EQ(value_of(r.observations[0], IdentifierKind::directory_guid), "S-1-5-21-1-2-3-1107") << "the SID, where there is no GUID";
        EXPECT_EQ(r.observations[0].seen_at, at("2026-11-24T15:27:55Z"));
    }
}

TEST(DirectoryCsv, ManyRefusalsAreCountedAndTheFirstKept) {
    std::string text = "Name,ObjectGUID,Enabled\n";
    for (int i = 0; i < 100; ++i) text += ",,True\n";
    const Reading r = read_directory_csv(text, "ad.csv", "directory");
    EXPECT_EQ(r.rows, 100);
    EXPECT_EQ(r.refused, 100);
    EXPECT_EQ(r.messages.size(), most_messages);
}

TEST(DhcpdLeases, ReadsTheJournalNewestFirstAndEndsWhatWasOutweighed) {
    const Reading r = read_isc_dhcpd_leases(fixture("dhcpd.leases"), "dhcpd.leases", "dhcp");
    EXPECT_EQ(r.rows, 6);
    EXPECT_EQ(r.refused, 2);
    ASSERT_EQ(r.observations.size(), 4u);
    const auto& renewed = r.observations[0];
    EXPECT_EQ(value_of(renewed, IdentifierKind::host_name), "PC-5");
    EXPECT_EQ(renewed.seen_at, at("2026-11-23T08:00:00Z"));
    EXPECT_EQ(renewed.until, at("2026-11-23T20:00:00Z"));
    EXPECT_EQ(attribute(renewed, "vendor_class"), "MSFT 5.0");
    EXPECT_EQ(attribute(renewed, "client_id"), "0102d000000005");
    const auto& taken_over = r.observations[1];
    EXPECT_EQ(value_of(taken_over, IdentifierKind::mac), "02:d0:00:00:00:07");
    EXPECT_EQ(taken_over.seen_at, base::from_ms(1795435200'000));
    EXPECT_GT(*taken_over.until, at("2100-01-01T00:00:00Z")) << "ends never";
    const auto& outweighed = r.observations[2];
    EXPECT_EQ(value_of(outweighed, IdentifierKind::mac), "02:d0:00:00:00:06");
    EXPECT_EQ(*outweighed.until, taken_over.seen_at) << "the address has one client at a time";
    EXPECT_EQ(value_of(r.observations[3], IdentifierKind::host_name), "pc-5") << "history comes last";
    std::string all;
    for (const auto& message : r.messages) all += message + "\n";
    EXPECT_NE(all.find("\"10.0.0.300\" is no address"), std::string::npos) << all;
    EXPECT_NE(all.find("the file ends inside this lease"), std::string::npos) << all;
    EXPECT_NE(all.find("1 IPv6 parts"), std::string::npos) << all;
    EXPECT_NE(all.find("2 addresses that no client holds"), std::string::npos) << all;
}

TEST(Readers, AnyBytesGiveRowsThatSum) {
    EXPECT_TRUE(rc::check([](const std::string& noise, size_t from, size_t where) {
        for (const Reader& reader : readers) {
            std::string text = fixture(reader.name == "directory_csv" ? "get_adcomputer.csv" : "dhcpd.leases");
            text = text.substr(from % text.size());
            text.insert(where % text.size(), noise);
            const Reading r = reader.read(text, "list", "test");
            RC_ASSERT(r.rows == r.refused + static_cast<int64_t>(r.observations.size()));
            RC_ASSERT(r.messages.size() <= most_messages);
        }
    }));
}

TEST(ListDates, KnowsTheWaysOfWritingADate) {
    const Timestamp afternoon = at("2025-05-26T16:27:40Z");
    for (const char* text :
         {"5/26/2025 4:27:40 PM", "05/26/2025 16:27:40", "2025-05-26T16:27:40Z", "2025-05-26T16:27:40.0000000", "2025-05-26 16:27:40",
          "26.05.2025 16:27:40", "2025-05-26T16:27:40+00:00", "2025/05/26 16:27:40", "133927504600000000"}) {
        EXPECT_EQ(parse_list_date(text, DateOrder::month_first), afternoon) << text;
    }
    EXPECT_EQ(parse_list_date("26/05/2025 16:27:40", DateOrder::day_first), afternoon);
    EXPECT_EQ(parse_list_date("1/2/2024 12:05:00 AM", DateOrder::month_first), at("2024-01-02T00:05:00Z"));
    for (const char* text : {"", "never", "13/13/2025", "5/26/2025 14:00:00 PM", "26-05-2025", "1-2", "99999999999999999999", "-5/26/2025"}) {
        EXPECT_FALSE(parse_list_date(text, DateOrder::month_first)) << text;
    }
    EXPECT_EQ(order_of_dates({"1/2/2024 10:00", "26/5/2025 10:00"}), DateOrder::day_first);
    EXPECT_EQ(order_of_dates({"1/2/2024 10:00", "5/26/2025 10:00"}), DateOrder::month_first);
}

class Import : public testing::Test {
protected:
    store::StoreForTests s;
    Result<store::ImportRow> import(std::string_view bytes, ImportRequest request) {
        return s.store->write([&](store::Tx& tx) { return import_list(tx, bytes, request, s.owner); });
    }
};

TEST_F(Import, StoresObservationsAssetsAndTotals) {
    const auto directory = import(fixture("get_adcomputer.csv"), {.name = "ad.csv"});
    ASSERT_TRUE(directory) << directory.error().sentence;
    EXPECT_EQ(directory->format, "directory_csv");
    EXPECT_EQ(directory->source, "directory");
    EXPECT_EQ(directory->rows, directory->accepted + directory->refused);
    EXPECT_EQ(directory->new_assets, 3);
    const auto leases = import(fixture("dhcpd.leases"), {.name = "dhcpd.leases", .source = "dhcp north"});
    ASSERT_TRUE(leases) << leases.error().sentence;
    EXPECT_EQ(leases->new_assets, 3);
    EXPECT_EQ(import(fixture("dhcpd.leases"), {.name = "dhcpd.leases"})->new_assets, 0) << "the same again adds no machine";
    const auto kept = s.read([](store::Tx& tx) { return store::list_imports(tx); });
    ASSERT_EQ(kept.size(), 3u);
    EXPECT_EQ(kept.back().accepted, 3);
    EXPECT_EQ(kept.back().by, s.owner);
    EXPECT_EQ(kept.back().messages.size(), 5u);
    EXPECT_EQ(s.store->mirror().books().on_books, 6);
}

TEST_F(Import, AListThatIsNoUtf8IsReadAsWindows1252AndSaysSo) {
    const auto row = import("Name,OperatingSystem\nb\xfcro-1,Windows \x80\n", {.name = "alt.csv"});
    ASSERT_TRUE(row) << row.error().sentence;
    EXPECT_EQ(row->accepted, 1);
    ASSERT_EQ(row->messages.size(), 1u);
    EXPECT_EQ(row->messages[0], "alt.csv: it isn't UTF-8, so it was read as Windows-1252; export it as UTF-8 if names look odd");
    const auto holders = s.read([](store::Tx& tx) { return store::holders_of(tx, {IdentifierKind::host_name, "büro-1"}); });
    EXPECT_EQ(holders.size(), 1u);
    EXPECT_TRUE(import("Name,OperatingSystem\nb\xc3\xbcro-2,\n", {.name = "neu.csv"})->messages.empty());
}

TEST_F(Import, ANameThatCannotBePrintedIsLeftOutWithItsReason) {
    const auto row = import("SamAccountName,IPv4Address\n\"pc\n1\",10.0.0.9\n\"pc\x1b[2J\",\n", {.name = "odd.csv"});
    ASSERT_TRUE(row) << row.error().sentence;
    EXPECT_EQ(row->accepted, 1);
    EXPECT_EQ(row->refused, 1) << "a row that names nothing else";
    ASSERT_EQ(row->messages.size(), 2u);
    EXPECT_EQ(row->messages[1], "odd.csv, line 2: host_name \"pc\ufffd1\" has characters that can't be shown; left out");
}

TEST_F(Import, ADryRunSaysTheSameAndChangesNothing) {
    const auto tried = import(fixture("get_adcomputer.csv"), {.name = "ad.csv", .dry_run = true});
    ASSERT_TRUE(tried) << tried.error().sentence;
    EXPECT_EQ(tried->new_assets, 3);
    EXPECT_FALSE(tried->id);
    EXPECT_TRUE(s.read([](store::Tx& tx) { return store::list_imports(tx); }).empty());
    EXPECT_EQ(s.store->mirror().books().on_books, 0);
    EXPECT_EQ(import(fixture("get_adcomputer.csv"), {.name = "ad.csv"})->new_assets, 3);
}

TEST_F(Import, WhatCannotBeReadIsRefusedWithTheFormatsThatCan) {
    const auto unknown = import("just words\n", {.name = "notes.txt"});
    EXPECT_EQ(unknown.error().code, ErrorCode::invalid);
    EXPECT_NE(unknown.error().sentence.find("notes.txt"), std::string::npos);
    EXPECT_NE(unknown.error().hint.find("isc_dhcpd_leases"), std::string::npos);
    EXPECT_EQ(import(fixture("dhcpd.leases"), {.name = "x", .format = "directory_csv"}).error().code, ErrorCode::invalid);
    EXPECT_EQ(import(fixture("dhcpd.leases"), {.name = "x", .format = "nmap"}).error().code, ErrorCode::invalid);
    EXPECT_EQ(import(fixture("dhcpd.leases"), {.name = "x", .source = "inside"}).error().code, ErrorCode::invalid)
        << "looks of our own are trusted more";
}

}  // namespace
}  // namespace douse::inventory
