// SPDX-License-Identifier: Apache-2.0
// Runs testdata/refused.cases: each variant of the drill's playbook gets exactly the errors that stand there.
#include "playbook/parse.hpp"

#include <gtest/gtest.h>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace douse::playbook {
namespace {

const char* const cases_file = DOUSE_SOURCE_DIR "/src/playbook/testdata/refused.cases";

std::string read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Without the libraries' own words, which differ from release to release.
std::string text_of(const Finding& finding) {
    if (finding.code == "yaml") return finding.file + ": error: (the YAML library's words) [yaml]";
    std::string text = finding.text();
    const size_t words = text.find("RE2: "), end = text.find(". Look-around");
    if (finding.code == "regex" && words != std::string::npos && end != std::string::npos)
        text.replace(words + 5, end - words - 5, "(its own words)");
    return text;
}

struct Case {
    std::string name;
    std::vector<std::pair<std::string, std::string>> edits;  // what stands there, what comes in its place
    std::string input;                                       // as written
    std::string wanted;
};

struct Cases {
    std::string head;
    std::vector<Case> all;
};

Cases read_cases() {
    Cases cases;
    std::istringstream in(read(cases_file));
    bool output = false, put_in = false;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("=== ")) {
            cases.all.push_back({.name = line.substr(4)});
            output = false, put_in = false;
        } else if (cases.all.empty()) {
            cases.head += line + "\n";
        } else if (line == "----") {
            output = true;
        } else if (output) {
            if (!line.empty()) cases.all.back().wanted += line + "\n";
        } else {
            Case& c = cases.all.back();
            c.input += line + "\n";
            const std::string text = line.substr(1);
            if (line[0] == '-') {
                if (c.edits.empty() || put_in)
                    c.edits.push_back({text, ""});
                else
                    c.edits.back().first += "\n" + text;
                put_in = false;
            } else {
                c.edits.back().second += (put_in ? "\n" : "") + text;
                put_in = true;
            }
        }
    }
    return cases;
}

TEST(Cases, EachBrokenPlaybookIsRefusedForItsOwnReason) {
    const std::string drill = read(DOUSE_SOURCE_DIR "/playbooks/drill.yaml");
    Cases cases = read_cases();
    ASSERT_GE(cases.all.size(), 60u);
    std::string approved = cases.head;
    for (Case& c : cases.all) {
        std::string text = drill;
        size_t from = 0;
        for (const auto& [old_text, new_text] : c.edits) {
            size_t at = text.find(old_text, from);
            if (at == std::string::npos) at = text.find(old_text);
            ASSERT_NE(at, std::string::npos) << c.name << ": the drill no longer has " << old_text;
            text.replace(at, old_text.size(), new_text);
            from = at;
        }
        const Parsed parsed = parse(text, "drill.yaml");
        std::string got;
        for (const Finding& f : parsed.findings) {
            if (f.error) got += text_of(f) + "\n";
        }
        EXPECT_EQ(parsed.ok(), got.empty()) << c.name;
        EXPECT_EQ(parsed.ok(), c.name.starts_with("sound")) << c.name << ": refused or not, wrongly\n" << got;
        if (!std::getenv("DOUSE_APPROVE")) EXPECT_EQ(got, c.wanted) << c.name;
        approved += "=== " + c.name + "\n" + c.input + "----\n" + got + "\n";
    }
    if (std::getenv("DOUSE_APPROVE")) {
        approved.pop_back();
        std::ofstream(cases_file) << approved;
    }
}

}  // namespace
}  // namespace douse::playbook
