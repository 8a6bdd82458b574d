// SPDX-License-Identifier: Apache-2.0
#include "drill/commands.hpp"

#include "transport/shell.hpp"

#include <fmt/format.h>

namespace douse::drill::commands {
namespace {

std::string word(std::string_view text) {
    return transport::shell_word(text);
}

}  // namespace

std::string whole_line(const Typed& by, std::string_view token, std::string_view command) {
    return fmt::format("DOUSE_TOKEN={} DOUSE_DATA={} {} {}", word(token), word(by.data), word(by.program), command);
}

std::string pin_signer(std::string_view name, std::string_view public_key) {
    return fmt::format("playbook signer add {} {}", word(name), public_key);
}

std::string put_playbook(std::string_view folder) {
    return fmt::format("playbook put {} --files {}", word(fmt::format("{}/drill.yaml", folder)), word(folder));
}

std::string add_credential(std::string_view user, std::string_view key_file) {
    return fmt::format("credential add --user {} --key {}", user, word(key_file));
}

std::string open_incident(std::string_view name, std::string_view playbook, const std::vector<std::string>& ranges) {
    std::string out = fmt::format("incident new {} --playbook {}", word(name), playbook);
    for (const std::string& range : ranges) out += fmt::format(" --scope {}", range);
    return out;
}

std::string import_list(std::string_view source, std::string_view file) {
    return fmt::format("import --source {} {}", source, word(file));
}

std::string ask_exemption(int64_t asset, std::string_view reason) {
    return fmt::format("exempt {} --until 24h --reason {}", asset, word(reason));
}

std::string approve_exemption(int64_t exemption) {
    return fmt::format("approve exemption {}", exemption);
}

std::string retire(int64_t asset, std::string_view reason) {
    return fmt::format("retire {} --reason {}", asset, word(reason));
}

std::string start_sweep() {
    return "sweep start";
}

std::string plan_campaign() {
    return "campaign plan";
}

std::string approve_campaign(int64_t campaign, std::string_view plan_hash) {
    return fmt::format("approve campaign {} --hash {}", campaign, plan_hash);
}

std::string start_campaign(int64_t campaign) {
    return fmt::format("campaign start {}", campaign);
}

std::string pass_wave(int64_t campaign, int wave, std::string_view reason) {
    return fmt::format("campaign settle {} --wave {} --pass --reason {}", campaign, wave, word(reason));
}

}  // namespace douse::drill::commands
