// SPDX-License-Identifier: Apache-2.0
// Files on a machine with a POSIX shell, over Session::run alone, so that it needs no SFTP server there.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "transport/transport.hpp"

#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>

namespace douse::transport {

// As Session::put and Session::read say.
Result<void> put_by_shell(Session& session, const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop);
Result<std::string> read_by_shell(Session& session, const std::string& path, size_t max_bytes, Deadline deadline, std::stop_token stop);

// The shell function `own_folder PATH`, used by put and by the step's script: makes the folder and those above it that are
// missing (0700), and returns 0 only if every part is a real directory that no stranger can write to and the last is ours.
// 28 (ENOSPC): no room; 13 (EACCES): not ours; with the reason in $why.
extern const std::string_view own_folder_script;

}  // namespace douse::transport
