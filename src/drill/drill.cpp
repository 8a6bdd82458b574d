// SPDX-License-Identifier: Apache-2.0
#include "drill/drill.hpp"

#include "base/digest.hpp"
#include "base/log.hpp"
#include "drill/books.hpp"
#include "drill/lab.hpp"
#include "drill/lists.hpp"
#include "drill/outbreak.hpp"
#include "drill/playbook_text.hpp"
#include "drill/plot.hpp"
#include "drill/saboteur.hpp"
#include "drill/served.hpp"
#include "drill/summary.hpp"
#include "drill/truth.hpp"
#include "playbook/parse.hpp"
#include "playbook/sign.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stop_token>
#include <thread>

namespace douse::drill {

namespace {

namespace fs = std::filesystem;

// Progress on stderr: one rewritten line on a terminal, whole lines elsewhere.
class Telling {
public:
    void say(std::string_view sentence) {
        clear();
        std::cerr << fmt::format("{:>5.0f} s  {}\n", elapsed(), sentence);
    }
    void bar(const LabProgress& progress) {
        if (!terminal_) return;
        std::string line = fmt::format("        {}", progress.doing);
        if (progress.of != 0) {
            const size_t width = 30;
            const size_t full = progress.done * width / progress.of;
            line = fmt::format("        [{}{}] {} of {} {}", std::string(full, '#'), std::string(width - full, '.'), progress.done, progress.of,
                               progress.doing);
        }
        std::cerr << "\r\033[K" << line << std::flush;
        drawn_ = true;
    }
    [[nodiscard]] double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count(); }

private:
    void clear() {
        if (drawn_) std::cerr << "\r\033[K";
        drawn_ = false;
    }
    const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool drawn_ = false;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

std::string slurp(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

void write_file(const fs::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary);
    out << text;
}

fs::path own_program() {
    return fs::read_symlink("/proc/self/exe");
}

// The one that the caller named. Nothing yet, if none: a temporary one goes with the lab, and is made when that is there.
Result<fs::path> named_folder(const fs::path& wanted) {
    if (wanted.empty()) return fs::path{};
    std::error_code error;
    fs::create_directories(wanted, error);
    if (error) return fail(ErrorCode::invalid, fmt::format("cannot make the folder {}: {}", wanted.string(), error.message()));
    if (fs::exists(wanted / "douse.db")) {
        return fail(ErrorCode::conflict, fmt::format("{} holds a database already", wanted.string()), "",
                    "a drill begins with an empty one: name another folder");
    }
    return wanted;
}

// The playbook with its file's hash filled in, signed by both signers.
Result<Script> script_for(const Lab& lab) {
    Script out;
    const Package& fixed = lab.packages().fixed;
    TRY(out.playbook_yaml, playbook::fill_in_files(playbook_text(), {{"fixed-package", fixed.sha256}}));
    const playbook::Parsed parsed = playbook::parse(out.playbook_yaml, "drill.yaml");
    if (!parsed.playbook) return fail(ErrorCode::internal, "the drill's playbook: " + (parsed.findings.empty() ? "" : parsed.findings[0].text()));
    for (const char* name : {"author", "reviewer"}) {
        const playbook::SigningKey key = playbook::new_signing_key();
        TRY(out.signatures, playbook::sign(*parsed.playbook, key, base::SystemClock{}.now(), out.signatures));
        out.signers.emplace_back(name, playbook::to_base64(key.public_key));
    }
    out.package_name = fixed.file.filename().string();
    out.package_bytes = slurp(fixed.file);
    out.ssh_user = "root";
    out.ssh_private_key = slurp(lab.private_key());
    const Organisation& organisation = lab.organisation();
    for (const AddressRange& range : organisation.scope_ranges()) out.ranges.push_back(range.text());
    const Timestamp now = base::SystemClock{}.now();
    out.directory_csv = directory_csv(organisation, now);
    out.dhcp_leases = dhcp_leases(organisation, now);
    for (const Ghost& ghost : organisation.ghosts) out.gone.push_back(ghost.name);
    out.devices_called = exempt_role;
    out.incident_name = fmt::format("Drill outbreak, seed {}", organisation.seed);
    return out;
}

Result<Cast> cast_for(const Served& server, bool manual) {
    const wire::Target target{.socket = {}, .host = server.host(), .port = server.port()};
    TRY(Played owner, Played::redeem("owner", target, server.owner_link()));
    const auto add = [&](std::string_view name, std::string_view role) -> Result<std::string> {
        TRY(const boost::json::value invitation, owner.act("/api/people", boost::json::object{{"name", name}, {"role", role}}));
        return std::string(invitation.at("link").as_string());
    };
    TRY(const std::string deputy_link, add("deputy", "deputy"));
    TRY(const std::string lead_link, add("lead", "lead"));
    TRY(Played deputy, Played::redeem("deputy", target, deputy_link));
    TRY(Played lead, Played::redeem("lead", target, lead_link));
    for (const char* role : {"owner", "deputy", "lead"}) {
        if (!manual) break;
        TRY(const std::string link, add(fmt::format("you, as {}", role), role));
        std::cerr << fmt::format("        the console as {}: {}\n", role, link);
    }
    return Cast{.owner = std::move(owner), .deputy = std::move(deputy), .lead = std::move(lead)};
}

// A visitor's link, so that the console can be looked at without being one of the played people.
Result<std::string> visitor_link(const Cast& cast) {
    TRY(const boost::json::value invitation, cast.owner.act("/api/people", boost::json::object{{"name", "visitor"}, {"role", "owner"}}));
    return std::string(invitation.at("link").as_string());
}

std::vector<Read> read_truths(const Lab& lab) {
    std::vector<Read> out;
    for (const Machine& machine : lab.organisation().machines) {
        auto truth = read_truth(lab, machine);
        if (truth)
            out.push_back({.truth = std::move(*truth), .why_not = {}});
        else
            out.push_back({.truth = {}, .why_not = truth.error().sentence});
    }
    return out;
}

void wait_for(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, stop, [] { return false; });
}

class Drill {
public:
    Drill(const Options& options, std::stop_token stop) : options_(options), stop_(std::move(stop)) {}

