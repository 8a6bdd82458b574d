// SPDX-License-Identifier: Apache-2.0
// The `douse` program: the command line, and the programs that run without a server.
#include "cli/cli.hpp"
#include "main/playbook_programs.hpp"
#include "main/serve.hpp"

#ifdef DOUSE_HAS_DRILL
#include "drill/drill.hpp"
#endif

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

#ifdef DOUSE_HAS_DRILL
douse::Result<int> drill(const douse::cli::Given& given) {
    douse::drill::Options options;
    TRY(const int64_t machines, given.number("--machines", 1, 300, options.machines));
    TRY(const int64_t seed, given.number("--seed", 0, std::numeric_limits<int64_t>::max(), 1));
    TRY(const int64_t kills, given.number("--kill-server", 0, 100, 0));
    options.machines = static_cast<int>(machines);
    options.seed = static_cast<uint64_t>(seed);
    options.kill_server = static_cast<int>(kills);
    options.manual = given.has("--manual");
    options.keep = given.has("--keep");
    options.stay = given.has("--stay");
    options.json = given.has("--json");
    options.data = given.one("--data");
    options.listen = given.one("--listen");
    options.cache = given.one("--cache");
    return douse::drill::run(options);
}
#endif

}  // namespace

int main(int count, char** values) {
    using douse::cli::Program;
    douse::cli::Terminal terminal;
    douse::cli::Programs programs{
        {Program::serve, douse::serve},
        {Program::playbook_check, douse::playbook_check},
        {Program::playbook_show, douse::playbook_show},
        {Program::playbook_sign, douse::playbook_sign},
        {Program::playbook_keygen, douse::playbook_keygen},
    };
#ifdef DOUSE_HAS_DRILL
    programs.emplace(Program::drill, [](const douse::cli::Given& given, douse::cli::Terminal& out) {
        const auto status = drill(given);
        return status ? *status : douse::cli::report(status.error(), out);
    });
#endif
    return douse::cli::run(std::vector<std::string>(values + 1, values + count), programs, terminal);
}
