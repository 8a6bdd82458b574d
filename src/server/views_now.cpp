// SPDX-License-Identifier: Apache-2.0
// The page Now: how bad is it, which way it goes, what needs a decision, what just happened.
#include "server/decisions.hpp"
#include "server/views.hpp"
#include "store/campaign_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <ranges>

namespace douse::server {
namespace json = boost::json;
namespace {

constexpr Millis change_span = std::chrono::hours{1};
constexpr Millis minute = std::chrono::minutes{1};
constexpr int curve_points = 120;
constexpr int64_t recent_changes = 500;       // for what just happened
constexpr int64_t searched_changes = 20'000;  // for the last infection, when it isn't among the recent ones
constexpr size_t happened_shown = 40;

struct Happened {
    Timestamp at;
    json::object form;
};

Happened happened(Timestamp at, std::string_view kind, std::string text, std::string link) {
    json::object form{{"at_ms", base::to_ms(at)}, {"kind", kind}, {"text", std::move(text)}};
    if (!link.empty()) form["link"] = std::move(link);
    return {at, std::move(form)};
}

std::string went(const store::DispositionChange& change, int64_t count) {
    const std::string who = count == 1 ? change.name : count_of(count, "machine", "machines");
    if (!change.to) return fmt::format("{} left the books", who);
    if (!change.from) return fmt::format("{} came onto the books as {}", who, phrase_of(*change.to));
    return fmt::format("{} went from {} to {}", who, phrase_of(*change.from), phrase_of(*change.to));
}

// Changes newest first; those of one kind within a minute become one line.
void add_changes(std::vector<Happened>& out, const std::vector<store::DispositionChange>& changes) {
    std::vector<bool> told(changes.size());
    for (size_t i = 0; i < changes.size(); ++i) {
        if (told[i]) continue;
        const store::DispositionChange& first = changes[i];
        int64_t count = 0;
        for (size_t j = i; j < changes.size() && changes[j].at > first.at - minute; ++j) {
            if (told[j] || changes[j].from != first.from || changes[j].to != first.to) continue;
            told[j] = true;
            ++count;
        }
        std::string link = count == 1 ? fmt::format("/machines/{}", first.asset.value) : std::string{};
        if (count > 1 && first.to) link = fmt::format("/machines?disposition={}", model::name_of(*first.to));
        Happened row = happened(first.at, "disposition", went(first, count), std::move(link));
        row.form["machines"] = count;
        if (first.to) row.form["disposition"] = model::name_of(*first.to);
        out.push_back(std::move(row));
    }
}

struct Said {
    std::string_view action;  // of a ledger row
    std::string_view kind;
    std::string_view text;  // {0} person, {1} subject
};
constexpr std::array said{
    Said{"incident.open", "decision", "{0} opened {1}"},
    Said{"incident.close", "decision", "{0} closed {1}"},
    Said{"scope.add", "decision", "{0} added ranges to the scope"},
    Said{"scope.remove", "decision", "{0} took ranges out of the scope"},
    Said{"list.import", "import", "{0} imported {1}"},
    Said{"asset.retire", "machine", "{0} retired {1}"},
    Said{"exemption.ask", "decision", "{0} asked for {1}"},
    Said{"exemption.approve", "decision", "{0} approved {1}"},
    Said{"exemption.decline", "decision", "{0} declined {1}"},
    Said{"campaign.plan", "campaign", "{0} planned {1}"},
    Said{"campaign.approve", "campaign", "{0} approved {1}"},
    Said{"campaign.start", "campaign", "{0} started {1}"},
    Said{"campaign.pause", "campaign", "{0} paused {1}"},
    Said{"campaign.resume", "campaign", "{0} resumed {1}"},
    Said{"campaign.stop", "campaign", "{0} stopped {1}"},
    Said{"wave.settle", "wave", "{0} settled a wave of {1}"},
    Said{"hostkey.accept", "decision", "{0} accepted {1}"},
    Said{"stop.everything", "decision", "{0} stopped all new actions"},
    Said{"stop.resume", "decision", "{0} allowed new actions again"},
};

Result<void> add_decisions(Snapshot& s, std::vector<Happened>& out) {
    TRY(const std::vector<model::LedgerRow> ledger, store::list_ledger(s.tx, 0, 100));
    for (const model::LedgerRow& row : ledger) {
        const auto* found = std::ranges::find(said, std::string_view(row.action), &Said::action);
        if (found == said.end()) continue;
        TRY(const std::string person, s.person(row.person));
        const std::string link = row.subject.starts_with("campaign ") ? "/campaigns/" + row.subject.substr(9) : std::string{};
        out.push_back(happened(row.at, found->kind, fmt::format(fmt::runtime(found->text), person, row.subject), link));
    }
    return {};
}

void add_sweeps(std::vector<Happened>& out, const std::vector<store::SweepRow>& sweeps) {
    for (const store::SweepRow& sweep : sweeps) {
        if (!sweep.ended_at) continue;
        const bool whole = sweep.kind == store::SweepKind::sweep;
        std::string text = sweep.state == store::SweepState::failed
                               ? fmt::format("{} {} failed: {}", store::name_of(sweep.kind), sweep.id.value, sweep.because)
                               : fmt::format("{} {}: {} of {} answered, {} changed{}", store::name_of(sweep.kind), sweep.id.value, sweep.answered,
                                             count_of(sweep.targets, "address", "addresses"), sweep.changed, sweep.clean ? ", all done" : "");
        text[0] = whole ? 'S' : 'C';
        out.push_back(happened(*sweep.ended_at, "sweep", std::move(text), "/sweeps"));
    }
}

// A gated wave ended when it came to its gate; who let it pass, and when, is the line of their decision.
std::string became_of(const model::Wave& wave, const model::Campaign& campaign) {
    if (wave.gated_because.empty()) return "passed";
    const bool waits = wave.state == model::WaveState::gated && model::may_move(campaign.state, model::CampaignState::stopped);
    return (waits ? "waits at its gate: " : "came to its gate: ") + wave.gated_because;
}

// What the runner did by itself, in the newest campaigns.
Result<void> add_campaigns(Snapshot& s, std::vector<Happened>& out, const std::vector<model::Campaign>& campaigns) {
    for (const model::Campaign& campaign : campaigns | std::views::take(3)) {
        const std::string link = fmt::format("/campaigns/{}", campaign.id.value);
        if (campaign.state == model::CampaignState::done)
            out.push_back(happened(campaign.ended_at, "campaign", fmt::format("Campaign {} is done", campaign.id.value), link));
        TRY(const std::vector<model::Wave> waves, store::waves_of(s.tx, campaign.id));
        for (const model::Wave& wave : waves) {
            if (wave.ended_at == Timestamp{} || (wave.state != model::WaveState::passed && wave.state != model::WaveState::gated)) continue;
            const std::string name = wave.number == 0 ? "The canary" : fmt::format("Wave {}", wave.number);
            out.push_back(
                happened(wave.ended_at, "wave", fmt::format("{} of campaign {} {}", name, campaign.id.value, became_of(wave, campaign)), link));
        }
    }
    return {};
}

json::array newest(std::vector<Happened> rows) {
    std::multimap<Timestamp, Happened*, std::greater<>> in_order;  // within one moment as they were added
    for (Happened& row : rows) in_order.emplace(row.at, &row);
    json::array out;
    for (const auto& [at, row] : in_order) {
        if (out.size() == happened_shown) break;
        out.emplace_back(std::move(row->form));
    }
    return out;
}

json::value infection_in(const std::vector<store::DispositionChange>& changes) {
    for (const store::DispositionChange& change : changes) {
        if (change.to != model::Disposition::infected || change.from == model::Disposition::infected_isolated) continue;
        return json::object{{"at_ms", base::to_ms(change.at)}, {"asset", change.asset.value}, {"name", change.name}, {"place", change.place}};
    }
    return nullptr;
}

json::object change_of(const model::Books& now, const store::CurvePoint& then) {
    std::array<int64_t, model::disposition_count> counts{};
    for (size_t i = 0; i < counts.size(); ++i) counts[i] = now.counts[i] - then.books.counts[i];
    return {{"since_ms", base::to_ms(then.at)}, {"counts", wire::counts_to_json(counts)}};
}

json::array curve_view(const std::vector<store::CurvePoint>& curve) {
    json::array out;
    for (const store::CurvePoint& point : curve) {
        out.emplace_back(
            json::object{{"at_ms", base::to_ms(point.at)}, {"on_books", point.books.on_books}, {"counts", wire::counts_to_json(point.books.counts)}});
    }
    return out;
}

json::array places_view(const store::Mirror& mirror) {
    json::array out;
    for (const auto& [place, books] : mirror.books_by_place()) {
        const json::object form = wire::to_json(books);
        out.emplace_back(json::object{{"place", place}, {"on_books", books.on_books}, {"open", form.at("open")}, {"counts", form.at("counts")}});
    }
    return out;
}

}  // namespace

Result<json::object> now_view(Snapshot& s) {
    const Timestamp now = s.tx.now();
    TRY(const model::Books books, store::books(s.tx));
    TRY(const auto incident, store::current_incident(s.tx));
    TRY(const std::vector<store::CurvePoint> lately, store::books_curve(s.tx, now - change_span, 2));
    TRY(const std::vector<store::CurvePoint> curve,
        store::books_curve(s.tx, incident ? incident->opened_at : now - std::chrono::hours{24}, curve_points));
    TRY(const std::vector<store::DispositionChange> changes,
        store::disposition_changes(s.tx, incident ? incident->opened_at : now - std::chrono::hours{24}, recent_changes));
    TRY(const std::vector<store::SweepRow> sweeps, store::list_sweeps(s.tx, 10));
    TRY(const std::vector<model::Campaign> campaigns, store::list_campaigns(s.tx));
    TRY(const std::optional<Timestamp> last_fact, store::newest_fact_at(s.tx));

    json::object out{{"incident", nullptr},
                     {"books", wire::to_json(books)},
                     {"change", lately.empty() ? change_of(books, {now, books}) : change_of(books, {now - change_span, lately.front().books})},
                     {"curve", curve_view(curve)},
                     {"last_infection", infection_in(changes)},
                     {"places", places_view(s.house.store.mirror())},
                     {"campaign", nullptr},
                     {"sweep", nullptr},
                     {"last_fact_at_ms", wire::ms_or_null(last_fact)},
                     {"as_of_ms", s.now_ms()}};
    if (incident) {
        TRY(out["incident"], incident_view(s, *incident));
    }
    if (out["last_infection"].is_null() && static_cast<int64_t>(changes.size()) == recent_changes) {
        TRY(const std::vector<store::DispositionChange> all,
            store::disposition_changes(s.tx, changes.back().at - std::chrono::hours{24 * 30}, searched_changes));
        out["last_infection"] = infection_in(all);
    }
    TRY(out["decisions"], decisions_view(s, campaigns));
    TRY(out["stop"], stop_view(s));
    if (!campaigns.empty()) {
        TRY(out["campaign"], campaign_summary_view(s, campaigns.front()));
    }
    if (!sweeps.empty()) out["sweep"] = sweep_view(sweeps.front());
    std::vector<Happened> events;
    add_changes(events, changes);
    TRY(add_decisions(s, events));
    add_sweeps(events, sweeps);
    TRY(add_campaigns(s, events, campaigns));
    out["happened"] = newest(std::move(events));
    return out;
}

}  // namespace douse::server
