// What each role of a ledger in PostgreSQL may do, and may not: with real roles on a real server.
#include "../../../src/ledger/postgres/schema.hpp"
#include "../../../src/ledger/postgres/session.hpp"
#include "contract.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "temporary_postgres.hpp"

namespace setclick::ledger {
namespace {

using postgres::parameters;
using postgres::session;

class roles_test : public ledger_test {
protected:
    store_kind kind() const override { return postgres_kind; }

    void SetUp() override {
        if (!temporary_postgres::is_installed())
            GTEST_SKIP() << "NOT TESTED: no PostgreSQL is installed (apt install postgresql-15)";
        // As docs/cluster.md has it: a database with nothing in it, the roles, then the owner's migration.
        directory_ = std::filesystem::temp_directory_path();
        where_ = temporary_postgres::new_ledger();
        superuser().run_script("DROP SCHEMA IF EXISTS setclick CASCADE");
        superuser().run_script(ledger_roles().c_str());
    }
    void TearDown() override {
        superuser_.reset();
        store_.reset();
    }

    session& superuser() {
        if (!superuser_) superuser_ = std::make_unique<session>(base(), "test", milliseconds{5000});
        return *superuser_;
    }
    /// Without the tests' own search_path: what the printed SQL sets holds.
    std::string base() const {
        return where_.postgres.substr(0, where_.postgres.find(" options="));
    }
    place as(std::string const& role) const {
        place out;
        auto text = base();
        text.replace(text.find("user=setclick"), 13, "user=" + role);
        out.postgres = text;
        out.node = "node-of-" + role;
        return out;
    }
    void expect_refused(session& by, char const* sql) {
        try {
            by.ask(sql, parameters());
            ADD_FAILURE() << "was allowed: " << sql;
        } catch (failure const& f) {
            EXPECT_EQ(f.what_failed().code, errc::config) << f.what_failed().message;
            EXPECT_NE(f.what_failed().message.find("42501"), std::string::npos)
                << f.what_failed().message;
        }
    }
    static constexpr auto owner = "setclick_owner";
    static constexpr auto daemon = "setclick_daemon";
    static constexpr auto reader_role = "setclick_reader";
    static constexpr auto operator_role = "setclick_operator";

    place where_;
    std::unique_ptr<session> superuser_;
};

TEST_F(roles_test, owner_makes_it_and_the_daemon_works_without_the_right_to_change_it) {
    options_.where = as(daemon);
    auto const before = store::open(options_);
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().code, errc::config);
    EXPECT_NE(before.error().message.find("setclickd ledger migrate"), std::string::npos)
        << before.error().message;

    auto const made = migrate_ledger(as(owner));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->from, 0);
    EXPECT_EQ(made->to, postgres::schema_version);
    EXPECT_EQ(made->granted.size(), 3U);
    auto const again = migrate_ledger(as(owner));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->from, again->to);
    auto const not_owner = migrate_ledger(as(daemon));
    ASSERT_FALSE(not_owner);

    // All that a daemon does.
    open();
    auto const a = account("a");
    import_events(a, 300);
    auto const ids = claim(a, 100);
    deliver({ids.begin(), ids.begin() + 90});
    settle(ended(ids[95], event_state::rejected, "http-400"));
    operation what;
    what.verb = operator_verb::hold;
    what.filter.account = a;
    ASSERT_TRUE(operate_all(*store_, what, now_));
    retention keep;
    keep.receipt_days = keep.file_days = keep.body_days = 1;
    for (int day = 0; day < 3; ++day)
        ASSERT_TRUE(store_->prune(keep, now_ += std::chrono::days{1}, std::chrono::days{1}));
    ASSERT_TRUE(store_->keep_verdict(a, "well"));
    reopen();
    expect_sound();

    session by(as(daemon).postgres, "test", milliseconds{5000});
    for (auto const* sql :
         {"TRUNCATE pack", "DROP TABLE pack", "ALTER TABLE pack ADD COLUMN x int",
          "CREATE TABLE mine(x int)", "CREATE INDEX ON pack(file)", "DELETE FROM ledger",
          "UPDATE ledger SET version = 9", "CREATE SCHEMA mine",
          "CREATE OR REPLACE FUNCTION must(seen bigint, wanted bigint) RETURNS bigint LANGUAGE sql "
          "AS 'SELECT 1'"})
        try {
            by.ask(sql, parameters());
            ADD_FAILURE() << "was allowed: " << sql;
        } catch (failure const& f) {
            EXPECT_NE(f.what_failed().message.find("42501"), std::string::npos)
                << sql << ": " << f.what_failed().message;
        }
}

