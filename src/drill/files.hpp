// SPDX-License-Identifier: Apache-2.0
// Small files, whole: written with their mode, read with a limit.
#pragma once

#include "base/error.hpp"

#include <sys/types.h>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace douse::drill {

inline constexpr size_t largest_small_file = 64ULL << 20;

// Makes missing folders (0755). exhausted (no room) or denied.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& file, std::string_view bytes, mode_t mode);
// One value into a file of /proc/sys.
[[nodiscard]] Result<void> set_kernel_value(const std::filesystem::path& file, std::string_view value);
// not_found, denied; invalid beyond largest_small_file.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file);

class RemovedAtEnd {
public:
    explicit RemovedAtEnd(std::filesystem::path path) : path_(std::move(path)) {}
    ~RemovedAtEnd() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    RemovedAtEnd(const RemovedAtEnd&) = delete;
    RemovedAtEnd& operator=(const RemovedAtEnd&) = delete;

private:
    std::filesystem::path path_;
};

}  // namespace douse::drill
