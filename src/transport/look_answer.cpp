// SPDX-License-Identifier: Apache-2.0
// What a machine answered to the looks: lines into facts. Absent is said only of what was looked at.
#include "transport/looks.hpp"

#include "base/address.hpp"
#include "base/digest.hpp"
#include "base/utf8.hpp"
#include "transport/look_script.hpp"
#include "transport/shell.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace douse::transport {
namespace {

using model::Fact;
using model::Look;
using model::LookKind;

constexpr int64_t regex_memory = 8 << 20;
constexpr int jobs_too_much = 9;  // as the script says it

// ---- the answer, as lines

struct Text {
    std::string lines;
    bool cut = false;
};
struct Job {
    std::string file;
    Text text;
};
struct Answer {
    std::vector<std::vector<std::string_view>> by_look;  // the words after the index, of file, listener, package, reboot
    std::vector<Text> packages;                          // by look
    std::vector<std::string> unknown;                    // by look: why
    std::vector<std::vector<std::string>> commands;      // by look: command lines of processes of that name
    std::vector<bool> commands_cut;                      // by look: there are more of them
    std::optional<Text> comms, exes;
    std::optional<int64_t> unnamed, hidden;  // processes whose name, whose program we may not see
    std::deque<Job> jobs;
    std::vector<std::string> jobless;  // places that could not be read, with why
    std::optional<int> jobs_end;       // of the program that read them all
};

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto space = line.find(' ');
        if (space != 0) words.push_back(line.substr(0, space));
        if (space == std::string_view::npos) break;
        line.remove_prefix(space + 1);
    }
    return words;
}

std::string decoded(std::span<const std::string_view> words, size_t at) {
    if (at >= words.size()) return {};
    if (words[at].starts_with('=')) return std::string(words[at].substr(1));
    return base::from_base64(words[at]).value_or("");
}

template <class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// ---- who the machine is

std::string os_release_value(std::string_view text, std::string_view key) {
    for (auto line : lines_of(text)) {
        if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
        line.remove_prefix(key.size() + 1);
        if (line.size() >= 2 && (line.front() == '"' || line.front() == '\'') && line.back() == line.front()) {
            line = line.substr(1, line.size() - 2);
        }
        return std::string(line);
    }
    return {};
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}
std::string one_line(std::string text) {
    text = trimmed(std::move(text));
    return is_one_line(text) ? text : std::string();
}

