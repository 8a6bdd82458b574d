// SPDX-License-Identifier: Apache-2.0
#include "drill/truth.hpp"

#include "drill/files.hpp"
#include "drill/machine/faults.hpp"
#include "drill/marker_parts.hpp"
#include "drill/netns.hpp"
#include "drill/package.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <vector>

namespace douse::drill {
namespace {

using model::Disposition;
using model::NeedsHands;
using model::TaskState;

constexpr Millis answer_within{2000};

// From dpkg's own table of what is installed.
std::string installed_version(const std::filesystem::path& files) {
    std::istringstream lines(read_file(files / "var/lib/dpkg/status").value_or(""));
    bool ours = false;
    bool installed = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) ours = installed = false;
        if (line == "Package: drill-svc") ours = true;
        if (ours && line.starts_with("Status: ")) installed = line.ends_with(" installed");
        if (ours && installed && line.starts_with("Version: ")) return line.substr(line.find(' ') + 1);
    }
    return {};
}

// By the machine's own /proc, which shows its own processes only. The kernel names the file as seen from our root; where that
// is a chroot, something stands before the path.
bool process_runs(int init, const std::string& program) {
    const std::filesystem::path processes = fmt::format("/proc/{}/root/proc", init);
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(processes, failed)) {
        if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) == 0) continue;
        const auto exe = std::filesystem::read_symlink(entry.path() / "exe", failed).string();
        if (exe.ends_with(program) || exe.ends_with(program + " (deleted)")) return true;
    }
    return false;
}

std::string describe(Disposition disposition, const std::optional<TaskState>& task, NeedsHands reason) {
    return fmt::format("{}, {}{}", model::name_of(disposition), task ? fmt::format("task {}", model::name_of(*task)) : "no task",
                       reason == NeedsHands::none ? "" : fmt::format(": {}", model::name_of(reason)));
}

bool is(Disposition said, Disposition wanted) {
    return said == wanted || (said == Disposition::infected_isolated && wanted == Disposition::infected);
}

struct Allowed {
    std::vector<Disposition> dispositions;  // any of them; the first is named as the truth
    std::vector<std::optional<TaskState>> tasks;
};

Allowed allowed_for(Kind kind, const MachineTruth& truth) {
    const Disposition real = true_disposition(truth);
    switch (row_of(kind).ending) {
        case Ending::fixed: return {{Disposition::fixed}, {TaskState::verified}};
        case Ending::already_fixed: return {{Disposition::fixed}, {std::nullopt, TaskState::verified}};
        case Ending::not_affected: return {{Disposition::not_affected}, {std::nullopt, TaskState::verified}};
        case Ending::as_the_truth_is: return {{real}, {TaskState::needs_hands}};
        case Ending::as_seen_outside: return {{real, disposition_seen_outside(truth)}, {TaskState::needs_hands}};
        case Ending::exempt: return {{Disposition::exempt}, {std::nullopt}};
        case Ending::retired:
        case Ending::not_counted: break;
    }
    return {};
}

// Whatever the row allows, a claim of good news must be true.
bool is_true(Disposition said, const MachineTruth& truth) {
    switch (said) {
        case Disposition::fixed:
        case Disposition::not_affected: return true_disposition(truth) == said;
        default: return true;
    }
}

}  // namespace

Result<MachineTruth> read_truth(const Lab& lab, const Machine& machine) {
    const int init = lab.init_pid(machine);
    if (init == 0) return fail(ErrorCode::unreachable, fmt::format("{} is off", machine.label));
    const auto files = lab.files(machine);
    std::error_code failed;
    MachineTruth truth;
    truth.marker_file = std::filesystem::exists(files / marker_file, failed);
    truth.marker_program = std::filesystem::exists(files / marker_program, failed);
    truth.marker_job = std::filesystem::exists(files / marker_job, failed);
    truth.marker_runs = process_runs(init, fmt::format("/{}", marker_program));
    truth.installed_version = installed_version(files);
    truth.restart_waiting = std::filesystem::exists(fmt::format("/proc/{}/root/run/reboot-required", init), failed);
    truth.lock_taken = std::filesystem::exists(files / std::string_view(lock_taken_file).substr(1), failed);
    const Address itself = Address::v4(0x7f000001);
    TRY(run_in_netns(lab.netns(machine), [&] {
        truth.running_version = ask_service_version({itself, service_port}, answer_within).value_or("");
        truth.marker_listens = connect_to({itself, marker_port}, answer_within).has_value();
    }));
    TRY(run_in_netns(named_netns(lab.router_netns()), [&] {
        truth.answers_outside = connect_to({machine.address(), service_port}, answer_within).has_value() ||
                                connect_to({machine.address(), marker_port}, answer_within).has_value();
    }));
    TRY(truth.counts, lab.counts(machine));
    return truth;
}

Disposition true_disposition(const MachineTruth& truth) {
    if (truth.infected()) return Disposition::infected;
    if (truth.installed_version.empty() && truth.running_version.empty()) return Disposition::not_affected;
    const bool fixed = truth.running_version == fixed_version && truth.installed_version == fixed_version && !truth.restart_waiting;
    return fixed ? Disposition::fixed : Disposition::vulnerable;
}

Disposition disposition_seen_outside(const MachineTruth& truth) {
    if (!truth.answers_outside) return Disposition::unknown;
    if (truth.marker_listens) return Disposition::infected;
    // The fixed version from outside doesn't rule out an infection, so it isn't enough for fixed.
    return !truth.running_version.empty() && truth.running_version != fixed_version ? Disposition::vulnerable : Disposition::unknown;
}

Judgement judge(Kind kind, const MachineTruth& truth, const std::optional<Booked>& booked) {
    const Allowed allowed = allowed_for(kind, truth);
    if (allowed.dispositions.empty()) return {.agrees = false, .said = booked ? "on the books" : "absent", .truth = "not counted"};
    Judgement judgement;
    // For a machine that had to be repaired and isn't, the truth is how it is, not how the row would have it.
    const bool repaired = is_repairable(kind) ? true_disposition(truth) == allowed.dispositions.front() : true;
    judgement.truth = describe(repaired ? allowed.dispositions.front() : true_disposition(truth), allowed.tasks.front(), row_of(kind).reason);
    if (!booked) {
        judgement.said = "absent";
        return judgement;
    }
    judgement.said = describe(booked->disposition, booked->task, booked->reason);
    const bool disposition =
        std::ranges::any_of(allowed.dispositions, [&](Disposition d) { return is(booked->disposition, d); }) && is_true(booked->disposition, truth);
    const bool task = std::ranges::find(allowed.tasks, booked->task) != allowed.tasks.end();
    // A fault that never came is a kind that wasn't played.
    const bool played = kind != Kind::dpkg_locked || truth.lock_taken;
    if (!played) judgement.said += ", and the package lock was never taken";
    judgement.agrees = played && disposition && task && booked->reason == row_of(kind).reason;
    return judgement;
}

}  // namespace douse::drill
