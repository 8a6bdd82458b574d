// SPDX-License-Identifier: Apache-2.0
// Law 3 under faults: a disk that is full, and a process that is killed while it writes.
#include "store/evidence_rows.hpp"
#include "store/ledger_rows.hpp"
#include "store/store_for_tests.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>
#include <thread>

namespace douse::store {
namespace {

std::filesystem::path new_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "douse-fault-XXXXXX").string();
    return ::mkdtemp(pattern.data());
}

// A VFS over the system's own, whose disk has so many bytes left, and whose syncs are counted and can be made to fail. Files keep the
// system's methods but for those.
class SmallDisk {
public:
    static SmallDisk& instance() {
        static SmallDisk disk;
        return disk;
    }
    std::atomic<int64_t> left = INT64_MAX;
    std::atomic<int64_t> syncs = 0;
    std::atomic<bool> sync_fails = false;

private:
    struct File {  // SQLite allocates szOsFile bytes: ours, then the system's
        sqlite3_file base;
        sqlite3_file* real;
    };
    SmallDisk() {
        real_ = sqlite3_vfs_find(nullptr);
        vfs_ = *real_;
        vfs_.zName = "smalldisk";
        vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
        vfs_.xOpen = [](sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
            auto* ours = reinterpret_cast<File*>(file);
            ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
            const int code = instance().real_->xOpen(instance().real_, name, ours->real, flags, out);
            file->pMethods = ours->real->pMethods != nullptr ? &instance().methods() : nullptr;
            return code;
        };
        sqlite3_vfs_register(&vfs_, 1);
    }
    static sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }
    const sqlite3_io_methods& methods() {
        static const sqlite3_io_methods m{
            .iVersion = 3,
            .xClose = [](sqlite3_file* f) { return real_of(f)->pMethods->xClose(real_of(f)); },
            .xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real_of(f)->pMethods->xRead(real_of(f), to, n, at); },
            .xWrite =
                [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
                    if (instance().left.fetch_sub(n) < n) return SQLITE_FULL;
                    return real_of(f)->pMethods->xWrite(real_of(f), from, n, at);
                },
            .xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real_of(f)->pMethods->xTruncate(real_of(f), n); },
            .xSync =
                [](sqlite3_file* f, int flags) {
                    ++instance().syncs;
                    if (instance().sync_fails) return SQLITE_IOERR_FSYNC;
                    return real_of(f)->pMethods->xSync(real_of(f), flags);
                },
            .xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real_of(f)->pMethods->xFileSize(real_of(f), n); },
            .xLock = [](sqlite3_file* f, int l) { return real_of(f)->pMethods->xLock(real_of(f), l); },
            .xUnlock = [](sqlite3_file* f, int l) { return real_of(f)->pMethods->xUnlock(real_of(f), l); },
            .xCheckReservedLock = [](sqlite3_file* f, int* r) { return real_of(f)->pMethods->xCheckReservedLock(real_of(f), r); },
            .xFileControl = [](sqlite3_file* f, int op, void* a) { return real_of(f)->pMethods->xFileControl(real_of(f), op, a); },
            .xSectorSize = [](sqlite3_file* f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); },
            .xDeviceCharacteristics = [](sqlite3_file* f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); },
            .xShmMap = [](sqlite3_file* f, int p, int n, int e,
                          void volatile** m2) { return real_of(f)->pMethods->xShmMap(real_of(f), p, n, e, m2); },
            .xShmLock = [](sqlite3_file* f, int o, int n, int flags) { return real_of(f)->pMethods->xShmLock(real_of(f), o, n, flags); },
            .xShmBarrier = [](sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); },
            .xShmUnmap = [](sqlite3_file* f, int d) { return real_of(f)->pMethods->xShmUnmap(real_of(f), d); },
            .xFetch =
                [](sqlite3_file*, sqlite3_int64, int, void** p) {
                    *p = nullptr;
                    return SQLITE_OK;
                },
            .xUnfetch = [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
        };
        return m;
    }
    sqlite3_vfs* real_ = nullptr;
    sqlite3_vfs vfs_{};
};

