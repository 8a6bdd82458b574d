// SPDX-License-Identifier: Apache-2.0
// A request and an answer as the operations see them: plain values, no socket and no HTTP library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace douse::server {

enum class Entry { tcp, local };  // by which door a connection came; `local` is the unix socket

struct Head {
    Entry entry = Entry::tcp;
    std::optional<int64_t> peer_uid;  // local only, as the kernel says
    std::string method;
    std::string target;                                        // "/api/assets?q=x"
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  // the first, or empty
    [[nodiscard]] int count(std::string_view lower_case_name) const;
};

struct Response {
    int status = 200;
    std::string type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool stream = false;  // events follow instead of a body
};

}  // namespace douse::server
