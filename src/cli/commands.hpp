// SPDX-License-Identifier: Apache-2.0
// The catalogue of commands, from which parser, help, completion and docs/cli.md come.
#pragma once

#include "cli/cli.hpp"
#include "cli/session.hpp"

#include <array>
#include <span>
#include <string_view>

namespace douse::cli {

struct Argument {
    enum class Count { one, maybe, many, any };  // exactly 1, 0 or 1, at least 1, any number

    std::string_view name;   // "NAME" by place; "--role" an option
    std::string_view value;  // what the option takes; empty: a flag, or an argument by place
    Count count = Count::maybe;
    std::string_view help;

    [[nodiscard]] bool is_option() const { return name.starts_with("--"); }
};

struct Command {
    std::string_view words;    // "person add"
    std::string_view summary;  // one line, without a full stop
    std::array<Argument, 9> arguments{};
    std::array<std::string_view, 3> examples{};
    std::string_view operation;       // of the API; empty: none
    Program program = Program::none;  // run by `main`, without a server; with a `run` too: if the first argument is a file
    bool hidden = false;
    Result<int> (*run)(Session&, const Given&) = nullptr;
};

[[nodiscard]] std::span<const Command> catalogue();
[[nodiscard]] std::span<const Argument> common_options();

// help.cpp
[[nodiscard]] std::string usage_line(const Command& command);
[[nodiscard]] std::string help_of(const Command& command);
[[nodiscard]] std::string overview();                          // all commands, by subject
[[nodiscard]] std::string nearest_to(std::string_view words);  // the command that was probably meant, or empty
[[nodiscard]] std::string completion_script();                 // for bash
[[nodiscard]] std::string manual();                            // docs/cli.md

// The commands' functions, by subject.
using Run = Result<int>(Session&, const Given&);
Run sign_in, sign_out, who, person_add, person_invite, person_list;                         // commands_people.cpp
Run now, incident_new, incident_show, incident_close, scope_add, scope_remove, scope_show;  // commands_incident.cpp
Run exempt, exemption_list, approve, decline, stop_everything, resume_everything;
Run import_lists, import_list_show, assets, asset_show, why, retire;  // commands_assets.cpp
Run sweep_start, sweep_show, check;
Run credential_add, credential_list, hostkey_list, hostkey_accept, playbook_put, playbook_show, playbook_list, signer_add,
    signer_list;                                                                                                   // commands_vault.cpp
Run campaign_plan, campaign_list, campaign_show, campaign_start, campaign_watch, campaign_pause, campaign_resume;  // commands_campaigns.cpp
Run campaign_stop, campaign_retry, campaign_settle;
Run ledger_show, ledger_verify, store_rebuild;  // commands_ledger.cpp

}  // namespace douse::cli
