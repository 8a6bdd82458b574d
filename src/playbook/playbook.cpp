// SPDX-License-Identifier: Apache-2.0
#include "playbook/playbook.hpp"

#include "base/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

namespace douse::playbook {
namespace {

template <class T>
const T* find_by_id(const std::vector<T>& all, std::string_view id) {
    const auto found = std::ranges::find(all, id, [](const T& one) { return std::string_view(one.id); });
    return found == all.end() ? nullptr : &*found;
}

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};

}  // namespace

size_t width_of(FieldType type) {
    switch (type) {
        case FieldType::u8: return 1;
        case FieldType::u16le:
        case FieldType::u16be: return 2;
        case FieldType::u24be: return 3;
        case FieldType::u32le:
        case FieldType::u32be: return 4;
        case FieldType::ascii:
        case FieldType::hex: return 0;
    }
    return 0;
}

std::vector<std::string> sentences_of(const Isolation& isolation) {
    std::vector<std::string> out;
    if (isolation.who.empty()) return out;
    out.emplace_back(fmt::format("Whom: {}", isolation.who));
    if (!isolation.start.empty())
        out.emplace_back(
            fmt::format("When: {}{}", isolation.start, isolation.after ? ", after " + base::format_duration(*isolation.after) : std::string{}));
    if (!isolation.keep_open.empty()) out.emplace_back(fmt::format("Kept open: {}", fmt::join(isolation.keep_open, ", ")));
    for (const Isolation::Allowed& allowed : isolation.allow)
        out.emplace_back(fmt::format("Allowed: {} {} ({})", allowed.to, allowed.port, allowed.why));
    out.emplace_back(isolation.closed_machines ? fmt::format("Closed at most: {} machines", *isolation.closed_machines)
                                               : std::string("Closed at most: what the crews clear in a day"));
    out.emplace_back(fmt::format("Open at most: {} % of a group", isolation.open_percent));
    if (!isolation.never.empty()) out.emplace_back(fmt::format("Never: {}", fmt::join(isolation.never, ", ")));
    if (!isolation.ends_when.empty()) out.emplace_back(fmt::format("Ends when: {}", fmt::join(isolation.ends_when, ", ")));
    if (!isolation.note.empty()) out.emplace_back(isolation.note);
    return out;
}

std::string sentence_of(const Action& action) {
    return std::visit(Overloaded{[](const Remove& a) {
                                     return a.job ? fmt::format("remove the job that matches \"{}\"", a.job->text())
                                                  : fmt::format("remove the file {}", a.file);
                                 },
                                 [](const Stop& a) { return fmt::format("stop the process {} ({})", a.process, a.path); },
                                 [](const Install& a) { return fmt::format("install {} {} from the file {}", a.package, a.version, a.file); },
                                 [](const Restart& a) { return fmt::format("restart the service {}", a.service); }},
                      action);
}

std::string_view name_of(Does does) {
    switch (does) {
        case Does::prepare: return "prepare";
        case Does::clean: return "clean";
        case Does::patch: return "patch";
        case Does::mitigate: return "mitigate";
    }
    return "";
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::done: return "done";
        case Outcome::done_reboot: return "done_reboot";
        case Outcome::rebooting: return "rebooting";
        case Outcome::already: return "already";
        case Outcome::retry: return "retry";
        case Outcome::not_for_this: return "not_for_this";
    }
    return "";
}

std::string_view name_of(RetryClass retry) {
    switch (retry) {
        case RetryClass::safe: return "safe";
        case RetryClass::ask: return "ask";
        case RetryClass::never: return "never";
    }
    return "";
}

bool Check::applies_to(std::string_view platform) const {
    return platform.empty() || std::ranges::find(platforms, platform) != platforms.end();
}

bool Step::applies_to(std::string_view platform) const {
    return std::ranges::find(platforms, platform) != platforms.end();
}

const Check* Playbook::check(std::string_view check_id) const {
    return find_by_id(checks, check_id);
}
const File* Playbook::file(std::string_view file_id) const {
    return find_by_id(files, file_id);
}
const Step* Playbook::step(std::string_view step_id) const {
    return find_by_id(plan, step_id);
}

bool Playbook::has_infection_check() const {
    return std::ranges::any_of(checks, [](const Check& c) { return c.axis == model::Axis::infection && !c.hint; });
}

}  // namespace douse::playbook
