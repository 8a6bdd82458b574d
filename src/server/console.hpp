// SPDX-License-Identifier: Apache-2.0
// The console's files, packed into the program when it is built (see pack_console.py). Paths that are no file get index.html: the
// console routes them itself.
#pragma once

#include "server/http.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace douse::server {

struct ConsoleFile {
    std::string_view path;  // "/assets/index-3f2a.js"
    std::string_view type;
    std::string_view etag;  // with its quotes
    std::string_view plain;
    std::string_view gzip;  // empty where it wouldn't be smaller
};

[[nodiscard]] const ConsoleFile* find_console_file(std::string_view path);
[[nodiscard]] Response console_response(const Head& head, std::string_view path);

}  // namespace douse::server
