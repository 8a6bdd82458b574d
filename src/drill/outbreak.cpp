// SPDX-License-Identifier: Apache-2.0
#include "drill/outbreak.hpp"

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "drill/files.hpp"
#include "drill/marker_parts.hpp"
#include "drill/netns.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace douse::drill {
namespace {

constexpr double marks_per_second_each = 0.06;
constexpr double least_marks_per_second = 0.25;
constexpr double local_preference = 0.7;
constexpr int targets_per_mark = 3;       // tried, before the mark waits for the next step
constexpr size_t machines_per_mark = 16;  // a step makes one mark at most, and one more for each so many machines
constexpr Millis longest_step{2000};      // a pause of the host's makes no burst
constexpr Millis answer_within{500};
constexpr Millis left_alone{4000};
constexpr Millis step_every{1000};

// On a full disk the marker takes its room from what fills it, and what is left over is filled again.
Result<void> write_on_full_disk(const std::filesystem::path& ballast, const std::filesystem::path& file, std::string_view bytes, mode_t mode) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(ballast, failed);
    const uint64_t need = bytes.size() + 65536;
    if (failed || size < need) return fail(ErrorCode::exhausted, fmt::format("no room for \"{}\"", file.string()));
    std::filesystem::resize_file(ballast, size - need, failed);
    auto wrote = write_file(file, bytes, mode);
    const base::UniqueFd fd(::open(ballast.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    const std::vector<char> zeros(4096);
    while (fd && ::write(fd.get(), zeros.data(), zeros.size()) > 0) {
    }
    return wrote;
}

Result<void> put(const Lab& lab, const Machine& machine, const char* path, std::string_view bytes, mode_t mode) {
    const auto file = lab.files(machine) / path;
    auto wrote = write_file(file, bytes, mode);
    if (wrote || wrote.error().code != ErrorCode::exhausted) return wrote;
    return write_on_full_disk(lab.files(machine) / ballast_path, file, bytes, mode);
}

bool is_target(const Machine& machine) {
    return machine.service == Service::vulnerable;
}

}  // namespace

bool has_marker(const Lab& lab, const Machine& machine) {
    const auto files = lab.files(machine);
    std::error_code failed;
    return std::ranges::any_of(std::array{marker_file, marker_program, marker_job},
                               [&](const char* part) { return std::filesystem::exists(files / part, failed); });
}

Result<void> place_marker(const Lab& lab, const Machine& machine) {
    TRY(const std::string program, read_file(lab.marker_program()));
    TRY(put(lab, machine, marker_program, program, 0755));
    TRY(put(lab, machine, marker_file, machine.name + "\n", 0644));
    TRY(put(lab, machine, marker_job, fmt::format("* * * * * root /{} --ensure\n", marker_program), 0644));
    TRY(lab.run_on(machine, {fmt::format("/{}", marker_program), "--ensure"}));
    return {};
}

Outbreak::Outbreak(Lab& lab) : lab_(lab), chance_(lab.organisation().seed ^ 0x6d61726b65720000ULL) {}
Outbreak::~Outbreak() {
    stop();
}

bool Outbreak::mark(const Machine& machine, Timestamp now) {
    const base::MutexLock placing(placing_);
    if (auto placed = place_marker(lab_, machine); !placed) {
        base::log(base::LogLevel::debug, fmt::format("no mark on {}: {}", machine.label, placed.error().sentence));
        // A part that lies there already is an infection, whoever could have seen the rest.
        if (!has_marker(lab_, machine)) return false;
    }
    const base::MutexLock lock(mutex_);
    history_.push_back({machine.number, clock_ != nullptr ? clock_->now() : now});
    return true;
}

Result<void> Outbreak::begin(Timestamp now) {
    for (const auto& machine : lab_.organisation().machines)
        if (machine.infected_at_start && !mark(machine, now)) return fail(ErrorCode::internal, fmt::format("{} could not be marked", machine.label));
    last_step_ = now;
    return {};
}

int Outbreak::step(Timestamp now) {
    std::vector<const Machine*> infected;
    std::vector<const Machine*> clean;
    for (const auto& machine : lab_.organisation().machines) {
        if (!lab_.is_up(machine)) continue;
        if (has_marker(lab_, machine)) {
            infected.push_back(&machine);
        } else if (is_target(machine) && !fixed_.contains(machine.number)) {
            const auto wait = not_before_.find(machine.number);
            if (wait == not_before_.end() || wait->second <= now) clean.push_back(&machine);
        }
    }
    const Millis passed = std::clamp(now - last_step_, Millis{0}, longest_step);
    last_step_ = now;
    if (infected.empty() || clean.empty()) return 0;
    pressure_ += std::max(least_marks_per_second, marks_per_second_each * static_cast<double>(infected.size())) *
                 std::chrono::duration<double>(passed).count();
    const auto most = static_cast<double>(1 + lab_.organisation().machines.size() / machines_per_mark);
    pressure_ = std::min(pressure_, most + 0.99);
    int made = 0;
    for (auto due = static_cast<int>(std::floor(pressure_)); due > 0 && !clean.empty(); --due) {
        pressure_ -= 1;
        for (int tries = 0; tries < targets_per_mark && !clean.empty(); ++tries)
            if (spread_once(infected, clean, now)) {
                ++made;
                break;
            }
    }
    return made;
}

const Machine* Outbreak::choose_target(const Machine& from, const std::vector<const Machine*>& clean) {
    std::vector<const Machine*> near;
    for (const Machine* machine : clean)
        if (machine->interfaces.front().segment == from.interfaces.front().segment) near.push_back(machine);
    const auto& among = !near.empty() && chance_.happens(local_preference) ? near : clean;
    return among[chance_.below(among.size())];
}

bool Outbreak::spread_once(std::vector<const Machine*>& infected, std::vector<const Machine*>& clean, Timestamp now) {
    const Machine& from = *infected[chance_.below(infected.size())];
    const Machine& to = *choose_target(from, clean);
    std::erase(clean, &to);
    Result<std::string> version = fail(ErrorCode::unreachable, "not asked");
    const auto entered = run_in_netns(lab_.netns(from), [&] { version = ask_service_version({to.address(), service_port}, answer_within); });
    if (entered && version && *version == fixed_version) {
        fixed_.insert(to.number);
        return false;
    }
    if (entered && version && mark(to, now)) {
        infected.push_back(&to);
        return true;
    }
    not_before_[to.number] = now + left_alone;
    return false;
}

void Outbreak::run(const base::Clock& clock) {
    clock_ = &clock;
    thread_ = std::jthread([this, &clock](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        while (!stop.stop_requested()) {
            step(clock.now());
            std::unique_lock lock(mutex);
            stopped.wait_for(lock, stop, step_every, [] { return false; });
        }
    });
}

void Outbreak::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    clock_ = nullptr;
}

int Outbreak::marks() const {
    const base::MutexLock lock(mutex_);
    return static_cast<int>(history_.size());
}

int Outbreak::marks_since(Timestamp since) const {
    const base::MutexLock placing(placing_);
    const base::MutexLock lock(mutex_);
    return static_cast<int>(std::ranges::count_if(history_, [since](const Mark& mark) { return mark.at >= since; }));
}

std::vector<Mark> Outbreak::history() const {
    const base::MutexLock lock(mutex_);
    return history_;
}

}  // namespace douse::drill
