// What only a ledger in PostgreSQL can meet: another epoch, a server that goes, a COMMIT without an answer.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <thread>
#include <tuple>
#include <utility>

#include "../../../src/ledger/postgres/lane.hpp"
#include "../../../src/ledger/postgres/schema.hpp"
#include "../../../src/ledger/postgres/session.hpp"
#include "../../../src/ledger/postgres/side_tables.hpp"
#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

using postgres::lane;
using postgres::parameters;
using postgres::session;
using postgres::statement;

class postgres_test : public ledger_test {
protected:
    store_kind kind() const override { return postgres_kind; }

    session& other() {
        if (!other_)
            other_ = std::make_unique<session>(options_.where.postgres, "test", milliseconds{5000});
        return *other_;
    }
    std::int64_t number(char const* sql) {
        auto row = other().ask(sql, parameters());
        return row.next() ? row.integer(0) : -1;
    }
    /// As a restart of the server, or a firewall: every other connection ends.
    void cut_connections() {
        other().ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> "
            "pg_backend_pid() AND backend_type = 'client backend'",
            parameters());
    }
    void TearDown() override {
        other_.reset();
        ledger_test::TearDown();
    }

    std::unique_ptr<session> other_;
};

TEST_F(postgres_test, what_is_imported_writes_no_span_and_a_claim_only_its_own_row) {
    auto const a = account("a");
    import_events(a, 5000);
    EXPECT_EQ(number("SELECT count(*) FROM span"), 0);
    auto const ids = claim(a, 256);
    EXPECT_EQ(number("SELECT count(*) FROM span"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM claim"), 1);
    deliver({ids.begin(), ids.begin() + 100});
    EXPECT_EQ(number("SELECT count(*) FROM span"), 0);
    deliver({ids.begin() + 100, ids.end()});
    EXPECT_EQ(number("SELECT count(*) FROM claim"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM span"), 1);
    import_events(a, 10, "more");
    EXPECT_EQ(number("SELECT count(*) FROM span"), 1);
    EXPECT_EQ(number("SELECT next_sequence FROM account"), 5011);
}

TEST_F(postgres_test, what_goes_back_to_the_end_of_the_account_loses_its_row) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 10);
    for (auto const no : ids) {
        auto s = ended(no, event_state::waiting, "");
        s.attempted = false;
        settle(s);
    }
    EXPECT_EQ(number("SELECT count(*) FROM claim"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM span"), 0);
    reopen();
    EXPECT_EQ(claim(a, 10), ids);
}

TEST_F(postgres_test, who_was_deposed_writes_nothing_and_learns_it) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 5);
    // As a watcher does it.
    other().ask("UPDATE lane SET epoch = epoch + 1", parameters());
    cycle_request r;
    r.now = now_;
    r.delivered = ids;
    auto const refused = store_->cycle(r);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::refused);
    EXPECT_EQ(number("SELECT delivered FROM account_run"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM claim"), 1);
    EXPECT_FALSE(store_->import({}, {}, now_)) << "from then on it does nothing";
}

TEST_F(postgres_test, who_lost_an_account_settles_nothing_of_it) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 5);
    other().ask("UPDATE account_run SET epoch = epoch + 1", parameters());
    cycle_request r;
    r.now = now_;
    r.delivered = ids;
    auto const done = store_->cycle(r);
    ASSERT_TRUE(done) << done.error().message << ": one account is not the node";
    EXPECT_EQ(done->lost, std::vector{a});
    EXPECT_EQ(number("SELECT delivered FROM account_run"), 0);
    other().ask("UPDATE account_run SET epoch = epoch - 1", parameters());
}

TEST_F(postgres_test, server_that_went_and_came_back_is_worked_with_again) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 5);
    cut_connections();
    cycle_request r;
    r.now = now_;
    r.delivered = ids;
    auto done = store_->cycle(r);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::unreachable);
    done = store_->cycle(r);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(count(a, event_state::delivered), 5U);
    EXPECT_EQ(claim(a, 9).size(), 5U);
}

TEST_F(postgres_test, what_is_not_storable_as_text_stops_nothing) {
    auto const a = account("a");
    import_events(a, 1);
    auto s = ended(claim(a, 1).at(0), event_state::rejected, std::string("http-\xff", 6));
    s.excerpt = std::string("a\0b", 3);
    settle(s);
    auto const shown = look()->show(event_no::of(a, 1));
    ASSERT_EQ(shown->attempts.size(), 1U);
    EXPECT_EQ(shown->attempts[0].reason, "http-?");
    EXPECT_EQ(shown->attempts[0].excerpt, "a?b");
}

