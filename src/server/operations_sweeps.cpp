// SPDX-License-Identifier: Apache-2.0
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/sweep_rows.hpp"
#include "survey/survey.hpp"
#include "wire/fields.hpp"

namespace douse::server {
namespace json = boost::json;
namespace {

constexpr int64_t sweeps_shown = 100;
constexpr size_t check_limit = 1000;  // machines in one check; more is a sweep

Result<survey::Survey*> surveyor(House& house) {
    if (house.survey == nullptr)
        return fail(ErrorCode::denied, "this server does not look or act", "it was started with --no-act", "start it without --no-act");
    return house.survey;
}

}  // namespace

Result<Reply> list_sweeps(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<store::SweepRow> sweeps, store::list_sweeps(s.tx, sweeps_shown));
        json::array rows;
        for (const store::SweepRow& sweep : sweeps) rows.emplace_back(sweep_view(sweep));
        return json::object{{"sweeps", std::move(rows)}};
    });
}

Result<Reply> get_sweep(House& house, const Call& call) {
    TRY(const auto id, call.id<model::SweepId>());
    return show(house, call, [&](Snapshot& s) -> Result<json::object> {
        TRY(const store::SweepRow sweep, store::find_sweep(s.tx, id));
        return sweep_view(sweep);
    });
}

Result<Reply> start_sweep(House& house, const Call& call) {
    TRY(survey::Survey * survey, surveyor(house));
    TRY(const store::SweepRow sweep, survey->start_sweep(house.store, call.actor.id));
    return Reply(sweep_view(sweep));
}

Result<Reply> check_assets(House& house, const Call& call) {
    wire::Fields fields(call.body);
    const std::vector<int64_t> numbers = fields.numbers("assets");
    TRY(fields.done());
    if (numbers.empty()) return fail(ErrorCode::invalid, "no machine is given");
    if (numbers.size() > check_limit) return fail(ErrorCode::invalid, "a check takes at most 1000 machines", "", "start a sweep instead");
    TRY(survey::Survey * survey, surveyor(house));
    std::vector<model::AssetId> assets;
    for (const int64_t number : numbers) assets.emplace_back(number);
    TRY(const store::SweepRow sweep, survey->start_check(house.store, call.actor.id, assets));
    return Reply(sweep_view(sweep));
}

}  // namespace douse::server
