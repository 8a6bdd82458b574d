// SPDX-License-Identifier: Apache-2.0
// The acts of the plot as a person would type them, for --manual: what stands behind `douse`, and the line with it that a shell
// takes. The test that runs each through the command line's parser is main's, the one room that sees both.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace douse::drill::commands {

struct Typed {
    std::string program;  // the path of this one: nobody says that it stands in the PATH
    std::string data;
};
[[nodiscard]] std::string whole_line(const Typed& by, std::string_view token, std::string_view command);

[[nodiscard]] std::string pin_signer(std::string_view name, std::string_view public_key);
[[nodiscard]] std::string put_playbook(std::string_view folder);  // where drill.yaml lies with its signatures and files
[[nodiscard]] std::string add_credential(std::string_view user, std::string_view key_file);
[[nodiscard]] std::string open_incident(std::string_view name, std::string_view playbook, const std::vector<std::string>& ranges);
[[nodiscard]] std::string import_list(std::string_view source, std::string_view file);
[[nodiscard]] std::string ask_exemption(int64_t asset, std::string_view reason);  // for a day
[[nodiscard]] std::string approve_exemption(int64_t exemption);
[[nodiscard]] std::string retire(int64_t asset, std::string_view reason);
[[nodiscard]] std::string start_sweep();
[[nodiscard]] std::string plan_campaign();
[[nodiscard]] std::string approve_campaign(int64_t campaign, std::string_view plan_hash);
[[nodiscard]] std::string start_campaign(int64_t campaign);
[[nodiscard]] std::string pass_wave(int64_t campaign, int wave, std::string_view reason);

}  // namespace douse::drill::commands
