// SPDX-License-Identifier: Apache-2.0
// The commands that a drill prints with --manual are commands of this program. `main` alone may see both rooms.
#include "cli/cli.hpp"
#include "drill/commands.hpp"

#include <gtest/gtest.h>
#include <filesystem>
#include <fstream>
#include <utility>

namespace douse {
namespace {

namespace commands = drill::commands;

// As a shell would, for the words that the drill writes.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            word += line[++i];
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ' ' && !quoted) {
            words.push_back(std::exchange(word, {}));
        } else {
            word += line[i];
        }
    }
    words.push_back(word);
    return words;
}

TEST(DrillCommands, AreNoUsageErrors) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "drill papers";
    std::filesystem::create_directories(folder);
    for (const char* name : {"drill.yaml", "directory.csv", "id"}) std::ofstream(folder / name) << "x\n";
    const std::string reason = R"(it costs "$5" \ no more)";
    cli::Terminal terminal;
    for (const std::string& command :
         {commands::pin_signer("author", "0000000000000000000000000000000000000000000="), commands::put_playbook(folder.string()),
          commands::add_credential("root", (folder / "id").string()),
          commands::open_incident("Drill outbreak, seed 1", "drill", {"10.20.10.0-10.20.10.127", "10.20.200.0/29"}),
          commands::import_list("directory", (folder / "directory.csv").string()), commands::ask_exemption(4, reason), commands::approve_exemption(1),
          commands::retire(7, reason), commands::start_sweep(), commands::plan_campaign(), commands::approve_campaign(1, std::string(64, 'a')),
          commands::start_campaign(1), commands::pass_wave(1, 0, reason)}) {
        std::vector<std::string> words = words_of(command);
        words.insert(words.end(), {"--data", "/nonexistent"});
        EXPECT_EQ(cli::run(words, {}, terminal), 3) << command << ": there is no server, and that is all that is wrong";
    }
    std::filesystem::remove_all(folder);
    EXPECT_EQ(words_of(commands::retire(7, reason)).back(), reason);
}

}  // namespace
}  // namespace douse
