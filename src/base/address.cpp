// SPDX-License-Identifier: Apache-2.0
#include "base/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <charconv>
#include <cstring>
#include <limits>

namespace douse::base {
namespace {

constexpr std::array<uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<int> decimal(std::string_view text, int max) {
    if (text.empty() || text.size() > 3) return std::nullopt;
    int value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value > max || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    return value;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
    if (text.size() > 45) return std::nullopt;
    const std::string copy(text);
    Address out;
    in_addr four{};
    if (inet_pton(AF_INET, copy.c_str(), &four) == 1) return v4(ntohl(four.s_addr));
    if (inet_pton(AF_INET6, copy.c_str(), out.bytes_.data()) == 1) return out;
    return std::nullopt;
}

Address Address::v4(uint32_t host_order) {
    Address out;
    std::copy(v4_prefix.begin(), v4_prefix.end(), out.bytes_.begin());
    for (int i = 0; i < 4; ++i) out.bytes_[12 + i] = static_cast<uint8_t>(host_order >> (24 - 8 * i));
    return out;
}

Address Address::from_bytes(const std::array<uint8_t, 16>& bytes) {
    Address out;
    out.bytes_ = bytes;
    return out;
}

bool Address::is_loopback() const {
    static constexpr std::array<uint8_t, 16> six{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return is_v4() ? v4_value() >> 24 == 127 : bytes_ == six;
}

bool Address::is_v4() const {
    return std::memcmp(bytes_.data(), v4_prefix.data(), v4_prefix.size()) == 0;
}

uint32_t Address::v4_value() const {
    uint32_t value = 0;
    for (int i = 12; i < 16; ++i) value = value << 8 | bytes_[i];
    return value;
}

std::string Address::text() const {
    char buffer[INET6_ADDRSTRLEN];
    if (is_v4()) {
        inet_ntop(AF_INET, bytes_.data() + 12, buffer, sizeof buffer);
    } else {
        inet_ntop(AF_INET6, bytes_.data(), buffer, sizeof buffer);
    }
    return buffer;
}

Address Address::next() const {
    Address out = *this;
    for (int i = 15; i >= 0; --i) {
        if (++out.bytes_[i] != 0) break;
    }
    return out;
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
    if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
        const auto first = Address::parse(text.substr(0, slash));
        if (!first) return std::nullopt;
        const int width = first->is_v4() ? 32 : 128;
        const auto bits = decimal(text.substr(slash + 1), width);
        if (!bits) return std::nullopt;
        auto low = first->bytes();
        auto high = low;
        for (int bit = 128 - width + *bits; bit < 128; ++bit) {
            low[bit / 8] &= static_cast<uint8_t>(~(0x80 >> bit % 8));
            high[bit / 8] |= static_cast<uint8_t>(0x80 >> bit % 8);
        }
        if (low != first->bytes()) return std::nullopt;
        return AddressRange{Address::from_bytes(low), Address::from_bytes(high)};
    }
    const size_t dash = text.find('-');
    const auto first = Address::parse(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : Address::parse(text.substr(dash + 1));
    if (!first || !last || first->is_v4() != last->is_v4() || *last < *first) return std::nullopt;
    return AddressRange{*first, *last};
}

uint64_t AddressRange::size() const {
    unsigned __int128 span = 0;
    for (int i = 0; i < 16; ++i) span = span << 8 | last.bytes()[i];
    unsigned __int128 low = 0;
    for (int i = 0; i < 16; ++i) low = low << 8 | first.bytes()[i];
    span -= low;
    if (span >= std::numeric_limits<uint64_t>::max()) return std::numeric_limits<uint64_t>::max();
    return static_cast<uint64_t>(span) + 1;
}

std::string AddressRange::text() const {
    if (first == last) return first.text();
    const int base = first.is_v4() ? 96 : 0;
    int bits = 128;
    while (bits > base && (first.bytes()[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) == 0 &&
           (last.bytes()[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) == 1) {
        --bits;
    }
    const std::string prefix = fmt::format("{}/{}", first.text(), bits - base);
    if (const auto same = parse(prefix); same && *same == *this) return prefix;
    return fmt::format("{}-{}", first.text(), last.text());
}

std::optional<Mac> Mac::parse(std::string_view text) {
    Mac out;
    size_t digits = 0;
    for (char c : text) {
        if (c == ':' || c == '-' || c == '.') continue;
        const int value = hex_digit(c);
        if (value < 0 || digits == 12) return std::nullopt;
        out.bytes[digits / 2] = static_cast<uint8_t>(out.bytes[digits / 2] << 4 | value);
        ++digits;
    }
    if (digits != 12) return std::nullopt;
    return out;
}

std::string Mac::text() const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]);
}

bool Mac::is_usable() const {
    return *this != Mac{} && (bytes[0] & 1) == 0;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    Endpoint out;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = Address::parse(host == "localhost" ? "127.0.0.1" : host);
    if (!address || address->is_v4() == bracketed) return std::nullopt;
    out.address = *address;
    return out;
}

std::string Endpoint::text() const {
    return address.is_v4() ? fmt::format("{}:{}", address.text(), port) : fmt::format("[{}]:{}", address.text(), port);
}

}  // namespace douse::base
