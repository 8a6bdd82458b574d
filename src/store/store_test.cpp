// SPDX-License-Identifier: Apache-2.0
#include "store/database.hpp"
#include "store/evidence_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/mirror.hpp"
#include "store/schema.hpp"
#include "store/store_for_tests.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <thread>

namespace douse::store {
namespace {

class Folder {  // a temporary one
public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "douse-store-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::filesystem::path file() const { return path_ / "douse.db"; }

private:
    std::filesystem::path path_;
};

TEST(Store, KeepsWhatWasWrittenAcrossAnOpening) {
    Folder folder;
    model::AssetId asset;
    {
        StoreForTests s("10.0.0.0/8", folder.file());
        asset = s.asset_at("10.0.0.7", "printer");
    }
    base::FakeClock clock;
    auto again = Store::open(folder.file(), plain_deriver, clock);
    ASSERT_TRUE(again) << again.error().sentence;
    const auto found = (*again)->read([&](Tx& tx) { return find_asset(tx, asset); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "printer");
    EXPECT_EQ((*again)->mirror().books().on_books, 1) << "the mirror is loaded at opening";
    EXPECT_EQ(std::filesystem::status(folder.file()).permissions() & std::filesystem::perms::mask, std::filesystem::perms(0600));
}

TEST(Store, ItsFilesAreNobodyElsesAtEachOpening) {
    Folder folder;
    const auto mode = [&](const std::string& end) {
        return std::filesystem::status(folder.file().string() + end).permissions() & std::filesystem::perms::mask;
    };
    const auto before = ::umask(0);
    {
        StoreForTests s("", folder.file());
        for (const char* end : {"", "-wal", "-shm"}) EXPECT_EQ(mode(end), std::filesystem::perms(0600)) << end;
        // As a copy made by hand leaves them.
        for (const char* end : {"", "-wal", "-shm"}) ASSERT_EQ(::chmod((folder.file().string() + end).c_str(), 0644), 0);
        base::FakeClock clock;
        const auto again = Store::open(folder.file(), plain_deriver, clock);
        ASSERT_TRUE(again) << again.error().sentence;
        for (const char* end : {"", "-wal", "-shm"}) EXPECT_EQ(mode(end), std::filesystem::perms(0600)) << end;
    }
    std::filesystem::rename(folder.file(), folder.file().string() + ".moved");
    std::filesystem::create_symlink(folder.file().string() + ".moved", folder.file());
    base::FakeClock clock;
    EXPECT_EQ(Store::open(folder.file(), plain_deriver, clock).error().code, ErrorCode::invalid) << "a link to who knows where";
    ::umask(before);
}

TEST(Store, AFailedUseCaseUndoesItsOwnEffectsOnly) {
    StoreForTests s;
    const auto failed = s.store->write([](Tx& tx) -> Result<void> {
        TRY(append_ledger(tx, {}, "half", "", "{}"));
        return fail(ErrorCode::denied, "no");
    });
    EXPECT_EQ(failed.error().code, ErrorCode::denied);
    EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), 1);
    s.write([](Tx& tx) { return append_ledger(tx, {}, "whole", "", "{}"); });
    EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), 2);
    const auto thrown = s.store->write([](Tx& tx) -> Result<int> {
        (void)append_ledger(tx, {}, "half", "", "{}");
        throw std::runtime_error("a bug");
    });
    EXPECT_EQ(thrown.error().code, ErrorCode::internal);
    EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), 2);
}

TEST(Store, AQuestionCannotWrite) {
    Folder folder;
    for (const auto& file : {std::filesystem::path(), folder.file()}) {
        StoreForTests s("10.0.0.0/8", file);
        const auto written = s.store->read([](Tx& tx) { return append_ledger(tx, {}, "sneaked", "", "{}"); });
        EXPECT_FALSE(written);
        EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), 1);
        s.write([](Tx& tx) { return append_ledger(tx, {}, "open", "", "{}"); });
    }
}

TEST(Store, ManyThreadsWriteAndReadAtOnceAndNothingIsLost) {
    Folder folder;
    for (const auto& file : {std::filesystem::path(), folder.file()}) {
        StoreForTests s("10.0.0.0/8", file);
        constexpr int threads = 16, each = 25;
        std::vector<std::thread> all;
        std::atomic<int> wrong = 0;
        for (int t = 0; t < threads; ++t) {
            all.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    const bool refuse = i % 5 == 4;
                    auto done = s.store->write([&](Tx& tx) -> Result<int64_t> {
                        TRY(const int64_t seq, append_ledger(tx, s.owner, "act", std::to_string(t), "{}"));
                        if (refuse) return fail(ErrorCode::denied, "no");
                        return seq;
                    });
                    if (done.has_value() == refuse) ++wrong;
                    auto check = s.store->read([](Tx& tx) { return verify_ledger(tx); });
                    if (!check || !check->verified()) ++wrong;
                }
            });
        }
        for (auto& thread : all) thread.join();
        EXPECT_EQ(wrong, 0);
        EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), 1 + threads * each * 4 / 5);
    }
}

