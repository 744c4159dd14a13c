#include "setclickd/ledger/maintenance.hpp"

#include <limits>

#include "../../../src/ledger/sqlite/schema.hpp"
#include "../../../src/ledger/sqlite/sqlite.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

class maintenance_test : public ledger_test {
protected:
    void sql(std::string const& text) {
        // As the ledger does it itself, or it would count as damaged.
        connection(options_.where.path, connection::mode::create).run(text.c_str());
    }
    void some_history() {
        auto const a = account("a");
        import_events(a, 200);
        auto const ids = claim(a, 100);
        deliver({ids[1], ids[50]});
        settle(ended(ids[2], rejected, "http-400"));
        auto s = ended(ids[3], deferred, "http-503");
        s.due = now_ + 10s;
        settle(s);
        auto const file = add_file("dup");
        import(chunk_builder(file).content(a, "r", "x").content(a, "r", "x").end().build());
    }
};

TEST_F(maintenance_test, check_is_quiet_on_a_sound_ledger_and_counts_it) {
    some_history();
    auto const report = check_ledger(options_.where);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->findings.empty()) << testing::PrintToString(report->findings);
    EXPECT_EQ(report->events, 201U);
    EXPECT_EQ(report->identities, 1U);
}

TEST_F(maintenance_test, check_finds_each_planted_fault) {
    check_at_end_ = false;
    for (std::string const fault :
         {"UPDATE account SET waiting = waiting + 1", "DELETE FROM span WHERE state = 2",
          "UPDATE span SET last = last - 1 WHERE state = 5",
          "UPDATE span SET state = 4, reason = '' WHERE state = 5",
          "UPDATE account SET next_sequence = next_sequence + 5",
          "UPDATE file SET pending = pending - 1, delivered = delivered + 1 WHERE no = 1",
          "UPDATE file SET held = 1 WHERE no = 1", "UPDATE file SET state = 2 WHERE no = 1",
          "UPDATE file SET unfinished = 0 WHERE no = 1",
          "UPDATE pack SET lengths = '3 4' WHERE first = (SELECT min(first) FROM pack)",
          "UPDATE pack SET count = 63 WHERE first = (SELECT min(first) FROM pack)",
          "UPDATE identity SET entries = x'0000'", "DELETE FROM identity",
          // Equal neighbours that should be one.
          "INSERT INTO span SELECT last, last, account, state, failed, reason, at, due, run, "
          "policy, "
          "settled FROM span WHERE state = 0 LIMIT 1; UPDATE span SET last = last - 1 WHERE state "
          "= "
          "0 AND first < last"}) {
        store_.reset();
        for (auto const* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(options_.where.path + suffix);
        open();
        some_history();
        store_.reset();
        ASSERT_TRUE(check_ledger(options_.where)->findings.empty());
        sql(fault);
        auto const report = check_ledger(options_.where);
        EXPECT_TRUE(!report || !report->findings.empty()) << fault;
    }
}

TEST_F(maintenance_test, ledger_of_a_newer_version_is_refused_with_both_versions) {
    check_at_end_ = false;
    store_.reset();
    auto const newer = std::to_string(schema_version + 1);
    sql("PRAGMA user_version = " + newer);
    for (auto const& e : {store::open(options_).error(), reader::open(options_.where).error()}) {
        EXPECT_EQ(e.code, errc::config);
        EXPECT_NE(e.message.find("version " + newer), std::string::npos) << e.message;
        EXPECT_NE(e.message.find("version " + std::to_string(schema_version)), std::string::npos)
            << e.message;
    }
}

TEST_F(maintenance_test,
       ledger_of_version_1_is_migrated_and_each_of_its_files_goes_on_from_where_it_was) {
    auto const a = account("a");
    auto const done = import_events(a, 1, "done");
    auto const complete = import_events(a, 1, "complete");
    deliver(claim(a, 2));
    std::vector<done_file> const as_done{{done, "done"}};
    ASSERT_TRUE(store_->files_done(as_done, now_));
    auto const open_file = import_events(a, 1, "open");
    auto const half = add_file("half");
    import(chunk_builder(half).plain(a, "r").build());
    store_.reset();
    sql("DROP INDEX file_not_done; ALTER TABLE file DROP COLUMN unfinished;"
        "ALTER TABLE pack DROP COLUMN sum; ALTER TABLE file DROP COLUMN held; DROP TABLE history;"
        "DELETE FROM meta WHERE key LIKE 'history%';"
        "CREATE INDEX file_not_done ON file(no) WHERE state < 3; PRAGMA user_version = 1");
    for (auto const& e :
         {check_ledger(options_.where).error(), reader::open(options_.where).error()}) {
        EXPECT_EQ(e.code, errc::config);
        EXPECT_NE(e.message.find("start the daemon once"), std::string::npos) << e.message;
    }

    std::vector<file_no> found;
    for (auto const& f : reopen().files)
        found.push_back(f.no);
    EXPECT_EQ(found, (std::vector{complete, open_file, half}));
    expect_sound();
    // Forth and back over the border between finished and not.
    std::vector<done_file> const also_done{{complete, "complete"}};
    ASSERT_TRUE(store_->files_done(also_done, now_));
    operation again;
    again.verb = operator_verb::retry;
    again.force = true;
    again.filter.event = event_no::of(a, 1);
    ASSERT_EQ(operate_all(*store_, again, now_)->counts.touched, 1U);
    import(chunk_builder(half, 2).end().build());
    found.clear();
    for (auto const& f : reopen().files)
        found.push_back(f.no);
    EXPECT_EQ(found, (std::vector{done, open_file, half}));
}

TEST_F(maintenance_test, ledger_of_version_4_learns_which_events_of_each_file_are_held) {
    auto const a = account("a");
    auto const b = account("b");
    // Files that share runs of held events, packs of one event and of 64, and one with none held.
    std::vector<file_no> files;
    for (auto const& [of, count] : {std::pair{a, 100U}, {a, 1U}, {b, 70U}, {a, 64U}, {b, 3U}})
        files.push_back(import_events(of, count, "f" + std::to_string(files.size())));
    auto const hold_run = [&](account_no of, std::uint64_t first, std::uint64_t last) {
        operation hold;
        hold.who = "test";
        for (auto n = first; n <= last; ++n) {
            hold.filter.event = event_no::of(of, n);
            ASSERT_EQ(operate_all(*store_, hold, now_)->counts.touched, 1U);
        }
    };
    hold_run(a, 60, 130);
    hold_run(a, 165, 165);
    hold_run(b, 1, 1);
    hold_run(b, 64, 66);
    auto const held_of_each = [&] {
        std::vector<std::uint64_t> out;
        for (auto const no : files)
            out.push_back(store_->file(no)->held);
        return out;
    };
    std::vector<std::uint64_t> const expected{41, 1, 4, 30, 0};
    ASSERT_EQ(held_of_each(), expected);
    store_.reset();
    sql("ALTER TABLE file DROP COLUMN held; DROP TABLE history; DELETE FROM meta WHERE key LIKE "
        "'history%'; PRAGMA user_version = 4");
    reopen();
    EXPECT_EQ(held_of_each(), expected);
    expect_sound();
}

TEST_F(maintenance_test, foreign_database_is_refused) {
    check_at_end_ = false;
    store_.reset();
    std::filesystem::remove(options_.where.path);
    std::filesystem::remove(options_.where.path + "-wal");
    sql("CREATE TABLE recipes(name)");
    EXPECT_EQ(store::open(options_).error().code, errc::invalid_data);
}

TEST_F(maintenance_test, reader_of_a_missing_ledger_says_so) {
    EXPECT_EQ(reader::open((directory_ / "none.db").string()).error().code, errc::not_found);
}

TEST_F(maintenance_test, backup_made_while_the_daemon_runs_is_a_whole_ledger) {
    some_history();
    auto const copy = (directory_ / "copy.db").string();
    auto const done = backup_ledger(options_.where, copy);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(check_ledger(copy)->findings.empty());
    EXPECT_EQ((*reader::open(copy))->totals()->ledger_id, store_->id());
    // Never over what is there.
    EXPECT_FALSE(backup_ledger(options_.where, copy));
    EXPECT_FALSE(std::filesystem::exists(copy + ".part"));
}

TEST_F(maintenance_test,
       backup_to_a_directory_that_is_not_there_names_the_backup_and_not_the_ledger) {
    auto const copy = (directory_ / "none" / "copy.db").string();
    auto const done = backup_ledger(options_.where, copy);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().message.find(copy), std::string::npos) << done.error().message;
    EXPECT_EQ(done.error().message.find("no ledger"), std::string::npos) << done.error().message;
}

