// SPDX-License-Identifier: Apache-2.0
// The writer thread takes all use cases that wait, runs each in a savepoint of one transaction, commits once, and then brings
// the mirror up to date, tells the listeners and answers. Whoever waited meanwhile is in the next group: under load one fsync
// serves many.
//
// When the disk is full SQLite may end the whole transaction by itself. Then nothing of the group is there, and all of it is
// answered as exhausted; a use case isn't run a second time, because it may have moved things out of its caller's hands.
#include "store/store.hpp"

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "store/database.hpp"
#include "store/derive.hpp"
#include "store/mirror.hpp"
#include "store/schema.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <exception>
#include <thread>

namespace douse::store {
namespace {

constexpr std::array<std::string_view, 8> change_names{"books", "asset", "campaign", "sweep", "incident", "ledger", "decision", "stop"};

// A commit that changed more assets than this announces assets as a whole: a console reloads its page either way.
constexpr size_t most_announced_assets = 500;
constexpr size_t most_idle_readers = 8;

struct Job {
    const std::function<Result<void>(Tx&)>* use_case;
    Result<void> answer;
    bool answered = false;
};

Result<void> run_guarded(const std::function<Result<void>(Tx&)>& function, Tx& tx) {
    try {
        return function(tx);
    } catch (const std::exception& bug) {
        return fail(ErrorCode::internal, "a use case of the store ended in an exception", bug.what());
    }
}

std::vector<model::AssetId> assets_in(const std::vector<Change>& changes) {
    std::vector<model::AssetId> assets;
    for (const Change& change : changes) {
        if (change.kind == Change::Kind::asset && change.subject != 0) assets.emplace_back(change.subject);
    }
    std::ranges::sort(assets);
    assets.erase(std::ranges::unique(assets).begin(), assets.end());
    return assets;
}

std::vector<Change> announcement_of(std::vector<Change> changes, size_t assets) {
    std::vector<Change> told;
    for (const Change& change : changes) {
        const Change as_told = change.kind == Change::Kind::asset && assets > most_announced_assets ? Change{change.kind, 0} : change;
        if (std::ranges::find(told, as_told) == told.end()) told.push_back(as_told);
    }
    return told;
}

}  // namespace

std::string_view name_of(Change::Kind kind) {
    return change_names[static_cast<size_t>(kind)];
}

Result<void> Tx::try_out(const std::function<Result<void>()>& what) {
    const auto changes = changes_;
    const auto due = due_;
    TRY(db_.run("SAVEPOINT trial"));
    const Result<void> answer = what();
    changes_ = changes;
    due_ = due;
    TRY(db_.run("ROLLBACK TO trial"));
    TRY(db_.run("RELEASE trial"));
    return answer;
}

class Store::Parts {
public:
    Parts(std::filesystem::path file, const Deriver& deriver, const base::Clock& clock, std::unique_ptr<Database> writer)
        : file_(std::move(file)), deriver_(deriver), clock_(clock), db_(std::move(writer)) {}

