// SPDX-License-Identifier: Apache-2.0
// The object graph, top to bottom: reading it shows the system. Everything is built before the first door opens and taken down in
// the opposite order; all that matters is in the store, so that a killed server goes on where it was.
#include "main/serve.hpp"

#include "base/log.hpp"
#include "incident/guard.hpp"
#include "incident/people.hpp"
#include "main/data_folder.hpp"
#include "main/deriver.hpp"
#include "remediate/runner.hpp"
#include "server/server.hpp"
#include "store/ledger_rows.hpp"
#include "store/sweep_rows.hpp"
#include "survey/survey.hpp"
#include "transport/ssh/ssh_transport.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <csignal>
#include <optional>

namespace douse {
namespace {

constexpr std::string_view usual_place = "127.0.0.1:8440";

Result<server::Listen> listen_as_given(const cli::Given& given) {
    server::Listen listen;
    if (given.has("--listen-fd")) {
        TRY(const int64_t fd, given.number("--listen-fd", 3, 1'000'000, -1));
        listen.fd = static_cast<int>(fd);
        return listen;
    }
    const std::string place = given.has("--listen") ? given.one("--listen") : std::string(usual_place);
    const auto where = Endpoint::parse(place);
    if (!where) return fail(ErrorCode::invalid, fmt::format("--listen takes HOST:PORT, not \"{}\"", place));
    listen.where = *where;
    return listen;
}

// Signals are waited for by the main thread alone; every thread made after this inherits the mask.
sigset_t hold_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return signals;
}

// A thousand connections and a sweep's sockets want more descriptors than a shell's usual 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // if it can't be raised, the server only takes fewer connections
}

// The hands, and who uses them; not there with --no-act.
struct Acting {
    Acting(store::Store& store, incident::Guard& guard)
        : survey(
              store, transport, [&guard] { return guard.permit_to_look(); }, survey::Limits{}),
          runner(store, guard, transport, remediate::Limits{}) {}
    transport::SshTransport transport;
    survey::Survey survey;
    remediate::Runner runner;
};

// Evidence is never repaired: what was decided can't be trusted any more, so nothing goes on from it.
Result<void> check_ledger(const store::Store& store) {
    TRY(const store::LedgerCheck check, store.read([](store::Tx& tx) { return store::verify_ledger(tx); }));
    if (check.verified()) return {};
    return fail(ErrorCode::corrupt, fmt::format("the ledger is broken at row {}: {}", *check.first_broken, check.why), {},
                "keep a copy of the data folder as it is, find out who changed it, and start on the last backup");
}

Result<int> serve_until_stopped(const cli::Given& given, cli::Terminal& terminal) {
    TRY(server::Listen listen, listen_as_given(given));
    ::umask(077);
    TRY(const DataFolder data, DataFolder::open(cli::data_folder(given)));
    const sigset_t signals = hold_signals();
    raise_descriptor_limit();
    const bool acts = !given.has("--no-act");

    const base::SystemClock clock;
    server::PlaybookShelf shelf;
    const AssessDeriver deriver(shelf);
    TRY(const std::unique_ptr<store::Store> store, store::Store::open(data.store(), deriver, clock));
    TRY(check_ledger(*store));
    TRY(store->write([](store::Tx& tx) { return store::fail_unfinished_sweeps(tx, "the server ended before it did"); }));
    incident::Guard guard(*store, acts ? incident::Acting::allowed : incident::Acting::none,
                          given.has("--drill") ? incident::Setting::drill : incident::Setting::real);
    std::optional<Acting> acting;
    if (acts) acting.emplace(*store, guard);

    listen.socket = data.socket();
    TRY(const auto server, server::Server::start({.store = *store,
                                                  .guard = guard,
                                                  .clock = clock,
                                                  .shelf = shelf,
                                                  .survey = acting ? &acting->survey : nullptr,
                                                  .runner = acting ? &acting->runner : nullptr},
                                                 std::move(listen)));
    TRY(data.write_address(server->url().substr(server->url().rfind('/') + 1)));
    if (acting) acting->runner.wake();  // campaigns that a killed server left running

    terminal.say("Douse is at " + server->url());
    TRY(const auto first, incident::first_owner(*store));
    if (first) {
        terminal.say("Nobody has signed in yet. The owner's link, which works once:");
        terminal.say(fmt::format("{}/sign-in#{}", server->url(), first->code));
    } else if (given.has("--new-owner-link")) {
        TRY(const incident::Invitation again, incident::new_owner_link(*store));
        terminal.say(fmt::format("A new link for {}, who owns the incident; it works once, and older ones are void:", again.person.name));
        terminal.say(fmt::format("{}/sign-in#{}", server->url(), again.code));
    }
    int signal = 0;
    sigwait(&signals, &signal);
    base::log(base::LogLevel::info, fmt::format("ends on signal {}", signal));
    server->stop();
    return 0;
}

}  // namespace

int serve(const cli::Given& given, cli::Terminal& terminal) {
    const auto status = serve_until_stopped(given, terminal);
    return status ? *status : cli::report(status.error(), terminal);
}

}  // namespace douse
