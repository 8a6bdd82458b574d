// SPDX-License-Identifier: Apache-2.0
// Get-ADComputer -Filter * -Properties * | Export-Csv, and exports like it. Columns are found by name, in any order and any
// case; a row needs one of a name, a GUID, a SID or an address. A row is a claim of the directory as of the last logon that it
// knows; without one it says nothing about when the machine was there (seen_at 0).
#include "inventory/csv.hpp"
#include "inventory/list_dates.hpp"
#include "inventory/readers.hpp"
#include "inventory/resolve.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cctype>

namespace douse::inventory {
namespace {

using model::IdentifierKind;

constexpr size_t longest_value = 1024;  // of any cell that is kept; a directory's own limit for names is 256

enum Column { name, dns_name, guid, sid, os, os_version, address, last_logon, created, enabled, dn, serial, account, object_class, column_count };
struct ColumnNames {
    Column column;
    std::array<std::string_view, 3> names;  // lower case, best first
};
constexpr std::array<ColumnNames, column_count> column_names{{
    {name, {"name", "cn", "computername"}},
    {dns_name, {"dnshostname", "fqdn", ""}},
    {guid, {"objectguid", "", ""}},
    {sid, {"sid", "objectsid", ""}},
    {os, {"operatingsystem", "", ""}},
    {os_version, {"operatingsystemversion", "", ""}},
    {address, {"ipv4address", "", ""}},
    {last_logon, {"lastlogondate", "lastlogontimestamp", "lastlogon"}},
    {created, {"whencreated", "created", ""}},
    {enabled, {"enabled", "", ""}},
    {dn, {"distinguishedname", "dn", ""}},
    {serial, {"serialnumber", "serial", ""}},
    {account, {"samaccountname", "", ""}},
    {object_class, {"objectclass", "", ""}},
}};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::string trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string() : std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

using Places = std::array<std::optional<size_t>, column_count>;

Places places_of(const std::vector<std::string>& header) {
    Places places;
    for (const ColumnNames& row : column_names) {
        for (const std::string_view wanted : row.names) {
            if (wanted.empty() || places[row.column]) continue;
            const auto at = std::ranges::find_if(header, [&](const std::string& cell) { return lower(trimmed(cell)) == wanted; });
            if (at != header.end()) places[row.column] = static_cast<size_t>(at - header.begin());
        }
    }
    return places;
}

bool describe_computers(const Places& places) {
    const bool named = places[name] || places[dns_name] || places[account];
    const auto of_a_directory = {guid, sid, os, last_logon, enabled, dn, account};
    return named && std::ranges::any_of(of_a_directory, [&](Column c) { return places[c].has_value(); });
}

CsvText at_header(std::string_view text) {
    CsvText csv(text);
    csv.skip_line_starting_with("#TYPE");
    csv.choose_separator();
    return csv;
}

// "CN=PC-1,OU=North\, East,OU=Computers,DC=example" -> "North, East": the unit nearest to the machine.
std::string nearest_unit(std::string_view distinguished) {
    std::string part;
    auto unit_of = [](const std::string& p) { return lower(p.substr(0, 3)) == "ou=" ? p.substr(3) : std::string(); };
    for (size_t i = 0; i <= distinguished.size(); ++i) {
        if (i == distinguished.size() || distinguished[i] == ',') {
            if (std::string unit = unit_of(trimmed(part)); !unit.empty()) return unit;
            part.clear();
        } else if (distinguished[i] == '\\' && i + 1 < distinguished.size()) {
            part += distinguished[++i];
        } else {
            part += distinguished[i];
        }
    }
    return {};
}

class Rows {
public:
    Rows(std::string_view file, std::string_view source, Places places, DateOrder order, Reading& reading)
        : file_(file), source_(source), places_(std::move(places)), order_(order), reading_(reading) {}

