// SPDX-License-Identifier: Apache-2.0
// One machine: how it is and by what evidence, what happened to it, who it is, what can be done about it.
#include "assess/counts.hpp"
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>

namespace douse::server {
namespace json = boost::json;
namespace {

constexpr size_t evidence_shown = 200;  // newest; each sweep adds four rows a machine
constexpr size_t looks_shown = 50;      // of our own; what a list claims is shown whole

std::string text_of(const model::Fact& fact) {
    switch (fact.kind) {
        case model::Fact::Kind::unknown: return "unknown (" + fact.text + ")";
        case model::Fact::Kind::absent: return "absent";
        case model::Fact::Kind::present: return "present";
        case model::Fact::Kind::text: return fact.text;
        case model::Fact::Kind::number: return std::to_string(fact.number);
        case model::Fact::Kind::boolean: return fact.truth ? "yes" : "no";
    }
    return {};
}

std::string one_line(const model::Facts& facts) {
    std::string out;
    for (const auto& [name, fact] : facts) {
        if (!out.empty()) out += ", ";
        out += name + " " + text_of(fact);
    }
    if (out.size() > 300) out = out.substr(0, 297) + "...";
    return out;
}

json::array evidence_rows(const model::AssetHistory& history, const playbook::Playbook* playbook, Timestamp at) {
    // Without an incident nothing is asked, so nothing counts.
    std::vector<assess::Counts> counts(history.evidence.size(), assess::Counts::history);
    if (playbook != nullptr) counts = assess::how_each_counts(history, *playbook, at);
    json::array rows;
    for (size_t i = history.evidence.size(); i-- > 0 && rows.size() < evidence_shown;) {
        const model::Evidence* row = &history.evidence[i];
        if (row->check == model::platform_check) continue;  // who it is, not how it is
        const playbook::Check* check = playbook == nullptr ? nullptr : playbook->check(row->check);
        rows.emplace_back(json::object{{"id", row->id.value},
                                       {"check", row->check},
                                       {"title", check == nullptr ? row->check : check->title},
                                       {"says", model::name_of(row->says)},
                                       {"origin", model::name_of(row->origin)},
                                       {"because", row->because},
                                       {"read", one_line(row->facts)},
                                       {"address", row->address ? row->address->text() : std::string{}},
                                       {"taken_at_ms", base::to_ms(row->taken_at)},
                                       {"valid_until_ms", base::to_ms(row->valid_until)},
                                       {"counts", assess::name_of(counts[i])}});
    }
    return rows;
}

json::object record_view(const model::Observation& observation) {
    json::array identifiers;
    for (const model::Identifier& identifier : observation.identifiers) {
        identifiers.emplace_back(json::object{{"kind", model::name_of(identifier.kind)}, {"value", identifier.value}});
    }
    json::object attributes;
    for (const auto& [name, value] : observation.attributes) attributes[name] = value;
    json::object out{{"source", observation.source},
                     {"seen_at_ms", base::to_ms(observation.seen_at)},
                     {"identifiers", std::move(identifiers)},
                     {"attributes", std::move(attributes)}};
    if (observation.row != 0) out["row"] = observation.row;
    return out;
}

// What happened, oldest first.
class Story {
public:
    explicit Story(Snapshot& s) : s_(s) {}

    void add(Timestamp at, std::string_view kind, std::string text, std::string detail = {}) {
        rows_.push_back({at, rows_.size(), {{"at_ms", base::to_ms(at)}, {"kind", kind}, {"text", std::move(text)}}});
        if (!detail.empty()) rows_.back().form["detail"] = std::move(detail);
    }

    Result<void> add_dispositions(model::AssetId asset) {
        TRY(const std::vector<store::DispositionChange> changes, store::disposition_changes_of(s_.tx, asset));
        for (const store::DispositionChange& change : changes) {
            if (!change.to) {
                add(change.at, "disposition", "left the books", change.because);
            } else {
                add(change.at, "disposition", (change.from ? "is " : "came onto the books as ") + phrase_of(*change.to), change.because);
                rows_.back().form["disposition"] = model::name_of(*change.to);
            }
        }
        return {};
    }

    Result<void> add_tasks(const std::vector<model::Task>& tasks) {
        for (const model::Task& task : tasks) {
            TRY(const model::Campaign* campaign, s_.campaign(task.campaign));
            add(campaign->created_at, "campaign", fmt::format("planned in campaign {} as {}", campaign->id.value, phrase_of(task.planned_as)));
            TRY(const std::vector<model::Attempt> attempts, store::attempts_of(s_.tx, task.id));
            for (const model::Attempt& attempt : attempts) {
                TRY(add_attempt(*campaign, attempt));
            }
        }
        return {};
    }