TEST_F(roles_test,
       tables_that_are_older_wait_for_their_owner_and_the_roles_may_work_with_what_is_new) {
    auto first = postgres::published_steps();
    first.expansions = first.expansions.first(1);
    {
        session by(as(owner).postgres, "test", milliseconds{5000});
        postgres::expand(by, first);
    }
    superuser().ask("GRANT SELECT ON ALL TABLES IN SCHEMA setclick TO setclick_daemon",
                    parameters());
    options_.where = as(daemon);
    auto const early = store::open(options_);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, errc::config);
    EXPECT_NE(early.error().message.find("setclickd ledger migrate"), std::string::npos)
        << early.error().message;
    auto const made = migrate_ledger(as(owner));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->from, 1);
    open();
    session by(as(daemon).postgres, "test", milliseconds{5000});
    by.ask("INSERT INTO command(node, account, request, who) VALUES(0, 1, '{}', 'x')",
           parameters());
    by.ask("INSERT INTO move(account, from_node, to_node, how, in_doubt) VALUES(1, 0, 1, 0, 0)",
           parameters());
    by.ask("UPDATE ledger SET halted = 'x'", parameters());
    expect_refused(by, "UPDATE ledger SET min_writer = 2");
    session reads(as(reader_role).postgres, "test", milliseconds{5000});
    reads.ask("SELECT leaves, beat_at, machine FROM node", parameters());
    reads.ask("SELECT * FROM move", parameters());
}

TEST_F(roles_test, reader_sees_the_queue_and_no_record) {
    ASSERT_TRUE(migrate_ledger(as(owner)));
    options_.where = as(daemon);
    open();
    auto const a = account("a");
    auto const file = import_events(a, 30);
    settle(ended(claim(a, 1).at(0), event_state::rejected, "http-400"));
    {
        auto const* const role = reader_role;
        auto opened = reader::open(as(role));
        ASSERT_TRUE(opened) << opened.error().message;
        auto& look = **opened;
        EXPECT_TRUE(look.totals());
        auto const page = look.list({}, event_no{}, 100);
        ASSERT_TRUE(page) << page.error().message;
        EXPECT_EQ(page->rows.size(), 30U);
        EXPECT_TRUE(look.newest_files(10));
        EXPECT_TRUE(look.history());
        EXPECT_TRUE(look.refused_lines(file, 0, 10));
        auto const shown = look.show(event_no::of(a, 1));
        ASSERT_FALSE(shown) << "it has the record";
        EXPECT_EQ(shown.error().code, errc::config);
        session by(as(role).postgres, "test", milliseconds{5000});
        for (auto const* sql :
             {"SELECT body FROM pack", "SELECT * FROM pack", "COPY pack TO STDOUT",
              "UPDATE span SET state = 4", "INSERT INTO meta(key) VALUES('x')",
              "SELECT setval('file_no_seq', 9)", "TRUNCATE meta", "DELETE FROM attempt"})
            expect_refused(by, sql);
    }
}

TEST_F(roles_test, operator_gives_commands_and_changes_nothing_itself) {
    ASSERT_TRUE(migrate_ledger(as(owner)));
    options_.where = as(daemon);
    open();
    auto const a = account("a");
    import_events(a, 3);
    auto const box = command_box::open(as(operator_role));
    ASSERT_TRUE(box) << box.error().message;
    auto const seen = (*box)->look();
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->owners.size(), 1U);
    auto const given = (*box)->give(std::vector<new_command>{{a, "{}", "somebody"}});
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_EQ((*box)->follow(*given)->size(), 1U);
    EXPECT_EQ(store_->poll(now_)->commands.at(0).who, "somebody, as setclick_operator");
    EXPECT_TRUE((*box)->without_endpoint_pause());
    EXPECT_TRUE((*box)->open_files(1, 10));
    EXPECT_TRUE((*reader::open(as(operator_role)))->list({}, event_no{}, 100));
    session by(as(operator_role).postgres, "test", milliseconds{5000});
    for (auto const* sql :
         {"SELECT body FROM pack", "UPDATE command SET done = true", "DELETE FROM command",
          "UPDATE node SET leaves = true", "INSERT INTO shared(key) VALUES('endpoint_pause')",
          "INSERT INTO meta(key) VALUES('x')", "UPDATE account_run SET node = 0"})
        expect_refused(by, sql);
}

}  // namespace
}  // namespace setclick::ledger