void read_machine(model::MachineFacts& machine, std::string_view key, std::string value) {
    if (key == "os") {
        machine.os = one_line(std::move(value));
        std::ranges::transform(machine.os, machine.os.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    } else if (key == "arch") {
        machine.arch = one_line(std::move(value));
    } else if (key == "host_name") {
        machine.host_name = base::printable(trimmed(std::move(value)));  // who resolves it says why it is no name
    } else if (key == "machine_id") {
        machine.machine_id = base::printable(trimmed(std::move(value)));
    } else if (key == "boot_id") {
        machine.boot_id = one_line(std::move(value));
    } else if (key == "release") {
        machine.distro = os_release_value(value, "ID");
        machine.release = os_release_value(value, "VERSION_ID");
    } else if (key == "mac") {
        if (const auto mac = base::Mac::parse(one_line(std::move(value))); mac && mac->is_usable()) machine.macs.push_back(mac->text());
    } else if (key == "v4") {
        for (const auto line : lines_of(value)) {
            const auto address = base::Address::parse(line);
            if (address && address->is_v4() && !address->is_loopback()) machine.addresses.push_back(address->text());
        }
    } else if (key == "v6") {
        for (const auto line : lines_of(value)) {  // 32 digits, index, prefix, scope (20: link-local), flags, name
            const auto words = words_of(line);
            if (words.size() < 6 || words[0].size() != 32 || words[3] == "20") continue;
            const auto bytes = base::from_hex(words[0]);
            if (!bytes) continue;
            std::array<uint8_t, 16> raw{};
            std::copy(bytes->begin(), bytes->end(), raw.begin());
            const auto address = base::Address::from_bytes(raw);
            if (!address.is_loopback()) machine.addresses.push_back(address.text());
        }
    }
}

// ---- the looks

void judge_file(model::Facts& facts, const Look& look, std::span<const std::string_view> words) {
    const auto part = [&](std::string_view name) -> Fact& { return facts[look.name + "." + std::string(name)]; };
    if (words.empty()) {
        facts[look.name] = Fact::unknown("the machine gave no answer");
        return;
    }
    if (words[0] == "absent") {
        facts[look.name] = Fact::absent();
        return;
    }
    facts[look.name] = Fact::present();
    if (words.size() < 2 || words[1] != "regular") {
        const std::string why = words.size() >= 2 && words[1] == "unreadable" ? "no permission to read the file" : "it is not a regular file";
        part("size") = part("sha256") = Fact::unknown(why);
        return;
    }
    const auto size = words.size() > 2 ? number<int64_t>(words[2]) : std::nullopt;
    part("size") = size ? Fact::of(*size) : Fact::unknown("the size could not be read");
    part("sha256") = words.size() > 3 && words[3].size() == 64 ? Fact::of(std::string(words[3]))
                                                               : Fact::unknown("the file is too large to hash, or could not be read in time");
}

// "/proc/12/comm:name" and "lrwxrwxrwx 1 0 0 0 Jan 1 00:00 /proc/12/exe -> /usr/bin/x". A line that isn't like that comes from a
// newline in a name: whoever controls it can so make others seem to run, but hide nothing of theirs.
bool runs_as(std::string_view comms, std::string_view name) {
    const std::string_view kept = name.substr(0, comm_limit);
    return std::ranges::any_of(lines_of(comms), [&](std::string_view line) {
        constexpr std::string_view mark = "/comm:";
        const auto at = line.find(mark);
        return line.starts_with("/proc/") && at != std::string_view::npos && line.substr(at + mark.size()) == kept;
    });
}
bool runs_from(std::string_view exes, std::string_view path) {
    return std::ranges::any_of(lines_of(exes), [&](std::string_view line) {
        constexpr std::string_view mark = "/exe -> ";
        const auto at = line.find(mark);
        if (at == std::string_view::npos) return false;
        auto program = line.substr(at + mark.size());
        constexpr std::string_view deleted = " (deleted)";
        if (program == path) return true;
        return program.ends_with(deleted) && program.substr(0, program.size() - deleted.size()) == path;
    });
}
bool stands_in(std::string_view command_line, std::string_view path) {
    for (int word = 0; word < 3 && !command_line.empty(); ++word) {
        const auto end = command_line.find('\0');
        if (command_line.substr(0, end) == path) return true;
        if (end == std::string_view::npos) break;
        command_line.remove_prefix(end + 1);
    }
    return false;
}

// "ls: cannot read symbolic link '/proc/1/exe': Permission denied" stands among the programs.
bool tells_of_hidden(std::string_view exes) {
    return std::ranges::any_of(lines_of(exes), [](std::string_view line) { return line.starts_with("ls: ") && line.ends_with("Permission denied"); });
}

Fact judge_process(const Answer& answer, const Look& look, size_t index) {
    const std::optional<Text>& seen = look.path.empty() ? answer.comms : answer.exes;
    const std::optional<int64_t>& unseen = look.path.empty() ? answer.unnamed : answer.hidden;
    if (!seen || !unseen) return Fact::unknown("the machine gave no answer");
    // "end CODE" comes after them: 1 and 2 tell of processes that ended meanwhile, or of one that is hidden.
    std::string_view lines = seen->lines;
    const bool whole = lines.ends_with("end 0\n") || lines.ends_with("end 1\n") || lines.ends_with("end 2\n");
    if (whole) lines.remove_suffix(std::string_view("end 0\n").size());
    if (lines.find("/proc/") == std::string_view::npos) return Fact::unknown("/proc cannot be read");
    if (look.path.empty()) {
        if (runs_as(lines, look.argument)) return Fact::present();
    } else {
        if (runs_from(lines, look.path)) return Fact::present();
        if (std::ranges::any_of(answer.commands[index], [&](const auto& line) { return stands_in(line, look.path); })) return Fact::present();
    }
    if (*unseen > 0 || tells_of_hidden(lines)) return Fact::unknown("no permission to see all of its processes");
    if (seen->cut || answer.commands_cut[index]) return Fact::unknown("there are too many processes to look at");
    if (!whole) return Fact::unknown("the list of its processes broke off");
    return Fact::absent();
}

Fact judge_listener(const Look& look, std::span<const std::string_view> ports) {
    const auto wanted = number<uint16_t>(std::string_view(look.argument).substr(0, look.argument.find('/')));
    for (const auto port : ports) {
        if (number<uint16_t>(port, 16) == wanted) return Fact::present();
    }
    return Fact::absent();
}

bool is_of_at(const Job& job) {
    return job.file.find("/atjobs/") != std::string::npos || job.file.find("/spool/at/") != std::string::npos;
}
bool stands_in_lines(std::string_view text, const RE2& regex) {
    return std::ranges::any_of(lines_of(text), [&](std::string_view line) {
        const auto start = line.find_first_not_of(" \t");
        if (start == std::string_view::npos || line[start] == '#') return false;
        return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), regex);
    });
}

