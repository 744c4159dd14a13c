// A ledger of version 2 gets its checksums when it is opened: nothing is lost by it, wherever it is cut
// short, and where there is no room for it the ledger works without.
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>

#include "../../../src/ledger/sqlite/checked_pages.hpp"
#include "../../../src/ledger/sqlite/commit_mark.hpp"
#include "../../../src/ledger/sqlite/meta_table.hpp"
#include "../../../src/ledger/sqlite/schema.hpp"
#include "../../../src/ledger/sqlite/sqlite.hpp"
#include "../../../src/ledger/sqlite/sum_upgrade.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using outcome = ledger_rewrite::outcome;
using testing::ElementsAre;
namespace fs = std::filesystem;

/// As another program that knows nothing of checksums.
class plain_database {
public:
    explicit plain_database(std::string const& path) {
        EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    }
    ~plain_database() { sqlite3_close(db_); }
    plain_database(plain_database const&) = delete;
    plain_database& operator=(plain_database const&) = delete;

    void run(std::string const& sql) {
        ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sql << ": " << sqlite3_errmsg(db_);
    }
    std::vector<std::vector<std::string>> rows(std::string const& sql) {
        std::vector<std::vector<std::string>> out;
        sqlite3_stmt* each = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(db_, sql.c_str(), -1, &each, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db_);
        while (sqlite3_step(each) == SQLITE_ROW) {
            auto& row = out.emplace_back();
            for (int i = 0; i < sqlite3_column_count(each); ++i) {
                auto const* text = sqlite3_column_text(each, i);
                row.emplace_back(text == nullptr ? "" : reinterpret_cast<char const*>(text));
            }
        }
        sqlite3_finalize(each);
        return out;
    }

private:
    sqlite3* db_ = nullptr;
};

char bytes_kept_free(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::string head(100, '\0');
    in.read(head.data(), 100);
    return head[20];
}

class sum_upgrade_test : public ledger_test {
protected:
    static constexpr std::uint64_t long_ones = 6000;
    static constexpr auto suffixes = {"", "-wal", ".mark"};

    void SetUp() override {
        ledger_test::SetUp();
        a_ = account("a");
        import_events(a_, 4000);
        deliver(claim(a_, 300));
        flying_ = claim(a_, 100, doubt_policy::hold).size();
        for (auto const& file : {"one", "two"}) {
            chunk_builder more(add_file(file));
            // So much that SQLite folds the log when it has written the pages anew, and not before.
            for (std::uint64_t i = 0; i < long_ones / 2; ++i)
                more.content(a_, std::string(400, 'r'), file + std::to_string(i));
            import(more.end().build());
        }
        store_.reset();
        check_at_end_ = false;
        make_version_2();
    }

    /// As version 2 leaves a ledger when it is killed: pages full to their ends, the last commits in
    /// the log, and a mark of the same life of the log. With pages that are free, so that the file
    /// becomes smaller.
    void make_version_2() {
        auto const& path = options_.where.path;
        auto const old = (directory_ / "old.db").string();
        {
            plain_database db(path);
            db.run("ATTACH '" + old + "' AS old");
            for (auto const& row :
                 db.rows("SELECT sql, name, type FROM main.sqlite_master WHERE sql NOT NULL "
                         "ORDER BY type = 'index'")) {
                auto text = row[0];
                auto const head = row[2] == "table" ? std::string("TABLE ") : std::string("INDEX ");
                text.replace(text.find(head), head.size(), head + "old.");
                db.run(text);
                if (row[2] == "table")
                    db.run("INSERT INTO old." + row[1] + " SELECT * FROM main." + row[1]);
            }
            db.run(
                "ALTER TABLE old.pack DROP COLUMN sum; ALTER TABLE old.file DROP COLUMN held;"
                "DROP TABLE old.history; DELETE FROM old.meta WHERE key LIKE 'history%';"
                "PRAGMA old.application_id = 1397050417;"
                "PRAGMA old.user_version = 2; CREATE TABLE old.free(x);"
                "INSERT INTO old.free VALUES(zeroblob(400000)); DROP TABLE old.free");
        }
        for (auto const* suffix : {"", "-wal", "-shm", ".mark"})
            fs::remove(path + suffix);
        fs::rename(old, path);
        ASSERT_EQ(bytes_kept_free(path), 0);
        plain_database db(path);
        db.run("PRAGMA journal_mode = WAL");
        auto const value = [&](std::string const& key) {
            return db.rows("SELECT value FROM meta WHERE key = '" + key + "'")[0][0];
        };
        auto const commits = std::stoull(value("commits"));
        commit_mark mark(path);
        mark.begin(value("ledger_id"), commits, commits);
        db.run("UPDATE meta SET value = value + 1 WHERE key = 'commits'");
        mark.committed();
        auto const seen = read_mark(path);
        ASSERT_TRUE(seen && seen->file_bytes == fs::file_size(path) && seen->log != log_salt{});
        fs::create_directory(directory_ / "killed");
        for (auto const* suffix : suffixes)
            fs::copy_file(path + suffix,
                          directory_ / "killed" / (std::string("ledger.db") + suffix));
    }
    void take_killed() {
        store_.reset();
        fs::remove(options_.where.path + "-shm");
        for (auto const* suffix : suffixes)
            fs::copy_file(directory_ / "killed" / (std::string("ledger.db") + suffix),
                          options_.where.path + suffix, fs::copy_options::overwrite_existing);
    }
    /// Everything is there, and every page and pack has its checksum.
    void expect_upgraded() {
        open();
        ASSERT_NE(store_, nullptr);
        EXPECT_EQ(count(a_, waiting), 4000U - 300 - flying_ + long_ones);
        EXPECT_EQ(count(a_, held), flying_);
        EXPECT_EQ(count(a_, delivered), 300U);
        expect_sound();
        store_.reset();
        EXPECT_EQ(bytes_kept_free(options_.where.path), 8);
        plain_database db(options_.where.path);
        EXPECT_THAT(db.rows("SELECT count(*) FROM pack WHERE sum IS NULL"),
                    ElementsAre(ElementsAre("0")));
    }

