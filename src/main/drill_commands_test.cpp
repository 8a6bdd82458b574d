// SPDX-License-Identifier: Apache-2.0
// The commands that a drill prints with --manual are commands of this program. `main` alone may see both rooms.
#include "cli/cli.hpp"
#include "drill/commands.hpp"

#include <gtest/gtest.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace douse {
namespace {

namespace commands = drill::commands;

// What a shell makes of a line: what that prints, cut at each NUL.
std::vector<std::string> printed_by(const std::string& line) {
    std::vector<std::string> words;
    FILE* out = ::popen(line.c_str(), "r");
    std::string word;
    for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) {
        if (c == 0)
            words.push_back(std::exchange(word, {}));
        else
            word += static_cast<char>(c);
    }
    EXPECT_EQ(::pclose(out), 0) << line;
    EXPECT_EQ(word, "") << line;
    return words;
}
std::vector<std::string> words_of(const std::string& command) {
    return printed_by("printf '%s\\0' " + command);
}

TEST(DrillCommands, AreNoUsageErrors) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "drill papers";
    std::filesystem::create_directories(folder);
    for (const char* name : {"drill.yaml", "directory.csv", "id"}) std::ofstream(folder / name) << "x\n";
    const std::string reason = R"(it's "$5" \ `no` more!)";
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

TEST(DrillCommands, AreWholeLinesThatRunThisProgramOnItsData) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "dr. Who's $HOME";
    std::filesystem::create_directories(folder);
    const std::filesystem::path program = folder / "douse it";
    std::ofstream(program) << "#!/bin/sh\nprintf '%s\\0' \"$0\" \"$DOUSE_TOKEN\" \"$DOUSE_DATA\" \"$@\"\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const std::string data = (folder / "data").string();
    EXPECT_EQ(printed_by(commands::whole_line({.program = program.string(), .data = data}, "t0ken", commands::retire(7, "it's scrap"))),
              (std::vector<std::string>{program.string(), "t0ken", data, "retire", "7", "--reason", "it's scrap"}));
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace douse