// A job of cron, of a unit or of a script is a line that isn't a comment; a job of at is a whole file.
Fact judge_job(const Answer& answer, const Look& look) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(regex_memory);
    options.set_encoding(RE2::Options::EncodingLatin1);  // a job's text is bytes
    const RE2 regex(look.argument, options);
    if (!regex.ok()) return Fact::unknown("the pattern is not a regular expression");
    for (const Job& job : answer.jobs) {
        if (is_of_at(job) ? RE2::PartialMatch(job.text.lines, regex) : stands_in_lines(job.text.lines, regex)) return Fact::present();
    }
    for (const Job& job : answer.jobs) {
        if (job.text.cut) return Fact::unknown(fmt::format("{}: too long to read", job.file));
    }
    if (!answer.jobless.empty()) return Fact::unknown(answer.jobless.front());
    if (!answer.jobs_end) return Fact::unknown("the machine gave no answer");
    if (*answer.jobs_end == jobs_too_much) return Fact::unknown("its jobs are too long to read them all");
    if (*answer.jobs_end != 0) return Fact::unknown("its jobs could not all be read");
    return Fact::absent();
}

void judge_package(model::Facts& facts, const Look& look, bool listed, std::string_view out) {
    facts[look.name] = listed && out.empty() ? Fact::unknown("dpkg-query gave no status") : Fact::absent();
    for (const auto line : lines_of(out)) {  // one for each architecture
        const auto parts = words_of(line);
        if (!parts.empty() && (parts[0] == "not-installed" || parts[0] == "config-files")) continue;
        if (parts.size() == 2 && (parts[0] == "installed" || parts[0].starts_with("triggers-"))) {
            facts[look.name] = Fact::present();
            facts[look.name + ".version"] = Fact::of(std::string(parts[1]));
            return;
        }
        facts[look.name] = facts[look.name + ".version"] = Fact::unknown(fmt::format("the package is left as \"{}\"", line));
    }
}

void judge(model::Facts& facts, const Answer& answer, const Look& look, size_t index) {
    const auto& words = answer.by_look[index];
    if (!answer.unknown[index].empty()) {
        facts[look.name] = Fact::unknown(answer.unknown[index]);
        return;
    }
    const bool one_answer_each = look.kind == LookKind::listener || look.kind == LookKind::package || look.kind == LookKind::reboot_pending;
    if (one_answer_each && words.empty()) {
        facts[look.name] = Fact::unknown("the machine gave no answer");
        return;
    }
    const auto rest = std::span(words).subspan(words.empty() ? 0 : 1);  // the first word is the kind
    switch (look.kind) {
        case LookKind::file: judge_file(facts, look, rest); break;
        case LookKind::process: facts[look.name] = judge_process(answer, look, index); break;
        case LookKind::listener: facts[look.name] = judge_listener(look, rest); break;
        case LookKind::job: facts[look.name] = judge_job(answer, look); break;
        case LookKind::package: judge_package(facts, look, rest.empty() || rest[0] != "absent", answer.packages[index].lines); break;
        case LookKind::reboot_pending: facts[look.name] = Fact::of_truth(!rest.empty() && rest[0] == "true"); break;
    }
}

}  // namespace

