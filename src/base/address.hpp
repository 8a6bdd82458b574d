// SPDX-License-Identifier: Apache-2.0
// Addresses as values: IPv4 and IPv6 in one 16-byte form (IPv4 as ::ffff:a.b.c.d, RFC 4291 2.5.5.2), ranges, MACs.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace douse::base {

class Address {
public:
    Address() = default;                                         // ::
    static std::optional<Address> parse(std::string_view text);  // no zone, no port, no leading zeros in IPv4
    static Address v4(uint32_t host_order);
    static Address from_bytes(const std::array<uint8_t, 16>& bytes);

    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] uint32_t v4_value() const;  // host order; only if is_v4()
    [[nodiscard]] bool is_loopback() const;   // 127.0.0.0/8 or ::1
    [[nodiscard]] const std::array<uint8_t, 16>& bytes() const { return bytes_; }
    [[nodiscard]] std::string text() const;  // dotted, or RFC 5952
    [[nodiscard]] Address next() const;      // wraps at the very end
    auto operator<=>(const Address&) const = default;

private:
    std::array<uint8_t, 16> bytes_{};
};

// A closed range of one family. Written as a prefix (10.0.0.0/24), first-last (10.0.0.5-10.0.0.9) or one address.
struct AddressRange {
    Address first;
    Address last;

    static std::optional<AddressRange> parse(std::string_view text);  // a prefix with host bits set is refused
    [[nodiscard]] bool contains(const Address& address) const { return first <= address && address <= last; }
    [[nodiscard]] uint64_t size() const;  // saturates
    [[nodiscard]] std::string text() const;
    auto operator<=>(const AddressRange&) const = default;
};

struct Mac {
    std::array<uint8_t, 6> bytes{};

    static std::optional<Mac> parse(std::string_view text);  // 00:11:22:33:44:55, 00-11-..., 0011.2233.4455
    [[nodiscard]] std::string text() const;                  // lower case, colons
    [[nodiscard]] bool is_usable() const;                    // neither zero nor a group address
    auto operator<=>(const Mac&) const = default;
};

struct Endpoint {
    Address address;
    uint16_t port = 0;
    // "10.0.0.1:80", "[::1]:80", "localhost:80" (127.0.0.1, without asking anybody).
    static std::optional<Endpoint> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
    auto operator<=>(const Endpoint&) const = default;
};

}  // namespace douse::base

namespace douse {
using base::Address;
using base::AddressRange;
using base::Endpoint;
}  // namespace douse
