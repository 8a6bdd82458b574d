// SPDX-License-Identifier: Apache-2.0
// A store in memory with a clock that is moved by hand and a plain Deriver, for the tests of this room and of `inventory`.
// Included by no product source.
#pragma once

#include "model/evidence.hpp"
#include "store/asset_rows.hpp"
#include "store/incident_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/people_rows.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>
#include <algorithm>

namespace douse::store {

// The newest evidence of each axis that has not run out; an exemption; an attempt that reported done with nothing after it.
class PlainDeriver final : public Deriver {
public:
    [[nodiscard]] model::Assessment derive(const model::AssetHistory& history, Timestamp now) const override {
        using model::Disposition;
        model::Assessment a;
        if (history.playbook_sha256.empty()) return a;
        auto changes = [&](Timestamp at) {
            if (at > now && (!a.changes_at || at < *a.changes_at)) a.changes_at = at;
        };
        std::optional<Timestamp> done_at;
        for (const auto& attempt : history.attempts) {
            if (attempt.state == model::AttemptState::succeeded) done_at = attempt.ended_at;
        }
        for (const auto& e : history.evidence) {
            if (e.hint || e.valid_until <= now || (done_at && e.taken_at <= *done_at)) continue;
            const auto axis = model::axis_of(e.says);
            if (!axis) continue;
            (*axis == model::Axis::infection ? a.infection : a.vulnerability) = e.says;
            a.because = e.because;
            a.evidence_at = e.taken_at;
            a.speaks.push_back(e.id);
            changes(e.valid_until);
        }
        const bool exempt = history.exempt_until && *history.exempt_until > now;
        if (exempt) changes(*history.exempt_until);
        if (a.infection == model::Verdict::infected)
            a.disposition = Disposition::infected;
        else if (done_at && a.vulnerability == model::Verdict::unknown)
            a.disposition = Disposition::fix_unverified;
        else if (a.vulnerability == model::Verdict::not_affected)
            a.disposition = Disposition::not_affected;
        else if (a.vulnerability == model::Verdict::fixed)
            a.disposition = Disposition::fixed;
        else if (exempt)
            a.disposition = Disposition::exempt;
        else if (a.vulnerability == model::Verdict::vulnerable)
            a.disposition = Disposition::vulnerable;
        return a;
    }
};

inline const PlainDeriver plain_deriver;

struct StoreForTests {
    base::FakeClock clock;
    std::unique_ptr<Store> store;
    model::PersonId owner;
    model::IncidentId incident;

    // With one person and one incident open over `scope` (none if empty).
    explicit StoreForTests(std::string_view scope = "10.0.0.0/8", const std::filesystem::path& file = {}) {
        auto opened = Store::open(file, plain_deriver, clock);
        if (!opened) throw std::runtime_error(opened.error().sentence);
        store = *std::move(opened);
        auto prepared = store->write([&](Tx& tx) -> Result<void> {
            TRY(owner, insert_person(tx, "Ada", model::Role::owner));
            TRY(append_ledger(tx, {}, "person.add", "person 1", R"({"name":"Ada","role":"owner"})"));
            if (scope.empty()) return {};
            TRY(incident, insert_incident(tx, {.name = "Worm",
                                               .kind = "outbreak",
                                               .playbook_id = "worm",
                                               .playbook_version = 1,
                                               .playbook_sha256 = "abc",
                                               .owner = owner,
                                               .opened_at = tx.now()}));
            return add_scope(tx, incident, {*AddressRange::parse(scope)});
        });
        if (!prepared) throw std::runtime_error(prepared.error().sentence);
    }

    // The value of one use case or question, which must succeed.
    template <class F>
    auto write(F&& use_case) {
        auto result = store->write(std::forward<F>(use_case));
        if (!result) throw std::runtime_error(result.error().sentence + " " + result.error().detail);
        if constexpr (!std::is_void_v<typename decltype(result)::value_type>) return *std::move(result);
    }
    template <class F>
    auto read(F&& question) {
        auto result = store->read(std::forward<F>(question));
        if (!result) throw std::runtime_error(result.error().sentence + " " + result.error().detail);
        if constexpr (!std::is_void_v<typename decltype(result)::value_type>) return *std::move(result);
    }

    // An asset that a sweep saw at `address` now.
    model::AssetId asset_at(std::string_view address, std::string_view name = {}) {
        return write([&](Tx& tx) -> Result<model::AssetId> {
            model::Observation seen{.source = "sweep", .seen_at = tx.now()};
            seen.identifiers.push_back({model::IdentifierKind::address, std::string(address)});
            if (!name.empty()) seen.identifiers.push_back({model::IdentifierKind::host_name, std::string(name)});
            TRY(seen.id, insert_observation(tx, seen));
            TRY(const auto asset, insert_asset(tx, "seen by a sweep"));
            TRY(attach_observation(tx, asset, seen, "seen by a sweep"));
            return asset;
        });
    }
};

}  // namespace douse::store
