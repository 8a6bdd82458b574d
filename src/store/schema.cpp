// SPDX-License-Identifier: Apache-2.0
#include "store/schema.hpp"

#include "store/database.hpp"

#include <fmt/format.h>

namespace douse::store {
namespace {

// Migration 0, which records the others. SQLite's and PostgreSQL's alike.
constexpr Sql create_meta{"CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BIGINT NOT NULL)"};
constexpr Sql read_meta{"SELECT value FROM meta WHERE key = $1"};
constexpr Sql write_meta{"INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2"};

Result<void> migrate_in_transaction(Database& db) {
    TRY(db.execute(create_meta));
    TRY(const int64_t schema, db.number(read_meta, "schema_version"));
    TRY(const int64_t needs, db.number(read_meta, "db_compat"));
    const int64_t program = migrations().back().number;
    if (needs > program) {
        return fail(ErrorCode::wrong_state,
                    fmt::format("the database needs a douse that knows schema {} or later, and this one knows {}", needs, program), {},
                    "start the newer douse again, or restore the backup made before its first start");
    }
    for (const Migration& migration : migrations()) {
        if (migration.number <= schema) continue;
        if (auto applied = db.execute(migration.sql); !applied) return within(migration.name, applied.error());
    }
    if (schema >= program) return {};  // a newer program's that older ones may still open: left as it is
    TRY(db.run(write_meta, "schema_version", program));
    TRY(db.run(write_meta, "db_compat", oldest_program_that_may_open));
    return {};
}

}  // namespace

Result<void> migrate(Database& db) {
    TRY(db.execute("BEGIN IMMEDIATE"));
    if (auto done = migrate_in_transaction(db); !done) {
        if (db.in_transaction()) (void)db.execute("ROLLBACK");
        return done;
    }
    return db.execute("COMMIT");
}

}  // namespace douse::store
