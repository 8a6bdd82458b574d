// SPDX-License-Identifier: Apache-2.0
#include "playbook/read.hpp"

#include "base/digest.hpp"
#include "model/plain_words.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <algorithm>

namespace douse::playbook {
namespace {

constexpr size_t looks_limit = 40;

model::Look read_look(const Member& member, const std::string& where, Report& report) {
    Fields f(report, member.value, where + ", look " + member.key);
    model::Look look{.name = member.key};
    if (!f.is_map()) return look;
    const auto path_in = [&](std::string_view key, Need need) {
        std::string path = f.text(key, path_limit, need);
        if (!path.empty() && !model::is_plain_path(path)) {
            const Node& node = *member.value.find(key);
            const bool windows = path.find('\\') != std::string::npos || path.starts_with('%');
            f.error(node.place,
                    windows ? "paths of Windows are not supported in this version" : fmt::format("{} is not a plain absolute path", shown(node)),
                    "Write a path that begins with /, on one line, without . and .. in it.", windows ? "unsupported" : "path");
        }
        return path;
    };
    if (member.value.find("file")) {
        look.kind = model::LookKind::file;
        look.argument = path_in("file", Need::required);
    } else if (member.value.find("process")) {
        look.kind = model::LookKind::process;
        look.argument = f.text("process", line_limit, Need::required);
        if (!look.argument.empty() && !model::is_process_name(look.argument))
            f.wrong(*member.value.find("process"), "process", "a process's name", "Write it on one line.", "process");
        look.path = path_in("path", Need::optional);
    } else if (const Node* port = member.value.find("listener")) {
        look.kind = model::LookKind::listener;
        f.ignore("listener");
        if (tcp_port_of(report, *port, f.where(), "listener")) look.argument = port->text;
    } else if (const Node* job = member.value.find("job")) {
        look.kind = model::LookKind::job;
        f.ignore("job");
        if (const auto regex = regex_of(report, *job, f.where(), "job")) look.argument = regex->text();
    } else if (member.value.find("package")) {
        look.kind = model::LookKind::package;
        look.argument = f.text("package", line_limit, Need::required);
        if (!look.argument.empty() && !model::is_package_name(look.argument))
            f.wrong(*member.value.find("package"), "package", "a package's name", "Lower-case letters, digits, + - and .", "package");
    } else if (const Node* reboot = member.value.find("reboot_pending")) {
        look.kind = model::LookKind::reboot_pending;
        f.ignore("reboot_pending");
        if (reboot->kind != Node::Kind::boolean || !reboot->truth)
            f.wrong(*reboot, "reboot_pending", "true", "The look is named so; a rule says which answer it wants.", "reboot-pending");
    } else {
        for (const std::string_view key : {"registry", "service", "update", "search", "version_of"}) {
            if (!member.value.find(key)) continue;
            f.not_yet(key, "Supported looks are file, process, listener, job, package and reboot_pending.");
            return look;
        }
        f.error(member.place, "this look looks at nothing", "Write one of file, process, listener, job, package or reboot_pending.", "look");
        return look;
    }
    f.close();
    return look;
}

void read_outside(Fields& f, Check& check) {
    if (const Node* port = f.get("port", Need::required, "Write the port to ask, e.g. port: 445/tcp.")) {
        const auto add = [&](const Node& node) {
            if (const auto number = tcp_port_of(f.report(), node, f.where(), "port")) check.ports.push_back(*number);
        };
        if (port->is_list())
            std::ranges::for_each(port->items, add);
        else
            add(*port);
        if (port->is_list() && port->items.empty()) f.wrong(*port, "port", "at least one port", "Write the port to ask.", "port");
    }
    if (f.node().find("use")) {
        f.not_yet("use", "Built-in probes are not there yet; write the conversation under talk.");
        f.ignore("talk");
        f.ignore("max_bytes");
    } else {
        check.talk = read_talk(f);
    }
    if (const Node* as = f.map("as", Need::optional)) {
        for (const Member& m : as->members) {
            if (m.value.kind == Node::Kind::text && m.value.text == "deb") {
                check.as.emplace(m.key, VersionScheme::deb);
            } else if (m.value.kind == Node::Kind::text && RE2::FullMatch(m.value.text, "rpm|windows|semver|dotted|upstream")) {
                f.error(m.value.place, fmt::format("versions compared as {} are not supported in this version", m.value.text), "Supported is deb.",
                        "unsupported");
            } else {
                f.wrong(m.value, "as", "how a version is compared", "Write deb.", "version-scheme");
            }
        }
    }
}

void read_inside(Fields& f, Check& check) {
    if (const Node* looks = f.map("look", Need::required, "Name what to look at.")) check.looks = read_looks(*looks, f.where(), f.report());
    if (check.timeout > model::longest_look)
        f.error(f.node().find("timeout")->place,
                fmt::format("an inside check of more than {} s is not supported in this version", model::longest_look.count() / 1000),
                "One visit gives its looks no longer; shorten it.", "unsupported");
    for (model::Look& look : check.looks) {
        look.timeout = check.timeout;
        if (look.kind == model::LookKind::package) check.as.emplace(look.name + ".version", VersionScheme::deb);
    }
    if (const Node* by_hand = f.map("by_hand", Need::optional)) {
        for (const Member& m : by_hand->members) {
            if (std::ranges::find(check.looks, m.key, &model::Look::name) == check.looks.end()) {
                f.error(m.place, fmt::format("by_hand names {}, which is no look of this check", m.key), "Name one of its looks.", "by-hand");
            }
            if (auto text = text_of(f.report(), m.value, f.where(), m.key, line_limit)) check.by_hand.emplace(m.key, *std::move(text));
        }
    }
}

}  // namespace

std::vector<model::Look> read_looks(const Node& looks, const std::string& where, Report& report) {
    std::vector<model::Look> out;
    if (looks.members.size() > looks_limit)
        report.error(looks.place, where, fmt::format("there are {} looks", looks.members.size()),
                     fmt::format("At most {}; split the check.", looks_limit), "too-many");
    for (const Member& m : looks.members) {
        if (is_reserved(m.key)) {
            report.error(m.place, where, fmt::format("a look can't be called {}", m.key), "That name belongs to Douse; choose another.",
                         "reserved-name");
        } else if (!is_name(m.key)) {
            report.error(m.place, where, fmt::format("\"{}\" is not a name", m.key),
                         "A name is lower-case letters, digits, - and _, and begins with a letter.", "name");
        }
        out.push_back(read_look(m, where, report));
    }
    return out;
}

Check read_check(const Member& member, const std::vector<std::string>& affected, Millis valid, Report& report) {
    Fields f(report, member.value, "check " + member.key);
    Check check{.id = member.key, .valid = valid};
    if (!is_name(member.key) || member.key == model::platform_check) {
        f.error(member.place, fmt::format("a check can't be called {}", member.key),
                "A name is lower-case letters, digits, - and _; platform is reserved.", "name");
    }
    check.title = f.text("title", line_limit, Need::required, "Write the question, as a question.");
    const std::string ask = f.word("ask", {"outside", "inside", "program", "import"}, Need::required);
    if (ask == "program" || ask == "import") {
        f.error(member.value.find("ask")->place,
                fmt::format("checks that ask {} are not supported in this version", ask == "program" ? "a program" : "an import"),
                "Supported are outside and inside.", "unsupported");
        return check;
    }
    if (ask.empty()) return check;
    check.ask = ask == "outside" ? model::Origin::outside : model::Origin::inside;
    check.platforms = f.names("for", Need::optional);
    check.narrowed = member.value.find("for") != nullptr;
    if (!check.narrowed) check.platforms = affected;
    check.hint = f.word("strength", {"proof", "hint"}, Need::optional, "proof") == "hint";
    check.over = f.names("over", Need::optional);
    check.valid = f.duration("valid", Need::optional).value_or(valid);
    check.timeout = f.duration("timeout", Need::required, "Write how long it may take at most, e.g. timeout: 30s.").value_or(Millis{});
    if (check.ask == model::Origin::outside)
        read_outside(f, check);
    else
        read_inside(f, check);
    check.talk.timeout = check.timeout;
    if (const Node* says = f.list("says", Need::required, "Write which answers mean what.")) check.rules = read_rules(*says, f.where(), report);
    if (const Node* examples = f.list("examples", Need::optional)) check.examples = read_examples(*examples, f.where(), report);
    if (!check.rules.empty()) check.axis = model::axis_of(check.rules.front().verdict).value_or(model::Axis::vulnerability);
    f.ignore("ref");
    (void)f.text("note", text_limit, Need::optional);
    f.close();
    check.hash = base::sha256_hex(canonical_json_without(member.value, {"examples", "note"}));
    return check;
}

}  // namespace douse::playbook
