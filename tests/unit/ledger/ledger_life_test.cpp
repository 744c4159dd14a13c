// Ways to bring a ledger back wrongly: none of them overwrites anything, each is refused with the file
// and the step that helps. And the ways that are right.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <map>

#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;
using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string content_of(fs::path const& p) {
    std::ifstream in(p, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_to(fs::path const& p, std::string const& text) {
    std::ofstream(p, std::ios::binary | std::ios::trunc) << text;
}

/// As SQLite does when a file begins to be written through a log.
void mark_as_logged(fs::path const& p) {
    auto text = content_of(p);
    text[18] = text[19] = 2;
    write_to(p, text);
}

class ledger_life_test : public ledger_test {
protected:
    void SetUp() override {
        ledger_test::SetUp();
        check_at_end_ = false;
        place_ = directory_ / "place";
        fs::create_directory(place_);
    }

    /// As kill -9 leaves the ledger at this moment.
    void keep(std::string const& name) {
        fs::create_directory(directory_ / name);
        for (auto const* suffix : {"", "-wal", ".mark"})
            if (fs::exists(options_.where.path + suffix))
                fs::copy_file(options_.where.path + suffix,
                              directory_ / name / (std::string("ledger.db") + suffix));
    }
    /// Takes a file of something kept into the place.
    void take(std::string const& from, std::string const& suffix) {
        fs::copy_file(directory_ / from / ("ledger.db" + suffix), place_ / ("ledger.db" + suffix),
                      fs::copy_options::overwrite_existing);
    }
    void take_all(std::string const& from) {
        for (auto const* suffix : {"", "-wal", ".mark"})
            if (fs::exists(directory_ / from / (std::string("ledger.db") + suffix)))
                take(from, suffix);
    }
    void take_backup() {
        fs::copy_file(directory_ / "backup.db", place_ / "ledger.db",
                      fs::copy_options::overwrite_existing);
    }
    std::string at(std::string const& suffix) const {
        return (place_ / "ledger.db").string() + suffix;
    }

    /// `then`, a backup, `now`, and a ledger of its own called `other`. Each of several pages, so
    /// that main file and log differ.
    void make_history() {
        auto const a = account("a");
        for (int i = 0; i < 5; ++i)
            import_events(a, 300, "early " + std::to_string(i));
        deliver(claim(a, 100));
        keep("then");
        ASSERT_TRUE(backup_ledger(options_.where, (directory_ / "backup.db").string()));
        // So much that the log has begun anew several times.
        for (int i = 0; i < 60; ++i) {
            import_events(a, 900, "later " + std::to_string(i));
            deliver(claim(a, 500));
        }
        keep("now");
        options other;
        other.where = (directory_ / "other.db").string();
        other.sqlite.reserve = 0;
        auto opened = store::open(other);
        ASSERT_TRUE(opened);
        ASSERT_TRUE((*opened)->recover(now_));
        ASSERT_TRUE((*opened)->account("b"));
        fs::create_directory(directory_ / "other");
        for (auto const* suffix : {"", "-wal", ".mark"})
            fs::copy_file(other.where.path + suffix,
                          directory_ / "other" / (std::string("ledger.db") + suffix));
    }

    std::map<std::string, std::string> contents() const {
        std::map<std::string, std::string> out;
        for (auto const& f : fs::directory_iterator(place_)) {
            auto const name = f.path().filename().string();
            // The index of the log is made of the log; the lock file means nothing; one that only
            // reads makes an empty log.
            if (name == "ledger.db-wal" && fs::file_size(f) == 0) continue;
            if (name != "ledger.db-shm" && name != "ledger.db.lock") out[name] = content_of(f);
        }
        return out;
    }
    options opts() const {
        options out;
        out.where = at("");
        out.sqlite.reserve = 0;
        return out;
    }

    fs::path place_;
};

TEST_F(ledger_life_test,
       wrong_ways_of_bringing_a_ledger_back_overwrite_nothing_and_name_file_and_step) {
    make_history();
    std::string const move_log = "Move " + at("-wal") + " and " + at("-shm");
    std::string const adopt = "ledger adopt";
    auto const half = [](std::string const& path) {
        fs::resize_file(path, fs::file_size(path) / 2);
    };
    struct way {
        std::string name;
        std::function<void()> bring;
        std::vector<std::string> says;
    };
    std::vector<way> const ways{
        {"an empty file beside its log",
         [&] {
             take_all("now");
             write_to(at(""), "");
         },
         {"is an empty file", at("-wal"), move_log}},
        {"no file beside its log",
         [&] {
             take("now", "-wal");
             take("now", ".mark");
         },
         {"is missing", at("-wal"), "restore a backup"}},
        {"a log and nothing else", [&] { take("now", "-wal"); }, {"is missing", at("-wal")}},
        {"a backup over the live one",
         [&] {
             take_all("now");
             take_backup();
         },
         {"is a copy", at("-wal"), move_log, adopt}},
        {"a backup beside the log alone",
         [&] {
             take("now", "-wal");
             take_backup();
         },
         {"is a copy", at("-wal"), move_log, adopt}},
        {"a backup with the mark of the live one",
         [&] {
             take("now", ".mark");
             take_backup();
         },
         {at(""), adopt}},
        {"a backup alone", [&] { take_backup(); }, {"is a copy", adopt}},
        {"an older file beside the newer log",
         [&] {
             take_all("now");
             take("then", "");
         },
         {"is older than the log", at("-wal"), move_log}},
        {"an older file without its log",
         [&] {
             take("then", "");
             take("now", ".mark");
         },
         {"lost its last commits", at("-wal"), adopt}},
        {"an older log beside the newer file",
         [&] {
             take_all("now");
             take("then", "-wal");
         },
         {at("-wal"), "is not the one", move_log}},
        {"copied without the log",
         [&] {
             take_all("now");
             fs::remove(at("-wal"));
         },
         {"lost its last commits", at("-wal"), adopt}},
        {"with an empty log",
         [&] {
             take_all("now");
             write_to(at("-wal"), "");
         },
         {"lost its last commits", at("-wal"), adopt}},
        {"with half its log",
         [&] {
             take_all("then");
             half(at("-wal"));
         },
         {"lost its last commits", at(".mark"), adopt}},
        {"with a damaged log",
         [&] {
             take_all("then");
             auto text = content_of(at("-wal"));
             text[text.size() / 3] = static_cast<char>(text[text.size() / 3] ^ 0x10);
             write_to(at("-wal"), text);
         },
         {"lost its last commits", at(".mark"), adopt}},
        {"a foreign file beside mark and log",
         [&] {
             take_all("now");
             take("other", "");
         },
         {at("-wal"), move_log}},
        {"a foreign ledger with our mark",
         [&] {
             take("now", ".mark");
             take("other", "");
             take("other", "-wal");
         },
         {at("-wal"), move_log}},
        {"a foreign log",
         [&] {
             take_all("now");
             take("other", "-wal");
         },
         {at("-wal"), "is not the one", move_log}},
        {"half a file beside its log",
         [&] {
             take_all("now");
             fs::resize_file(at(""), 50);
         },
         {"is damaged", at(""), move_log}},
        {"the first page beside its log",
         [&] {
             take_all("now");
             fs::resize_file(at(""), 4096);
         },
         {"is cut off", at(""), at("-wal")}},
        {"half a file",
         [&] {
             take("now", "");
             take("now", ".mark");
             half(at(""));
         },
         {at("")}},
        {"something else",
         [&] {
             take_all("now");
             write_to(at(""), std::string(9000, 'x'));
         },
         {"is damaged", at(""), move_log}},
        {"an empty file alone",
         [&] {
             take("now", ".mark");
             write_to(at(""), "");
         },
         {"is an empty file", at(".mark"), adopt}},
        {"a journal beside the log",
         [&] {
             take_all("now");
             write_to(at("-journal"), "journal");
         },
         {at("-journal"), "Move"}},
        {"a journal of another ledger",
         [&] {
             take("now", ".mark");
             take_backup();
             mark_as_logged(at(""));
             write_to(at("-journal"), "journal");
         },
         {at("-journal"), "Move"}},
        {"all older but the mark",
         [&] {
             take_all("then");
             take("now", ".mark");
         },
         {at(""), adopt}},
    };
    ASSERT_GE(ways.size(), 20U);
    for (auto const& w : ways) {
        SCOPED_TRACE(w.name);
        fs::remove_all(place_);
        fs::create_directory(place_);
        w.bring();
        auto const before = contents();
        for (int again = 0; again < 2; ++again) {
            auto const opened = store::open(opts());
            ASSERT_FALSE(opened);
            EXPECT_EQ(opened.error().code, errc::io);
            for (auto const& part : w.says)
                EXPECT_THAT(opened.error().message, HasSubstr(part));
            // Looking is no harm either.
            (void)reader::open(at(""));
            (void)check_ledger(at(""));
        }
        EXPECT_TRUE(contents() == before) << "something was written";
    }
}

TEST_F(ledger_life_test, what_kill_left_is_opened_and_a_spool_that_knows_better_is_asked_first) {
    make_history();
    take_all("now");
    {
        auto opened = store::open(opts());
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->recover(now_));
    }
    EXPECT_TRUE(check_ledger(at(""))->findings.empty());
    fs::remove_all(place_);
    fs::create_directory(place_);
    take_all("then");
    auto const before = contents();
    auto o = opts();
    o.accept = [](std::string const& id, std::uint64_t run) -> result<void> {
        EXPECT_EQ(id.size(), 32U);
        EXPECT_EQ(run, 1U);
        return fail(errc::io, "the ledger is older than its spool");
    };
    EXPECT_THAT(store::open(o).error().message, HasSubstr("older than its spool"));
    EXPECT_EQ(contents(), before);
}

TEST_F(ledger_life_test, with_the_log_moved_away_a_backup_is_adopted_and_goes_on) {
    make_history();
    take_all("now");
    take_backup();
    auto const refused = adopt_ledger(at(""), {}, now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("Move " + at("-wal")));
    fs::remove(at("-wal"));
    ASSERT_TRUE(adopt_ledger(at(""), {}, now_));
    for (int again = 0; again < 2; ++again) {
        auto opened = store::open(opts());
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->recover(now_));
        ASSERT_TRUE((*opened)->account("c" + std::to_string(again)));
    }
    EXPECT_TRUE(check_ledger(at(""))->findings.empty());
    // The same backup once more.
    keep("unused");
    take_backup();
    EXPECT_FALSE(store::open(opts()));
}

