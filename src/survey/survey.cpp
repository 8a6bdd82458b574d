// SPDX-License-Identifier: Apache-2.0
#include "survey/survey.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "inventory/resolve.hpp"
#include "playbook/parse.hpp"
#include "store/asset_rows.hpp"
#include "store/evidence_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/vault_rows.hpp"
#include "survey/answers.hpp"
#include "survey/look_at.hpp"
#include "survey/outside.hpp"
#include "transport/looks.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

namespace douse::survey {
namespace {

using playbook::Check;

// A server that accepted the sweep's connection and said nothing gets one more, shorter chance.
constexpr Millis ungreeted_deadline = std::chrono::seconds{4};
constexpr size_t addresses_a_commit = 64;  // keeps one commit short beside the others that wait for the disk

Result<playbook::Playbook> current_playbook(store::Store& store) {
    TRY(const store::PlaybookRow row, store.read([](store::Tx& tx) -> Result<store::PlaybookRow> {
        TRY(const auto incident, store::current_incident(tx));
        if (!incident) return fail(ErrorCode::wrong_state, "no incident is open");
        return store::playbook_by_hash(tx, incident->playbook_sha256);
    }));
    playbook::Parsed parsed = playbook::parse(row.text, row.id + ".yaml");
    if (!parsed.playbook) return fail(ErrorCode::corrupt, fmt::format("the stored playbook \"{}\" can't be read any more", row.id));
    return std::move(*parsed.playbook);
}

}  // namespace

// One sweep or check, from its targets to its last row; lives on a thread of its own.
class Survey::Run {
public:
    Run(Survey& survey, model::Permit permit, playbook::Playbook playbook, store::SweepRow row, std::vector<model::AssetId> assets)
        : store_(survey.store_),
          transport_(survey.transport_),
          limits_(survey.limits_),
          permit_(std::move(permit)),
          playbook_(std::move(playbook)),
          row_(std::move(row)),
          assets_(std::move(assets)),
          inside_(inside_checks(playbook_)),
          outside_(outside_checks(playbook_)) {}

    [[nodiscard]] const store::SweepRow& row() const { return row_; }

    void go(const std::stop_token& stop) {
        Result<void> done = pass(stop);
        if (done && stop.stop_requested()) done = fail(ErrorCode::cancelled, "it was stopped");
        row_.state = done ? store::SweepState::done : store::SweepState::failed;
        if (!done) row_.because = done.error().sentence;
        const auto stored = store_.write([&](store::Tx& tx) { return finish(tx); });
        if (!stored)
            base::log(base::LogLevel::error, fmt::format("sweep {}: its end could not be stored: {}", row_.id.value, stored.error().sentence));
    }

private:
    Result<void> pass(const std::stop_token& stop) {
        TRY(const std::vector<Address> addresses, targets());
        row_.targets = static_cast<int64_t>(addresses.size());
        TRY(const auto seen, look_outside(permit_, outside_, addresses, limits_.connects_per_second, stop));
        row_.answered = std::count_if(seen.begin(), seen.end(), [](const auto& entry) { return entry.second.up; });
        TRY(store_shut_doors(seen));
        TRY(progress());
        look_inside(seen, stop);
        return store_silent(seen);
    }

    Result<std::vector<Address>> targets() {
        std::set<Address> out;
        if (row_.kind == store::SweepKind::sweep) {
            for (const AddressRange& range : permit_.scope().ranges()) {
                for (Address a = range.first;; a = a.next()) {
                    out.insert(a);
                    if (a == range.last) break;
                }
            }
        }
        for (model::AssetId asset : assets_) {
            const auto known = addresses_of(store_, permit_.scope(), asset);
            if (known)
                out.insert(known->begin(), known->end());
            else if (known.error().code != ErrorCode::not_found)
                return std::unexpected(known.error());
        }
        return std::vector<Address>(out.begin(), out.end());
    }

