// libpq with an owner: one connection, its prepared statements, its pipeline.
//
// Statements that only write are queued and go out together; whoever wants rows, or the end of the
// transaction, waits for all of them: a transaction of writes is one round trip. Everything waits under
// `poll` with a deadline, although the ledger's thread may block: a blocking pipeline can deadlock, and a
// server that is silent must not hold the thread for ever.
//
// Failures are thrown as `failure`, without the server's DETAIL, which quotes rows: `unreachable` where the
// connection is gone (what was queued is not known to have happened then), `disk_full`, `busy` for what may
// go through at once when it is done again, `refused` where another epoch holds, `config`, `io`.
#pragma once

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/failure.hpp"
#include "connector.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::ledger::postgres {

/// As it is, where PostgreSQL takes it as a text; else with '?' for each byte that it does not take.
std::string storable_text(std::string_view text);

/// A parameter that is bytes, not text.
struct bytes {
    std::string_view value;
};

/// The parameters of one statement, in the binary format.
class parameters {
public:
    template <class... Values>
    explicit parameters(Values const&... values) {
        reserve(sizeof...(values));
        (add(values), ...);
    }

    /// One more, where how many there are is known only at run time.
    template <class Value>
    void append(Value const& value) {
        add(value);
    }

    int count() const noexcept { return static_cast<int>(types_.size()); }
    Oid const* types() const noexcept { return types_.data(); }
    int const* lengths() const noexcept { return lengths_.data(); }
    int const* formats() const noexcept { return formats_.data(); }
    /// Lasts as long as this and what was given.
    std::vector<char const*> values() const;

private:
    void reserve(std::size_t count);
    void put(Oid type, std::string_view own);
    void add_number(std::int64_t value);
    void add(bool value);
    template <class Number>
    requires std::is_integral_v<Number> || std::is_enum_v<Number>
    void add(Number value) { add_number(static_cast<std::int64_t>(value)); }
    /// What is no UTF-8, or holds a NUL, would be refused: such bytes become '?'.
    void add(std::string_view text);
    void add(bytes value);
    void add(std::nullptr_t);
    void add(std::vector<std::int64_t> const& numbers);
    void add(std::vector<bytes> const& list);

    struct place {
        std::size_t offset = 0;
        char const* outside = nullptr;  ///< instead of the arena
        bool is_null = false;
    };
    std::string arena_;
    std::vector<place> places_;
    std::vector<Oid> types_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

/// The rows of one statement, all of them.
class rows {
public:
    explicit rows(PGresult* result = nullptr) noexcept : result_(result, &PQclear) {}

    bool next() noexcept { return ++at_ < PQntuples(result_.get()); }
    /// `next` begins anew.
    void rewind() noexcept { at_ = -1; }
    int count() const noexcept { return PQntuples(result_.get()); }
    /// How many rows a statement without rows changed.
    std::int64_t changed() const noexcept;
    /// What the server answered to a statement without rows: "COMMIT".
    std::string_view tag() const noexcept { return PQcmdStatus(result_.get()); }
    std::int64_t integer(int column) const noexcept;
    std::uint64_t number(int column) const noexcept {
        return static_cast<std::uint64_t>(integer(column));
    }
    bool is_null(int column) const noexcept { return PQgetisnull(result_.get(), at_, column) != 0; }
    /// Texts and bytes.
    std::string_view text(int column) const noexcept;
    /// A list of bigint without nulls.
    std::vector<std::int64_t> integers(int column) const;

private:
    std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
    int at_ = -1;
};

class statement;

/// Who wants to see each row that a statement brought, queued or not, and to know when that did not hold.
class row_watch {
public:
    row_watch() = default;
    row_watch(row_watch const&) = delete;
    row_watch& operator=(row_watch const&) = delete;
    /// In the order in which the statement was given.
    virtual void came(rows& found) = 0;
    /// A transaction ended without COMMIT, or the connection with it: what came since it began is not so, and
    /// what was given may have no answer.
    virtual void undone() noexcept = 0;

protected:
    ~row_watch() = default;
};

class session {
public:
    /// Does not connect. `call_limit`: how long the server may be silent.
    session(connect_options to, milliseconds call_limit);
    session(std::string conninfo, std::string name, milliseconds call_limit);
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    /// Connects where it is not.
    void connect();
    /// See `postgres_options`.
    bool rows_by_place() const noexcept { return rows_by_place_; }
    bool is_connected() const noexcept { return connection_ != nullptr; }
    /// Counts its connections: another number is another one, and may be another server.
    std::uint64_t connection_number() const noexcept { return connections_; }
    void disconnect() noexcept;