    void take(const CsvText::Record& record, size_t columns) {
        ++reading_.rows;
        const std::string where = fmt::format("{}, line {}", file_, record.line);
        if (record.broken) return reading_.refuse(where + ": a quote is never closed; close it, or export the list again");
        if (record.fields.size() != columns) {
            return reading_.refuse(
                fmt::format("{}: {} fields where the header has {}; quote fields that hold the separator", where, record.fields.size(), columns));
        }
        cells_ = &record.fields;
        if (const std::string kind = lower(cell(object_class)); !kind.empty() && kind != "computer") {
            return reading_.refuse(fmt::format("{}: a {}, not a computer; export computers only", where, kind));
        }
        model::Observation row{.source = source_, .row = record.line};
        identify(row);
        const bool too_long = std::ranges::any_of(record.fields, [](const std::string& field) { return field.size() > longest_value; });
        if (too_long) return reading_.refuse(fmt::format("{}: a field is longer than {} bytes; leave that column out", where, longest_value));
        if (usable(row.identifiers).empty()) {
            return reading_.refuse(where + ": no machine is named; fill in Name, DNSHostName, ObjectGUID or IPv4Address");
        }
        describe(row, where);
        reading_.observations.push_back(std::move(row));
    }

private:
    [[nodiscard]] std::string cell(Column column) const { return places_[column] ? trimmed((*cells_)[*places_[column]]) : std::string(); }

    void identify(model::Observation& row) const {
        auto add = [&](IdentifierKind kind, std::string value) {
            if (!value.empty()) row.identifiers.push_back({kind, std::move(value)});
        };
        const std::string object = cell(guid);
        add(IdentifierKind::directory_guid, object.empty() ? cell(sid) : object);
        add(IdentifierKind::serial, cell(serial));
        add(IdentifierKind::dns_name, cell(dns_name));
        std::string called = cell(name);
        if (called.empty()) {
            called = cell(account);
            if (called.ends_with('$')) called.pop_back();
        }
        add(IdentifierKind::host_name, called);
        add(IdentifierKind::address, cell(address));
    }

    void describe(model::Observation& row, const std::string& where) {
        auto add = [&](std::string_view attribute, std::string value) {
            if (!value.empty()) row.attributes.emplace_back(std::string(attribute), std::move(value));
        };
        add("os", cell(os));
        add("os_version", cell(os_version));
        add("enabled", lower(cell(enabled)));
        add("place", nearest_unit(cell(dn)));
        const auto logon = date(last_logon, "LastLogonDate", where);
        const auto made = date(created, "whenCreated", where);
        if (logon) add("last_logon_ms", std::to_string(base::to_ms(*logon)));
        if (made) add("created_ms", std::to_string(base::to_ms(*made)));
        row.seen_at = logon ? *logon : made.value_or(Timestamp{});
    }

    [[nodiscard]] std::optional<Timestamp> date(Column column, std::string_view called, const std::string& where) {
        const std::string text = cell(column);
        if (text.empty() || text == "0") return std::nullopt;
        auto parsed = parse_list_date(text, order_);
        if (!parsed) reading_.remark(fmt::format("{}: {} \"{}\" is no date that can be read; taken as not said", where, called, text));
        return parsed;
    }

    std::string_view file_;
    std::string source_;
    Places places_;
    DateOrder order_;
    Reading& reading_;
    const std::vector<std::string>* cells_ = nullptr;
};

}  // namespace

bool is_directory_csv(std::string_view head) {
    const auto header = at_header(head).next();
    return header && !header->broken && describe_computers(places_of(header->fields));
}

Reading read_directory_csv(std::string_view text, std::string_view file, std::string_view source) {
    Reading reading;
    CsvText csv = at_header(text);
    const auto header = csv.next();
    if (!header) return reading;
    const Places places = places_of(header->fields);
    std::vector<CsvText::Record> records;
    std::vector<std::string_view> dates;
    while (auto record = csv.next()) {
        if (!record->is_blank()) records.push_back(*std::move(record));
    }
    for (const CsvText::Record& record : records) {
        for (const Column column : {last_logon, created}) {
            if (places[column] && *places[column] < record.fields.size()) dates.emplace_back(record.fields[*places[column]]);
        }
    }
    Rows rows(file, source, places, order_of_dates(dates), reading);
    for (const CsvText::Record& record : records) rows.take(record, header->fields.size());
    return reading;
}

}  // namespace douse::inventory
