// SPDX-License-Identifier: Apache-2.0
// SHA-256, hex, base64 and secure random bytes, over OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace douse::base {

using Sha256 = std::array<uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);  // 64 lower-case digits

class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    void add(std::string_view bytes);
    [[nodiscard]] std::string finish_hex();  // once

private:
    evp_md_ctx_st* context_;
};

[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);
[[nodiscard]] std::string base64(std::string_view bytes);  // RFC 4648 4, padded
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
[[nodiscard]] std::string random_bytes(size_t count);  // for secrets
[[nodiscard]] std::string random_token();              // 32 random bytes as 64 hex digits
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace douse::base