    /// Queued.
    void begin(char const* how = "BEGIN");
    bool in_transaction() const noexcept { return in_transaction_; }
    /// Whether anything but BEGIN was queued or done in this transaction.
    bool has_written() const noexcept { return writes_ > 0; }

    enum class outcome : std::uint8_t {
        done,
        unknown,  ///< no answer, or a warning with it: to be looked up, never guessed
    };
    /// Sends what is queued, and COMMIT. Throws where it is certain that nothing was done.
    outcome commit();
    void rollback() noexcept;

    void queue(statement& s, parameters const& with, bool writes);
    rows wait_for(statement& s, parameters const& with, bool writes);
    /// A read, queued: its rows come with the next wait, or with COMMIT, and `looked` has them.
    void look_later(statement& s, parameters const& with);
    /// Of all that was looked for since it was asked last, in order; waits for what is under way.
    std::vector<rows> looked();
    /// For a statement that is not worth preparing.
    rows ask(char const* sql, parameters const& with);
    /// Several statements without parameters or rows; outside a pipeline, as one transaction.
    void run_script(char const* sql);
    /// Outside of a transaction: waits until the server tells something by itself, `other` can be read, or
    /// `until`. What was notified by others; throws where the connection has ended. Without one it only waits.
    std::vector<std::string> listen(int other, std::chrono::steady_clock::time_point until);

private:
    enum class kind : std::uint8_t { prepare, run, look, other };
    struct pending {
        kind is = kind::other;
        statement* of = nullptr;
    };
    using clock = std::chrono::steady_clock;

    void send(statement& s, parameters const& with);
    void require_connection();
    [[noreturn]] void lost(std::string_view what);
    /// Everything that was queued; the result of the last one.
    rows sync();
    PGresult* next_result(clock::time_point deadline);
    void wait_for_socket(bool also_write, clock::time_point deadline);
    void drop_prepared() noexcept;
    void tell_undone() const noexcept;
    static void note(void* self, PGresult const* notice);
    static error error_of(PGresult const* result);

    struct closer {
        void operator()(PGconn* c) const noexcept { PQfinish(c); }
    };
    milliseconds call_limit_;
    bool rows_by_place_;
    connector connector_;
    std::unique_ptr<PGconn, closer> connection_;
    std::deque<pending> pending_;
    std::vector<rows> looked_;
    std::vector<statement*> prepared_;
    std::uint64_t next_name_ = 1;
    bool in_transaction_ = false;
    bool warned_ = false;
    std::uint64_t writes_ = 0;
    std::uint64_t connections_ = 0;
};

/// A statement, prepared at its first use on each connection.
class statement {
public:
    /// `watch` outlives its use.
    statement(session& on, std::string sql, row_watch* watch = nullptr)
        : session_(&on), sql_(std::move(sql)), watch_(watch) {}
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;

    /// A write, queued: what it fails with comes with the next wait.
    template <class... Values>
    void run(Values const&... values) {
        session_->queue(*this, parameters(values...), true);
    }
    /// A write whose outcome is waited for.
    template <class... Values>
    [[nodiscard]] rows write(Values const&... values) {
        return session_->wait_for(*this, parameters(values...), true);
    }
    template <class... Values>
    [[nodiscard]] rows read(Values const&... values) {
        return session_->wait_for(*this, parameters(values...), false);
    }

    /// A read, queued; see `session::looked`.
    template <class... Values>
    void look_later(Values const&... values) {
        session_->look_later(*this, parameters(values...));
    }

private:
    friend class session;
    session* session_;
    std::string sql_;
    std::string name_;  ///< on the server; empty: not there
    row_watch* watch_;
};

}  // namespace setclick::ledger::postgres