TEST_F(postgres_test, commit_without_an_answer_is_looked_up) {
    session db(options_.where.postgres, "test", milliseconds{5000});
    lane own(db, "other-node", "other", 0);
    own.open();
    db.begin();
    own.begin_epoch(1);
    ASSERT_EQ(db.commit(), session::outcome::done);
    own.began(1);
    statement note(db, "INSERT INTO meta(key, number) VALUES($1, 1)");

    // It came through, and only its answer was lost.
    db.begin();
    note.run(std::string_view("one"));
    own.fence();
    ASSERT_EQ(db.commit(), session::outcome::done);
    db.disconnect();
    EXPECT_TRUE(own.was_committed());
    own.committed();
    // It never arrived.
    db.begin();
    note.run(std::string_view("two"));
    own.fence();
    db.disconnect();
    EXPECT_FALSE(own.was_committed());
    EXPECT_EQ(number("SELECT count(*) FROM meta WHERE key IN ('one', 'two')"), 1);
    // Done again it goes through, and not a second time.
    db.begin();
    note.run(std::string_view("two"));
    own.fence();
    ASSERT_EQ(db.commit(), session::outcome::done);
    db.begin();
    own.fence();
    EXPECT_THROW(db.commit(), failure);
    other().ask("UPDATE lane SET epoch = 9", parameters());
    EXPECT_THROW(own.was_committed(), failure);
}

TEST_F(postgres_test, connection_that_is_cut_inside_commit_says_unknown) {
    session db(options_.where.postgres, "test", milliseconds{5000});
    statement note(db, "INSERT INTO meta(key, number) VALUES($1, 1)");
    // A constraint that is checked at the commit cuts the connection there.
    other().run_script(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
        "pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(9); RETURN NULL; END $$; CREATE "
        "CONSTRAINT TRIGGER cut AFTER INSERT ON meta DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION cut()");
    db.begin();
    note.run(std::string_view("one"));
    EXPECT_EQ(db.commit(), session::outcome::unknown);
    EXPECT_FALSE(db.is_connected());
    EXPECT_EQ(number("SELECT count(*) FROM meta WHERE key = 'one'"), 0);
}

TEST_F(postgres_test, warning_at_commit_is_unknown) {
    session db(options_.where.postgres, "test", milliseconds{5000});
    statement note(db, "INSERT INTO meta(key, number) VALUES($1, 1)");
    // As a wait for the standby that was cancelled.
    other().run_script(
        "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING "
        "'canceling wait for synchronous replication'; RETURN NULL; END $$; CREATE CONSTRAINT "
        "TRIGGER warn AFTER INSERT ON meta DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
        "FUNCTION warn()");
    db.begin();
    note.run(std::string_view("one"));
    EXPECT_EQ(db.commit(), session::outcome::unknown);
}

