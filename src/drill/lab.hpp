// SPDX-License-Identifier: Apache-2.0
// The drill's machines, made for real: each has network, mount, UTS, IPC and PID namespaces of its own, a file system overlay
// and package database, host name, machine-id, boot id and host key, an OpenSSH server, cron and the drill's service.
//
// A machine is a process (drill-machine) that ends when this one does, however it does; namespaces and the run's folder are
// then removed by the next start. 48 machines take a few seconds and about 5 MB each.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "drill/organisation.hpp"
#include "drill/package.hpp"
#include "drill/process.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace douse::drill {

struct LabProgress {
    std::string_view doing;  // "starting machines"
    size_t done = 0;
    size_t of = 0;  // 0: no number is known
};

struct LabOptions {
    std::filesystem::path cache;  // where packages and the shared tree are kept, e.g. build/lab
    std::filesystem::path tools;  // where drill-machine and drill-marker are; empty: beside the running program
    std::string run_id;           // empty: a free one
    std::function<void(const LabProgress&)> progress;
};

// Calls counted on the machine itself, where nobody can miscount them for Douse.
struct CallCounts {
    int dpkg = 0;          // real installs: -i, --install, --unpack
    int dpkg_refused = 0;  // of these, ones that met dpkg's lock and so did nothing
    int restart = 0;       // of the service
    bool operator==(const CallCounts&) const = default;
};

class Lab {
public:
    // Root, Linux, and the programs that it needs? unsupported or denied, with a sentence that says what is missing.
    [[nodiscard]] static Result<void> can_run();
    // What dead runs left, removed; their ids. Never a living one.
    [[nodiscard]] static Result<std::vector<std::string>> clean_up_dead_runs();

    // Returns when every machine is up; nothing stays behind on failure or when stopped (cancelled). Cleans up dead runs first.
    [[nodiscard]] static Result<std::unique_ptr<Lab>> make(Organisation organisation, LabOptions options, std::stop_token stop = {});
    ~Lab();  // down(), with a warning if something stays
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;
    // Ends every machine and every recorded process, then removes what was made. After it succeeded further calls do nothing; what
    // stays after an error is found by the next drill.
    [[nodiscard]] Result<void> down();

    [[nodiscard]] const Organisation& organisation() const;
    [[nodiscard]] const std::string& run_id() const;
    [[nodiscard]] const std::filesystem::path& run_folder() const;
    [[nodiscard]] const Packages& packages() const;
    [[nodiscard]] std::filesystem::path private_key() const;  // what opens root's account on the machines
    [[nodiscard]] std::filesystem::path marker_program() const;

    // The namespace in which Douse's server is to live, and work done in it. See netns.hpp.
    [[nodiscard]] const std::string& console_netns() const;
    [[nodiscard]] Result<void> run_in_console(const std::function<void()>& work) const;
    [[nodiscard]] const std::string& router_netns() const;
    // A process to be ended with the lab, also when the lab itself was killed: Douse's server.
    [[nodiscard]] Result<void> record_process(int pid);
    // For what holds secrets of the run, like the server's database: removed with the lab, also when it was killed.
    [[nodiscard]] Result<std::filesystem::path> make_folder() const;
    [[nodiscard]] Result<uint64_t> out_of_scope_packets() const;

    // What a reboot does. Blocks until the machine is up again. timed_out.
    [[nodiscard]] Result<void> restart(const Machine& machine, Millis timeout = Millis{30'000});
    // Its sshd starts again with another key, and its sessions end. Blocks until it listens.
    [[nodiscard]] Result<void> change_host_key(const Machine& machine, Millis timeout = Millis{30'000});
    [[nodiscard]] Result<void> laptops_arrive();

    [[nodiscard]] bool is_up(const Machine& machine) const;
    [[nodiscard]] int boots(const Machine& machine) const;
    [[nodiscard]] Result<CallCounts> counts(const Machine& machine) const;
    // Its file system as the host reaches it. Absolute symbolic links in it lead to the host: open plain paths only.
    [[nodiscard]] std::filesystem::path files(const Machine& machine) const;
    [[nodiscard]] int init_pid(const Machine& machine) const;  // of its pid 1, as the host numbers it; 0 while it is off
    [[nodiscard]] std::filesystem::path netns(const Machine& machine) const;
    // Runs a program in the machine as its root; its output. Words, no shell.
    [[nodiscard]] Result<std::string> run_on(const Machine& machine, const std::vector<std::string>& words) const;
    [[nodiscard]] std::string enter_command(const Machine& machine) const;

private:
    struct Inside;
    explicit Lab(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

}  // namespace douse::drill
