// SPDX-License-Identifier: Apache-2.0
#include "drill/books.hpp"

#include "wire/forms.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace douse::drill {
namespace {

namespace json = boost::json;

constexpr int64_t page = 500;

std::string text_of(const json::value& value, std::string_view key) {
    const json::value* found = value.as_object().if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

// Which machine or ghost an identifier belongs to. Names and addresses of old leases are not asked: others have had them.
class Owners {
public:
    explicit Owners(const Organisation& organisation) {
        for (const Machine& machine : organisation.machines) {
            machine_[machine.machine_id] = machine.number;
            machine_[machine.guid] = machine.number;
            for (const Interface& interface : machine.interfaces) machine_[interface.mac.text()] = machine.number;
            for (const Interface& interface : machine.interfaces) address_[interface.address.text()] = machine.number;
        }
        for (const Ghost& ghost : organisation.ghosts) ghost_.insert(ghost.guid);
    }

    // An asset that only the sweep has seen carries nothing but its address.
    void find(const json::array& records, BookedAsset& out) const {
        for (const json::value& record : records) {
            const std::string source = text_of(record, "source");
            for (const json::value& identifier : record.at("identifiers").as_array()) {
                const std::string value = text_of(identifier, "value");
                if (const auto known = machine_.find(value); known != machine_.end()) out.machines.insert(known->second);
                if (ghost_.contains(value)) out.ghost = true;
                if (source == "sweep" || source == "inside") {
                    if (const auto known = address_.find(value); known != address_.end()) out.machines.insert(known->second);
                }
            }
        }
    }

private:
    std::map<std::string, size_t> machine_, address_;
    std::set<std::string> ghost_;
};

void read_tasks(const json::array& tasks, BookedAsset& out) {
    for (const json::value& task : tasks) {
        if (!out.task) {  // newest first
            out.task = model::task_state_from(text_of(task, "state"));
            out.reason = model::needs_hands_from(text_of(task, "reason")).value_or(model::NeedsHands::none);
        }
        for (const json::value& attempt : task.at("attempts").as_array()) {
            for (const json::value& step : attempt.at("steps").as_array()) {
                StepTally& tally = out.steps[text_of(step, "step")];
                const std::string event = text_of(step, "event");
                const json::value& code = step.at("exit_code");
                tally.started += event == "started";
                tally.done += event == "ended" && code.is_int64() && code.get_int64() == 0;
            }
        }
    }
}

}  // namespace

Result<BooksAtEnd> read_books(const Played& reader, const Organisation& organisation) {
    BooksAtEnd out;
    TRY(const json::value now, reader.ask("/api/now"));
    TRY(out.books, wire::books_from(now.at("books")));
    const Owners owners(organisation);
    for (int64_t offset = 0;; offset += page) {
        TRY(const json::value answer, reader.ask(fmt::format("/api/assets?sort=name&offset={}&limit={}", offset, page)));
        for (const json::value& row : answer.at("rows").as_array()) {
            BookedAsset asset{.id = row.at("id").as_int64(), .name = text_of(row, "name"), .machines = {}, .task = {}, .steps = {}};
            asset.disposition = model::disposition_from(text_of(row, "disposition")).value_or(model::Disposition::unknown);
            TRY(const json::value detail, reader.ask(fmt::format("/api/assets/{}", asset.id)));
            owners.find(detail.at("records").as_array(), asset);
            read_tasks(detail.at("tasks").as_array(), asset);
            for (const json::value& row_of_story : detail.at("story").as_array()) {
                asset.was_unverified = asset.was_unverified || text_of(row_of_story, "disposition") == "fix_unverified";
            }
            out.assets.push_back(std::move(asset));
        }
        if (offset + page >= answer.at("total").as_int64()) break;
    }
    TRY(const json::value campaigns, reader.ask("/api/campaigns"));
    for (const json::value& campaign : campaigns.at("campaigns").as_array()) {
        TRY(const json::value detail, reader.ask(fmt::format("/api/campaigns/{}", campaign.at("id").as_int64())));
        for (const auto& [state, count] : detail.at("attempts").as_object()) out.attempts[std::string(state)] += count.as_int64();
        for (const json::value& task : detail.at("tasks").as_array()) {
            if (text_of(task, "state") == "needs_hands") ++out.needs_hands[text_of(task, "reason")];
        }
    }
    TRY(const json::value check, reader.ask("/api/ledger/verify"));
    out.ledger_verified = check.at("verified").as_bool();
    TRY(const json::value rebuilt, reader.act("/api/store/rebuild", json::object{}));
    out.rebuilt_equal = rebuilt.at("equal").as_bool();
    return out;
}

Identity compare_identity(const BooksAtEnd& books, const Organisation& organisation) {
    Identity out;
    std::map<size_t, int> assets_of;
    for (const BookedAsset& asset : books.assets) {
        for (size_t machine : asset.machines) ++assets_of[machine];
        if (asset.machines.size() + (asset.ghost ? 1 : 0) > 1) {
            std::string names = asset.ghost ? "a ghost" : "";
            for (size_t machine : asset.machines) names += (names.empty() ? "" : " + ") + organisation.machines[machine].label;
            out.merged.push_back(names);
        }
    }
    for (const auto& [machine, count] : assets_of) {
        if (count > 1) out.split.push_back(fmt::format("{} as {} assets", organisation.machines[machine].label, count));
    }
    return out;
}

}  // namespace douse::drill
