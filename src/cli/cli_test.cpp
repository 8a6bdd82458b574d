// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.hpp"

#include <gtest/gtest.h>
#include <fstream>
#include <set>
#include <sstream>

namespace douse::cli {
namespace {

TEST(Catalogue, EachCommandIsNamedOnceAndDescribesItself) {
    std::set<std::string_view> names;
    for (const Command& command : catalogue()) {
        EXPECT_TRUE(names.insert(command.words).second) << command.words;
        EXPECT_FALSE(command.summary.empty()) << command.words;
        EXPECT_FALSE(command.summary.ends_with('.')) << command.words;
        EXPECT_TRUE(command.run != nullptr || command.program != Program::none) << command.words;
        EXPECT_EQ(command.run != nullptr, !command.operation.empty()) << command.words << ": whoever calls the server names the operation";
        bool ended = false;
        for (const Argument& argument : command.arguments) {
            EXPECT_FALSE(ended && !argument.name.empty()) << command.words << ": arguments stand without a gap";
            ended = ended || argument.name.empty();
            EXPECT_TRUE(argument.is_option() || argument.value.empty()) << command.words;
        }
    }
}

TEST(Catalogue, ExamplesAreCallsOfTheirCommand) {
    for (const Command& command : catalogue()) {
        for (const std::string_view example : command.examples) {
            if (!example.empty()) EXPECT_TRUE(example.starts_with("douse " + std::string(command.words))) << example;
        }
    }
}

// As a shell would: words apart by spaces, quotes kept together.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    bool quoted = false;
    std::string word;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ' ' && !quoted) {
            words.push_back(std::exchange(word, {}));
        } else {
            word += c;
        }
    }
    words.push_back(word);
    return words;
}

TEST(Catalogue, ExamplesAreNoUsageErrors) {
    Terminal terminal;
    for (const Command& command : catalogue()) {
        for (const std::string_view example : command.examples) {
            if (example.empty()) continue;
            std::vector<std::string> words = words_of(example);
            words.erase(words.begin());
            if (command.program == Program::none) words.insert(words.end(), {"--data", "/nonexistent"});
            EXPECT_EQ(run(words, {}, terminal), 3) << example << ": there is no server, and that is all that is wrong";
        }
    }
}

TEST(Catalogue, HelpNamesEachArgument) {
    for (const Command& command : catalogue()) {
        const std::string help = help_of(command);
        for (const Argument& argument : command.arguments) EXPECT_NE(help.find(argument.name), std::string::npos) << command.words;
        EXPECT_NE(completion_script().find("\"" + std::string(command.words) + "\")"), std::string::npos) << command.words;
        EXPECT_NE(overview().find(command.words), std::string::npos) << command.words;
    }
}

TEST(Catalogue, TheManualInDocsIsFresh) {
    std::ifstream file(DOUSE_SOURCE_DIR "/docs/cli.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), manual()) << "make it anew: build/dev/bin/douse help --manual > docs/cli.md";
}

TEST(Nearest, FindsTheCommandThatWasMeant) {
    EXPECT_EQ(nearest_to("asets"), "assets");
    EXPECT_EQ(nearest_to("persn add"), "person add");
    EXPECT_EQ(nearest_to("campain plan"), "campaign plan");
    EXPECT_EQ(nearest_to("ledger verfy"), "ledger verify");
    EXPECT_EQ(nearest_to("stop-everthing"), "stop-everything");
    EXPECT_EQ(nearest_to("zzzzzz"), "");
}

// What a wrong call answers; none of these reaches a server.
TEST(Usage, WrongCallsEndWithTwo) {
    Terminal terminal;
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"nonsense"},
                                                                                       {"person"},
                                                                                       {"person", "add"},
                                                                                       {"person", "add", "Dana"},
                                                                                       {"person", "add", "Dana", "--role"},
                                                                                       {"person", "list", "extra"},
                                                                                       {"assets", "--nope"},
                                                                                       {"assets", "--desc=yes"},
                                                                                       {"assets", "--q", "a", "--q", "b"},
                                                                                       {"retire", "1"},
                                                                                       {"campaign", "frobnicate"},
                                                                                       {"help", "nonsense"},
                                                                                       {"who", "--server", "nowhere"},
                                                                                       {"ledger", "show", "--limit", "many"}}) {
        EXPECT_EQ(run(words, {}, terminal), 2) << words.front();
    }
}

TEST(Usage, NobodyThereIsAnErrorWithThree) {
    Terminal terminal;
    EXPECT_EQ(run({"who", "--data", "/nonexistent"}, {}, terminal), 3);
}

TEST(Usage, ProgramsGetWhatTheyWereGiven) {
    Terminal terminal;
    Given seen;
    const Programs programs{{Program::drill, [&](const Given& given, Terminal&) {
                                 seen = given;
                                 return 1;
                             }}};
    EXPECT_EQ(run({"drill", "--machines=12", "--seed", "3", "--json"}, programs, terminal), 1);
    EXPECT_EQ(seen.one("--machines"), "12");
    EXPECT_EQ(seen.number("--seed", 1, 9, 1).value(), 3);
    EXPECT_TRUE(seen.has("--json"));
    EXPECT_FALSE(seen.has("--manual"));
    EXPECT_EQ(run({"serve"}, programs, terminal), 2 + 1) << "a program that isn't there is an error";
}

}  // namespace
}  // namespace douse::cli
