// SPDX-License-Identifier: Apache-2.0
// dhcpd.leases(5) is a journal: a later block for an address outweighs the earlier ones, which stay as history. Statements end in
// ";", blocks stand in braces, "#" starts a comment, strings have octal escapes, times are UTC or "epoch SECONDS".
//
// A row is a lease that was given to somebody: blocks without hardware, client id and name are addresses that nobody has.
#include "inventory/readers.hpp"
#include "inventory/resolve.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>

namespace douse::inventory {
namespace {

using model::IdentifierKind;

const Timestamp never = base::from_ms(253'402'300'799'000);  // the end of the year 9999, for "ends never"

struct Token {
    enum class Kind { word, string, open, close, semicolon, end } kind = Kind::end;
    std::string text;
    int64_t line = 1;
};

class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) {}

    Token next() {
        skip_blanks();
        if (at_ >= text_.size()) return {.kind = Token::Kind::end, .line = line_};
        const int64_t line = line_;
        switch (text_[at_]) {
            case '{': ++at_; return {Token::Kind::open, "{", line};
            case '}': ++at_; return {Token::Kind::close, "}", line};
            case ';': ++at_; return {Token::Kind::semicolon, ";", line};
            case '"': return {Token::Kind::string, string(), line};
            default: break;
        }
        const size_t begin = at_;
        while (at_ < text_.size() && std::string_view(" \t\r\n{};\"#").find(text_[at_]) == std::string_view::npos) ++at_;
        return {Token::Kind::word, std::string(text_.substr(begin, at_ - begin)), line};
    }

private:
    void skip_blanks() {
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '#') {
                while (at_ < text_.size() && text_[at_] != '\n') ++at_;
            }
            if (at_ >= text_.size()) return;
            if (text_[at_] == '\n')
                ++line_;
            else if (text_[at_] != ' ' && text_[at_] != '\t' && text_[at_] != '\r')
                return;
        }
    }

    std::string string() {
        std::string out;
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            char c = text_[at_];
            if (c == '\n') ++line_;
            if (c == '\\' && at_ + 1 < text_.size()) c = escaped();
            out += c;
        }
        ++at_;
        return out;
    }

    char escaped() {  // at the backslash; leaves at the last byte of the escape
        ++at_;
        int value = 0;
        size_t digits = 0;
        while (digits < 3 && at_ + digits < text_.size() && text_[at_ + digits] >= '0' && text_[at_ + digits] <= '7') {
            value = value * 8 + (text_[at_ + digits++] - '0');
        }
        if (digits == 0) return text_[at_];
        at_ += digits - 1;
        return static_cast<char>(value);
    }

    std::string_view text_;
    size_t at_ = 0;
    int64_t line_ = 1;
};

struct Lease {
    std::string address;
    int64_t line = 0;
    std::optional<Timestamp> starts, ends;
    std::string state = "active", hardware, name, client_id, vendor;
    std::string wrong;  // why it can't be taken
    [[nodiscard]] bool is_given() const { return !hardware.empty() || !name.empty() || !client_id.empty(); }
};

// "4 2019/06/27 06:40:21" (the weekday first), "epoch 1561617621", "never".
std::optional<Timestamp> parse_time(const std::vector<Token>& words) {
    auto word = [&](size_t i) { return i < words.size() ? std::string_view(words[i].text) : std::string_view(); };
    if (word(1) == "never") return never;
    if (word(1) == "epoch") {
        int64_t seconds = 0;
        const auto [end, error] = std::from_chars(word(2).data(), word(2).data() + word(2).size(), seconds);
        if (error != std::errc{} || word(2).empty()) return std::nullopt;
        return base::from_ms(seconds * 1000);
    }
    std::string text = fmt::format("{} {}", word(2), word(3));
    std::ranges::replace(text, '/', '-');
    return base::from_rfc3339(text + "Z");
}

class Journal {
public:
    explicit Journal(std::string_view text) : tokens_(text) {}

    std::vector<Lease> leases() {
        for (Token token = tokens_.next(); token.kind != Token::Kind::end; token = tokens_.next()) {
            if (token.kind != Token::Kind::word) continue;
            if (token.text == "lease")
                read_lease(token.line);
            else
                skip_statement(token.text.starts_with("ia-"));
        }
        return std::move(leases_);
    }
    [[nodiscard]] int64_t v6_parts() const { return v6_parts_; }

private:
    void skip_statement(bool v6) {
        if (v6) ++v6_parts_;
        int depth = 0;
        for (Token token = tokens_.next(); token.kind != Token::Kind::end; token = tokens_.next()) {
            if (token.kind == Token::Kind::open) ++depth;
            if (token.kind == Token::Kind::close && --depth <= 0) return;
            if (token.kind == Token::Kind::semicolon && depth == 0) return;
        }
    }

