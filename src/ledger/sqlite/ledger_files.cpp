#include "ledger_files.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "../core/failure.hpp"
#include "checked_pages.hpp"
#include "meta_table.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {
namespace {

constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};
/// In a database's head: 1 for a rollback journal, 2 for a write-ahead log.
constexpr std::size_t write_version_at = 18;
constexpr off_t log_head_bytes = 32;
/// A log begins anew some times a second at most, and a mark may be half a minute old.
constexpr std::uint32_t most_lives_ahead = 1U << 20;

off_t size_of(std::string const& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? found.st_size : -1;
}

[[noreturn]] void refuse(std::string text) {
    throw failure(fail(errc::io, std::move(text) + " Nothing was touched"));
}

std::string shown(std::string const& path) {
    return printable(path, 4096);
}

/// What to do where a log does not belong to the file beside it.
std::string move_away(std::string const& path) {
    return " Move " + shown(path + "-wal") + " and " + shown(path + "-shm") +
           " to a place of their own and keep them; then run `setclickd ledger adopt`, or, to go "
           "back to the ledger that they belong to, put its file back beside them.";
}

struct main_content {
    bool has_tables = false;
    std::string ledger;                    ///< empty: it does not say
    std::optional<std::uint64_t> commits;  ///< none: it does not say
};

/// The main file by itself, its log left out. SQLite opens it, for SQLite knows which descriptors of
/// it this process may not close: closing any gives up all locks that the process has on the file.
class main_file {
public:
    explicit main_file(std::string const& path) {
        sqlite3* opened = nullptr;
        int const code = sqlite3_open_v2(
            uri_of(path).c_str(), &opened,
            SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, checked_pages_vfs());
        db_.reset(opened);
        if (code != SQLITE_OK) db_.reset();
    }

    /// Its first 100 bytes, or fewer.
    std::string head() {
        sqlite3_file* file = nullptr;
        std::string out(100, '\0');
        if (!db_ ||
            sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
                SQLITE_OK ||
            file->pMethods == nullptr ||
            file->pMethods->xRead(file, out.data(), static_cast<int>(out.size()), 0) != SQLITE_OK)
            out.clear();
        return out;
    }
    /// What cannot be read is none: after a power cut in the middle of a checkpoint only the log
    /// knows what belongs there.
    main_content read() {
        main_content out;
        auto const tables = db_ ? ask("SELECT count(*) FROM sqlite_master") : std::nullopt;
        if (!tables) return out;
        out.has_tables = *tables != "0";
        if (!out.has_tables) {
            out.commits = 0;
            return out;
        }
        out.ledger = ask("SELECT value FROM meta WHERE key = 'ledger_id'").value_or("");
        if (auto const commits = ask("SELECT value FROM meta WHERE key = 'commits'"))
            out.commits = std::strtoull(commits->c_str(), nullptr, 10);
        return out;
    }

private:
    static std::string uri_of(std::string const& path) {
        std::string uri = "file:";
        for (char const c : path) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            auto const value = static_cast<unsigned char>(c);
            if (c == '%' || c == '?' || c == '#') {
                uri += '%';
                uri += digits[value >> 4U];
                uri += digits[value & 15U];
            } else {
                uri += c;
            }
        }
        return uri + "?immutable=1";
    }
    /// Empty without a row; none where it cannot be read.
    std::optional<std::string> ask(char const* sql) {
        sqlite3_stmt* prepared = nullptr;
        std::optional<std::string> value;
        int code = sqlite3_prepare_v2(db_.get(), sql, -1, &prepared, nullptr);
        if (code == SQLITE_OK) code = sqlite3_step(prepared);
        if (code == SQLITE_DONE) value.emplace();
        if (code == SQLITE_ROW) {
            auto const* text = sqlite3_column_text(prepared, 0);
            value = text == nullptr ? "" : reinterpret_cast<char const*>(text);
        }
        sqlite3_finalize(prepared);
        return value;
    }

    struct database_close {
        void operator()(sqlite3* db) const { sqlite3_close(db); }
    };
    std::unique_ptr<sqlite3, database_close> db_;
};

/// SQLite would write it back into the main file. A ledger that has a log never has one; without a
/// log there may be one, of a ledger that was just begun or adopted when its daemon was killed.
void require_no_journal(std::string const& path, bool has_log) {
    auto const journal = path + "-journal";
    if (size_of(journal) <= 0 || size_of(path) <= 0) return;
    if (!has_log && !read_mark(path)) return;
    if (auto const head = main_file(path).head(); head.size() < 100 || head[write_version_at] == 1)
        return;
    refuse("the journal " + shown(journal) + " does not belong to the ledger " + shown(path) +
           " (an old one, or one of another program): it would be written into the ledger. Move " +
           shown(journal) + " to a place of its own and keep it; then start again.");
}

}  // namespace