TEST_F(maintenance_test, backup_is_used_only_once_it_was_adopted) {
    some_history();
    auto const copy = (directory_ / "copy.db").string();
    ASSERT_TRUE(backup_ledger(options_.where, copy));
    for (int i = 0; i < 2; ++i) {
        auto const refused = store::open({.where = copy, .sqlite = {.reserve = 0}});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::io);
        EXPECT_NE(refused.error().message.find("ledger adopt"), std::string::npos);
        EXPECT_EQ((*reader::open(copy))->totals()->run, store_->run());
    }
    ASSERT_TRUE(adopt_ledger(copy, {}, now_));
    auto opened = store::open({.where = copy, .sqlite = {.reserve = 0}});
    ASSERT_TRUE(opened);
    EXPECT_TRUE((*opened)->recover(now_));
}

TEST_F(maintenance_test, adopted_ledger_has_everything_that_is_not_final_in_doubt) {
    auto const a = account("a");
    auto const b = account("b");
    import_events(a, 2500);
    import_events(b, 10, "b");
    auto const ids = claim(a, 20);
    deliver({ids[0]});
    store_.reset();
    adoption how;
    how.accounts.emplace_back("b", doubt_policy::resend);
    how.at_least_run = 77;
    auto const report = adopt_ledger(options_.where, how, now_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->in_doubt, 2499U + 10U);
    EXPECT_EQ(report->held, 2499U);
    EXPECT_EQ(report->resent, 10U);
    EXPECT_GE(report->run, 77U);
    reopen();
    EXPECT_EQ(count(a, held), 2499U);
    EXPECT_EQ(count(a, delivered), 1U);
    EXPECT_EQ(count(b, waiting), 10U);
    EXPECT_TRUE(look()->show(event_no::of(b, 3))->row.in_doubt_ever);
}