    Result<int> run() {
        TRY(Lab::can_run());
        TRY(Organisation organisation, draw_organisation(static_cast<size_t>(options_.machines), options_.seed));
        TRY(fs::path data, named_folder(options_.data));
        telling_.say(fmt::format("making {} machines in {} buildings", organisation.machines.size(), organisation.buildings));
        LabOptions lab_options{.cache = options_.cache, .tools = own_program().parent_path(), .run_id = {}, .progress = [this](const LabProgress& p) {
                                   telling_.bar(p);
                               }};
        if (lab_options.cache.empty()) lab_options.cache = own_program().parent_path().parent_path().parent_path() / "lab";
        TRY(const std::unique_ptr<Lab> lab, Lab::make(std::move(organisation), std::move(lab_options), stop_));
        if (data.empty()) {
            TRY(data, lab->make_folder());
        }
        const Result<int> code = with_machines(lab, data);
        if (const auto gone = lab->down(); !gone) {
            std::cerr << fmt::format("drill: of its machines something stays: {}\n", gone.error().sentence);
            return 3;
        }
        return code;
    }

    [[nodiscard]] bool made() const { return made_; }

private:
    Result<int> with_machines(const std::unique_ptr<Lab>& lab, const fs::path& data) {
        TRY(const Script script, script_for(*lab));
        TRY(const std::unique_ptr<Served> server, Served::start({.program = own_program(),
                                                                 .data = data,
                                                                 .log = data / "server.log",
                                                                 .listen = options_.listen,
                                                                 .netns = lab->console_netns(),
                                                                 .started = [&lab](int pid) {
                                                                     if (const auto recorded = lab->record_process(pid); !recorded)
                                                                         base::log(base::LogLevel::warning, recorded.error().sentence);
                                                                 }}));
        made_ = true;
        TRY(const Cast cast, cast_for(*server, options_.manual));
        TRY(const std::string visitor, visitor_link(cast));
        telling_.say("the console: " + visitor);

        Outbreak outbreak(*lab);
        const base::SystemClock clock;
        TRY(outbreak.begin(clock.now()));
        const int marks_at_start = outbreak.marks();
        outbreak.run(clock);
        telling_.say(fmt::format("a worm is loose; {} machines are infected", marks_at_start));

        Saboteur saboteur([&server] { server->kill(); }, options_.seed, options_.kill_server);
        const World world{
            .first_login_done = [&] { change_keys(*lab); },
            .wave_started = [&] { report(lab->laptops_arrive()); },
            .marks_since = [&](Timestamp since) { return outbreak.marks_since(since); },
            .hold_outbreak = [&] { outbreak.stop(); },
            .release_outbreak = [&] { outbreak.run(clock); },
            .say = [&](std::string_view sentence) { telling_.say(sentence); },
            .wave_runs = [&](const CampaignSeen& campaign) { saboteur.sees(campaign, std::chrono::steady_clock::now()); },
            .stop = stop_,
        };
        Manner manner{
            .manual = options_.manual, .typed = {.program = own_program().string(), .data = data.string()}, .folder = (data / "papers").string()};
        if (options_.manual) lay_out_papers(manner.folder, script, *lab);
        auto played = play(cast, script, world, manner);
        outbreak.stop();
        if (!played) return std::unexpected(played.error());

        telling_.say("holding the books against the truth");
        const Result<BooksAtEnd> read = read_books(cast.owner, lab->organisation());
        if (!read) {
            std::cerr << fmt::format("The drill is lost: the books can't be read: {}\n{}\n", read.error().sentence, played->because);
            stay(*lab, visitor);
            return 1;
        }
        const BooksAtEnd& books = *read;
        Summary summary = sum_up(lab->organisation(), books, read_truths(*lab));
        TRY(summary.out_of_scope_packets, lab->out_of_scope_packets());
        summary.plot = *played;
        summary.server_restarts = server->restarts();
        summary.kills = saboteur.kills();
        summary.kills_left = saboteur.left();
        summary.manual = options_.manual;
        summary.marks_at_start = marks_at_start;
        summary.marks = outbreak.marks();
        summary.seconds = telling_.elapsed();
        if (options_.json) std::cout << boost::json::serialize(to_json(summary)) << std::endl;
        std::cerr << to_text(summary) << std::endl;
        stay(*lab, visitor);
        return summary.won() ? 0 : 1;
    }

