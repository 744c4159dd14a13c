#include "sum_upgrade.hpp"

#include <cerrno>
#include <string>

#include "checked_pages.hpp"
#include "pack_table.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

/// Beside the new pages: what others write meanwhile, and the heads of the log's frames.
constexpr std::uint64_t margin = std::uint64_t{1} << 20;

std::uint64_t number_of(connection& db, char const* sql) {
    statement ask(db, sql);
    auto rows = ask.rows();
    return rows.next() ? rows.number(0) : 0;
}

/// SQLite makes the new pages in a temporary file, which must not lie in memory, nor on another disk
/// than the one whose room was asked for.
class temporary_file_beside {
public:
    explicit temporary_file_beside(connection& db) : db_(db) {
        auto const slash = db.path().rfind('/');
        auto const directory = slash == std::string::npos ? std::string(".")
                               : slash == 0               ? std::string("/")
                                                          : db.path().substr(0, slash);
        std::string quoted;
        for (char const c : directory)
            quoted.append(c == '\'' ? 2 : 1, c);
        db_.run(
            ("PRAGMA temp_store = FILE; PRAGMA temp_store_directory = '" + quoted + "'").c_str());
    }
    ~temporary_file_beside() {
        sqlite3_exec(db_.handle(), "PRAGMA temp_store_directory = ''; PRAGMA temp_store = MEMORY",
                     nullptr, nullptr, nullptr);
    }
    temporary_file_beside(temporary_file_beside const&) = delete;
    temporary_file_beside& operator=(temporary_file_beside const&) = delete;

private:
    connection& db_;
};

void write_anew(connection& db) {
    temporary_file_beside const place(db);
    int code = SQLITE_OK;
    int const done = durable_step("ledger.create", [&] {
        code = sqlite3_exec(db.handle(), "VACUUM", nullptr, nullptr, nullptr);
        return code == SQLITE_OK ? 0 : -1;
    });
    if (code != SQLITE_OK) db.fail_with(code);
    if (done != 0)
        throw failure(errno_error(errno, "write the ledger anew", printable(db.path(), 4096)));
}

}  // namespace

void give_sums(connection& db, commit_mark& mark, std::uint64_t free_bytes,
               std::function<void(ledger_rewrite const&)> const& report) {
    if (has_page_sums(db.handle())) return;
    ledger_rewrite step;
    step.ledger_bytes =
        number_of(db, "PRAGMA page_size") *
        (number_of(db, "PRAGMA page_count") - number_of(db, "PRAGMA freelist_count"));
    // Once in the temporary file, once in the log, beside the ledger as it is.
    step.needed_bytes = 2 * step.ledger_bytes + step.ledger_bytes / 64 + margin;
    step.free_bytes = free_bytes;
    auto const says = [&](ledger_rewrite::outcome how) {
        step.is = how;
        if (report) report(step);
    };
    if (free_bytes < step.needed_bytes) return says(ledger_rewrite::outcome::no_room);
    says(ledger_rewrite::outcome::begins);
    try {
        for (std::uint64_t after = 0; add_missing_sums(db, after);) {
        }
        mark.file_may_shrink();
        write_anew(db);
    } catch (failure const& f) {
        if (f.what_failed().code != errc::disk_full) throw;
        return says(ledger_rewrite::outcome::no_room);
    }
    says(ledger_rewrite::outcome::done);
}

}  // namespace setclick::ledger
