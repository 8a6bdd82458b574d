// SPDX-License-Identifier: Apache-2.0
#include "main/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <system_error>

namespace douse {
namespace {

std::string system_error() {
    return std::generic_category().message(errno);
}

constexpr mode_t folder_mode = 0711;  // others pass through to the socket

// A folder that was there is used as it is, or not at all: it may be anybody's.
Result<void> check_owner_and_mode(const std::filesystem::path& folder) {
    struct stat about{};
    if (::stat(folder.c_str(), &about) != 0) {
        return fail(ErrorCode::invalid, fmt::format("could not look at the folder \"{}\"", folder.string()), system_error());
    }
    if (about.st_uid != ::geteuid()) {
        return fail(ErrorCode::denied, fmt::format("the folder \"{}\" belongs to another user, with uid {}", folder.string(), about.st_uid), {},
                    "start the server as that user, or choose another folder with --data");
    }
    if ((about.st_mode & (S_ISVTX | S_IWGRP | S_IWOTH)) != 0) {
        return fail(ErrorCode::denied, fmt::format("the folder \"{}\" is shared with others, mode {:o}", folder.string(), about.st_mode & 07777), {},
                    "choose one of its own with --data; or, if nothing else uses it: chmod 0711 " + folder.string());
    }
    return {};
}

}  // namespace

Result<DataFolder> DataFolder::open(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::path whole = std::filesystem::absolute(path);
    if (!whole.has_filename()) whole = whole.parent_path();  // "data/": who makes that is said to have made nothing
    const bool made = std::filesystem::create_directories(whole, failed);
    if (failed) return fail(ErrorCode::invalid, fmt::format("could not make the folder \"{}\"", path.string()), failed.message());
    if (made && ::chmod(whole.c_str(), folder_mode) != 0) {
        return fail(ErrorCode::internal, fmt::format("could not set the mode of \"{}\"", path.string()), system_error());
    }
    TRY(check_owner_and_mode(whole));
    base::UniqueFd lock(::open((whole / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return fail(ErrorCode::denied, fmt::format("could not write into \"{}\"", path.string()), system_error());
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::conflict, fmt::format("another server uses \"{}\"", path.string()), "",
                    "end it, or choose another folder with --data");
    }
    return DataFolder(whole, std::move(lock));
}

Result<void> DataFolder::write_address(const std::string& address) const {
    const std::string part = (path_ / "address.part").string();
    const std::string text = address + "\n";
    const base::UniqueFd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file || ::fchmod(file.get(), 0644) != 0 || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::rename(part.c_str(), (path_ / "address").c_str()) != 0) {
        return fail(ErrorCode::exhausted, fmt::format("could not write \"{}\"", part), system_error());
    }
    return {};
}

}  // namespace douse
