// SPDX-License-Identifier: Apache-2.0
#include "drill/lab.hpp"

#include "base/log.hpp"
#include "drill/files.hpp"
#include "drill/guests.hpp"
#include "drill/netns.hpp"
#include "drill/network.hpp"
#include "drill/program.hpp"
#include "drill/rootfs.hpp"
#include "drill/run.hpp"

#include <fmt/format.h>
#include <libssh/libssh.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>

namespace douse::drill {
namespace {

constexpr Millis each_up_within{30'000};  // and on top for every machine, on a busy host
constexpr Millis more_for_each{1'000};
constexpr int usual_disk_mib = 256;
constexpr int small_disk_mib = 24;

// With --root, because where this process lives in a chroot, a mount namespace's own root is not the machine's.
constexpr std::array<std::string_view, 8> enter_options{"--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--"};

struct KeyPair {
    std::filesystem::path file;
    std::string line;  // for authorized_keys
};

Result<KeyPair> make_key(const std::filesystem::path& file) {
    ssh_key key = nullptr;
    char* blob = nullptr;
    const bool made = ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK &&
                      ssh_pki_export_privkey_file(key, nullptr, nullptr, nullptr, file.c_str()) == SSH_OK &&
                      ssh_pki_export_pubkey_base64(key, &blob) == SSH_OK;
    KeyPair pair{file, made ? fmt::format("ssh-ed25519 {} drill", blob) : ""};
    ssh_string_free_char(blob);
    ssh_key_free(key);
    if (!made || ::chmod(file.c_str(), 0600) != 0) return fail(ErrorCode::internal, "could not make the drill's key");
    return pair;
}

std::string_view name_of(Service service) {
    return service == Service::none ? "none" : service == Service::fixed ? "fixed" : "vulnerable";
}

std::string_view name_of(Ssh ssh) {
    switch (ssh) {
        case Ssh::accepts: return "accepts";
        case Ssh::refuses: return "refuses";
        case Ssh::hangs: return "hangs";
        case Ssh::absent: return "absent";
    }
    return "absent";
}

int count_lines(std::string_view text, std::string_view ending) {
    int count = 0;
    for (size_t from = 0; from < text.size();) {
        const size_t end = std::min(text.find('\n', from), text.size());
        count += text.substr(from, end - from).ends_with(ending) ? 1 : 0;
        from = end + 1;
    }
    return count;
}

}  // namespace

struct Lab::Inside {
    Organisation organisation;
    LabOptions options;
    Packages packages;
    Rootfs rootfs;
    std::optional<Run> run;
    KeyPair key;
    std::optional<Network> network;
    Guests guests;  // after `run`: ended first

    void announce(std::string_view doing, size_t done = 0, size_t of = 0) const {
        if (options.progress) options.progress({doing, done, of});
    }

    [[nodiscard]] MachineSpec spec_of(const Machine& machine) const {
        MachineSpec spec;
        auto& words = spec.words;
        words["name"] = machine.name;
        words["machine-id"] = machine.machine_id;
        words["root"] = (run->folder() / "root").string();
        words["lower"] = rootfs.tree.string();
        words["key"] = key.line;
        words["deb"] = packages.fixed.file.string();
        words["disk"] = std::to_string(machine.kind == Kind::disk_full ? small_disk_mib : usual_disk_mib);
        words["service"] = name_of(machine.service);
        words["ssh"] = name_of(row_of(machine.kind).ssh);
        for (const auto& interface : machine.interfaces)
            words[interface.name] = fmt::format("{}/{}", interface.address.text(), organisation.segment_of(machine, interface).prefix);
        words["gateway"] = organisation.segment_of(machine, machine.interfaces.front()).gateway.text();
        if (machine.kind == Kind::lying_executor) words["lies"] = "1";
        if (machine.kind == Kind::dpkg_locked) words["locks"] = "1";
        if (machine.kind == Kind::needs_reboot) words["needs-restart"] = "1";
        if (machine.kind == Kind::disk_full) words["full"] = "1";
        return spec;
    }

    Result<void> start_machines(const std::stop_token& stop) {
        const auto machines = organisation.real_machines();
        const Deadline deadline = base::deadline_in(each_up_within + more_for_each * static_cast<int>(machines.size()));
        std::filesystem::create_directory(run->folder() / "root");
        for (const Machine* machine : machines) {
            TRY(const ProcessId process, guests.start(machine->number, options.tools / "drill-machine", spec_of(*machine),
                                                      run->folder() / fmt::format("machine-{}.log", machine->number)));
            TRY(run->record(process));
        }
        TRY(guests.wait_for_all([](const GuestState& guest) { return guest.has_network; }, deadline, stop, {}));
        TRY(network->plug_in(guests.supervisors()));
        for (const Machine* machine : machines) guests.tell(machine->number, 'g');
        const auto counted = [&](size_t up) { announce("starting machines", up, machines.size()); };
        counted(0);
        return guests.wait_for_all([](const GuestState& guest) { return guest.up; }, deadline, stop, counted);
    }
};

Lab::Lab(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Lab::~Lab() {
    if (const auto gone = down(); !gone) base::log(base::LogLevel::warning, "of the drill's machines something stays: " + gone.error().sentence);
}

Result<void> Lab::can_run() {
    if (::geteuid() != 0) return fail(ErrorCode::denied, "a drill's machines need root", "not uid 0", "run it with sudo");
    constexpr std::array<std::array<std::string_view, 2>, 9> programs{{{"ip", "iproute2"},
                                                                       {"tc", "iproute2"},
                                                                       {"nft", "nftables"},
                                                                       {"nsenter", "util-linux"},
                                                                       {"chroot", "coreutils"},
                                                                       {"dpkg-deb", "dpkg"},
                                                                       {"apt-get", "apt"},
                                                                       {"apt-config", "apt"},
                                                                       {"mmdebstrap", "mmdebstrap"}}};
    for (const auto& [program, package] : programs)
        if (find_program(program).empty())
            return fail(ErrorCode::unsupported, fmt::format("a drill's machines need the program \"{}\"", program), {},
                        fmt::format("apt-get install {}", package));
    return {};
}

Result<std::vector<std::string>> Lab::clean_up_dead_runs() {
    return Run::clean_up_dead();
}

Result<std::unique_ptr<Lab>> Lab::make(Organisation organisation, LabOptions options, std::stop_token stop) {
    TRY(can_run());
    TRY([[maybe_unused]] const auto removed, clean_up_dead_runs());
    auto inside = std::make_unique<Inside>();
    inside->organisation = std::move(organisation);
    inside->options = std::move(options);
    std::error_code failed;
    if (inside->options.tools.empty()) inside->options.tools = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    for (const char* tool : {"drill-machine", "drill-marker"})
        if (!std::filesystem::exists(inside->options.tools / tool, failed))
            return fail(ErrorCode::not_found, fmt::format("no \"{}\" in \"{}\"", tool, inside->options.tools.string()));
    std::filesystem::create_directories(inside->options.cache, failed);
    inside->options.cache = std::filesystem::canonical(inside->options.cache, failed);
    TRY(inside->packages, build_packages(inside->options.cache));
    TRY(inside->rootfs, make_rootfs(inside->options.cache, inside->packages, [&](std::string_view doing) { inside->announce(doing); }));
    TRY(Run run, Run::begin(inside->options.run_id));
    inside->run.emplace(std::move(run));
    std::unique_ptr<Lab> lab(new Lab(std::move(inside)));  // from here on its destructor cleans up
    Inside& made = *lab->inside_;
    made.announce("laying the network");
    TRY(made.key, make_key(made.run->folder() / "key"));
    TRY(Network network, Network::make(*made.run, made.organisation));
    made.network.emplace(std::move(network));
    TRY(made.start_machines(stop));
    return lab;
}

Result<void> Lab::down() {
    if (!inside_->run) return {};
    inside_->guests.end_all();
    TRY(inside_->run->end());
    inside_->run.reset();
    return {};
}

const Organisation& Lab::organisation() const {
    return inside_->organisation;
}
const std::string& Lab::run_id() const {
    return inside_->run->id();
}
const std::filesystem::path& Lab::run_folder() const {
    return inside_->run->folder();
}
const Packages& Lab::packages() const {
    return inside_->packages;
}
std::filesystem::path Lab::private_key() const {
    return inside_->key.file;
}
std::filesystem::path Lab::marker_program() const {
    return inside_->options.tools / "drill-marker";
}
const std::string& Lab::console_netns() const {
    return inside_->network->console();
}
const std::string& Lab::router_netns() const {
    return inside_->network->router();
}
Result<void> Lab::run_in_console(const std::function<void()>& work) const {
    return run_in_netns(named_netns(console_netns()), work);
}
Result<uint64_t> Lab::out_of_scope_packets() const {
    return inside_->network->out_of_scope_packets();
}
Result<void> Lab::laptops_arrive() {
    return inside_->network->plug_in_laptops();
}

Result<void> Lab::record_process(int pid) {
    const auto process = process_of(pid);
    if (!process) return fail(ErrorCode::not_found, fmt::format("no process {}", pid));
    return inside_->run->record(*process);
}

Result<std::filesystem::path> Lab::make_folder() const {
    return inside_->run->make_folder();
}

Result<void> Lab::restart(const Machine& machine, Millis timeout) {
    const int before = inside_->guests.state_of(machine.number).boots;
    inside_->guests.tell(machine.number, 'r');
    return inside_->guests.wait_for(
        machine.number, [before](const GuestState& guest) { return guest.up && guest.boots > before; }, base::deadline_in(timeout));
}

Result<void> Lab::change_host_key(const Machine& machine, Millis timeout) {
    const int before = inside_->guests.state_of(machine.number).host_keys;
    inside_->guests.tell(machine.number, 'k');
    return inside_->guests.wait_for(
        machine.number, [before](const GuestState& guest) { return guest.host_keys > before; }, base::deadline_in(timeout));
}

bool Lab::is_up(const Machine& machine) const {
    return inside_->guests.state_of(machine.number).up;
}
int Lab::boots(const Machine& machine) const {
    return inside_->guests.state_of(machine.number).boots;
}
int Lab::init_pid(const Machine& machine) const {
    return inside_->guests.state_of(machine.number).init;
}

std::filesystem::path Lab::files(const Machine& machine) const {
    return fmt::format("/proc/{}/root/m", inside_->guests.state_of(machine.number).supervisor.pid);
}

std::filesystem::path Lab::netns(const Machine& machine) const {
    return netns_of_process(inside_->guests.state_of(machine.number).supervisor.pid);
}

Result<CallCounts> Lab::counts(const Machine& machine) const {
    const std::filesystem::path folder = fmt::format("/proc/{}/root/counts", inside_->guests.state_of(machine.number).supervisor.pid);
    std::error_code failed;
    if (!std::filesystem::is_directory(folder, failed))
        return fail(ErrorCode::unreachable, fmt::format("{}: its counts can't be read", machine.label), failed.message());
    const auto text_of = [&](const char* name) { return read_file(folder / name).value_or(""); };
    const std::string dpkg = text_of("dpkg");
    return CallCounts{
        .dpkg = count_lines(dpkg, " called"), .dpkg_refused = count_lines(dpkg, " refused"), .restart = count_lines(text_of("restart"), " called")};
}

Result<std::string> Lab::run_on(const Machine& machine, const std::vector<std::string>& words) const {
    const int init = init_pid(machine);
    if (init == 0) return fail(ErrorCode::unreachable, fmt::format("{} is off", machine.label));
    std::vector<std::string> line{"nsenter", fmt::format("--target={}", init)};
    line.insert(line.end(), enter_options.begin(), enter_options.end());
    line.insert(line.end(), words.begin(), words.end());
    auto ran = must_run(line);
    if (!ran) return within(machine.label, std::move(ran).error());
    return ran;
}

std::string Lab::enter_command(const Machine& machine) const {
    const bool by_sudo = std::getenv("SUDO_UID") != nullptr;  // who reads it is not root then
    return fmt::format("{}nsenter --target={} {} bash -l", by_sudo ? "sudo " : "", init_pid(machine), fmt::join(enter_options, " "));
}

}  // namespace douse::drill
