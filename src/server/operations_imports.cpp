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

}  // namespace douse::server