Result<LookAnswers> read_look_answer(std::span<const Look> looks, std::string_view text) {
    LookAnswers answers;
    Answer answer;
    answer.by_look.resize(looks.size());
    answer.unknown.resize(looks.size());
    answer.commands.resize(looks.size());
    answer.packages.resize(looks.size());
    answer.commands_cut.resize(looks.size());
    std::deque<std::pair<std::string, Text>> machine_texts;
    Text* text_of_line = nullptr;
    bool greeted = false;
    bool ended = false;
    for (const auto line : lines_of(text)) {  // what a login shell prints before is passed over
        if (!greeted) {
            greeted = line == look_greeting;
            continue;
        }
        if (line == look_farewell) {
            ended = true;
            break;
        }
        if (line.starts_with('>')) {
            if (text_of_line != nullptr) text_of_line->lines.append(line.substr(1)).push_back('\n');
            continue;
        }
        const auto words = words_of(line);
        if (words.size() < 2) continue;
        const auto kind = words[0];
        const auto index = number<size_t>(words[1]);
        if (kind == "cut" && !index) {
            if (text_of_line != nullptr) text_of_line->cut = true;
            continue;
        }
        text_of_line = nullptr;
        if (kind == "machine" && words.size() == 2) {
            text_of_line = &machine_texts.emplace_back(words[1], Text{}).second;
        } else if (kind == "machine") {
            read_machine(answers.machine, words[1], decoded(words, 2));
        } else if (kind == "comms") {
            text_of_line = &answer.comms.emplace();
        } else if (kind == "exes") {
            text_of_line = &answer.exes.emplace();
        } else if (kind == "hidden" || kind == "unnamed") {
            std::optional<int64_t>& count = kind == "hidden" ? answer.hidden : answer.unnamed;
            count = 0;
            for (const auto word : std::span(words).subspan(2)) *count += number<int32_t>(word).value_or(1);
        } else if (kind == "job") {
            const size_t name = kind.size() + words[1].size() + 2;  // the rest of the line, spaces and all
            text_of_line = &answer.jobs.emplace_back(std::string(line.substr(std::min(name, line.size()))), Text{}).text;
        } else if (kind == "jobs") {
            answer.jobs_end = words.size() > 2 ? number<int>(words[2]) : std::nullopt;
        } else if (kind == "jobless") {
            answer.jobless.push_back(decoded(words, 2));
        } else if (index && *index < looks.size()) {
            if (kind == "unknown") {
                answer.unknown[*index] = decoded(words, 2);
                if (answer.unknown[*index].empty()) answer.unknown[*index] = "the machine gave no reason";
            } else if (kind == "cut") {
                answer.commands_cut[*index] = true;
            } else if (kind == "command") {
                answer.commands[*index].push_back(decoded(words, 2));
            } else {
                answer.by_look[*index].assign(words.begin(), words.end());
                answer.by_look[*index].erase(answer.by_look[*index].begin() + 1);
                if (kind == "package") text_of_line = &answer.packages[*index];
            }
        }
    }
    for (auto& [key, lines] : machine_texts) read_machine(answers.machine, key, std::move(lines.lines));
    if (!ended) return fail(ErrorCode::unsupported, "the machine's shell does not answer the looks", std::string(text.substr(0, 200)));
    for (size_t i = 0; i < looks.size(); ++i) {
        if (auto why = unaskable(looks[i]); !why.empty()) {
            answers.facts[looks[i].name] = Fact::unknown(std::move(why));
        } else {
            judge(answers.facts, answer, looks[i], i);
        }
    }
    for (auto& [name, fact] : answers.facts) fact.text = base::utf8_text(fact.text);
    model::MachineFacts& machine = answers.machine;
    for (std::string* word :
         {&machine.os, &machine.arch, &machine.host_name, &machine.machine_id, &machine.boot_id, &machine.distro, &machine.release}) {
        *word = base::utf8_text(*word);
    }
    return answers;
}

}  // namespace douse::transport