TEST_F(postgres_test, store_goes_on_after_a_commit_whose_outcome_was_unknown) {
    auto const a = account("a");
    import_events(a, 10);
    auto const ids = claim(a, 5);
    other().run_script(
        "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'x'; "
        "RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER warn AFTER UPDATE ON account_run "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION warn()");
    EXPECT_TRUE(deliver(ids).complete_files.empty());
    EXPECT_EQ(count(a, event_state::delivered), 5U) << "once, and it is known";
    EXPECT_GT(number("SELECT max(looks) FROM lane"), 0);
}

/// Wherever the connection breaks, before a statement, between two of them or inside COMMIT: what was
/// answered is there, what was not is given again and is there once.
TEST_F(postgres_test, connections_that_break_at_random_lose_nothing_and_repeat_nothing) {
    auto const a = account("a");
    std::atomic<bool> is_over{false};
    std::atomic<int> cuts{0};
    std::atomic<int> turns{0};
    std::thread cutter([&, conninfo = options_.where.postgres] {
        session db(conninfo, "cutter", milliseconds{5000});
        std::mt19937 random(7);
        while (!is_over) {
            // On a slow machine nothing would ever come through.
            for (int const before = turns; turns == before && !is_over && cuts > 20;)
                std::this_thread::sleep_for(milliseconds{1});
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
            cuts += db.ask(
                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                          "application_name = 'setclickd/test'",
                          parameters())
                        .count();
        }
    });
    // As the daemon: the same again, until it is answered.
    int away = 0;
    auto const until_done = [&](auto const& call) {
        for (;;) {
            auto done = call();
            if (done) return std::move(*done);
            EXPECT_EQ(done.error().code, errc::unreachable) << done.error().message;
            if (done.error().code != errc::unreachable)
                return typename decltype(done)::value_type{};
            ++away;
        }
    };
    std::set<std::uint64_t> claimed;
    std::vector<event_no> flying;
    std::uint64_t imported = 0;
    for (int turn = 0; turn < 250 && !HasFailure(); ++turn, ++turns) {
        claimed_file f;
        f.name = "f" + std::to_string(turn);
        f.work_name = f.name;
        chunk_builder chunk({});
        for (int i = 0; i < 20; ++i)
            chunk.content(a, "r", f.name + "/" + std::to_string(i));
        auto const built = chunk.end().build();
        auto const answer = until_done([&] { return store_->import({&f, 1}, {&built, 1}, now_); });
        if (HasFailure()) break;
        EXPECT_EQ(answer.chunks.at(0).accepted, 20U) << "none is a duplicate of itself";
        imported += 20;
        cycle_request r;
        r.now = now_ += 1s;
        r.delivered = std::exchange(flying, {});
        r.wishes.push_back({a, 17, doubt_policy::hold});
        auto const done = until_done([&] { return store_->cycle(r); });
        for (auto const& batch : done.batches)
            for (auto const& e : batch.events) {
                EXPECT_TRUE(claimed.insert(e.no.value).second) << "claimed twice";
                flying.push_back(e.no);
            }
    }
    is_over = true;
    cutter.join();
    ASSERT_FALSE(HasFailure());
    EXPECT_GT(away, 20) << "of " << cuts << " cuts";
    EXPECT_GT(number("SELECT max(looks) FROM lane"), 0) << "no COMMIT was cut";
    EXPECT_EQ(until_done([&] { return store_->accounts(); })
                  .at(0)
                  .counts[static_cast<std::size_t>(event_state::delivered)],
              claimed.size() - flying.size());
    EXPECT_EQ(number("SELECT next_sequence - 1 FROM account"), static_cast<std::int64_t>(imported));
    auto const found = reopen();
    EXPECT_EQ(found.in_doubt, flying.size());
}

TEST_F(postgres_test, what_the_server_warns_of_at_a_login_is_not_written_to_standard_error) {
    other().ask("UPDATE pg_database SET datcollversion = '1' WHERE datname = current_database()",
                parameters());
    testing::internal::CaptureStderr();
    session newcomer(options_.where.postgres, "test", milliseconds{5000});
    newcomer.connect();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    other().ask("UPDATE pg_database SET datcollversion = NULL WHERE datname = current_database()",
                parameters());
}

TEST_F(postgres_test, what_a_service_file_sets_wins_over_our_defaults_and_the_text_over_both) {
    auto const file = (directory_ / "services").string();
    std::ofstream(file) << "[here]\napplication_name=of-the-service\nconnect_timeout=7\n";
    ::setenv("PGSERVICEFILE", file.c_str(), 1);
    auto const name_of = [&](std::string const& text) {
        session db(options_.where.postgres + text, "ours", milliseconds{5000});
        db.connect();
        auto row = db.ask("SELECT current_setting('application_name')", parameters());
        return row.next() ? std::string(row.text(0)) : "";
    };
    EXPECT_EQ(name_of(""), "ours");
    EXPECT_EQ(name_of(" service=here"), "of-the-service");
    EXPECT_EQ(name_of(" service=here application_name=of-the-text"), "of-the-text");
    ::unsetenv("PGSERVICEFILE");
}

TEST_F(postgres_test, role_whose_search_path_names_no_schema_is_told_so) {
    options elsewhere;
    elsewhere.where = options_.where;
    elsewhere.where.postgres += " options='-c search_path=nowhere'";
    auto const opened = store::open(elsewhere);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::config);
    EXPECT_NE(opened.error().message.find("search_path of the role setclick names (nowhere)"),
              std::string::npos)
        << opened.error().message;
}

TEST_F(postgres_test, error_names_no_content_of_a_row) {
    session db(options_.where.postgres, "test", milliseconds{5000});
    statement note(db, "INSERT INTO meta(key, number) VALUES($1, 1)");
    std::ignore = note.write(std::string_view("secret@example.com"));
    try {
        std::ignore = note.write(std::string_view("secret@example.com"));
        FAIL();
    } catch (failure const& f) {
        EXPECT_EQ(f.what_failed().code, errc::busy) << "a key that is taken: judge again";
        EXPECT_EQ(f.what_failed().message.find("secret"), std::string::npos);
    }
    // What failed in the pipeline can be prepared again.
    EXPECT_EQ(note.write(std::string_view("other")).changed(), 1);
}

