// SPDX-License-Identifier: Apache-2.0
#include "drill/summary.hpp"

#include "drill/package.hpp"
#include "wire/forms.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

namespace douse::drill {
namespace {

namespace json = boost::json;
using model::Disposition;

// The step of the drill's playbook whose work each wrapper counts.
constexpr std::string_view dpkg_step = "patch";
constexpr std::string_view restart_step = "restart";

void compare_calls(const std::string& machine, std::string_view step, int calls, const StepTally& journal, Summary& out) {
    const std::string line = fmt::format("{}: {} called {}, started {}, done {}", machine, step, calls, journal.started, journal.done);
    if (calls > journal.started) out.ran_twice.push_back(line);
    if (calls < journal.done) out.lost.push_back(line);
}

StepTally tally_of(const BookedAsset& asset, std::string_view step) {
    const auto found = asset.steps.find(std::string(step));
    return found == asset.steps.end() ? StepTally{} : found->second;
}

// The API's counts sum, and are what its own list says when it is counted.
bool is_balanced(const BooksAtEnd& books) {
    decltype(model::Books::counts) recount{};
    for (const BookedAsset& asset : books.assets) ++recount[static_cast<size_t>(asset.disposition)];
    return books.books.balanced() && books.books.on_books == static_cast<int64_t>(books.assets.size()) && recount == books.books.counts;
}

// By what the machine shows, whatever Douse says of its attempts.
bool was_patched(const Machine& machine, const MachineTruth& truth) {
    return machine.service == Service::vulnerable && truth.installed_version == fixed_version;
}

json::array texts(const std::vector<std::string>& lines) {
    json::array out;
    for (const std::string& line : lines) out.emplace_back(line);
    return out;
}

json::object counts(const std::map<std::string, int64_t>& map) {
    json::object out;
    for (const auto& [key, count] : map) out[key] = count;
    return out;
}

std::string list(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string out = fmt::format("\n  {}\n", title);
    for (const std::string& line : lines) out += "    " + line + "\n";
    return out;
}

}  // namespace

bool Summary::won() const {
    return plot.won && balanced && ledger_verified && rebuilt_equal && books.on_books == machines_true && books.retired == ghosts &&
           agree == machines_true && disagree.empty() && identity.split.empty() && identity.merged.empty() && ran_twice.empty() && lost.empty() &&
           never_unverified.empty() && out_of_scope_packets == 0 && kills_left == 0 && (manual || server_restarts <= static_cast<int>(kills.size()));
}

Summary sum_up(const Organisation& organisation, const BooksAtEnd& books, const std::vector<Read>& truths) {
    Summary out;
    out.machines_true = static_cast<int64_t>(organisation.machines.size());
    out.ghosts = static_cast<int64_t>(organisation.ghosts.size());
    out.books = books.books;
    out.balanced = is_balanced(books);
    out.attempts = books.attempts;
    out.needs_hands = books.needs_hands;
    out.ledger_verified = books.ledger_verified;
    out.rebuilt_equal = books.rebuilt_equal;
    out.identity = compare_identity(books, organisation);

    std::map<size_t, const BookedAsset*> asset_of;
    for (const BookedAsset& asset : books.assets) {
        for (size_t machine : asset.machines) asset_of.emplace(machine, &asset);
        if (asset.machines.empty())
            out.disagree.push_back({asset.name, std::string(model::name_of(asset.disposition)), asset.ghost ? "retired" : "no such machine"});
    }
    for (const Machine& machine : organisation.machines) {
        const Read& read = truths[machine.number];
        if (!read.truth) {
            out.disagree.push_back({machine.label, "-", "could not be read: " + read.why_not});
            continue;
        }
        const auto found = asset_of.find(machine.number);
        std::optional<Booked> booked;
        if (found != asset_of.end()) booked = Booked{found->second->disposition, found->second->task, found->second->reason};
        const Judgement judgement = judge(machine.kind, *read.truth, booked);
        if (judgement.agrees)
            ++out.agree;
        else
            out.disagree.push_back({fmt::format("{} ({})", machine.label, name_of(machine.kind)), judgement.said, judgement.truth});
        if (found == asset_of.end()) continue;
        if (was_patched(machine, *read.truth) && !found->second->was_unverified) out.never_unverified.push_back(machine.label);
        compare_calls(machine.label, dpkg_step, read.truth->counts.dpkg, tally_of(*found->second, dpkg_step), out);
        compare_calls(machine.label, restart_step, read.truth->counts.restart, tally_of(*found->second, restart_step), out);
    }
    return out;
}

json::object to_json(const Summary& s) {
    json::array disagree;
    for (const Disagreement& d : s.disagree) disagree.push_back(json::array{json::value(d.machine), json::value(d.said), json::value(d.truth)});
    json::array kills;
    for (const CampaignSeen& met : s.kills)
        kills.push_back(json::object{{"campaign", met.campaign}, {"wave", met.wave}, {"attempts", counts(met.attempts)}});
    return {{"machines_true", s.machines_true},
            {"on_books", s.books.on_books},
            {"dispositions", wire::counts_to_json(s.books.counts)},
            {"retired", s.books.retired},
            {"balanced", s.balanced},
            {"truth", json::object{{"agree", s.agree}, {"disagree", disagree}}},
            {"identity", json::object{{"split", texts(s.identity.split)}, {"merged", texts(s.identity.merged)}}},
            {"attempts", counts(s.attempts)},
            {"needs_hands", counts(s.needs_hands)},
            {"ran_twice", s.ran_twice.size()},
            {"lost", s.lost.size()},
            {"never_unverified", s.never_unverified.size()},
            {"out_of_scope_packets", s.out_of_scope_packets},
            {"ledger_verified", s.ledger_verified},
            {"rebuilt_equal", s.rebuilt_equal},
            {"rounds", s.plot.rounds},
            {"marks_at_start", s.marks_at_start},
            {"marks", s.marks},
            {"server_restarts", s.server_restarts},
            {"kills", std::move(kills)},
            {"kills_left", s.kills_left},
            {"won", s.won()},
            {"seconds", s.seconds}};
}

std::string to_text(const Summary& s) {
    const auto of = [&](Disposition d) { return s.books.of(d); };
    std::string out = fmt::format("\n  {}\n\n", s.won() ? "The outbreak is out, and the books agree with the truth." : "The drill is lost.");
    out += fmt::format("  {} machines are there, {} are on the books; {} agree with the truth.\n", s.machines_true, s.books.on_books, s.agree);
    out += fmt::format("  {} fixed, {} not affected, {} exempt; still open: {} infected, {} vulnerable, {} unknown, {} unverified. {} retired.\n",
                       of(Disposition::fixed), of(Disposition::not_affected), of(Disposition::exempt),
                       of(Disposition::infected) + of(Disposition::infected_isolated), of(Disposition::vulnerable), of(Disposition::unknown),
                       of(Disposition::fix_unverified), s.books.retired);
    int64_t hands = 0;
    std::string reasons;
    for (const auto& [reason, count] : s.needs_hands) {
        hands += count;
        reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", count, reason);
    }
    if (hands != 0) out += fmt::format("  {} machines need hands: {}.\n", hands, reasons);
    out += fmt::format("  {} machines were infected at the start, {} marks were made by then and after; {} rounds, {:.0f} s{}.\n", s.marks_at_start,
                       s.marks, s.plot.rounds, s.seconds,
                       s.server_restarts == 0 ? "" : fmt::format(", the server was killed {} times", s.server_restarts));
    out += fmt::format("  The books {}; the ledger {}; {} packets left the scope; {} steps ran twice, {} were lost.\n",
                       s.balanced ? "balance" : "DO NOT BALANCE", s.ledger_verified ? "is whole" : "IS BROKEN", s.out_of_scope_packets,
                       s.ran_twice.size(), s.lost.size());
    if (!s.rebuilt_equal) out += "  THE BOOKS, RECOMPUTED FROM THE EVIDENCE, ARE OTHERS: see douse store rebuild.\n";
    if (!s.plot.won) out += "  " + s.plot.because + "\n";
    if (!s.manual && s.server_restarts > static_cast<int>(s.kills.size()))
        out += fmt::format("  The server ended {} times by itself.\n", s.server_restarts - static_cast<int>(s.kills.size()));
    if (s.kills_left != 0) out += fmt::format("  {} kills of the server found no moment.\n", s.kills_left);
    std::vector<std::string> lines;
    for (const Disagreement& d : s.disagree) lines.push_back(fmt::format("{}: the books say {}, the truth is {}", d.machine, d.said, d.truth));
    return out + list("Books and truth disagree:", lines) + list("One machine, several assets:", s.identity.split) +
           list("Several machines, one asset:", s.identity.merged) + list("Ran more often than the journal knows:", s.ran_twice) +
           list("Ran less often than the journal says:", s.lost) + list("Fixed without having been unverified:", s.never_unverified);
}

}  // namespace douse::drill