TEST(FullDisk, AnswersExhaustedChangesNothingAndGoesOnWhenThereIsRoom) {
    SmallDisk& disk = SmallDisk::instance();
    const auto folder = new_folder();
    {
        StoreForTests s("10.0.0.0/8", folder / "douse.db");
        const auto before = s.asset_at("10.0.0.1");
        int64_t refused = 0, taken = 0;
        // At each point of the transaction: after so many bytes the disk is full.
        for (int64_t room = 0; room < 400'000; room += 30'000) {
            disk.left = room;
            const auto rows = s.read([](Tx& tx) { return count_ledger(tx); });
            std::vector<Result<int64_t>> answers(4, 0);
            std::vector<std::thread> threads;
            for (auto& answer : answers) {
                threads.emplace_back(
                    [&] { answer = s.store->write([&](Tx& tx) { return append_ledger(tx, {}, "big", "", std::string(100'000, 'x')); }); });
            }
            for (auto& thread : threads) thread.join();
            int64_t written = 0;
            for (const auto& answer : answers) {
                if (answer)
                    ++written;
                else
                    EXPECT_EQ(answer.error().code, ErrorCode::exhausted) << answer.error().sentence << " " << answer.error().detail;
            }
            taken += written;
            refused += 4 - written;
            disk.left = INT64_MAX;
            EXPECT_EQ(s.read([](Tx& tx) { return count_ledger(tx); }), rows + written) << "with room for " << room;
            s.write([](Tx& tx) { return append_ledger(tx, {}, "small", "", "{}"); });
            EXPECT_TRUE(s.read([](Tx& tx) { return verify_ledger(tx); }).verified());
        }
        EXPECT_GT(refused, 0);
        EXPECT_GT(taken, 0);
        EXPECT_EQ(s.read([](Tx& tx) { return assets_on_books(tx); }).at(0).id, before);
        EXPECT_EQ(s.read([](Tx& tx) { return books(tx); }), s.read([](Tx& tx) { return recount_books(tx); }));
    }
    disk.left = INT64_MAX;
    std::filesystem::remove_all(folder);
}

TEST(Sync, AFailedOneAtTheCommitLeavesTheFateUnknown) {
    SmallDisk& disk = SmallDisk::instance();
    const auto folder = new_folder();
    {
        StoreForTests s("10.0.0.0/8", folder / "douse.db");
        disk.sync_fails = true;
        const auto answer = s.store->write([](Tx& tx) { return append_ledger(tx, {}, "act", "", "{}"); });
        disk.sync_fails = false;
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, ErrorCode::internal) << answer.error().sentence;
        EXPECT_EQ(answer.error().effect, Effect::unknown);
        s.write([](Tx& tx) { return append_ledger(tx, {}, "later", "", "{}"); });
        EXPECT_TRUE(s.read([](Tx& tx) { return verify_ledger(tx); }).verified()) << "it goes on, on whichever of the two it found";
    }
    std::filesystem::remove_all(folder);
}

TEST(Sync, ComesBeforeEachAnswerAndServesAWholeGroup) {
    SmallDisk& disk = SmallDisk::instance();
    const auto folder = new_folder();
    {
        StoreForTests s("10.0.0.0/8", folder / "douse.db");
        for (int i = 0; i < 3; ++i) {
            const int64_t before = disk.syncs;
            s.write([](Tx& tx) { return append_ledger(tx, {}, "alone", "", "{}"); });
            EXPECT_GE(disk.syncs - before, 1);
        }
        // One use case holds the writer until the others wait: they are the next group.
        constexpr int writers = 16;
        std::atomic<bool> held = false, release = false;
        std::atomic<int> asked = 0;
        std::thread holder([&] {
            s.write([&](Tx& tx) {
                held = true;
                held.notify_all();
                release.wait(false);
                return append_ledger(tx, {}, "holds", "", "{}");
            });
        });
        held.wait(false);
        const int64_t before = disk.syncs;
        std::vector<std::thread> threads;
        for (int i = 0; i < writers; ++i) {
            threads.emplace_back([&] {
                ++asked;
                s.write([](Tx& tx) { return append_ledger(tx, {}, "together", "", "{}"); });
            });
        }
        while (asked < writers) std::this_thread::yield();
        release = true;
        release.notify_all();
        holder.join();
        for (auto& thread : threads) thread.join();
        EXPECT_GE(disk.syncs - before, 2) << "the holder's, and at least one for the others";
        EXPECT_LT(disk.syncs - before, writers);
    }
    std::filesystem::remove_all(folder);
}

// The child writes from several threads and says each answered write through a pipe, until it is killed.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, int pipe) {
    base::SystemClock clock;
    auto store = Store::open(file, plain_deriver, clock);
    if (!store) ::_exit(1);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0;; ++i) {
                const std::string subject = fmt::format("{}-{}", t, i);
                const auto seq = (*store)->write([&](Tx& tx) -> Result<int64_t> {
                    model::Observation seen{.source = "sweep", .seen_at = tx.now(), .identifiers = {{model::IdentifierKind::host_name, subject}}};
                    TRY(seen.id, insert_observation(tx, seen));
                    TRY(const auto asset, insert_asset(tx, "seen"));
                    TRY(attach_observation(tx, asset, seen, "seen"));
                    return append_ledger(tx, {}, "write", subject, "{}");
                });
                if (!seq) ::_exit(1);
                const std::string line = fmt::format("{} {}\n", *seq, subject);
                if (::write(pipe, line.data(), line.size()) < 0) ::_exit(1);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    ::_exit(1);
}

TEST(Kill, EveryAnsweredWriteIsThereAfterKillMinus9) {
    const auto folder = new_folder();
    int64_t answered = 0;
    for (int round = 0; round < 4; ++round) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe(ends.data()), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            write_until_killed(folder / "douse.db", ends[1]);
        }
        ::close(ends[1]);
        std::string said;
        std::array<char, 4096> buffer{};
        const size_t enough = 600 + 700 * static_cast<size_t>(round);  // bytes; killed somewhere in the middle of the next ones
        bool killed = false;
        for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
            said.append(buffer.data(), static_cast<size_t>(n));
            if (said.size() >= enough && !killed) {
                ::kill(child, SIGKILL);
                killed = true;
            }
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";

        base::SystemClock clock;
        auto store = Store::open(folder / "douse.db", plain_deriver, clock);
        ASSERT_TRUE(store) << store.error().sentence;
        const auto rows = (*store)->read([](Tx& tx) { return list_ledger(tx, 0, 1'000'000); });
        ASSERT_TRUE(rows);
        std::map<int64_t, std::string> kept;
        for (const auto& row : *rows) kept[row.seq] = row.subject;
        std::istringstream lines(said);
        int64_t seq = 0;
        std::string subject;
        while (lines >> seq >> subject) {
            if (lines.eof()) break;  // the line that the kill cut off
            EXPECT_EQ(kept[seq], subject);
            ++answered;
        }
        EXPECT_TRUE((*store)->read([](Tx& tx) { return verify_ledger(tx); })->verified());
        EXPECT_EQ((*store)->read([](Tx& tx) { return books(tx); }).value(), (*store)->read([](Tx& tx) { return recount_books(tx); }).value());
    }
    EXPECT_GT(answered, 100);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace douse::store
