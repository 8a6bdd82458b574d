// SPDX-License-Identifier: Apache-2.0
#include "drill/run.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "drill/files.hpp"
#include "drill/netns.hpp"
#include "drill/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <sstream>
#include <thread>
#include <vector>

namespace douse::drill {
namespace {

constexpr std::array<const char*, 2> roles{"console", "router"};
constexpr Millis gone_within{5000};
constexpr const char* folders_file = "folders";                          // in a run's folder: what it has elsewhere, one a line
constexpr const char* kernel_values = "/run/douse-drill/kernel-values";  // file and what it was before the first run that changed it

// Held while runs begin and end. The lock is on the folder itself, which goes with the last run: who locked a folder that was
// removed meanwhile tries again.
Result<base::UniqueFd> lock_runs() {
    for (int attempt = 0; attempt < 100; ++attempt) {
        if (::mkdir(runs_folder, 0700) != 0 && errno != EEXIST)
            return fail(ErrorCode::denied, fmt::format("could not make \"{}\"", runs_folder), std::strerror(errno));
        base::UniqueFd fd(::open(runs_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd || ::flock(fd.get(), LOCK_EX) != 0) continue;
        struct stat held{};
        struct stat there{};
        if (::fstat(fd.get(), &held) == 0 && ::stat(runs_folder, &there) == 0 && held.st_ino == there.st_ino) return fd;
    }
    return fail(ErrorCode::internal, fmt::format("could not lock \"{}\"", runs_folder));
}

base::UniqueFd try_lock(const std::filesystem::path& folder) {
    base::UniqueFd fd(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
    return fd;
}

std::vector<ProcessId> recorded(const std::filesystem::path& folder) {
    std::vector<ProcessId> processes;
    auto text = read_file(folder / "processes");
    if (!text) return processes;
    std::istringstream lines(*text);
    ProcessId process;
    while (lines >> process.pid >> process.began) processes.push_back(process);
    return processes;
}

// Where no run is left, the kernel's values are put back and the folder of runs goes.
void leave_runs() {
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(runs_folder, failed))
        if (entry.is_directory(failed)) return;
    std::istringstream lines(read_file(kernel_values).value_or(""));
    std::string file;
    std::string value;
    while (lines >> file >> value)
        if (const auto set = set_kernel_value(file, value); !set) base::log(base::LogLevel::warning, set.error().sentence);
    ::unlink(kernel_values);
    ::rmdir(runs_folder);
}

// The folder goes last: as long as something is left, it can be found.
Result<void> remove_run(const std::string& id, const std::filesystem::path& folder) {
    std::vector<ProcessId> processes = recorded(folder);
    for (const char* role : roles)
        for (const auto& process : processes_in_netns(fmt::format("douse-{}-{}", id, role))) processes.push_back(process);
    for (const auto& process : processes) end_process(process);
    const Deadline deadline = base::deadline_in(gone_within);
    for (const auto& process : processes)
        while (is_alive(process)) {
            if (base::left_until(deadline) == Millis{0})
                return fail(ErrorCode::timed_out, fmt::format("process {} of drill {} doesn't end", process.pid, id));
            std::this_thread::sleep_for(Millis{5});
        }
    for (const char* role : roles) {
        const std::string name = fmt::format("douse-{}-{}", id, role);
        if (std::filesystem::exists(named_netns(name))) TRY(must_run({"ip", "netns", "delete", name}));
    }
    std::vector<std::filesystem::path> folders;
    std::istringstream lines(read_file(folder / folders_file).value_or(""));
    for (std::string line; std::getline(lines, line);) folders.emplace_back(line);
    folders.push_back(folder);
    for (const auto& each : folders) {
        std::error_code failed;
        std::filesystem::remove_all(each, failed);
        if (failed) return fail(ErrorCode::internal, fmt::format("could not remove \"{}\"", each.string()), failed.message());
    }
    leave_runs();
    return {};
}

}  // namespace

Run::Run(std::string id, std::filesystem::path folder, base::UniqueFd lock)
    : id_(std::move(id)), folder_(std::move(folder)), lock_(std::move(lock)) {}

Result<Run> Run::begin(std::string id) {
    TRY(const base::UniqueFd runs, lock_runs());
    if (id.empty()) id = base::random_token().substr(0, 6);
    const std::filesystem::path folder = std::filesystem::path(runs_folder) / id;
    if (::mkdir(folder.c_str(), 0700) != 0)
        return fail(ErrorCode::conflict, fmt::format("there is a drill \"{}\" already", id), std::strerror(errno));
    base::UniqueFd lock = try_lock(folder);
    if (!lock) return fail(ErrorCode::internal, fmt::format("could not lock \"{}\"", folder.string()), std::strerror(errno));
    return Run(std::move(id), folder, std::move(lock));
}

Result<void> Run::record(const ProcessId& process) const {
    const base::UniqueFd fd(::open((folder_ / "processes").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    const std::string line = fmt::format("{} {}\n", process.pid, process.began);
    if (!fd || ::write(fd.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return fail(ErrorCode::exhausted, "could not record a process of the drill", std::strerror(errno));
    return {};
}

Result<std::filesystem::path> Run::make_folder() const {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("douse-drill-" + id_);
    TRY(write_file(folder_ / folders_file, folder.string() + "\n", 0600));
    if (::mkdir(folder.c_str(), 0700) != 0) {
        const int why = errno;
        ::unlink((folder_ / folders_file).c_str());  // what stands there is somebody else's, and stays
        return fail(ErrorCode::exhausted, fmt::format("could not make \"{}\"", folder.string()), std::strerror(why));
    }
    return folder;
}

Result<void> Run::raise_kernel_value(const std::filesystem::path& file, int value) {
    TRY(const base::UniqueFd runs, lock_runs());
    TRY(const std::string text, read_file(file));
    int now = value;
    std::from_chars(text.data(), text.data() + text.size(), now);
    if (now >= value) return {};
    // The first to raise it notes what it was; a second line could only say what a drill had made of it.
    std::string noted = read_file(kernel_values).value_or("");
    if (noted.find(file.string()) == std::string::npos) TRY(write_file(kernel_values, noted + fmt::format("{} {}\n", file.string(), now), 0600));
    return set_kernel_value(file, std::to_string(value));
}

Result<void> Run::end() {
    TRY(const base::UniqueFd runs, lock_runs());
    TRY(remove_run(id_, folder_));
    lock_.reset();
    return {};
}

Result<std::vector<std::string>> Run::clean_up_dead() {
    std::vector<std::string> removed;
    if (!std::filesystem::exists(runs_folder)) return removed;
    TRY(const base::UniqueFd runs, lock_runs());
    std::error_code failed;
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(runs_folder, failed)) {
        if (entry.is_directory(failed)) folders.push_back(entry.path());
    }
    for (const auto& folder : folders) {
        const base::UniqueFd lock = try_lock(folder);
        if (!lock) continue;  // it lives
        // The others are removed all the same, and a new drill doesn't meet what is left: its names are others.
        if (const auto gone = remove_run(folder.filename().string(), folder); !gone) {
            base::log(base::LogLevel::warning, fmt::format("of a dead drill something stays: {}", gone.error().sentence));
            continue;
        }
        removed.push_back(folder.filename().string());
    }
    leave_runs();
    return removed;
}

}  // namespace douse::drill