    // Whatever answered is a machine. Where nobody can sign in, its address says whose it is; elsewhere that waits for the look
    // inside, since the address may have got another machine.
    Result<void> store_shut_doors(const std::map<Address, Seen>& seen) {
        std::vector<std::pair<Address, const Seen*>> up;
        for (const auto& [address, at] : seen) {
            if (at.up && !at.ssh) up.emplace_back(address, &at);
        }
        for (size_t from = 0; from < up.size(); from += addresses_a_commit) {
            const size_t to = std::min(from + addresses_a_commit, up.size());
            TRY(store_.write([&](store::Tx& tx) -> Result<void> {
                for (size_t i = from; i < to; ++i) {
                    TRY(const model::AssetId asset, asset_that_answered(tx, up[i].first));
                    TRY(store_outside(tx, asset, up[i].first, *up[i].second, {}));
                }
                return {};
            }));
        }
        return {};
    }

    Result<model::AssetId> asset_that_answered(store::Tx& tx, const Address& address) {
        model::Observation observation{.id = {},
                                       .source = "sweep",
                                       .import = {},
                                       .seen_at = tx.now(),
                                       .until = {},
                                       .identifiers = {{model::IdentifierKind::address, address.text()}},
                                       .attributes = {}};
        TRY(const inventory::Resolution resolution, inventory::resolve(tx, observation));
        if (resolution.is_new) {
            base::MutexLock lock(counting_);
            ++new_;
        }
        return resolution.asset;
    }

    // `doubt`: why good news may be another machine's; bad news stands all the same.
    Result<void> store_outside(store::Tx& tx, model::AssetId asset, const Address& address, const Seen& at, const std::string& doubt) {
        TRY(const std::vector<model::Evidence> before, store::evidence_of(tx, asset));
        const std::string platform = known_platform(playbook_, before, tx.now());
        std::vector<model::Evidence> rows;
        for (const auto& [check, outcome] : at.answers) {
            const Taken taken{.asset = asset, .sweep = row_.id, .address = address, .at = outcome.at};
            rows.push_back(evidence_from(*check, outcome.facts, scan::is_up(outcome.state), platform, taken));
            if (!doubt.empty() && model::is_good_news(rows.back().says)) rows.back() = no_answer(*check, doubt, taken);
        }
        return store::insert_evidence(tx, rows);
    }

    // In parallel, since a login is mostly waiting; each machine's answers are stored as they come.
    void look_inside(const std::map<Address, Seen>& seen, const std::stop_token& stop) {
        struct Opening {
            Address address;
            const Seen* at;
            Millis deadline;
        };
        std::vector<Opening> doors;
        for (const auto& [address, at] : seen) {
            const Millis deadline = at.greeted ? limits_.login_deadline : std::min(limits_.login_deadline, ungreeted_deadline);
            if (at.ssh) doors.push_back({address, &at, deadline});
        }
        base::JobPool pool(limits_.looks_at_once, doors.size() + 1);
        for (const Opening& door : doors) {
            const auto taken = pool.submit([this, door, &stop] { look_inside_at(door.address, *door.at, door.deadline, stop); });
            if (!taken) base::log(base::LogLevel::error, "sweep: " + taken.error().sentence);
        }
        pool.wait_until_idle();
    }

    void look_inside_at(const Address& address, const Seen& at, Millis login, const std::stop_token& stop) {
        if (stop.stop_requested()) return;
        model::HostKey host_key;
        const Deadline deadline = base::deadline_in(login);
        const Timestamp asked_at = base::SystemClock{}.now();  // an answer is never newer than what it saw
        auto answers = [&]() -> Result<transport::LookAnswers> {
            TRY(const auto session, transport_.reach(permit_, {address, ssh_port}, deadline, stop));
            host_key = session->host_key();
            return transport::look(*session, looks_of(inside_), base::deadline_in(std::max(limits_.login_deadline, longest_timeout(inside_))), stop);
        }();
        const auto stored = store_.write([&](store::Tx& tx) -> Result<void> {
            if (answers) return store_entered(tx, address, at, host_key, *answers, asked_at);
            return store_not_entered(tx, address, at, answers.error(), asked_at);
        });
        base::MutexLock lock(counting_);
        ++(answers ? entered_ : not_entered_);
        if (!stored && failure_.empty()) failure_ = stored.error().sentence;
    }