    account_no a_{};
    std::uint64_t flying_ = 0;
};

TEST_F(sum_upgrade_test, everything_of_version_2_is_there_afterwards_and_it_is_reported) {
    take_killed();
    std::vector<outcome> said;
    auto const before = fs::file_size(options_.where.path);
    options_.rewriting = [&](ledger_rewrite const& r) {
        said.push_back(r.is);
        EXPECT_GT(r.ledger_bytes, 2'000'000U);
        EXPECT_LT(r.ledger_bytes, before - 300'000) << "free pages are not written";
        EXPECT_GT(r.needed_bytes, 2 * r.ledger_bytes);
        EXPECT_GT(r.free_bytes, r.needed_bytes);
    };
    expect_upgraded();
    EXPECT_THAT(said, ElementsAre(outcome::begins, outcome::done));
    EXPECT_LT(fs::file_size(options_.where.path), before);
    open();
    EXPECT_EQ(said.size(), 2U) << "once";
    // A disk's damage is found in what version 2 wrote, too.
    store_.reset();
    std::fstream file(options_.where.path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(fs::file_size(options_.where.path) / 2 + 100));
    file.put('\x55').flush();
    auto const found = check_ledger(options_.where);
    EXPECT_TRUE(!found || !found->findings.empty());
}

TEST_F(sum_upgrade_test, killed_at_any_moment_it_is_made_up_at_the_next_start) {
    auto const* const full = std::getenv("SETCLICK_FULL");
    int const kills = full != nullptr && std::string_view(full) == "1" ? 200 : 8;
    std::mt19937 random(5);
    std::chrono::microseconds takes{};
    int in_the_middle = 0;
    for (int i = 0; i < kills; ++i) {
        SCOPED_TRACE("kill " + std::to_string(i));
        take_killed();
        auto const begun = std::chrono::steady_clock::now();
        auto const child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            // Killed when it has been opened, before its first commit.
            auto const opened = store::open(options_);
            ::_exit(opened ? 0 : 1);
        }
        // The first one comes to its end: that is how long it takes.
        int status = 0;
        if (i > 0) {
            ::usleep(static_cast<useconds_t>(random() % static_cast<unsigned>(takes.count())));
            ::kill(child, SIGKILL);
        }
        ::waitpid(child, &status, 0);
        if (i == 0) {
            ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            takes = std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::steady_clock::now() - begun);
        }
        if (WIFSIGNALED(status)) ++in_the_middle;
        expect_upgraded();
        if (HasFailure()) return;
    }
    EXPECT_GT(in_the_middle, 0);
}

TEST_F(sum_upgrade_test, without_room_nothing_is_written_anew_and_the_ledger_works) {
    take_killed();
    auto const& path = options_.where.path;
    std::vector<outcome> said;
    auto const note = [&](ledger_rewrite const& r) {
        said.push_back(r.is);
        EXPECT_LT(r.free_bytes, r.needed_bytes);
    };
    {
        connection db(path, connection::mode::create);
        prepare_for_writing(db, 1024);
        migrate(db);
        EXPECT_FALSE(has_page_sums(db.handle()));
        commit_mark mark(path);
        give_sums(db, mark, 1 << 20, note);
        EXPECT_FALSE(has_page_sums(db.handle()));
        EXPECT_THAT(said, ElementsAre(outcome::no_room));
        statement missing(db, "SELECT count(*) FROM pack WHERE sum IS NULL");
        auto rows = missing.rows();
        ASSERT_TRUE(rows.next());
        EXPECT_GT(rows.integer(0), 60);
    }
    EXPECT_EQ(bytes_kept_free(path), 0);
    EXPECT_TRUE(check_ledger(path)->findings.empty()) << "it can be read as it is";
    expect_upgraded();
}

TEST_F(sum_upgrade_test, backup_that_version_2_made_is_adopted) {
    take_killed();
    auto const& path = options_.where.path;
    auto const copy = (directory_ / "backup.db").string();
    {
        plain_database db(path);
        db.run("VACUUM INTO '" + copy + "'");
    }
    plain_database(copy).run("INSERT OR REPLACE INTO meta(key, value) VALUES('is_copy', 1)");
    for (auto const* suffix : {"", "-wal", "-shm", ".mark"})
        fs::remove(path + suffix);
    fs::rename(copy, path);
    EXPECT_EQ(reader::open(path).error().code, errc::config);
    EXPECT_FALSE(store::open(options_)) << "it is to be adopted";
    EXPECT_EQ(bytes_kept_free(path), 0) << "and is left as it was";
    auto const pending = count_pending(path);
    ASSERT_TRUE(pending) << pending.error().message;
    EXPECT_EQ(*pending, 4000U - 300 + long_ones);
    auto const adopted = adopt_ledger(path, {}, now_);
    ASSERT_TRUE(adopted) << adopted.error().message;
    EXPECT_EQ(adopted->in_doubt, *pending);
    EXPECT_EQ(adopted->held, *pending);
    open();
    EXPECT_EQ(count(a_, held), *pending);
    expect_sound();
    store_.reset();
    EXPECT_EQ(bytes_kept_free(path), 8);
}

}  // namespace
}  // namespace setclick::ledger
