// SPDX-License-Identifier: Apache-2.0
#include "drill/files.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace douse::drill {
namespace {

std::unexpected<Error> failed_at(std::string_view doing, const std::filesystem::path& file, int why) {
    const ErrorCode code = why == ENOENT || why == ENOTDIR  ? ErrorCode::not_found
                           : why == ENOSPC || why == EDQUOT ? ErrorCode::exhausted
                                                            : ErrorCode::denied;
    return fail(code, fmt::format("could not {} \"{}\"", doing, file.string()), std::strerror(why));
}

}  // namespace

Result<void> write_file(const std::filesystem::path& file, std::string_view bytes, mode_t mode) {
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) return failed_at("make the folder of", file, failed.value());
    const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd) return failed_at("write", file, errno);
    while (!bytes.empty()) {
        const ssize_t wrote = ::write(fd.get(), bytes.data(), bytes.size());
        if (wrote < 0 && errno != EINTR) return failed_at("write", file, errno);
        if (wrote > 0) bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    if (::fchmod(fd.get(), mode) != 0) return failed_at("set the mode of", file, errno);
    return {};
}

Result<void> set_kernel_value(const std::filesystem::path& file, std::string_view value) {
    const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) return failed_at("set", file, errno);
    return {};
}

Result<std::string> read_file(const std::filesystem::path& file) {
    const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return failed_at("read", file, errno);
    std::string bytes;
    std::array<char, 16384> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got == 0) return bytes;
        if (got < 0 && errno != EINTR) return failed_at("read", file, errno);
        if (got > 0) bytes.append(buffer.data(), static_cast<size_t>(got));
        if (bytes.size() > largest_small_file) return fail(ErrorCode::invalid, fmt::format("\"{}\" is too large", file.string()));
    }
}

}  // namespace douse::drill