    Result<void> store_entered(store::Tx& tx, const Address& address, const Seen& at, const model::HostKey& host_key,
                               const transport::LookAnswers& answers, Timestamp asked_at) {
        using Kind = model::IdentifierKind;
        model::Observation observation{
            .id = {}, .source = "inside", .import = {}, .seen_at = tx.now(), .until = {}, .identifiers = {}, .attributes = {}};
        const auto add = [&](Kind kind, const std::string& value) {
            if (!value.empty()) observation.identifiers.push_back({kind, value});
        };
        add(Kind::address, address.text());
        add(Kind::machine_id, answers.machine.machine_id);
        add(Kind::ssh_host_key, host_key.fingerprint);
        add(Kind::host_name, answers.machine.host_name);
        for (const std::string& mac : answers.machine.macs) add(Kind::mac, mac);
        for (const std::string& other : answers.machine.addresses) {
            if (other != address.text()) add(Kind::address, other);
        }
        if (!answers.machine.distro.empty()) observation.attributes.emplace_back("os", answers.machine.distro + " " + answers.machine.release);
        TRY(const inventory::Resolution resolution, inventory::resolve(tx, observation));
        if (resolution.is_new) {
            base::MutexLock lock(counting_);
            ++new_;
        }
        std::vector<model::Evidence> rows =
            evidence_from(playbook_, inside_, answers, {.asset = resolution.asset, .sweep = row_.id, .address = address, .at = asked_at});
        TRY(store::insert_evidence(tx, rows));
        return store_outside(tx, resolution.asset, address, at, {});
    }

    Result<void> store_not_entered(store::Tx& tx, const Address& address, const Seen& at, const Error& why, Timestamp asked_at) {
        TRY(const model::AssetId asset, asset_that_answered(tx, address));
        std::vector<model::Evidence> rows;
        for (const Check* check : inside_) {
            rows.push_back(
                no_answer(*check, "could not sign in: " + why.sentence, {.asset = asset, .sweep = row_.id, .address = address, .at = asked_at}));
        }
        TRY(store::insert_evidence(tx, rows));
        const bool changed = why.code == ErrorCode::conflict;
        return store_outside(tx, asset, address, at, changed ? "another host key answers there, so it may be another machine" : "");
    }

    // Machines on the books that gave no answer anywhere: asked, and silent.
    Result<void> store_silent(const std::map<Address, Seen>& seen) {
        if (!failure_.empty()) return fail(ErrorCode::internal, failure_);
        const Timestamp asked_at = row_.started_at;
        return store_.write([&](store::Tx& tx) -> Result<void> {
            std::vector<model::Evidence> rows;
            for (const auto& [address, at] : seen) {
                if (at.up || !at.looked) continue;
                TRY(const auto asset, store::asset_at(tx, address));
                if (!asset) continue;
                for (const Check* check : outside_) {
                    rows.push_back(
                        no_answer(*check, "no answer at " + address.text(), {.asset = *asset, .sweep = row_.id, .address = address, .at = asked_at}));
                }
            }
            return store::insert_evidence(tx, rows);
        });
    }

    Result<void> progress() {
        return store_.write([&](store::Tx& tx) { return store::update_sweep(tx, row_); });
    }

    Result<void> finish(store::Tx& tx) {
        {
            base::MutexLock lock(counting_);
            row_.inside = entered_;
            row_.not_entered = not_entered_;
            row_.new_assets = new_;
        }
        row_.ended_at = tx.now();
        TRY(row_.changed, store::count_disposition_changes(tx, row_.started_at));
        if (row_.state == store::SweepState::done && row_.kind == store::SweepKind::sweep) {
            TRY(row_.clean, is_clean(tx));
        }
        TRY(store::update_sweep(tx, row_));
        return {};
    }

