// SPDX-License-Identifier: Apache-2.0
// One connection to SQLite, and statements as constants of the program.
//
// Statements are written once, in the sources of this room, and kept prepared. Parameters are `$1`, `$2` ... and are bound by
// name, because SQLite numbers them by first appearance; PostgreSQL reads the same text. A row type has one column list, which
// is joined to its statements at compile time (Sql), and one reading function, which takes the columns in that order (Row).
// Used by one thread at a time.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace douse::store {

// SQL text that can be joined at compile time: `"SELECT " + columns + " FROM people"`.
template <size_t N>
struct Sql {
    char text[N]{};
    consteval Sql() = default;
    consteval Sql(const char (&literal)[N]) {  // NOLINT(google-explicit-constructor): so that literals join
        for (size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
    constexpr operator std::string_view() const { return {text, N - 1}; }  // NOLINT(google-explicit-constructor)
};
template <size_t A, size_t B>
consteval Sql<A + B - 1> operator+(const Sql<A>& a, const Sql<B>& b) {
    Sql<A + B - 1> joined;
    for (size_t i = 0; i < A - 1; ++i) joined.text[i] = a.text[i];
    for (size_t i = 0; i < B; ++i) joined.text[A - 1 + i] = b.text[i];
    return joined;
}
template <size_t A, size_t B>
consteval auto operator+(const char (&a)[A], const Sql<B>& b) {
    return Sql<A>(a) + b;
}
template <size_t A, size_t B>
consteval auto operator+(const Sql<A>& a, const char (&b)[B]) {
    return a + Sql<B>(b);
}

struct Bytes {  // bound as a BLOB
    std::string_view bytes;
};

// The row that a statement stands on; each `next` reads one column further. A value that cannot be read as asked marks the row,
// and the query ends as corrupt.
class Row {
public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

    template <class T>
    [[nodiscard]] T next() {
        if constexpr (is_optional<T>) {
            if (is_null()) return skip(), std::nullopt;
            return next<typename T::value_type>();
        } else if constexpr (std::same_as<T, std::string>) {
            return text();
        } else if constexpr (std::same_as<T, Timestamp>) {
            return base::from_ms(integer());
        } else if constexpr (std::same_as<T, bool>) {
            return integer() != 0;
        } else if constexpr (std::integral<T>) {
            return static_cast<T>(integer());
        } else {
            return T{integer()};  // an Id; NULL is 0, which is none
        }
    }
    // An enumeration stored by name.
    template <class E>
    [[nodiscard]] E named(std::optional<E> (*from)(std::string_view)) {
        const std::string name = text();
        const std::optional<E> value = from(name);
        if (!value) spoil(name);
        return value.value_or(E{});
    }
    template <class E>
    [[nodiscard]] std::optional<E> named_or_null(std::optional<E> (*from)(std::string_view)) {
        if (is_null()) return skip(), std::nullopt;
        return named(from);
    }
    [[nodiscard]] std::optional<Address> address();  // NULL is none
    [[nodiscard]] bool is_null() const;              // the next column
    void skip() { ++column_; }
    void spoil(std::string value) { unreadable_ = std::move(value); }
    [[nodiscard]] const std::optional<std::string>& unreadable() const { return unreadable_; }

private:
    template <class T>
    static constexpr bool is_optional = requires(T t) {
        t.has_value();
        typename T::value_type;
    };

    int64_t integer();
    std::string text();

    sqlite3_stmt* statement_;
    int column_ = 0;
    std::optional<std::string> unreadable_;
};

class Database {
public:
    enum class Access { write, read };
    // An empty path is a database in memory, which only this connection sees.
    static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // Several statements without parameters.
    Result<void> execute(std::string_view script);

    // One statement; the number of rows changed.
    template <class... A>
    Result<int64_t> run(std::string_view sql, const A&... arguments) {
        TRY(Borrowed statement, borrow(sql));
        bind_all(statement.get(), arguments...);
        TRY(step(statement.get()));
        return changes();
    }
    // An INSERT that ends in RETURNING id.
    template <class Id, class... A>
    Result<Id> insert(std::string_view sql, const A&... arguments) {
        TRY(Borrowed statement, borrow(sql));
        bind_all(statement.get(), arguments...);
        TRY([[maybe_unused]] bool row, step(statement.get()));
        const Id id = Row(statement.get()).template next<Id>();
        TRY(step(statement.get()));
        return id;
    }
    // visit: void(Row&), for each row in order.
    template <class F, class... A>
    Result<void> each(std::string_view sql, F&& visit, const A&... arguments) {
        TRY(Borrowed statement, borrow(sql));
        bind_all(statement.get(), arguments...);
        for (;;) {
            TRY(bool more, step(statement.get()));
            if (!more) return {};
            Row row(statement.get());
            visit(row);
            if (row.unreadable()) return unreadable_row(sql, *row.unreadable());
        }
    }
    // read: T(Row&).
    template <class F, class... A>
    auto all(std::string_view sql, F&& read, const A&... arguments) -> Result<std::vector<std::invoke_result_t<F, Row&>>> {
        std::vector<std::invoke_result_t<F, Row&>> rows;
        TRY(each(sql, [&](Row& row) { rows.push_back(read(row)); }, arguments...));
        return rows;
    }
    template <class F, class... A>
    auto first(std::string_view sql, F&& read, const A&... arguments) -> Result<std::optional<std::invoke_result_t<F, Row&>>> {
        TRY(Borrowed statement, borrow(sql));
        bind_all(statement.get(), arguments...);
        TRY(bool found, step(statement.get()));
        std::optional<std::invoke_result_t<F, Row&>> value;
        if (!found) return value;
        Row row(statement.get());
        value = read(row);
        if (row.unreadable()) return unreadable_row(sql, *row.unreadable());
        return value;
    }
    // The single number of a row that must be there.
    template <class... A>
    Result<int64_t> number(std::string_view sql, const A&... arguments) {
        TRY(auto value, first(sql, [](Row& row) { return row.next<int64_t>(); }, arguments...));
        return value.value_or(0);
    }

    [[nodiscard]] bool in_transaction() const;  // SQLite ends one by itself when the disk is full
    [[nodiscard]] Error failure(int code) const;

private:
    struct Kept {
        sqlite3_stmt* statement = nullptr;
        bool busy = false;
    };
    // A prepared statement for one use; reset when it is given back.
    class Borrowed {
    public:
        Borrowed(sqlite3_stmt* statement, Kept* kept) : statement_(statement), kept_(kept) {}
        Borrowed(Borrowed&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)), kept_(other.kept_) {}
        Borrowed& operator=(Borrowed&&) = delete;
        ~Borrowed();
        [[nodiscard]] sqlite3_stmt* get() const { return statement_; }

    private:
        sqlite3_stmt* statement_;
        Kept* kept_;  // none: prepared for this use alone
    };

    explicit Database(sqlite3* handle) : handle_(handle) {}
    Result<sqlite3_stmt*> prepare(std::string_view sql);
    Result<Borrowed> borrow(std::string_view sql);
    Result<bool> step(sqlite3_stmt* statement);  // true: a row is there
    [[nodiscard]] int64_t changes() const;
    static std::unexpected<Error> unreadable_row(std::string_view sql, std::string_view value);

    static int index_of(sqlite3_stmt* statement, int parameter);
    static void bind_null(sqlite3_stmt* statement, int index);
    static void bind(sqlite3_stmt* statement, int index, int64_t value);
    static void bind(sqlite3_stmt* statement, int index, std::string_view value);
    static void bind(sqlite3_stmt* statement, int index, Bytes value);
    static void bind(sqlite3_stmt* statement, int index, Timestamp value) { bind(statement, index, base::to_ms(value)); }
    template <std::integral T>
    static void bind(sqlite3_stmt* statement, int index, T value) {
        bind(statement, index, static_cast<int64_t>(value));
    }
    template <class Tag>
    static void bind(sqlite3_stmt* statement, int index, base::Id<Tag> id) {
        if (id)
            bind(statement, index, id.value);
        else
            bind_null(statement, index);
    }
    template <class T>
    static void bind(sqlite3_stmt* statement, int index, const std::optional<T>& value) {
        if (value)
            bind(statement, index, *value);
        else
            bind_null(statement, index);
    }
    static void bind(sqlite3_stmt* statement, int index, const std::string& value) { bind(statement, index, std::string_view(value)); }
    static void bind(sqlite3_stmt* statement, int index, const char* value) { bind(statement, index, std::string_view(value)); }

    template <class... A>
    static void bind_all(sqlite3_stmt* statement, const A&... arguments) {
        [[maybe_unused]] int parameter = 0;
        (bind(statement, index_of(statement, ++parameter), arguments), ...);
    }

    sqlite3* handle_;
    std::unordered_map<std::string_view, Kept> kept_;  // by the statement's text, which is a constant of the program
};

}  // namespace douse::store