    void read_lease(int64_t line) {
        Lease lease{.line = line};
        const Token address = tokens_.next();
        lease.address = address.text;
        if (!Address::parse(lease.address)) lease.wrong = fmt::format("\"{}\" is no address", lease.address);
        if (tokens_.next().kind != Token::Kind::open) lease.wrong = "a lease without a block";
        std::vector<Token> statement;
        int depth = 1;
        while (depth > 0) {
            Token token = tokens_.next();
            switch (token.kind) {
                case Token::Kind::end:
                    lease.wrong = "the file ends inside this lease; copy the whole file";
                    depth = 0;
                    break;
                case Token::Kind::open:
                    ++depth;
                    statement.clear();
                    break;
                case Token::Kind::close:
                    --depth;
                    statement.clear();
                    break;
                case Token::Kind::semicolon:
                    if (depth == 1) take(lease, statement);
                    statement.clear();
                    break;
                default: statement.push_back(std::move(token));
            }
        }
        leases_.push_back(std::move(lease));
    }

    static void take(Lease& lease, const std::vector<Token>& words) {
        if (words.empty()) return;
        auto word = [&](size_t i) { return i < words.size() ? words[i].text : std::string(); };
        const std::string& first = words.front().text;
        if (first == "starts" || first == "ends") {
            const auto at = parse_time(words);
            if (!at) lease.wrong = fmt::format("\"{}\" has no time that can be read", first);
            (first == "starts" ? lease.starts : lease.ends) = at;
        } else if (first == "binding" && word(1) == "state") {
            lease.state = word(2);
        } else if (first == "abandoned") {
            lease.state = "abandoned";
        } else if (first == "hardware") {
            lease.hardware = word(2);
        } else if (first == "client-hostname" || (first == "hostname" && lease.name.empty())) {
            lease.name = word(1);
        } else if (first == "uid") {
            lease.client_id = words.size() > 1 && words[1].kind == Token::Kind::string ? base::hex(word(1)) : word(1);
        } else if (first == "set" && word(1) == "vendor-class-identifier") {
            lease.vendor = word(3);
        }
    }

    Tokens tokens_;
    std::vector<Lease> leases_;
    int64_t v6_parts_ = 0;
};

// An address has one client at a time: a lease ends at the latest where the next one for its address starts.
void end_outweighed(std::vector<Lease>& leases) {
    std::map<std::string, Lease*> newest;
    for (Lease& lease : leases) {
        Lease*& before = newest[lease.address];
        if (before != nullptr && lease.starts && before->starts && *before->starts <= *lease.starts) {
            before->ends = std::min(before->ends.value_or(*lease.starts), std::max(*lease.starts, *before->starts));
        }
        before = &lease;
    }
}

model::Observation observation_of(const Lease& lease, std::string_view source) {
    model::Observation row{.source = std::string(source), .row = lease.line};
    row.seen_at = lease.starts.value_or(Timestamp{});
    row.until = lease.ends ? *lease.ends : lease.state == "active" ? never : row.seen_at;
    row.identifiers.push_back({IdentifierKind::address, lease.address});
    if (!lease.hardware.empty()) row.identifiers.push_back({IdentifierKind::mac, lease.hardware});
    if (!lease.name.empty()) row.identifiers.push_back({IdentifierKind::host_name, lease.name});
    row.attributes.emplace_back("lease", lease.state);
    if (!lease.client_id.empty()) row.attributes.emplace_back("client_id", lease.client_id);
    if (!lease.vendor.empty()) row.attributes.emplace_back("vendor_class", lease.vendor);
    return row;
}

}  // namespace

bool is_isc_dhcpd_leases(std::string_view head) {
    Tokens tokens(head);
    for (int i = 0; i < 200; ++i) {
        const Token token = tokens.next();
        if (token.kind == Token::Kind::end) return false;
        if (token.kind != Token::Kind::word) continue;
        if (token.text == "lease") return Address::parse(tokens.next().text) && tokens.next().kind == Token::Kind::open;
        if (token.text.starts_with("ia-")) return tokens.next().kind == Token::Kind::string && tokens.next().kind == Token::Kind::open;
    }
    return false;
}

Reading read_isc_dhcpd_leases(std::string_view text, std::string_view file, std::string_view source) {
    Reading reading;
    Journal journal(text);
    std::vector<Lease> leases = journal.leases();
    end_outweighed(leases);
    std::map<std::string, size_t> newest;  // by address: the current lease
    for (size_t i = 0; i < leases.size(); ++i) newest[leases[i].address] = i;

    int64_t nobodys = 0;
    std::vector<model::Observation> current, history;
    for (size_t i = 0; i < leases.size(); ++i) {
        const Lease& lease = leases[i];
        if (lease.wrong.empty() && !lease.is_given()) {
            ++nobodys;
            continue;
        }
        ++reading.rows;
        if (!lease.wrong.empty()) {
            reading.refuse(fmt::format("{}, line {}: lease {}: {}; mend or remove the block", file, lease.line, lease.address, lease.wrong));
            continue;
        }
        (newest[lease.address] == i ? current : history).push_back(observation_of(lease, source));
    }
    // What holds now is resolved first; what was before is then known by its MAC.
    reading.observations = std::move(current);
    std::ranges::reverse(history);
    std::ranges::move(history, std::back_inserter(reading.observations));
    if (nobodys > 0) reading.remark(fmt::format("{}: {} addresses that no client holds were left out", file, nobodys));
    if (journal.v6_parts() > 0) reading.remark(fmt::format("{}: {} IPv6 parts were left out; only IPv4 leases are read", file, journal.v6_parts()));
    return reading;
}

}  // namespace douse::inventory