void require_own_log(std::string const& path) {
    auto const log = path + "-wal";
    auto const log_size = size_of(log);
    require_no_journal(path, log_size > 0);
    if (log_size <= 0) return;
    auto const size = size_of(path);
    if (size < 0)
        refuse(
            "the ledger " + shown(path) + " is missing, its log " + shown(log) +
            " is there; put the ledger back, or move the log to a place of its own and restore a "
            "backup.");
    if (size == 0)
        refuse("the ledger " + shown(path) + " is an empty file, and its log " + shown(log) +
               " holds " + std::to_string(log_size) +
               " bytes: SQLite would drop them. Put the ledger's own file back." + move_away(path));
    auto const head = main_file(path).head();
    if (head.size() < 100 || !head.starts_with(sqlite_magic))
        refuse("the ledger " + shown(path) +
               " is damaged: it does not begin as a database does, "
               "and its log " +
               shown(log) + " is there. Put the ledger's own file back." + move_away(path));
    if (head[write_version_at] == 1 && log_size > log_head_bytes)
        refuse("the ledger " + shown(path) + " is a copy (setclickd ledger backup), and the log " +
               shown(log) +
               " beside it belongs to the ledger that was there before: it would be "
               "written into the copy." +
               move_away(path));
}

void require_marked_log(std::string const& path, mark_values const& mark) {
    auto const size = size_of(path);
    if (size < 0) return;
    auto const mark_path = shown(path + ".mark");
    auto const had = "ledger " + mark.ledger + " with " + std::to_string(mark.commits) + " commits";
    if (size == 0 && mark.commits > 0)
        refuse("the ledger " + shown(path) + " is an empty file, and " + mark_path +
               " says that it was " + had +
               ": put the ledger's own file back, or a backup and run "
               "`setclickd ledger adopt`.");
    auto const alone = main_file(path).read();
    if (alone.has_tables && alone.ledger.empty()) return;  // no ledger: refused when it is opened
    bool const is_other = !alone.ledger.empty() && alone.ledger != mark.ledger;
    unique_fd const log_fd(::open((path + "-wal").c_str(), O_RDONLY | O_CLOEXEC));
    auto const salt = read_log_salt(log_fd.get());
    auto const log = shown(path + "-wal");
    if (!salt) return;  // what is lost with it, the ledger's own count shows
    if (is_other)
        refuse("the log " + log + " belongs to ledger " + mark.ledger + ", as " + mark_path +
               " says; the file " + shown(path) + " beside it is ledger " + alone.ledger + "." +
               move_away(path));
    bool const same_life = *salt == mark.log;
    bool const later_life = salt->count - mark.log.count - 1 < most_lives_ahead;
    if (mark.log != log_salt{} && !same_life && !later_life)
        refuse("the log " + log + " is not the one that the ledger " + shown(path) +
               " was last used with (an old one put back?)." + move_away(path));
    if (same_life && alone.commits && *alone.commits < mark.in_file)
        refuse("the file " + shown(path) + " is older than the log " + log +
               " beside it: it holds " + std::to_string(*alone.commits) +
               " commits, the log begins after " + std::to_string(mark.in_file) +
               " (an old copy put in the ledger's place?)." + move_away(path));
    if (same_life && static_cast<std::uint64_t>(size) < mark.file_bytes)
        refuse(
            "the file " + shown(path) + " is cut off: it has " + std::to_string(size) +
            " bytes, and had " + std::to_string(mark.file_bytes) + " when its log " + log +
            " began. Put the whole file back; if it was made shorter on purpose (VACUUM), remove " +
            mark_path + ".");
}

void require_one_ledger(std::string const& path, std::string const& ledger_id) {
    auto const alone = main_file(path).read();
    if (alone.ledger.empty() || alone.ledger == ledger_id) return;
    refuse("the log " + shown(path + "-wal") + " belongs to ledger " + ledger_id + "; the file " +
           shown(path) + " beside it is ledger " + alone.ledger + "." + move_away(path));
}

void require_log_of_one_ledger(std::string const& path) {
    if (size_of(path + "-wal") <= log_head_bytes) return;
    std::string together;
    try {
        connection db(path, connection::mode::read_only, milliseconds{0});
        // Who only looks copies nothing from the log into the file.
        db.fold_log_on_close(false);
        if (content_of(db) == content::ledger) together = meta_table(db).text("ledger_id");
    } catch (failure const&) {
        return;  // a start, which has to open it, reports why it cannot
    }
    if (!together.empty()) require_one_ledger(path, together);
}

void require_marked_content(std::string const& path, mark_values const& mark,
                            std::string const& ledger_id, std::int64_t commits) {
    auto const says = shown(path + ".mark") + " says that it was ledger " + mark.ledger + " with " +
                      std::to_string(mark.commits) + " commits";
    constexpr char const* cure =
        ". Put the right files back; or run `setclickd ledger adopt`: what may have been sent "
        "since "
        "is then in doubt.";
    if (ledger_id != mark.ledger)
        refuse("the ledger " + shown(path) + " is another one (" + ledger_id + "): " + says + cure);
    if (static_cast<std::uint64_t>(commits) < mark.commits)
        refuse("the ledger " + shown(path) + " has lost its last commits: it holds " +
               std::to_string(commits) + ", " + says + "; its log " + shown(path + "-wal") +
               " is missing, damaged or not its own" + cure);
}

}  // namespace setclick::ledger
