// SPDX-License-Identifier: Apache-2.0
#include "store/database.hpp"

#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace douse::store {
namespace {

constexpr int busy_timeout_ms = 5'000;  // another program (a backup, `sqlite3`) may hold the file for a moment

constexpr std::string_view write_settings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;"
    "PRAGMA trusted_schema = OFF;";
constexpr std::string_view read_settings = "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;";

constexpr std::array<const char*, 24> parameter_names{"$1",  "$2",  "$3",  "$4",  "$5",  "$6",  "$7",  "$8",  "$9",  "$10", "$11", "$12",
                                                      "$13", "$14", "$15", "$16", "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24"};

bool is_no_room(int code, int system_error) {
    if ((code & 0xff) == SQLITE_FULL) return true;
    return (code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

// The database holds private keys: nobody else may read it, nor its side files, to which SQLite gives the same mode when it makes
// them. By path and not by descriptor, as closing one would drop the locks of this process's other connections.
Result<void> make_private(const std::filesystem::path& file) {
    struct stat about{};
    if (::lstat(file.c_str(), &about) != 0) {
        if (errno == ENOENT) return {};
        return fail(ErrorCode::invalid, fmt::format("could not look at \"{}\": {}", file.string(), std::strerror(errno)));
    }
    if (!S_ISREG(about.st_mode)) return fail(ErrorCode::invalid, fmt::format("\"{}\" is no file of its own", file.string()));
    if ((about.st_mode & 07777) == 0600 && about.st_uid == ::geteuid()) return {};
    if (about.st_uid == ::geteuid() && ::chmod(file.c_str(), 0600) == 0) return {};
    return fail(ErrorCode::denied, fmt::format("\"{}\" belongs to another user, with uid {}", file.string(), about.st_uid), {},
                "start the server as that user, or give the file back: chown");
}

Result<void> create_private(const std::filesystem::path& file) {
    const base::UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const int why = errno;
    if (!made && why != EEXIST) {
        return fail(why == ENOSPC || why == EDQUOT ? ErrorCode::exhausted : ErrorCode::invalid,
                    fmt::format("could not open database \"{}\": {}", file.string(), std::strerror(why)));
    }
    for (const char* end : {"", "-wal", "-shm"}) TRY(make_private(file.string() + end));
    return {};
}

}  // namespace

bool Row::is_null() const {
    return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

int64_t Row::integer() {
    return sqlite3_column_int64(statement_, column_++);
}

std::string Row::text() {
    const int column = column_++;
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

std::optional<Address> Row::address() {
    if (is_null()) return skip(), std::nullopt;
    const std::string written = text();
    const auto parsed = Address::parse(written);
    if (!parsed) spoil(written);
    return parsed;
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, Access access) {
    if (!file.empty() && access == Access::write) TRY(create_private(file));
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file.empty() ? ":memory:" : file.c_str(), &handle, flags, nullptr);
    std::unique_ptr<Database> db(new Database(handle));
    if (code != SQLITE_OK) return within(fmt::format("database \"{}\"", file.string()), db->failure(code));
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    if (auto set = db->execute(access == Access::write ? write_settings : read_settings); !set) {
        return within(fmt::format("database \"{}\"", file.string()), set.error());
    }
    return db;
}

Database::~Database() {
    for (auto& [sql, kept] : kept_) sqlite3_finalize(kept.statement);
    sqlite3_close(handle_);
}

Result<void> Database::execute(std::string_view script) {
    while (!script.empty()) {
        sqlite3_stmt* statement = nullptr;
        const char* rest = nullptr;
        const int prepared = sqlite3_prepare_v2(handle_, script.data(), static_cast<int>(script.size()), &statement, &rest);
        if (prepared != SQLITE_OK) return std::unexpected(failure(prepared));
        script.remove_prefix(static_cast<size_t>(rest - script.data()));
        if (statement == nullptr) continue;  // a comment, or blanks
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) code = sqlite3_step(statement);
        std::optional<Error> error;
        if (code != SQLITE_DONE) error = failure(code);
        sqlite3_finalize(statement);
        if (error) return std::unexpected(*error);
    }
    return {};
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

int64_t Database::changes() const {
    return sqlite3_changes(handle_);
}

Error Database::failure(int code) const {
    const std::string mechanism = fmt::format("sqlite {}: {}", code, handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_));
    const int system_error = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
    auto error = [&](ErrorCode what, std::string sentence, std::string hint = {}) {
        return Error{.code = what, .sentence = std::move(sentence), .detail = mechanism, .hint = std::move(hint)};
    };
    if (is_no_room(code, system_error)) {
        return error(ErrorCode::exhausted, "could not write the database: the disk is full", "make room; nothing was changed");
    }
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
                return error(ErrorCode::conflict, "such a row is there already");
            }
            if (code == SQLITE_CONSTRAINT_FOREIGNKEY) return error(ErrorCode::not_found, "it refers to a row that is not there");
            return error(ErrorCode::internal, fmt::format("the database refuses the change: {}", sqlite3_errmsg(handle_)));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return error(ErrorCode::corrupt, "the database file is damaged", "restore the last backup");
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return error(ErrorCode::timed_out, "could not lock the database: another program holds it");
        case SQLITE_CANTOPEN: return error(ErrorCode::invalid, "could not open the database file");
        case SQLITE_READONLY: return error(ErrorCode::invalid, "the database can only be read");
        case SQLITE_IOERR: return error(ErrorCode::internal, fmt::format("could not use the database's disk: {}", std::strerror(system_error)));
        default: return error(ErrorCode::internal, "could not use the database");
    }
}

Result<sqlite3_stmt*> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(failure(code));
    return statement;
}

Result<Database::Borrowed> Database::borrow(std::string_view sql) {
    Kept& kept = kept_[sql];
    if (kept.busy) {  // a query whose visitor asks the same again
        TRY(sqlite3_stmt * extra, prepare(sql));
        return Borrowed(extra, nullptr);
    }
    if (kept.statement == nullptr) {
        TRY(kept.statement, prepare(sql));
    }
    kept.busy = true;
    return Borrowed(kept.statement, &kept);
}

Database::Borrowed::~Borrowed() {
    if (statement_ == nullptr) return;
    if (kept_ == nullptr) {
        sqlite3_finalize(statement_);
        return;
    }
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
    kept_->busy = false;
}

Result<bool> Database::step(sqlite3_stmt* statement) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(failure(code));
}

std::unexpected<Error> Database::unreadable_row(std::string_view sql, std::string_view value) {
    return fail(ErrorCode::corrupt, fmt::format("the database holds \"{}\" where this program knows no such value", value), std::string(sql));
}

int Database::index_of(sqlite3_stmt* statement, int parameter) {
    const int index = sqlite3_bind_parameter_index(statement, parameter_names[static_cast<size_t>(parameter - 1)]);
    assert(index > 0 && "the statement has no such parameter");
    return index;
}

void Database::bind_null(sqlite3_stmt* statement, int index) {
    sqlite3_bind_null(statement, index);
}

void Database::bind(sqlite3_stmt* statement, int index, int64_t value) {
    sqlite3_bind_int64(statement, index, value);
}

// The values outlive the statement's use, so nothing is copied.
void Database::bind(sqlite3_stmt* statement, int index, std::string_view value) {
    sqlite3_bind_text(statement, index, value.data() == nullptr ? "" : value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
}

void Database::bind(sqlite3_stmt* statement, int index, Bytes value) {
    sqlite3_bind_blob64(statement, index, value.bytes.data() == nullptr ? "" : value.bytes.data(), value.bytes.size(), SQLITE_STATIC);
}

}  // namespace douse::store
