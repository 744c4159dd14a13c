#include "sqlite.hpp"

#include <cerrno>
#include <utility>

#include "checked_pages.hpp"
#include "lock_holders.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

int flags_of(connection::mode how) noexcept {
    // One thread for each connection: SQLite's own mutexes would only cost.
    constexpr int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (how) {
        case connection::mode::create:
            return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case connection::mode::read_write:
            return common | SQLITE_OPEN_READWRITE;
        case connection::mode::read_only:
            return common | SQLITE_OPEN_READONLY;
    }
    return common;
}

}  // namespace

connection::connection(std::string path, mode how, milliseconds lock_wait)
    : path_(std::move(path)) {
    int const code = sqlite3_open_v2(path_.c_str(), &db_, flags_of(how), checked_pages_vfs());
    if (code != SQLITE_OK) {
        auto e = explain(code);
        sqlite3_close(db_);
        throw failure(std::move(e));
    }
    sqlite3_busy_timeout(db_, static_cast<int>(lock_wait.count()));
}

connection::~connection() {
    sqlite3_close_v2(db_);
}

void connection::run(char const* sql) {
    if (int const code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
        fail_with(code);
}

error connection::explain(int code) const {
    auto const name = printable(path_, 4096);
    int const system_error = db_ == nullptr ? 0 : sqlite3_system_errno(db_);
    auto const because = [&] {
        std::string text = sqlite3_errstr(code);
        if (db_ != nullptr && sqlite3_errcode(db_) == code) text = sqlite3_errmsg(db_);
        text += " (SQLite " + std::to_string(code) + ")";
        if (system_error != 0) text += ", " + errno_text(system_error);
        return text;
    };
    bool const no_room = system_error == ENOSPC || system_error == EDQUOT;
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return fail(errc::disk_full, "no room left to write the ledger " + name +
                                             "; make room on its disk, work goes on by itself");
        case SQLITE_IOERR:
            if (code == SQLITE_IOERR_DATA)
                return fail(errc::io, "the ledger " + name + " is damaged: page " +
                                          std::to_string(damaged_page(db_)) +
                                          " is not what was written (its checksum says so): the "
                                          "disk, or another program, has changed it; it has been "
                                          "left as it is. Keep a copy, run `setclickd ledger "
                                          "check`, and restore a backup");
            // An fsync that failed says nothing about what is on the disk, for want of room or not.
            if (no_room && code != SQLITE_IOERR_FSYNC && code != SQLITE_IOERR_DIR_FSYNC)
                return fail(errc::disk_full, "no room left to write the ledger " + name +
                                                 "; make room on its disk, work goes on by itself");
            return fail(errc::io, "cannot read or write the ledger " + name + ": " + because() +
                                      "; check the disk, then run `setclickd ledger check`");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return fail(errc::io, "the ledger " + name + " is damaged: " + because() +
                                      "; it has been left as it is. Keep a copy, run `setclickd "
                                      "ledger check`, and restore a backup");
        case SQLITE_CANTOPEN:
            if (system_error == ENOENT)
                return fail(errc::not_found, "there is no ledger at " + name);
            if (system_error == EACCES)
                return fail(errc::io,
                            "this user may not read the ledger " + name +
                                "; root may, and the members of its group (setclickd; "
                                "as root: adduser NAME setclickd, from the next login on)");
            return fail(errc::io, "cannot open the ledger " + name + ": " + because() +
                                      "; check that this user may read and write it and its "
                                      "directory");
        case SQLITE_BUSY:
        case SQLITE_LOCKED: {
            auto const who = holders_of(path_, lock_use::writing);
            return fail(errc::busy, "the ledger " + name + " is locked by " +
                                        (who.empty() ? "another program" : who) + "; try again");
        }
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return fail(errc::io, "this user may not write the ledger " + name);
        case SQLITE_CONSTRAINT:
            return fail(errc::invalid_data,
                        "the ledger " + name + " has this already: " + because());
        case SQLITE_NOMEM:
            return fail(errc::io, "no memory left to use the ledger " + name);
        default:
            return fail(errc::io, "the ledger " + name + " failed: " + because());
    }
}

statement::statement(connection& db, std::string_view sql) : db_(db) {
    int const code = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) db.fail_with(code);
}

bool statement::step() {
    int const code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) [[likely]] {
        sqlite3_reset(handle_);
        return false;
    }
    auto e = db_.explain(code);
    sqlite3_reset(handle_);
    throw failure(std::move(e));
}

void statement::finish() {
    while (step()) {
    }
}

transaction::transaction(connection& db) : db_(db) {
    db_.run("BEGIN IMMEDIATE");
}

transaction::~transaction() {
    // Some errors have rolled back already; a ROLLBACK without a transaction changes nothing.
    if (open_ && sqlite3_get_autocommit(db_.handle()) == 0)
        sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void transaction::commit(fault_step step) {
    int code = SQLITE_OK;
    int const done = durable_step(step, [&] {
        code = sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr);
        return code == SQLITE_OK ? 0 : -1;
    });
    if (done == 0) {
        open_ = false;
        return;
    }
    if (code != SQLITE_OK) db_.fail_with(code);
    throw failure(errno_error(errno, "commit to the ledger", printable(db_.path(), 4096)));
}

reading::reading(connection& db) : db_(db) {
    db_.run("BEGIN");
}

reading::~reading() {
    sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace setclick::ledger
