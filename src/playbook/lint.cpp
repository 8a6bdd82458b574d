// SPDX-License-Identifier: Apache-2.0
// What only a look at the whole can tell: names that nobody defined, platforms that never win, sources, and warnings.
#include "playbook/read.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <map>

namespace douse::playbook {
namespace {

template <class T>
bool is_subset(const std::vector<T>& inner, const std::vector<T>& outer) {
    return std::ranges::all_of(inner, [&](const T& x) { return std::ranges::find(outer, x) != outer.end(); });
}

// Whatever fits `later` fits `earlier` too: an empty list asks nothing.
bool always_fits_first(const Platform& earlier, const Platform& later) {
    const auto implied = [](const std::vector<std::string>& first, const std::vector<std::string>& second) {
        return first.empty() || (!second.empty() && is_subset(second, first));
    };
    return earlier.os == later.os && implied(earlier.distro, later.distro) && implied(earlier.release, later.release) &&
           implied(earlier.arch, later.arch);
}

void lint_platforms(const Draft& draft, const Node& root, Report& report) {
    const Playbook& book = draft.book;
    if (!draft.is_sound("platforms")) return;
    for (size_t later = 0; later < book.platforms.size(); ++later) {
        for (size_t earlier = 0; earlier < later; ++earlier) {
            const std::string& id = book.platforms[later].id;
            if (!always_fits_first(book.platforms[earlier], book.platforms[later])) continue;
            report.error(place_in(root, {"platforms", id}), "platform " + id,
                         fmt::format("never wins; whatever fits it fits {} first", book.platforms[earlier].id), "Put the narrower platform first.",
                         "platform-never-wins");
            break;
        }
    }
    if (!draft.is_sound("affects")) return;
    const auto known = [&](const std::string& id) { return std::ranges::find(book.platforms, id, &Platform::id) != book.platforms.end(); };
    for (const auto* list : {&book.affects.in, &book.affects.out}) {
        for (const std::string& id : *list) {
            if (!known(id))
                report.error(place_in(root, {"affects", list == &book.affects.in ? "in" : "out"}), "affects",
                             fmt::format("no platform is called {}", id), "Name it under platforms.", "unknown-platform");
        }
    }
    for (const std::string& id : book.affects.in) {
        if (std::ranges::find(book.affects.out, id) != book.affects.out.end())
            report.error(place_in(root, {"affects", "out"}), "affects", fmt::format("{} stands under in and out", id), "Decide.", "in-and-out");
        const auto platform = std::ranges::find(book.platforms, id, &Platform::id);
        if (platform != book.platforms.end() && platform->os != "linux") {
            report.error(place_in(root, {"platforms", id, "os"}), "platform " + id,
                         fmt::format("machines of {} are not supported in this version", platform->os),
                         "Supported is linux; others may stand under out.", "unsupported");
        }
    }
}

// ---- references

using Visit = std::function<void(const Node& map, const std::string& where)>;

void for_each_map(const Node& node, const std::string& where, const Visit& visit) {
    if (node.is_map()) visit(node, where);
    for (const Member& m : node.members) for_each_map(m.value, where.empty() ? m.key : where + ", " + m.key, visit);
    for (const Node& item : node.items) for_each_map(item, where, visit);
}

void collect_text(const Node& node, std::string& out) {
    if (node.kind == Node::Kind::text) out += node.text + "\n";
    for (const Member& m : node.members) collect_text(m.value, out);
    for (const Node& item : node.items) collect_text(item, out);
}

void lint_references(const Draft& draft, const Node& root, Report& report) {
    const auto known = [&](const std::string& id) {
        return id == "unverified" || std::ranges::find(draft.book.references, id, &Reference::id) != draft.book.references.end();
    };
    for_each_map(root, "", [&](const Node& map, const std::string& where) {
        const Node* ref = map.find("ref");
        if (!ref || where.starts_with("references")) return;
        if (!ref->is_list() || ref->items.empty())
            report.error(ref->place, where, fmt::format("\"ref\" wants a list of references, not {}", shown(*ref)), "Write ref: [KEY].", "list");
        for (const Node& item : ref->items) {
            if (!known(item.text))
                report.error(item.place, where, fmt::format("no reference is called {}", item.text), "Name it under references, or write unverified.",
                             "unknown-reference");
        }
    });
    std::string prose;
    for (const Member& m : root.members) {
        if (m.key != "references") collect_text(m.value, prose);
    }
    for (const Reference& r : draft.book.references) {
        if (prose.find(r.id) == std::string::npos)
            report.warning(place_in(root, {"references", r.id}), "reference " + r.id, "is never used", "Use it or take it out.", "unused-reference");
    }
}

// A fact has its source near: on the rule or look itself, or on the check, file, step or platform around it.
void lint_sources(const Draft& draft, const Node& root, Report& report) {
    const auto warn = [&](Place place, std::string where, std::string_view fact) {
        report.warning(place, where, fmt::format("{} stands here without a ref", fact), "Write ref: [KEY] of the source, or [unverified].", "no-ref");
    };
    for (const Platform& p : draft.book.platforms) {
        const Node* node = root.find("platforms")->find(p.id);
        if (!p.release.empty() && !node->find("ref")) warn(node->place, "platform " + p.id, "a release");
    }
    for (const Check& c : draft.book.checks) {
        const Node& check = *root.find("checks")->find(c.id);
        if (!draft.is_sound("check " + c.id) || check.find("ref")) continue;
        bool any = false;
        const std::vector<Node>& says = check.find("says")->items;
        for (size_t i = 0; i < c.rules.size() && i < says.size(); ++i) {
            const bool has_ref = says[i].find("ref") != nullptr;
            any = any || has_ref;
            const bool versions = std::ranges::any_of(c.rules[i].when, [](const Lines& lines) {
                return std::ranges::any_of(lines, [](const Line& l) { return std::holds_alternative<InVersions>(l.test); });
            });
            if (versions && !has_ref) warn(says[i].place, fmt::format("check {}, rule {}", c.id, i + 1), "a version");
        }
        const bool paths = std::ranges::any_of(c.looks, [](const model::Look& l) { return l.kind == model::LookKind::file || !l.path.empty(); });
        if (paths && !any) warn(check.place, "check " + c.id, "a path");
    }
    for (const File& f : draft.book.files) {
        const Node& node = *root.find("files")->find(f.id);
        if (!node.find("ref")) warn(node.place, "file " + f.id, "a file");
        if (f.from.find(' ') == std::string::npos)
            report.warning(place_in(root, {"files", f.id, "from"}), "file " + f.id, "from names no place that a person can read",
                           "Write who has it and under which name.", "from");
    }
    for (const Step& s : draft.book.plan) {
        const auto items = root.find("plan")->items;
        const auto node = std::ranges::find_if(items, [&](const Node& n) { return n.find("step") && n.find("step")->text == s.id; });
        const bool facts = std::ranges::any_of(s.actions, [](const Action& a) { return !std::holds_alternative<Restart>(a); });
        if (node != items.end() && facts && !node->find("ref")) warn(node->place, "step " + s.id, "a version or path");
    }
}

// ---- checks among each other

void lint_over(const Draft& draft, const Node& root, Report& report) {
    const Playbook& book = draft.book;
    const Node* checks = root.find("checks");
    for (const Check& c : book.checks) {
        for (size_t i = 0; i < c.over.size(); ++i) {
            const std::string& other = c.over[i];
            const Place place = place_in(root, {"checks", c.id, "over", std::to_string(i + 1)});
            const Check* outranked = book.check(other);
            if (!checks->find(other)) {
                report.error(place, "check " + c.id, fmt::format("over names {}, which is no check", other), "Name a check of this playbook.",
                             "unknown-check");
            } else if (outranked && draft.is_sound("check " + c.id) && draft.is_sound("check " + other) && outranked->axis != c.axis) {
                report.error(
                    place, "check " + c.id,
                    fmt::format("over names {}, which speaks of {}", other, outranked->axis == model::Axis::infection ? "infection" : "the hole"),
                    "A check outranks only checks of its own axis; take it out.", "over-other-axis");
            }
        }
        // From c along `over`: does it come back?
        std::set<std::string> seen;
        std::vector<std::string> open = c.over;
        while (!open.empty()) {
            const std::string id = open.back();
            open.pop_back();
            if (!seen.insert(id).second) continue;
            if (const Check* next = book.check(id)) open.insert(open.end(), next->over.begin(), next->over.end());
        }
        if (seen.contains(c.id))
            report.error(place_in(root, {"checks", c.id, "over"}), "check " + c.id, "outranks itself, by way of over",
                         "One of the checks has the last word; take the others' over out.", "over-cycle");
    }
}

void lint_patched(const Draft& draft, const Node& root, Report& report) {
    for (const std::string& id : draft.book.affects.in) {
        const bool patched = std::ranges::any_of(draft.book.plan, [&](const Step& s) { return s.does == Does::patch && s.applies_to(id); });
        if (!patched)
            report.warning(place_in(root, {"affects", "in"}), "platform " + id, "no step patches it; its machines need hands",
                           "Add a step, or say so to the group leads.", "no-patch-step");
    }
}

void lint_axes(const Draft& draft, const Node& root, Report& report) {
    for (const model::Axis axis : {model::Axis::vulnerability, model::Axis::infection}) {
        bool any = false, inside = false;
        for (const Check& c : draft.book.checks) {
            if (c.axis != axis || c.hint) continue;
            any = true;
            inside = inside || c.ask == model::Origin::inside;
        }
        if (any && !inside) {
            report.warning(place_in(root, {"checks"}), "checks",
                           fmt::format("only outside checks speak of {}", axis == model::Axis::infection ? "infection" : "the hole"),
                           axis == model::Axis::infection ? "Nothing can ever say clean; add an inside check." : "Add an inside check.",
                           "only-outside");
        }
    }
}

}  // namespace

void lint(Draft& draft, const Node& root, Report& report) {
    const Playbook& book = draft.book;
    lint_platforms(draft, root, report);
    lint_references(draft, root, report);
    lint_over(draft, root, report);
    for (const Check& c : book.checks) {
        if (!draft.is_sound("check " + c.id)) continue;
        const size_t before = report.errors();
        lint_check(c, book, *root.find("checks")->find(c.id), report);
        if (report.errors() != before) draft.broken.insert("check " + c.id);
    }
    lint_plan(draft, root, report);
    if (report.errors() > 0) return;  // warnings about a playbook that is refused anyway only hide why
    lint_sources(draft, root, report);
    lint_axes(draft, root, report);
    lint_patched(draft, root, report);
    const bool told = std::ranges::any_of(book.changes, [&](const auto& change) { return change.first == book.version; });
    if (!told)
        report.warning(place_in(root, {"changes"}), "changes", fmt::format("no sentence for version {}", book.version), "Write what changed.",
                       "no-change");
    const auto technician = book.instructions.find("technician");
    if (technician != book.instructions.end() && technician->second.size() < 2) {
        report.warning(place_in(root, {"instructions", "technician"}), "instructions", "technicians are told in one language only",
                       "Add the site's other languages.", "one-language");
    }
}

}  // namespace douse::playbook
