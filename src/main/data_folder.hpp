// SPDX-License-Identifier: Apache-2.0
// The server's data folder, held by one server at a time. Others may pass through it to the socket and read `address`; the store
// and everything else in it are the owner's alone.
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <filesystem>
#include <string>

namespace douse {

class DataFolder {
public:
    // Makes the folder if need be and takes its lock. A folder that was there keeps its mode. conflict: another server holds it;
    // denied: it is another user's, or others may write into it.
    static Result<DataFolder> open(const std::filesystem::path& path);

    [[nodiscard]] std::filesystem::path store() const { return path_ / "douse.db"; }
    [[nodiscard]] std::filesystem::path socket() const { return path_ / "douse.sock"; }
    Result<void> write_address(const std::string& address) const;  // whole or not at all

private:
    DataFolder(std::filesystem::path path, base::UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    base::UniqueFd lock_;
};

}  // namespace douse