    // Every asset on the books but the exempt is done, and all that decided it was taken in this sweep.
    Result<bool> is_clean(store::Tx& tx) {
        TRY(const std::vector<model::Asset> assets, store::assets_on_books(tx));
        for (const model::Asset& asset : assets) {
            TRY(const store::DispositionRow row, store::disposition_of(tx, asset.id));
            if (row.assessment.disposition == model::Disposition::exempt) continue;
            if (model::standing_of(row.assessment.disposition) != model::Standing::done) return false;
            TRY(const std::vector<model::Evidence> evidence, store::evidence_of(tx, asset.id));
            for (const model::Evidence& e : evidence) {
                if (e.sweep != row_.id && std::ranges::find(row.assessment.speaks, e.id) != row.assessment.speaks.end()) return false;
            }
        }
        return true;
    }

    store::Store& store_;
    transport::Transport& transport_;
    const Limits limits_;
    const model::Permit permit_;
    const playbook::Playbook playbook_;
    store::SweepRow row_;
    const std::vector<model::AssetId> assets_;
    const std::vector<const Check*> inside_;
    const std::vector<const Check*> outside_;
    base::Mutex counting_;
    int64_t entered_ GUARDED_BY(counting_) = 0;
    int64_t not_entered_ GUARDED_BY(counting_) = 0;
    int64_t new_ GUARDED_BY(counting_) = 0;
    std::string failure_;  // written under counting_, read when the pool is idle
};

Survey::Survey(store::Store& store, transport::Transport& transport, std::function<Result<model::Permit>()> permit_to_look, Limits limits)
    : store_(store), transport_(transport), permit_to_look_(std::move(permit_to_look)), limits_(limits) {}

Survey::~Survey() {
    std::jthread last;
    {
        base::MutexLock lock(mutex_);
        last = std::move(running_);
    }
    last.request_stop();
}

Result<store::SweepRow> Survey::start_sweep(store::Store& store, model::PersonId by) {
    return start(store, store::SweepKind::sweep, by, {});
}

Result<store::SweepRow> Survey::start_check(store::Store& store, model::PersonId by, const std::vector<model::AssetId>& assets) {
    if (assets.empty()) return fail(ErrorCode::invalid, "no machine is named");
    return start(store, store::SweepKind::check, by, assets);
}

Result<store::SweepRow> Survey::start(store::Store& store, store::SweepKind kind, model::PersonId by, std::vector<model::AssetId> assets) {
    bool expected = false;
    if (!busy_.compare_exchange_strong(expected, true)) return fail(ErrorCode::wrong_state, "a sweep is running already", "", "wait for its end");
    auto begun = [&]() -> Result<std::unique_ptr<Run>> {
        TRY(model::Permit permit, permit_to_look_());
        TRY(playbook::Playbook playbook, current_playbook(store_));
        store::SweepRow row{.id = {}, .started_by = by, .kind = kind};
        TRY(row, store.write([&](store::Tx& tx) -> Result<store::SweepRow> {
            for (model::AssetId asset : assets) TRY(store::find_asset(tx, asset));
            row.started_at = tx.now();
            TRY(row.id, store::insert_sweep(tx, row));
            TRY(store::append_ledger(
                tx, by, kind == store::SweepKind::sweep ? "sweep.start" : "check.start", fmt::format("sweep {}", row.id.value),
                assets.empty() ? base::json_object({}) : base::json_object({{"machines", static_cast<int64_t>(assets.size())}})));
            return row;
        }));
        return std::make_unique<Run>(*this, std::move(permit), std::move(playbook), row, std::move(assets));
    }();
    if (!begun) {
        busy_ = false;
        return std::unexpected(begun.error());
    }
    const store::SweepRow row = (*begun)->row();
    base::MutexLock lock(mutex_);
    running_ = std::jthread([this, run = std::move(*begun)](const std::stop_token& stop) {
        run->go(stop);
        busy_ = false;
    });
    return row;
}

void Survey::wait() {
    base::MutexLock lock(mutex_);
    if (running_.joinable()) running_.join();
}

}  // namespace douse::survey