    void change_keys(Lab& lab) {
        for (const Machine& machine : lab.organisation().machines) {
            if (machine.kind == Kind::host_key_changed) report(lab.change_host_key(machine));
        }
    }

    void report(const Result<void>& result) {
        if (!result) telling_.say("the lab: " + result.error().sentence);
    }

    // What an Incident Owner would have in hand: lists, playbook, package and key, for --manual.
    // Whoever became root with sudo pastes the commands into a shell of their own: they may read the papers and reach the socket.
    static void lay_out_papers(const fs::path& folder, const Script& script, const Lab& lab) {
        fs::create_directories(folder);
        write_file(folder / "directory.csv", script.directory_csv);
        write_file(folder / "dhcpd.leases", script.dhcp_leases);
        write_file(folder / "drill.yaml", script.playbook_yaml);
        write_file(folder / "drill.yaml.sig", script.signatures);
        write_file(folder / script.package_name, script.package_bytes);
        fs::copy_file(lab.private_key(), folder / "id", fs::copy_options::overwrite_existing);
        ::chmod(folder.c_str(), 0700);
        ::chmod(folder.parent_path().c_str(), 0711);
        const char* uid = std::getenv("SUDO_UID");
        if (uid == nullptr) return;
        const auto owner = static_cast<uid_t>(std::atoi(uid));
        for (const auto& paper : fs::directory_iterator(folder)) (void)::chown(paper.path().c_str(), owner, static_cast<gid_t>(-1));
        (void)::chown(folder.c_str(), owner, static_cast<gid_t>(-1));
    }

    void stay(const Lab& lab, const std::string& visitor) {
        if (!options_.keep && !options_.stay) return;
        if (options_.keep) {
            std::cerr << "The machines stay up. Enter one with, for example:\n";
            for (const Machine& machine : lab.organisation().machines) {
                if (machine.kind != Kind::plain) continue;
                std::cerr << "  " << lab.enter_command(machine) << "    # " << machine.label << "\n";
                break;
            }
        }
        std::cerr << "The console is open at " << visitor << "\nCtrl-C ends the drill and removes every machine." << std::endl;
        wait_for(stop_);
    }

    const Options& options_;
    const std::stop_token stop_;
    bool made_ = false;  // from here on `invalid` is no usage error
    Telling telling_;
};

}  // namespace

int run(const Options& options) {
    // Ctrl-C must not leave machines behind: the signals are taken by one thread, which asks the drill to end in order. A second one
    // ends the process; its machines die with it, and the next drill removes the namespaces that remain.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::stop_source stop;
    std::jthread watcher([&](const std::stop_token& over) {
        while (!over.stop_requested()) {
            const timespec span{.tv_sec = 0, .tv_nsec = 100'000'000};
            if (::sigtimedwait(&signals, nullptr, &span) <= 0) continue;
            if (!stop.request_stop()) ::_exit(1);
            std::cerr << "\nending; removing the machines" << std::endl;
        }
    });
    Drill drill(options, stop.get_token());
    const Result<int> code = drill.run();
    if (code) return *code;
    std::cerr << "drill: " << code.error().sentence << "\n";
    if (!code.error().hint.empty()) std::cerr << code.error().hint << "\n";
    return code.error().code == ErrorCode::invalid && !drill.made() ? 2 : 3;
}

}  // namespace douse::drill