TEST_F(maintenance_test, what_is_read_after_an_adoption_of_files_that_were_there_is_in_doubt) {
    auto const a = account("a");
    auto const half = add_file("half");  // work name "1-half"
    import(chunk_builder(half).plain(a, "known").build());
    deliver(claim(a, 1));
    store_.reset();
    adoption how;
    how.policy = doubt_policy::hold;
    how.accounts.emplace_back("b", doubt_policy::resend);
    how.work_names = {"1-half", "7-unknown\nto us.ndjson"};
    how.done_files = {{"yesterday.ndjson", 77, 1000}, {"copied.ndjson", 78, 2000}};
    auto const report = adopt_ledger(options_.where, how, now_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->in_doubt, 0U);
    EXPECT_EQ(report->files, 4U);
    for (int twice = 0; twice < 2; ++twice)
        reopen();  // it is not forgotten
    auto const b = account("b");
    import(chunk_builder(half, 2).plain(a, "rest").end().build());
    auto const file = [](std::string const& name, std::string const& work_name, std::uint64_t inode,
                         std::uint64_t size) {
        return claimed_file{name, work_name, 1, inode, size};
    };
    std::vector<claimed_file> const files{
        file("unknown\nto us.ndjson", "7-unknown\nto us.ndjson", 5, 9),
        file("fresh.ndjson", "8-fresh", 6, 1000),
        file("other name.ndjson", "9-moved", 77, 1000),
        file("copied.ndjson", "10-copied", 9, 2000),
        file("yesterday.ndjson", "11-today", 10, 1001),
    };
    std::vector<import_chunk> chunks;
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        chunks.push_back(chunk_builder(file_no{0}).plain(a, "x").plain(b, "x").end().build());
        chunks.back().new_file = i;
    }
    ASSERT_TRUE(store_->import(files, chunks, now_));
    EXPECT_EQ(count(a, held), 4U) << "the rest of the half, the unknown one, two out of done/";
    EXPECT_EQ(count(a, waiting), 2U) << "what was dropped since";
    EXPECT_EQ(count(b, waiting), 5U) << "the policy of its account: sent again, and marked";
    auto const events = look();
    std::vector<bool> doubted;
    for (std::uint64_t i = 2; i <= 7; ++i)
        doubted.push_back(events->show(event_no::of(a, i))->row.in_doubt_ever);
    EXPECT_EQ(doubted, (std::vector{true, true, false, true, true, false}));
    doubted.clear();
    for (std::uint64_t i = 1; i <= 5; ++i)
        doubted.push_back(events->show(event_no::of(b, i))->row.in_doubt_ever);
    EXPECT_EQ(doubted, (std::vector{true, false, true, true, false}));
    EXPECT_EQ(events->totals()->in_doubt_ever, 7U);
    expect_sound();
}

TEST_F(maintenance_test, file_in_done_that_the_ledger_knows_is_not_doubted) {
    auto const a = account("a");
    claimed_file known{"k.ndjson", "1-k.ndjson", 1, 55, 100};
    auto chunk = chunk_builder(file_no{0}).plain(a, "x").end().build();
    auto const no = store_->import({&known, 1}, {&chunk, 1}, now_)->files.front();
    deliver(claim(a, 1));
    done_file const done{no, "k.ndjson", store_->file(no)->finished_at, 55};
    ASSERT_TRUE(store_->files_done({&done, 1}, now_));
    store_.reset();
    adoption how;
    how.done_files = {{"k.ndjson", 55, 100}};
    auto const report = adopt_ledger(options_.where, how, now_);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->files, 0U);
    reopen();
}

TEST_F(maintenance_test, adopting_never_begins_a_ledger) {
    auto const path = (directory_ / "none.db").string();
    EXPECT_EQ(adopt_ledger(path, {}, now_).error().code, errc::not_found);
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace setclick::ledger