    Result<void> add_exemptions(model::AssetId asset) {
        TRY(const std::vector<model::Exemption>* exemptions, s_.exemptions());
        for (const model::Exemption& exemption : *exemptions) {
            if (exemption.asset != asset) continue;
            TRY(const std::string asked_by, s_.person(exemption.asked_by));
            add(exemption.asked_at, "exemption",
                fmt::format("{} asked to leave it alone until {}", asked_by, clock_text(exemption.expires_at, s_.tx.now())), exemption.reason);
        }
        return {};
    }

    json::array rows() {
        std::ranges::sort(rows_, [](const Row& a, const Row& b) { return std::tie(a.at, a.order) < std::tie(b.at, b.order); });
        json::array out;
        for (Row& row : rows_) out.emplace_back(std::move(row.form));
        return out;
    }

private:
    struct Row {
        Timestamp at;
        size_t order;  // of adding, within one moment
        json::object form;
    };

    Result<void> add_attempt(const model::Campaign& campaign, const model::Attempt& attempt) {
        TRY(const std::vector<model::StepRow> steps, store::steps_of(s_.tx, attempt.id));
        for (const model::StepRow& step : steps) {
            std::string text = fmt::format("step {} {}", step.step, model::name_of(step.event));
            if (step.exit_code) text += fmt::format(" with {}", *step.exit_code);
            add(step.at, "step", std::move(text), step.said);
        }
        const bool over = model::is_over(attempt.state);
        std::string state(model::name_of(attempt.state));
        std::ranges::replace(state, '_', ' ');
        add(over ? attempt.ended_at : attempt.created_at, "attempt",
            fmt::format("campaign {}, attempt {}: {}", campaign.id.value, attempt.number, state), attempt.because);
        return {};
    }

    Snapshot& s_;
    std::vector<Row> rows_;
};

Result<json::array> allowed_for(Snapshot& s, const model::Asset& asset) {
    json::array allowed;
    if (asset.retired_at) return allowed;
    allow(allowed, s.caller, "checkAssets");
    allow(allowed, s.caller, "retireAsset");
    TRY(const std::vector<model::Exemption>* exemptions, s.exemptions());
    const bool has_one = std::ranges::any_of(*exemptions, [&](const model::Exemption& e) {
        return e.asset == asset.id && e.expires_at > s.tx.now() &&
               (e.state == model::RequestState::asked || e.state == model::RequestState::approved);
    });
    if (!has_one) allow(allowed, s.caller, "askExemption");
    return allowed;
}

}  // namespace

Result<json::object> asset_detail_view(Snapshot& s, model::AssetId id) {
    TRY(const model::Asset asset, store::find_asset(s.tx, id));
    TRY(const store::DispositionRow row, store::disposition_of(s.tx, asset.id));
    TRY(const model::AssetHistory history, store::history_of(s.tx, asset.id));
    std::shared_ptr<const playbook::Playbook> playbook;  // owners: the shelf and this view
    if (!history.playbook_sha256.empty()) {
        TRY(playbook, s.house.shelf.get(history.playbook_sha256, history.playbook_text));
    }
    TRY(json::object asset_row, asset_row_view(s, asset, row));
    TRY(const std::vector<model::Observation> observations, store::observations_of(s.tx, asset.id));
    TRY(const std::vector<std::string> reasons, store::reasons_of(s.tx, asset.id));
    TRY(const std::vector<model::Task> tasks, store::tasks_of_asset(s.tx, asset.id));

    json::array records;
    size_t looks = 0;
    for (const model::Observation& observation : observations) {
        if (observation.import || ++looks <= looks_shown) records.emplace_back(record_view(observation));
    }
    json::array task_rows;
    for (const model::Task& task : tasks) {
        TRY(json::object form, task_view(s, task));
        task_rows.emplace_back(std::move(form));
    }
    Story story(s);
    if (!observations.empty()) story.add(observations.back().seen_at, "seen", fmt::format("first seen by {}", observations.back().source));
    TRY(story.add_dispositions(asset.id));
    TRY(story.add_tasks(tasks));
    TRY(story.add_exemptions(asset.id));
    json::value exemption = nullptr;
    TRY(const std::vector<model::Exemption>* exemptions, s.exemptions());
    for (const model::Exemption& e : *exemptions) {  // newest first
        if (e.asset != asset.id) continue;
        TRY(json::object form, exemption_view(s, e));
        exemption = std::move(form);
        break;
    }
    TRY(json::array allowed, allowed_for(s, asset));
    return json::object{{"asset", std::move(asset_row)},
                        {"vulnerability", model::name_of(row.assessment.vulnerability)},
                        {"infection", model::name_of(row.assessment.infection)},
                        {"changes_at_ms", wire::ms_or_null(row.assessment.changes_at)},
                        {"evidence", evidence_rows(history, playbook.get(), s.tx.now())},
                        {"story", story.rows()},
                        {"records", std::move(records)},
                        {"reasons", json::array(reasons.begin(), reasons.end())},
                        {"exemption", std::move(exemption)},
                        {"tasks", std::move(task_rows)},
                        {"allowed", std::move(allowed)},
                        {"as_of_ms", s.now_ms()}};
}

}  // namespace douse::server
