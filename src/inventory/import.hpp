// SPDX-License-Identifier: Apache-2.0
// One list from outside: recognised, read, stored as observations, each resolved to a machine. The caller writes the ledger row.
#pragma once

#include "inventory/readers.hpp"
#include "store/asset_rows.hpp"

#include <string>

namespace douse::inventory {

struct ImportRequest {
    std::string name;      // of the file, for messages
    std::string source;    // empty: the reader's ("directory", "dhcp")
    std::string format;    // a reader's name; empty: recognised
    bool dry_run = false;  // the totals, new machines included, and no effect
};

// rows == accepted + refused, always. invalid: no reader knows the format, or the named one does not fit; exhausted: too large.
// After a dry run the row has no id.
Result<store::ImportRow> import_list(store::Tx& tx, std::string_view bytes, const ImportRequest& request, model::PersonId by);

}  // namespace douse::inventory
