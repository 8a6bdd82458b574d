// SPDX-License-Identifier: Apache-2.0
#include "main/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <cerrno>
#include <system_error>

namespace douse {
namespace {

std::string system_error() {
    return std::generic_category().message(errno);
}

}  // namespace

Result<DataFolder> DataFolder::open(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    if (failed) return fail(ErrorCode::invalid, fmt::format("could not make the folder \"{}\"", path.string()), failed.message());
    const std::filesystem::path whole = std::filesystem::absolute(path);
    if (::chmod(whole.c_str(), 0711) != 0)
        return fail(ErrorCode::denied, fmt::format("the folder \"{}\" belongs to another user", path.string()), system_error());
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
