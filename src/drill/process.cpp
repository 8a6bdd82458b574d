// SPDX-License-Identifier: Apache-2.0
#include "drill/process.hpp"

#include "drill/files.hpp"
#include "drill/netns.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <sstream>

namespace douse::drill {

std::optional<ProcessId> process_of(int pid) {
    auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!text) return std::nullopt;
    // The name, in parentheses, may hold anything; the third field follows the last one.
    const size_t close = text->rfind(')');
    if (close == std::string::npos) return std::nullopt;
    std::istringstream fields(text->substr(close + 1));
    std::string state;
    fields >> state;
    if (state == "Z" || state == "X") return std::nullopt;
    std::string skipped;
    for (int field = 4; field < 22; ++field) fields >> skipped;
    ProcessId process{pid, 0};
    fields >> process.began;
    return fields ? std::optional(process) : std::nullopt;
}

bool is_alive(const ProcessId& process) {
    return process_of(process.pid) == process;
}

void end_process(const ProcessId& process) {
    if (process.pid > 1 && is_alive(process)) ::kill(process.pid, SIGKILL);
}

std::vector<ProcessId> processes_in_netns(const std::string& name) {
    std::vector<ProcessId> found;
    struct stat wanted{};
    if (::stat(named_netns(name).c_str(), &wanted) != 0) return found;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
        const std::string number = entry.path().filename().string();
        int pid = 0;
        const auto [end, bad] = std::from_chars(number.data(), number.data() + number.size(), pid);
        if (bad != std::errc{} || end != number.data() + number.size() || pid == ::getpid()) continue;
        struct stat its{};
        if (::stat(netns_of_process(pid).c_str(), &its) != 0 || its.st_ino != wanted.st_ino || its.st_dev != wanted.st_dev) continue;
        if (auto process = process_of(pid)) found.push_back(*process);
    }
    return found;
}

}  // namespace douse::drill
