// SPDX-License-Identifier: Apache-2.0
#include "playbook/check.hpp"

#include "playbook/read.hpp"
#include "playbook/rules.hpp"
#include "playbook/talk.hpp"

namespace douse::playbook {
namespace {

struct Read {
    std::optional<Draft> draft;  // nothing if it isn't even YAML
};

Read read_and_lint(std::string_view yaml_text, Report& report) {
    Read read;
    const auto root = read_tree(yaml_text, report);
    if (!root) return read;
    read.draft = read_playbook(*root, report);
    if (!root->is_map() || report.errors() >= findings_limit) return read;  // nobody reads what lint would add
    lint(*read.draft, *root, report);
    lint_examples(*read.draft, report);
    return read;
}

model::Facts facts_of_example(const Check& check, const Example& example) {
    if (!example.received && example.port.empty()) return example.facts;
    if (!example.received) return facts_of_port(example.port);
    Conversation talk(check.talk);
    Turn turn = talk.start();
    bool fed = false;
    while (turn.next == Turn::Next::send || turn.next == Turn::Next::need_more) {
        if (turn.next == Turn::Next::send)
            turn = talk.sent();
        else
            turn = std::exchange(fed, true) ? talk.on_eof() : talk.feed(*example.received);
    }
    return talk.facts();
}

}  // namespace

Parsed parse(std::string_view yaml_text, std::string_view file_name) {
    Report report(file_name);
    Read read = read_and_lint(yaml_text, report);
    Parsed parsed{.playbook = {}, .findings = report.in_file_order()};
    if (read.draft && report.errors() == 0) parsed.playbook = std::move(read.draft->book);
    return parsed;
}

ExampleResult run_example(const Check& check, size_t index) {
    const Example& example = check.examples.at(index);
    const Answer answer = judge(check, facts_of_example(check, example), example.platform);
    return {.check = check.id,
            .number = static_cast<int>(index) + 1,
            .line = example.line,
            .col = example.col,
            .wanted = example.gives,
            .given = answer.says,
            .because = answer.because};
}

bool Checked::ok() const {
    return !sha256.empty();
}

Checked check(std::string_view yaml_text, std::string_view file_name) {
    Report report(file_name);
    const Read read = read_and_lint(yaml_text, report);
    Checked checked{.findings = report.in_file_order(), .examples = {}, .sha256 = {}};
    if (!read.draft) return checked;
    for (const Check& c : read.draft->book.checks) {
        if (!read.draft->is_sound("check " + c.id)) continue;
        for (size_t i = 0; i < c.examples.size(); ++i) checked.examples.push_back(run_example(c, i));
    }
    if (report.errors() == 0) checked.sha256 = read.draft->book.sha256;
    return checked;
}

}  // namespace douse::playbook