    ~Parts() {
        {
            const base::MutexLock lock(queue_mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        if (writer_.joinable()) writer_.join();
    }

    Result<void> load_mirror() {
        TRY(auto rows, mirror_rows(*db_));
        mirror_.apply(std::move(rows), {});
        return {};
    }

    void start() {
        writer_ = std::thread([this] { serve(); });
    }

    Result<void> write(const std::function<Result<void>(Tx&)>& use_case) {
        assert(std::this_thread::get_id() != writer_.get_id() && "a use case must not write through the store again");
        Job job{.use_case = &use_case, .answer = {}};
        const base::MutexLock lock(queue_mutex_);
        waiting_.push_back(&job);
        wake_.notify_one();
        while (!job.answered) answered_.wait(queue_mutex_);
        return std::move(job.answer);
    }

    Result<void> read(const std::function<Result<void>(Tx&)>& question) {
        if (file_.empty()) {
            const base::MutexLock lock(memory_mutex_);
            TRY(db_->execute("PRAGMA query_only = ON"));
            Result<void> answer = ask(*db_, question);
            TRY(db_->execute("PRAGMA query_only = OFF"));
            return answer;
        }
        TRY(std::unique_ptr<Database> db, take_reader());
        Result<void> answer = ask(*db, question);
        if (!db->in_transaction()) give_back(std::move(db));
        return answer;
    }

    void listen(std::function<void(const std::vector<Change>&)> listener) {
        const base::MutexLock lock(listeners_mutex_);
        listeners_.push_back(std::move(listener));
    }

    [[nodiscard]] const Mirror& mirror() const { return mirror_; }

private:
    void serve() {
        for (;;) {
            std::vector<Job*> group;
            {
                const base::MutexLock lock(queue_mutex_);
                while (waiting_.empty() && !stopping_) wake_.wait(queue_mutex_);
                if (waiting_.empty()) return;
                group.swap(waiting_);
            }
            run_group(group);
            {
                const base::MutexLock lock(queue_mutex_);
                for (Job* job : group) job->answered = true;
            }
            answered_.notify_all();
        }
    }

    void run_group(const std::vector<Job*>& group) {
        std::vector<Change> changes;
        {
            const base::MutexLock lock(memory_mutex_);
            const Result<void> done = commit(group, changes);
            if (!done) {
                if (db_->in_transaction()) (void)db_->execute("ROLLBACK");
                for (Job* job : group) {
                    if (job->answer) job->answer = std::unexpected(done.error());
                }
                return;
            }
            bring_mirror_up_to_date(assets_in(changes));
        }
        announce(announcement_of(std::move(changes), assets_changed_));
    }

    Result<void> commit(const std::vector<Job*>& group, std::vector<Change>& changes) {
        TRY(db_->run("BEGIN IMMEDIATE"));
        for (Job* job : group) {
            TRY(db_->run("SAVEPOINT use_case"));
            Tx tx(*db_, deriver_, clock_.now());
            job->answer = run_guarded(*job->use_case, tx);
            if (job->answer) job->answer = settle(tx);
            if (job->answer) {
                TRY(db_->run("RELEASE use_case"));
                changes.insert(changes.end(), tx.changes_.begin(), tx.changes_.end());
                continue;
            }
            if (!db_->in_transaction()) return std::unexpected(job->answer.error());
            TRY(db_->run("ROLLBACK TO use_case"));
            TRY(db_->run("RELEASE use_case"));
        }
        if (auto committed = db_->run("COMMIT"); !committed) {
            Error error = committed.error();
            // A disk that fails at the last moment may have kept the commit all the same.
            if (error.code != ErrorCode::exhausted) error.effect = Effect::unknown;
            return std::unexpected(std::move(error));
        }
        return {};
    }

    void bring_mirror_up_to_date(const std::vector<model::AssetId>& assets) {
        assets_changed_ = assets.size();
        std::vector<Mirror::Row> put;
        std::vector<model::AssetId> removed;
        for (const model::AssetId asset : assets) {
            auto row = mirror_row(*db_, asset);
            if (!row) {
                base::log(base::LogLevel::error, fmt::format("asset {} is shown as it was: {}", asset.value, row.error().sentence));
            } else if (*row) {
                put.push_back(**std::move(row));
            } else {
                removed.push_back(asset);
            }
        }
        if (!assets.empty()) mirror_.apply(std::move(put), removed);
    }

    void announce(const std::vector<Change>& changes) {
        if (changes.empty()) return;
        std::vector<std::function<void(const std::vector<Change>&)>> listeners;
        {
            const base::MutexLock lock(listeners_mutex_);
            listeners = listeners_;
        }
        for (const auto& listener : listeners) listener(changes);
    }

    Result<void> ask(Database& db, const std::function<Result<void>(Tx&)>& question) {
        TRY(db.run("BEGIN"));
        Tx tx(db, deriver_, clock_.now());
        Result<void> answer = run_guarded(question, tx);
        TRY(db.run("ROLLBACK"));
        return answer;
    }

    Result<std::unique_ptr<Database>> take_reader() {
        {
            const base::MutexLock lock(readers_mutex_);
            if (!idle_readers_.empty()) {
                auto reader = std::move(idle_readers_.back());
                idle_readers_.pop_back();
                return reader;
            }
        }
        return Database::open(file_, Database::Access::read);
    }

    void give_back(std::unique_ptr<Database> reader) {
        const base::MutexLock lock(readers_mutex_);
        if (idle_readers_.size() < most_idle_readers) idle_readers_.push_back(std::move(reader));
    }

    const std::filesystem::path file_;  // empty: in memory, one connection for all
    const Deriver& deriver_;
    const base::Clock& clock_;
    const std::unique_ptr<Database> db_;  // the writer's; in memory also the readers', under memory_mutex_
    Mirror mirror_;
    size_t assets_changed_ = 0;  // by the last commit; the writer thread's

    base::Mutex memory_mutex_;
    base::Mutex queue_mutex_;
    base::ConditionVariable wake_, answered_;
    std::vector<Job*> waiting_ GUARDED_BY(queue_mutex_);
    bool stopping_ GUARDED_BY(queue_mutex_) = false;

    base::Mutex readers_mutex_;
    std::vector<std::unique_ptr<Database>> idle_readers_ GUARDED_BY(readers_mutex_);
    base::Mutex listeners_mutex_;
    std::vector<std::function<void(const std::vector<Change>&)>> listeners_ GUARDED_BY(listeners_mutex_);

    std::thread writer_;
};

Store::Store(std::unique_ptr<Parts> parts) : owned_(std::move(parts)), parts_(owned_.get()) {}
Store::Store(Parts& parts, std::function<Result<void>(Tx&)> rider) : parts_(&parts), rider_(std::move(rider)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, const Deriver& deriver, const base::Clock& clock) {
    TRY(std::unique_ptr<Database> db, Database::open(file, Database::Access::write));
    TRY(migrate(*db));
    auto parts = std::make_unique<Parts>(file, deriver, clock, std::move(db));
    TRY(parts->load_mirror());
    parts->start();
    return std::unique_ptr<Store>(new Store(std::move(parts)));
}

Result<void> Store::write_erased(const std::function<Result<void>(Tx&)>& use_case) {
    if (!rider_) return parts_->write(use_case);
    return parts_->write([&](Tx& tx) -> Result<void> {
        TRY(use_case(tx));
        return rider_(tx);
    });
}

Store Store::carrying(std::function<Result<void>(Tx&)> rider) {
    return Store(*parts_, std::move(rider));
}

Result<void> Store::read_erased(const std::function<Result<void>(Tx&)>& question) const {
    return parts_->read(question);
}

void Store::on_commit(std::function<void(const std::vector<Change>&)> listener) {
    parts_->listen(std::move(listener));
}

const Mirror& Store::mirror() const {
    return parts_->mirror();
}

}  // namespace douse::store