TEST_F(ledger_life_test, ledger_that_lost_commits_is_adopted_with_what_is_left_in_doubt) {
    make_history();
    take_all("then");
    fs::resize_file(at("-wal"), fs::file_size(at("-wal")) / 2);
    ASSERT_FALSE(store::open(opts()));
    auto const adopted = adopt_ledger(at(""), {}, now_);
    ASSERT_TRUE(adopted) << adopted.error().message;
    auto opened = store::open(opts());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE((*opened)->recover(now_));
}

TEST_F(ledger_life_test, live_ledger_is_not_touched_by_a_second_start_when_its_lock_file_is_gone) {
    auto const a = account("a");
    import_events(a, 10);
    auto const flying = claim(a, 10);
    fs::remove(options_.where.path + ".lock");
    auto const child = ::fork();
    if (child == 0) {
        auto const second = store::open(options_);
        bool const right =
            !second && second.error().code == errc::busy &&
            second.error().message.find("pid " + std::to_string(::getppid())) != std::string::npos;
        ::_exit(right ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(count(a, in_flight), 10U);
    deliver(flying);
    EXPECT_EQ(count(a, delivered), 10U);
    expect_sound();
}

TEST_F(ledger_life_test, ledger_taken_away_while_it_is_used_is_noticed_and_saved) {
    for (std::string const suffix : {"", "-wal", "-shm"}) {
        SCOPED_TRACE("without ledger.db" + suffix);
        store_.reset();
        fs::remove_all(place_);
        fs::create_directory(place_);
        options_.where = at("");
        open();
        auto const a = account("a");
        import_events(a, 10);
        claim(a, 4);
        EXPECT_TRUE(store_->look_after());
        fs::remove(at(suffix));
        auto const refused = store_->look_after();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::io);
        auto const saved = at(".rescued-" + std::to_string(store_->run()));
        EXPECT_THAT(refused.error().message,
                    AllOf(HasSubstr(at(suffix) + " was removed or replaced"), HasSubstr(saved)));
        EXPECT_FALSE(store_->account("b")) << "nothing more is written to it";
        EXPECT_TRUE(check_ledger(saved)->findings.empty());
        auto const totals = (*reader::open(saved))->totals();
        EXPECT_EQ(totals->counts[static_cast<std::size_t>(waiting)], 6U);
        EXPECT_EQ(totals->counts[static_cast<std::size_t>(in_flight)], 4U);
        store_.reset();
        EXPECT_FALSE(store::open({.where = saved, .sqlite = {.reserve = 0}})) << "to be adopted";
        EXPECT_TRUE(adopt_ledger(saved, {}, now_));
    }
}

TEST_F(ledger_life_test, another_file_in_the_place_of_a_ledger_in_use_is_noticed_and_not_written) {
    auto const a = account("a");
    import_events(a, 10);
    claim(a, 4);
    EXPECT_TRUE(store_->look_after());
    fs::copy_file(options_.where.path, place_ / "ledger.db");
    fs::rename(place_ / "ledger.db", options_.where.path);
    auto const before = content_of(options_.where.path);
    EXPECT_THAT(store_->look_after().error().message, HasSubstr("was removed or replaced"));
    store_.reset();
    EXPECT_EQ(content_of(options_.where.path), before);
}

}  // namespace
}  // namespace setclick::ledger
