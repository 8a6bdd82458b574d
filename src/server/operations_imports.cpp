// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.hpp"
#include "inventory/import.hpp"
#include "server/operation_functions.hpp"
#include "server/views.hpp"
#include "store/ledger_rows.hpp"

#include <fmt/format.h>

namespace douse::server {
namespace json = boost::json;

Result<Reply> list_imports(House& house, const Call& call) {
    return show(house, call, [](Snapshot& s) -> Result<json::object> {
        TRY(const std::vector<store::ImportRow> imports, store::list_imports(s.tx));
        json::array rows;
        for (const store::ImportRow& row : imports) rows.emplace_back(import_view(row, false));
        return json::object{{"imports", std::move(rows)}};
    });
}

Result<Reply> import_list(House& house, const Call& call) {
    TRY(const bool dry_run, call.truth("dry_run"));
    std::string name(call.parameter("name"));
    if (name.empty()) name = "list";
    const inventory::ImportRequest request{
        .name = name, .source = std::string(call.parameter("source")), .format = std::string(call.parameter("format")), .dry_run = dry_run};
    return house.store.write([&](store::Tx& tx) -> Result<Reply> {
        TRY(const store::ImportRow row, inventory::import_list(tx, call.octets, request, call.actor.id));
        if (!dry_run) {
            TRY(store::append_ledger(tx, call.actor.id, "list.import", "list " + row.name,
                                     base::json_object({{"source", row.source},
                                                        {"format", row.format},
                                                        {"sha256", row.sha256},
                                                        {"rows", row.rows},
                                                        {"accepted", row.accepted},
                                                        {"refused", row.refused},
                                                        {"new_assets", row.new_assets}})));
        }
        return Reply(import_view(row, dry_run));
    });
}

}  // namespace douse::server