TEST(Store, ListenersHearOfCommitsInOrderAndOfNothingThatFailed) {
    StoreForTests s;
    std::vector<Change> heard;
    s.store->on_commit([&](const std::vector<Change>& changes) { heard.insert(heard.end(), changes.begin(), changes.end()); });
    (void)s.store->write([](Tx& tx) -> Result<void> {
        tx.changed(Change::Kind::stop);
        return fail(ErrorCode::denied, "no");
    });
    s.write([](Tx& tx) -> Result<void> {
        tx.changed(Change::Kind::sweep, 4);
        return {};
    });
    s.write([](Tx& tx) -> Result<void> {
        tx.changed(Change::Kind::campaign, 5);
        return {};
    });
    EXPECT_EQ(heard, (std::vector<Change>{{Change::Kind::sweep, 4}, {Change::Kind::campaign, 5}}));
}

TEST(Store, TheMirrorShowsACommitWhenItsWriterIsAnswered) {
    StoreForTests s;
    EXPECT_EQ(s.store->mirror().books().on_books, 0);
    s.asset_at("10.0.0.1");
    EXPECT_EQ(s.store->mirror().books().on_books, 1);
}

// Writes to the file behind the store's back.
void meddle(const std::filesystem::path& file, const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_free(error);
    sqlite3_close(db);
}

TEST(Schema, ANewerDatabaseIsRefusedWithBothNumbersAndTheCure) {
    Folder folder;
    {
        StoreForTests s("10.0.0.0/8", folder.file());
    }
    meddle(folder.file(), "UPDATE meta SET value = 99 WHERE key = 'schema_version'");
    base::FakeClock clock;
    EXPECT_TRUE(Store::open(folder.file(), plain_deriver, clock)) << "a newer schema that this program may still open";
    meddle(folder.file(), "UPDATE meta SET value = 98 WHERE key = 'db_compat'");
    const auto refused = Store::open(folder.file(), plain_deriver, clock);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::wrong_state);
    EXPECT_NE(refused.error().sentence.find("98"), std::string::npos);
    EXPECT_NE(refused.error().sentence.find(std::to_string(migrations().back().number)), std::string::npos);
    EXPECT_FALSE(refused.error().hint.empty());
}

TEST(Schema, MigrationsAreNumberedWithoutGaps) {
    int64_t expected = 1;
    for (const Migration& migration : migrations()) EXPECT_EQ(migration.number, expected++) << migration.name;
}

TEST(Store, AFileThatIsNoDatabaseIsCorrupt) {
    Folder folder;
    {
        std::FILE* f = std::fopen(folder.file().c_str(), "w");
        for (int i = 0; i < 1000; ++i) std::fputs("this is not a database\n", f);
        std::fclose(f);
    }
    base::FakeClock clock;
    const auto opened = Store::open(folder.file(), plain_deriver, clock);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

class AppendOnly : public testing::TestWithParam<const char*> {};

TEST_P(AppendOnly, RowsCanNeitherBeChangedNorDeleted) {
    Folder folder;
    {
        StoreForTests s("10.0.0.0/8", folder.file());
    }
    auto db = Database::open(folder.file(), Database::Access::write);
    ASSERT_TRUE(db);
    const std::string table = GetParam();
    ASSERT_TRUE((*db)->execute("PRAGMA foreign_keys = OFF"));
    // A row of whatever the columns take, under a number that no other has, so that the triggers have one to guard.
    std::string columns, values;
    ASSERT_TRUE((*db)->each(
        "SELECT name, type FROM pragma_table_info($1)",
        [&](Row& row) {
            columns += (columns.empty() ? "" : ", ") + row.next<std::string>();
            values += std::string(values.empty() ? "" : ", ") + (row.next<std::string>() == "TEXT" ? "'x'" : "7");
        },
        table));
    ASSERT_TRUE((*db)->execute("INSERT INTO " + table + " (" + columns + ") VALUES (" + values + ")"));
    const std::string column = columns.substr(columns.rfind(' ') + 1);
    for (const std::string& sql : {"UPDATE " + table + " SET " + column + " = 2", "DELETE FROM " + table,
                                   "INSERT OR REPLACE INTO " + table + " (" + columns + ") VALUES (" + values + ")"}) {
        const auto changed = (*db)->execute(sql);
        ASSERT_FALSE(changed) << sql;
        EXPECT_NE(changed.error().sentence.find("append-only"), std::string::npos) << changed.error().sentence;
    }
}

INSTANTIATE_TEST_SUITE_P(Tables, AppendOnly,
                         testing::Values("observations", "observation_identifiers", "asset_observations", "evidence", "attempts", "attempt_events",
                                         "steps", "ledger", "disposition_history"));

}  // namespace
}  // namespace douse::store
