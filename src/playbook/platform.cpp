// SPDX-License-Identifier: Apache-2.0
#include "playbook/platform.hpp"

#include "playbook/rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace douse::playbook {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> arch_words{
    {{"x86_64", "x64"}, {"amd64", "x64"}, {"i386", "x86"}, {"i586", "x86"}, {"i686", "x86"}, {"aarch64", "arm64"}, {"ia64", "ia64"}}};

std::string_view arch_of(std::string_view word) {
    for (const auto& [theirs, ours] : arch_words) {
        if (theirs == word) return ours;
    }
    return word;
}

Truth one_of(const model::Facts& facts, const std::string& name, const std::vector<std::string>& allowed) {
    if (allowed.empty()) return Truth::yes;
    const auto fact = facts.find(name);
    if (fact == facts.end() || fact->second.kind != model::Fact::Kind::text || fact->second.text.empty()) return Truth::unknown;
    const std::string_view value = name == "arch" ? arch_of(fact->second.text) : std::string_view(fact->second.text);
    return std::ranges::find(allowed, value) != allowed.end() ? Truth::yes : Truth::no;
}

Truth fits(const Platform& platform, const model::Facts& facts) {
    return std::min({one_of(facts, "os", {platform.os}), one_of(facts, "distro", platform.distro), one_of(facts, "release", platform.release),
                     one_of(facts, "arch", platform.arch)});
}

}  // namespace

PlatformFit fit_platform(const Playbook& playbook, const model::Facts& facts) {
    for (const Platform& platform : playbook.platforms) {
        const Truth t = fits(platform, facts);
        if (t == Truth::yes) return {.id = platform.id, .known = true};
        if (t == Truth::unknown) return {};
    }
    return {.id = "", .known = true};
}

std::string platform_of(const Playbook& playbook, const model::Facts& facts) {
    return fit_platform(playbook, facts).id;
}
std::string platform_of(const Playbook& playbook, const model::MachineFacts& machine) {
    return platform_of(playbook, facts_of(machine));
}

model::Facts facts_of(const model::MachineFacts& machine) {
    model::Facts facts;
    const auto add = [&](const char* name, const std::string& value) {
        facts[name] = value.empty() ? model::Fact::unknown("not readable") : model::Fact::of(value);
    };
    add("os", machine.os);
    add("distro", machine.distro);
    add("release", machine.release);
    add("arch", machine.arch);
    return facts;
}

}  // namespace douse::playbook
