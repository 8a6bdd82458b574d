// SPDX-License-Identifier: Apache-2.0
// The plan and its proof, and the examples, which are run.
#include "playbook/check.hpp"
#include "playbook/read.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace douse::playbook {
namespace {

void lint_skip_if(const Draft& draft, const Step& step, const Node& root, size_t number, Report& report) {
    const std::string where = "step " + step.id;
    for (const auto& [id, verdict] : step.skip_if) {
        const Place place = place_in(root, {"plan", std::to_string(number), "skip_if", id});
        if (!root.find("checks") || !root.find("checks")->find(id)) {
            report.error(place, where, fmt::format("skip_if names {}, which is no check", id), "Name a check of this playbook.", "unknown-check");
            continue;
        }
        const Check* check = draft.book.check(id);
        if (!check || !draft.is_sound("check " + id)) continue;
        const bool says = std::ranges::any_of(check->rules, [&](const Rule& r) { return r.verdict == verdict; });
        if (check->ask != model::Origin::inside)
            report.error(place, where, fmt::format("skip_if is asked on the machine, and {} asks from outside", id), "Name an inside check.",
                         "skip-if");
        else if (!says)
            report.error(place, where, fmt::format("{} never says {}", id, model::name_of(verdict)), "Name a verdict that it gives.", "skip-if");
    }
    if (step.retry.when == RetryClass::ask && step.skip_if.empty()) {
        report.error(place_in(root, {"plan", std::to_string(number)}), where, "has class ask and no skip_if to ask",
                     "Write skip_if, or class safe or never.", "ask-without-skip-if");
    }
}

void lint_step(const Draft& draft, const Step& step, const Node& root, size_t number, Report& report) {
    const std::string where = "step " + step.id;
    const Place place = place_in(root, {"plan", std::to_string(number)});
    const auto same = std::ranges::count(draft.book.plan, step.id, &Step::id);
    if (same > 1 && &step != draft.book.step(step.id))
        report.error(place, where, "stands here twice", "Give each step its own name.", "duplicate-step");
    for (const std::string& id : step.platforms) {
        if (draft.is_sound("platforms") && draft.is_sound("affects") &&
            std::ranges::find(draft.book.platforms, id, &Platform::id) == draft.book.platforms.end() &&
            std::ranges::find(draft.book.affects.in, id) == draft.book.affects.in.end()) {
            report.error(place, where, fmt::format("no platform is called {}", id), "Name it under platforms.", "unknown-platform");
        }
    }
    for (const Action& action : step.actions) {
        const auto* install = std::get_if<Install>(&action);
        if (install && draft.is_sound("files") && !draft.book.file(install->file))
            report.error(place, where, fmt::format("installs {}, which no file is called", install->file), "Name it under files.", "unknown-file");
        const File* file = install && draft.is_sound("files") ? draft.book.file(install->file) : nullptr;
        if (!file) continue;
        for (const std::string& id : step.platforms) {
            if (std::ranges::find(file->platforms, id) == file->platforms.end())
                report.error(place, where, fmt::format("installs {} on {}, and that file is not for it", file->id, id),
                             "Narrow the step's for, or widen the file's.", "file-not-for");
        }
    }
    lint_skip_if(draft, step, root, number, report);
}

void lint_files(const Draft& draft, const Node& root, Report& report) {
    if (!draft.is_sound("files") || !draft.is_sound("platforms") || !draft.is_sound("affects")) return;
    for (const File& file : draft.book.files) {
        const Node* given = root.find("files")->find(file.id)->find("for");
        for (size_t i = 0; given && i < given->items.size(); ++i) {
            if (std::ranges::find(draft.book.platforms, given->items[i].text, &Platform::id) == draft.book.platforms.end())
                report.error(given->items[i].place, "file " + file.id, fmt::format("no platform is called {}", given->items[i].text),
                             "Name it under platforms.", "unknown-platform");
        }
    }
}

void lint_verify(const Draft& draft, const Node& root, Report& report) {
    if (!draft.is_sound("verify")) return;
    const auto look_at = [&](const std::vector<std::string>& ids, std::string_view list, model::Origin ask) {
        for (const std::string& id : ids) {
            const Place place = place_in(root, {"verify", list});
            const Node* node = root.find("checks") ? root.find("checks")->find(id) : nullptr;
            const Check* check = draft.book.check(id);
            if (!node) {
                report.error(place, "verify", fmt::format("no check is called {}", id), "Name a check of this playbook.", "unknown-check");
            } else if (const Node* asks = node->find("ask"); asks && asks->text == "import") {
                report.error(place, "verify", fmt::format("{} is another tool's word", id), "Only own looks prove a fix.", "import-in-verify");
            } else if (check && draft.is_sound("check " + id)) {
                if (check->ask != ask)
                    report.error(place, "verify", fmt::format("{} does not ask {}", id, list), "Put it into the other list.", "verify-kind");
                else if (check->hint)
                    report.error(place, "verify", fmt::format("{} is a hint", id), "A hint proves nothing.", "hint-in-verify");
            }
        }
    };
    look_at(draft.book.verify.inside, "inside", model::Origin::inside);
    look_at(draft.book.verify.outside, "outside", model::Origin::outside);
}

}  // namespace

void lint_plan(const Draft& draft, const Node& root, Report& report) {
    lint_files(draft, root, report);
    size_t number = 0;
    for (const Step& step : draft.book.plan) {
        ++number;
        if (draft.is_sound("step " + step.id)) lint_step(draft, step, root, number, report);
    }
    lint_verify(draft, root, report);
}

void lint_examples(const Draft& draft, Report& report) {
    for (const Check& check : draft.book.checks) {
        if (!draft.is_sound("check " + check.id)) continue;
        for (size_t i = 0; i < check.examples.size(); ++i) {
            const ExampleResult result = run_example(check, i);
            if (result.passed()) continue;
            report.error({result.line, result.col}, fmt::format("check {}, example {}", check.id, result.number),
                         fmt::format("gives {}, not {} ({})", model::name_of(result.given), model::name_of(result.wanted), result.because),
                         "Mend the rules or the example.", "example-wrong");
        }
    }
}

}  // namespace douse::playbook
