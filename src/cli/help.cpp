// SPDX-License-Identifier: Apache-2.0
// Help, completion and manual, all from the catalogue.
#include "cli/commands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>
#include <set>

namespace douse::cli {
namespace {

std::string shown(const Argument& argument) {
    std::string text(argument.name);
    if (!argument.value.empty()) text += fmt::format(" {}", argument.value);
    switch (argument.count) {
        case Argument::Count::one: return text;
        case Argument::Count::maybe: return "[" + text + "]";
        case Argument::Count::many: return argument.is_option() ? text + " [" + text + " ...]" : text + "...";
        case Argument::Count::any: return "[" + text + "...]";
    }
    return text;
}

size_t distance(std::string_view a, std::string_view b) {  // Levenshtein
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t kept = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = kept;
        }
    }
    return row[b.size()];
}

std::string options_text(std::span<const Argument> arguments) {
    std::string out;
    for (const Argument& argument : arguments) {
        if (argument.name.empty() || argument.help.empty()) continue;
        const std::string left = std::string(argument.name) + (argument.value.empty() ? "" : " " + std::string(argument.value));
        out += fmt::format("  {:<22} {}\n", left, argument.help);
    }
    return out;
}

}  // namespace

std::string usage_line(const Command& command) {
    std::string out = fmt::format("douse {}", command.words);
    for (const Argument& argument : command.arguments) {
        if (!argument.name.empty()) out += " " + shown(argument);
    }
    return out;
}

std::string help_of(const Command& command) {
    std::string out = fmt::format("{}\n\n  {}\n\n", usage_line(command), command.summary);
    out += options_text(command.arguments) + options_text(common_options());
    std::string examples;
    for (const std::string_view example : command.examples) {
        if (!example.empty()) examples += fmt::format("  $ {}\n", example);
    }
    return out + (examples.empty() ? "" : "\n" + examples);
}

std::string overview() {
    std::string out = "douse: counts the machines of an outbreak, cleans and patches them, and shows that it is over\n\n";
    std::string subject;
    for (const Command& command : catalogue()) {
        if (command.hidden) continue;
        const std::string first(command.words.substr(0, command.words.find(' ')));
        if (first != subject) {
            const bool group = command.words.find(' ') != std::string_view::npos;
            if (!subject.empty() && group) out += '\n';
            subject = first;
        }
        out += fmt::format("  {:<22} {}\n", command.words, command.summary);
    }
    return out + "\n  douse help COMMAND for one of them; douse help --completion for bash\n";
}

std::string nearest_to(std::string_view words) {
    std::string best;
    size_t least = 4;  // more letters wrong is another word
    for (const Command& command : catalogue()) {
        if (command.hidden) continue;
        for (const std::string_view typed : {words, words.substr(0, words.find(' '))}) {
            const size_t far = distance(typed, command.words);
            if (far < least && far * 2 < command.words.size()) {
                least = far;
                best = command.words;
            }
        }
    }
    return best;
}

std::string completion_script() {
    std::string words;
    std::string cases;
    std::set<std::string_view> firsts;
    for (const Command& command : catalogue()) {
        if (command.hidden) continue;
        const size_t space = command.words.find(' ');
        firsts.insert(command.words.substr(0, space));
        std::string options;
        for (const Argument& argument : command.arguments) {
            if (argument.is_option()) options += fmt::format(" {}", argument.name);
        }
        for (const Argument& argument : common_options()) options += fmt::format(" {}", argument.name);
        cases += fmt::format("        \"{}\") options=\"{}\" ;;\n", command.words, options.substr(1));
    }
    words += fmt::format("{}", fmt::join(firsts, " "));
    std::string seconds;
    for (const std::string_view first : firsts) {
        std::set<std::string_view> next;
        for (const Command& command : catalogue()) {
            if (!command.hidden && command.words.starts_with(std::string(first) + " ")) {
                const std::string_view rest = command.words.substr(first.size() + 1);
                next.insert(rest.substr(0, rest.find(' ')));
            }
        }
        if (!next.empty()) seconds += fmt::format("        {}) words=\"{}\" ;;\n", first, fmt::join(next, " "));
    }
    return fmt::format(R"(# bash completion for douse; source it, or put it into /etc/bash_completion.d/
_douse() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" words="" options=""
    if [ "$COMP_CWORD" = 1 ]; then
        COMPREPLY=($(compgen -W "{} help" -- "$current")); return
    fi
    case "${{COMP_WORDS[1]}}" in
{}    esac
    local name
    for name in "${{COMP_WORDS[*]:1:3}}" "${{COMP_WORDS[*]:1:2}}" "${{COMP_WORDS[1]}}"; do
        case "$name" in
{}        esac
        [ -n "$options" ] && break
    done
    [ "$COMP_CWORD" = 2 ] || words=""
    COMPREPLY=($(compgen -W "$words $options" -- "$current") $(compgen -f -- "$current"))
}}
complete -F _douse douse
)",
                       words, seconds, cases);
}

std::string manual() {
    std::string out =
        "<!-- Made from src/cli/commands.cpp by `douse help --manual`; a test keeps it fresh. -->\n"
        "# The command line\n\n"
        "Every command but those marked \"without a server\" calls the API of a running server, by its unix socket unless `--server` is "
        "given. Who calls is the person of `DOUSE_TOKEN` if that is set, else the person who signed in as this local user; no command "
        "takes a name to act under.\n\n"
        "stdout is the answer, stderr everything else. Exit status: 0 done, 1 the answer is no, 2 usage, 3 an error, with its code in "
        "brackets on stderr. `--json` prints the API's own answer.\n\n"
        "| option of every command | |\n|---|---|\n";
    for (const Argument& argument : common_options()) {
        out += fmt::format("| `{}{}{}` | {} |\n", argument.name, argument.value.empty() ? "" : " ", argument.value, argument.help);
    }
    for (const Command& command : catalogue()) {
        if (command.hidden) continue;
        out += fmt::format("\n## douse {}\n\n{}{}.", command.words, static_cast<char>(std::toupper(static_cast<unsigned char>(command.summary[0]))),
                           command.summary.substr(1));
        if (!command.operation.empty()) out += fmt::format(" API operation: `{}`.", command.operation);
        if (command.program != Program::none) out += " Without a server.";
        out += fmt::format("\n\n    {}\n", usage_line(command));
        std::string rows;
        for (const Argument& argument : command.arguments) {
            if (!argument.name.empty() && !argument.help.empty())
                rows += fmt::format("| `{}{}{}` | {} |\n", argument.name, argument.value.empty() ? "" : " ", argument.value, argument.help);
        }
        if (!rows.empty()) out += "\n| | |\n|---|---|\n" + rows;
        std::string examples;
        for (const std::string_view example : command.examples) {
            if (!example.empty()) examples += fmt::format("    $ {}\n", example);
        }
        if (!examples.empty()) out += "\n" + examples;
    }
    return out;
}

}  // namespace douse::cli
