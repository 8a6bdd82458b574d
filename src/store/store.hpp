// SPDX-License-Identifier: Apache-2.0
// The store: one SQLite file (WAL, full sync), one writer thread with group commit, readers with connections of their own.
//
// A use case is one function given to `write`; it runs on the writer thread inside a savepoint, together with others that
// wait at the same moment, and `write` returns when its commit is on the disk. If the function returns an error its own
// effects are rolled back and nobody else's. It never waits for a network.
// Verdicts, dispositions and counts are derived inside the same transaction, through the Deriver.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/evidence.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <type_traits>
#include <vector>

namespace douse::store {

class Database;
class Mirror;

// What the store asks when evidence, attempts or exemptions of an asset change. Bound to `assess` in `main`.
class Deriver {
public:
    virtual ~Deriver() = default;
    [[nodiscard]] virtual model::Assessment derive(const model::AssetHistory& history, Timestamp now) const = 0;
};

// What a commit changed, for the console's event stream. `subject` is an id, or 0 for the kind as a whole.
struct Change {
    enum class Kind { books, asset, campaign, sweep, incident, ledger, decision, stop };
    Kind kind = Kind::books;
    int64_t subject = 0;
    auto operator<=>(const Change&) const = default;
};
[[nodiscard]] std::string_view name_of(Change::Kind kind);

class Tx {
public:
    [[nodiscard]] Timestamp now() const { return now_; }                                           // one moment for the whole use case
    void changed(Change::Kind kind, int64_t subject = 0) { changes_.push_back({kind, subject}); }  // announced after commit
    [[nodiscard]] Database& db() { return db_; }                                                   // for the sources of this room
    [[nodiscard]] const Deriver& deriver() const { return deriver_; }
    // Assets to derive before the use case ends, or before anything derived is read: each once, however often it changed.
    [[nodiscard]] std::set<model::AssetId>& due() { return due_; }
    // Does it and undoes it, whatever it answers: dry runs. Inside `write` only.
    Result<void> try_out(const std::function<Result<void>()>& what);

private:
    friend class Store;
    Tx(Database& db, const Deriver& deriver, Timestamp now) : db_(db), deriver_(deriver), now_(now) {}

    Database& db_;
    const Deriver& deriver_;
    Timestamp now_;
    std::vector<Change> changes_;
    std::set<model::AssetId> due_;
};

class Store {
public:
    // An empty path is a database in memory (tests). Refuses a file whose `db_compat` is newer than this program, naming both
    // numbers and the cure; applies the migrations that are missing. Errors: invalid, corrupt, exhausted, internal.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, const Deriver& deriver, const base::Clock& clock);
    ~Store();  // finishes what was handed in

    // F: Result<T>(Tx&). Any thread but the writer's own. Exhausted when the disk is full: nothing was changed.
    template <class F>
    auto write(F&& use_case) -> std::invoke_result_t<F, Tx&> {
        using R = std::invoke_result_t<F, Tx&>;
        std::unique_ptr<R> result;
        const Result<void> done = write_erased([&](Tx& tx) -> Result<void> {
            result = std::make_unique<R>(use_case(tx));
            if (!*result) return std::unexpected(result->error());
            return {};
        });
        if (!done) return std::unexpected(done.error());
        return std::move(*result);
    }

    // A consistent snapshot. F: Result<T>(Tx&); it must not write.
    template <class F>
    auto read(F&& question) const -> std::invoke_result_t<F, Tx&> {
        using R = std::invoke_result_t<F, Tx&>;
        std::unique_ptr<R> result;
        const Result<void> done = read_erased([&](Tx& tx) -> Result<void> {
            result = std::make_unique<R>(question(tx));
            return {};
        });
        if (!done) return std::unexpected(done.error());
        return std::move(*result);
    }

    // This store for one call: `rider` joins the transaction of each use case that succeeds through the handle, so that what it
    // writes is there if and only if the effect is. The handle must not outlive this store.
    [[nodiscard]] Store carrying(std::function<Result<void>(Tx&)> rider);

    // Called on the writer thread after each commit, in order, with what it changed; must be quick and must not call back.
    void on_commit(std::function<void(const std::vector<Change>&)> listener);

    [[nodiscard]] const Mirror& mirror() const;  // filters, counts, facets, sorts over assets; see mirror.hpp

private:
    class Parts;
    explicit Store(std::unique_ptr<Parts> parts);
    Store(Parts& parts, std::function<Result<void>(Tx&)> rider);
    Result<void> write_erased(const std::function<Result<void>(Tx&)>& use_case);
    Result<void> read_erased(const std::function<Result<void>(Tx&)>& question) const;

    std::unique_ptr<Parts> owned_;  // none: the handle of a call
    Parts* parts_;
    std::function<Result<void>(Tx&)> rider_;
};

}  // namespace douse::store