TEST_F(postgres_test, server_that_does_not_answer_is_away_after_the_limit) {
    session db(options_.where.postgres, "test", milliseconds{300});
    EXPECT_THROW(db.ask("SELECT pg_sleep(30)", parameters()), failure);
    EXPECT_FALSE(db.is_connected());
}

TEST_F(postgres_test, schema_that_needs_a_later_program_is_refused_with_both) {
    other().ask("UPDATE ledger SET version = 99, min_writer = 98", parameters());
    store_.reset();
    auto const opened = store::open(options_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::config);
    EXPECT_NE(opened.error().message.find("99"), std::string::npos);
    EXPECT_NE(opened.error().message.find("98"), std::string::npos);
    auto const read = reader::open(options_.where);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::config);
    check_at_end_ = false;
}

TEST_F(postgres_test, check_finds_what_was_changed_by_hand) {
    auto const a = account("a");
    import_events(a, 200);
    auto const ids = claim(a, 100);
    deliver({ids.begin(), ids.begin() + 90});
    settle(ended(ids[95], event_state::rejected, "http-400"));
    expect_sound();
    check_at_end_ = false;
    store_.reset();
    for (auto const* fault :
         {"DELETE FROM span WHERE state = 5", "UPDATE span SET state = 6 WHERE state = 5",
          "DELETE FROM claim WHERE first = (SELECT min(first) FROM claim)",
          "UPDATE claim SET last = last + 1 WHERE first = (SELECT max(first) FROM claim)",
          "UPDATE account_run SET delivered = delivered - 1",
          "UPDATE account SET next_sequence = 9", "UPDATE pack SET count = count - 1",
          "UPDATE pack SET lines = '1'", "UPDATE pack SET lengths = '3'",
          "UPDATE file_count SET delivered = delivered + 1", "UPDATE file SET unfinished = false",
          "UPDATE history SET delivered = 1", "UPDATE history SET duplicate = 1"}) {
        SCOPED_TRACE(fault);
        auto const before = check_ledger(options_.where);
        ASSERT_TRUE(before) << before.error().message;
        EXPECT_TRUE(before->findings.empty());
        auto const tables = {"span", "claim",      "account_run", "account",
                             "pack", "file_count", "file",        "history"};
        for (std::string const table : tables)
            other().run_script(
                ("CREATE TABLE saved_" + table + " AS TABLE \"" + table + "\"").c_str());
        other().run_script(fault);
        auto const report = check_ledger(options_.where);
        ASSERT_TRUE(report) << report.error().message;
        EXPECT_FALSE(report->findings.empty());
        for (std::string const table : tables) {
            bool const has_identity = table == "file" || table == "history";
            other().run_script(("DELETE FROM \"" + table + "\"; INSERT INTO \"" + table + "\" " +
                                (has_identity ? "OVERRIDING SYSTEM VALUE " : "") +
                                "SELECT * FROM saved_" + table + "; DROP TABLE saved_" + table)
                                   .c_str());
        }
    }
}

TEST_F(postgres_test, so_many_slots_are_kept_and_no_clock_pushes_them_out) {
    auto const a = account("a");
    import_events(a, 30);
    deliver(claim(a, 1));
    check_at_end_ = false;  // it has more delivered than there are
    auto const kept = static_cast<std::size_t>(postgres::most_history_slots);
    other().ask(
        "INSERT INTO history(slot, node, delivered, rejected, deferred, in_doubt, duplicate, "
        "discarded) SELECT i, (SELECT min(node) FROM lane), 1, 0, 0, 0, 0, 0 FROM "
        "generate_series(1, $1) i",
        parameters(postgres::most_history_slots));
    for (int i = 1; i <= 20; ++i) {
        // Forth by years and back by days, as no clock would.
        now_ += std::chrono::days(i % 3 == 0 ? -2 : 400);
        deliver(claim(a, 1));
        auto const all = look()->history();
        ASSERT_TRUE(all);
        EXPECT_EQ(all->size(), kept + 1);
        EXPECT_EQ(all->front().number, i) << "the oldest goes";
    }
    history_counts sum;
    for (auto const& slot : *look()->history())
        sum += slot.counts;
    EXPECT_EQ(sum.delivered, kept + 1);
    EXPECT_EQ(
        number("SELECT count(*) FROM meta WHERE key LIKE 'history_before/%' AND value = '20 0 0 0 "
               "0 0'"),
        1);
}

}  // namespace
}  // namespace setclick::ledger
