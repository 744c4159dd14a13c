// SQLite's C interface with owners: connection, statement, transaction. Inside this module a
// failure is thrown as `failure` and becomes a `result` at the module's border.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "../core/failure.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/fault/fault.hpp"

namespace setclick::ledger {

using bytes_view = std::span<std::byte const>;

inline bytes_view as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

class connection {
public:
    enum class mode : std::uint8_t { create, read_write, read_only };

    /// Throws `failure`; a missing file is `not_found` unless it may be created. `lock_wait`: for
    /// another program's lock, before it is `busy`.
    connection(std::string path, mode how, milliseconds lock_wait = milliseconds{10'000});
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    sqlite3* handle() const noexcept { return db_; }
    std::string const& path() const noexcept { return path_; }

    /// One or more statements without parameters and without rows of interest.
    void run(char const* sql);
    std::int64_t changes() const noexcept { return sqlite3_changes64(db_); }
    /// Rows that were changed since the connection was opened.
    std::int64_t total_changes() const noexcept { return sqlite3_total_changes64(db_); }
    std::int64_t last_insert_rowid() const noexcept { return sqlite3_last_insert_rowid(db_); }

    /// Whether closing the last connection copies the log into the main file. On at first.
    void fold_log_on_close(bool yes) noexcept {
        sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, yes ? 0 : 1, nullptr);
    }

    /// What a result code means for a person; names the file.
    error explain(int code) const;
    [[noreturn]] void fail_with(int code) const { throw failure(explain(code)); }

private:
    std::string path_;
    sqlite3* db_ = nullptr;
};

/// A prepared statement, kept for the life of its connection.
class statement {
public:
    statement(connection& db, std::string_view sql);
    ~statement() { sqlite3_finalize(handle_); }
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;

    /// Runs to its end; texts are not copied. Returns the number of changed rows.
    template <class... Values>
    std::int64_t run(Values const&... values) {
        bind_all(SQLITE_STATIC, values...);
        finish();
        return db_.changes();
    }

    /// A run over rows; resets the statement when it goes.
    class cursor {
    public:
        explicit cursor(statement& s) : statement_(&s) {}
        cursor(cursor&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
        cursor& operator=(cursor&&) = delete;
        ~cursor() {
            if (statement_ != nullptr) sqlite3_reset(statement_->handle_);
        }
        bool next() { return statement_->step(); }
        std::int64_t integer(int column) const noexcept {
            return sqlite3_column_int64(statement_->handle_, column);
        }
        std::uint64_t number(int column) const noexcept {
            return static_cast<std::uint64_t>(integer(column));
        }
        bool is_null(int column) const noexcept {
            return sqlite3_column_type(statement_->handle_, column) == SQLITE_NULL;
        }
        /// Lasts until `next` or the cursor's end. Blobs too.
        std::string_view text(int column) const noexcept {
            auto const* data = sqlite3_column_blob(statement_->handle_, column);
            auto const size = sqlite3_column_bytes(statement_->handle_, column);
            return data == nullptr ? std::string_view{}
                                   : std::string_view{static_cast<char const*>(data),
                                                      static_cast<std::size_t>(size)};
        }

    private:
        statement* statement_;
    };
    template <class... Values>
    [[nodiscard]] cursor rows(Values const&... values) {
        bind_all(SQLITE_TRANSIENT, values...);
        return cursor(*this);
    }

private:
    template <class... Values>
    void bind_all([[maybe_unused]] sqlite3_destructor_type life, Values const&... values) {
        [[maybe_unused]] int index = 0;
        (bind(++index, values, life), ...);
    }
    template <class Number>
    requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void bind(int index, Number value, sqlite3_destructor_type) {
        check(sqlite3_bind_int64(handle_, index, static_cast<sqlite3_int64>(value)));
    }
    void bind(int index, std::string_view text, sqlite3_destructor_type life) {
        check(sqlite3_bind_text64(handle_, index, text.data() == nullptr ? "" : text.data(),
                                  text.size(), life, SQLITE_UTF8));
    }
    void bind(int index, bytes_view bytes, sqlite3_destructor_type life) {
        auto const* data = bytes.data() == nullptr ? static_cast<void const*>("") : bytes.data();
        check(sqlite3_bind_blob64(handle_, index, data, bytes.size(), life));
    }
    void bind(int index, std::nullptr_t, sqlite3_destructor_type) {
        check(sqlite3_bind_null(handle_, index));
    }
    void check(int code) {
        if (code != SQLITE_OK) [[unlikely]]
            db_.fail_with(code);
    }
    bool step();
    void finish();

    connection& db_;
    sqlite3_stmt* handle_ = nullptr;
};

/// BEGIN IMMEDIATE … COMMIT; rolls back unless committed.
class transaction {
public:
    explicit transaction(connection& db);
    ~transaction();
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;

    void commit(fault_step step);

private:
    connection& db_;
    bool open_ = true;
};

/// Several reads that see the same moment; what they read is not changed.
class reading {
public:
    explicit reading(connection& db);
    ~reading();
    reading(reading const&) = delete;
    reading& operator=(reading const&) = delete;

private:
    connection& db_;
};

}  // namespace setclick::ledger
