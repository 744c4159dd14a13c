// The versions of the tables in PostgreSQL: who may work with which, and how one becomes the next.
#include "../../../src/ledger/postgres/schema.hpp"

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../../../src/ledger/postgres/migrate.hpp"
#include "contract.hpp"

namespace setclick::ledger {
namespace {

using postgres::fit_of;
using postgres::parameters;
using postgres::schema_fit;
using postgres::schema_state;
using postgres::session;

TEST(schema_rule_test, program_works_with_tables_that_are_newer_as_long_as_they_let_it) {
    struct row {
        schema_state stored;
        int mine;
        schema_fit is;
    };
    constexpr std::array table{
        row{{0, 0}, 2, schema_fit::none},     row{{1, 1}, 1, schema_fit::works},
        row{{1, 1}, 2, schema_fit::outdated}, row{{2, 1}, 2, schema_fit::works},
        row{{3, 1}, 2, schema_fit::works},    row{{3, 2}, 2, schema_fit::works},
        row{{3, 3}, 2, schema_fit::too_new},  row{{4, 3}, 2, schema_fit::too_new},
        row{{4, 3}, 3, schema_fit::works},    row{{4, 4}, 5, schema_fit::outdated},
    };
    for (auto const& r : table) {
        EXPECT_EQ(fit_of(r.stored, r.mine), r.is)
            << r.stored.version << ", " << r.stored.min_writer << ", " << r.mine;
        auto const why = postgres::why_not(r.stored, r.mine);
        EXPECT_EQ(why.empty(), r.is == schema_fit::works);
        if (r.is == schema_fit::outdated) {
            EXPECT_NE(why.find("version " + std::to_string(r.stored.version)), std::string::npos);
            EXPECT_NE(why.find("knows version " + std::to_string(r.mine)), std::string::npos);
            EXPECT_NE(why.find("setclickd ledger migrate"), std::string::npos);
        }
        if (r.is == schema_fit::too_new) {
            EXPECT_NE(why.find("version " + std::to_string(r.stored.min_writer) + " or later"),
                      std::string::npos)
                << why;
            EXPECT_NE(why.find("knows version " + std::to_string(r.mine)), std::string::npos);
            EXPECT_NE(why.find("upgrade"), std::string::npos);
        }
    }
}

class schema_test : public ledger_test {
protected:
    store_kind kind() const override { return postgres_kind; }

    void SetUp() override {
        if (!temporary_postgres::is_installed())
            GTEST_SKIP() << "NOT TESTED: no PostgreSQL is installed (apt install postgresql-15)";
        options_.where = temporary_postgres::new_ledger();
        options_.where.node_name = "host-a";
        sql_ = std::make_unique<session>(options_.where.postgres, "psql of a person",
                                         milliseconds{5000});
    }
    void TearDown() override {
        sql_.reset();
        store_.reset();
    }
    void make_version(int version) {
        auto steps = postgres::published_steps();
        steps.expansions = steps.expansions.first(static_cast<std::size_t>(version));
        postgres::expand(*sql_, steps);
    }
    std::int64_t number(char const* sql) {
        auto row = sql_->ask(sql, parameters());
        return row.next() ? row.integer(0) : -1;
    }
    bool open_store() {
        store_.reset();
        auto opened = store::open(options_);
        if (!opened) why_ = opened.error();
        if (opened) store_ = std::move(*opened);
        return store_ != nullptr;
    }

    std::unique_ptr<session> sql_;
    std::optional<error> why_;
};

TEST_F(schema_test, tables_of_version_1_are_expanded_and_keep_their_rows) {
    make_version(1);
    EXPECT_EQ(number("SELECT version FROM ledger"), 1);
    sql_->ask("INSERT INTO node(id, name, epoch) VALUES('of-a', 'host-a', 7)", parameters());
    sql_->ask("INSERT INTO account(no, id, next_sequence) VALUES(1, 'one', 3)", parameters());
    sql_->ask("INSERT INTO account_run(account, node, epoch) VALUES(1, 1, 7)", parameters());
    auto const reads = reader::open(options_.where);
    ASSERT_FALSE(reads);
    EXPECT_EQ(reads.error().code, errc::config);
    EXPECT_NE(reads.error().message.find("setclickd ledger migrate"), std::string::npos);

    auto const done = migrate_ledger(options_.where);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->from, 1);
    EXPECT_EQ(done->to, postgres::schema_version);
    EXPECT_EQ(done->min_writer, 1);
    EXPECT_EQ(number("SELECT epoch FROM node WHERE name = 'host-a' AND NOT leaves"), 7);
    EXPECT_EQ(number("SELECT next_sequence FROM account"), 3);
    EXPECT_EQ(number("SELECT count(*) FROM command"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM ledger WHERE halted = ''"), 1);
    auto const again = migrate_ledger(options_.where);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->from, postgres::schema_version);
    EXPECT_EQ(number("SELECT version FROM ledger"), postgres::schema_version);
}

TEST_F(schema_test, start_expands_where_the_role_owns_the_tables_and_two_at_once_do_it_once) {
    make_version(1);
    auto const one = [&](std::string const& node) {
        return std::thread([this, node] {
            auto o = options_;
            o.where.node = node;
            auto const opened = store::open(o);
            EXPECT_TRUE(opened) << opened.error().message;
        });
    };
    auto a = one("a");
    auto b = one("b");
    a.join();
    b.join();
    EXPECT_EQ(number("SELECT version FROM ledger"), postgres::schema_version);
}

TEST_F(schema_test, locked_tables_are_left_alone_and_who_locks_them_is_named) {
    make_version(1);
    sql_->begin();
    EXPECT_EQ(number("SELECT count(*) FROM node"), 0);
    auto const begun = std::chrono::steady_clock::now();
    auto const done = migrate_ledger(options_.where);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{8});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::busy);
    EXPECT_NE(done.error().message.find("'psql of a person'"), std::string::npos)
        << done.error().message;
    EXPECT_NE(done.error().message.find("pg_terminate_backend"), std::string::npos);
    sql_->rollback();
    EXPECT_EQ(number("SELECT version FROM ledger"), 1);
    EXPECT_TRUE(migrate_ledger(options_.where));
}

TEST_F(schema_test, nothing_is_taken_away_while_an_older_program_works_and_then_it_is_refused) {
    ASSERT_TRUE(open_store());
    ASSERT_TRUE(store_->recover(now_, {}));
    // As a later version of this program will have it.
    std::vector<char const*> expansions(postgres::published_steps().expansions.begin(),
                                        postgres::published_steps().expansions.end());
    expansions.push_back(
        "ALTER TABLE meta ADD COLUMN new_kind int; ALTER TABLE meta ADD old_kind int");
    auto const next = static_cast<int>(expansions.size());
    std::array const contractions{
        postgres::contraction{next, "ALTER TABLE meta DROP COLUMN old_kind"}};
    postgres::schema_steps const steps{expansions, contractions};

    auto const expanded = postgres::migrate(*sql_, false, steps);
    EXPECT_EQ(expanded.to, next);
    EXPECT_TRUE(expanded.can_contract);
    EXPECT_TRUE(store_->poll(now_)) << "it goes on";
    EXPECT_TRUE(open_store()) << why_->message;
    ASSERT_TRUE(store_->recover(now_, {}));

    std::atomic<bool> stops = false;
    std::thread beats([&] {
        session by(options_.where.postgres, "beats", milliseconds{5000});
        for (; !stops; std::this_thread::sleep_for(milliseconds{100}))
            by.ask("UPDATE node SET beat = beat + 1, writer = '0.9'", parameters());
    });
    try {
        postgres::migrate(*sql_, true, steps);
        ADD_FAILURE() << "an older program works";
    } catch (failure const& f) {
        EXPECT_EQ(f.what_failed().code, errc::busy);
        EXPECT_NE(f.what_failed().message.find("host-a (setclickd 0.9)"), std::string::npos)
            << f.what_failed().message;
    }
    stops = true;
    beats.join();
    EXPECT_EQ(number("SELECT min_writer FROM ledger"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM pg_attribute WHERE attrelid = 'meta'::regclass AND "
                     "attname = 'old_kind'"),
              1);

    // One that nobody told of it, and that was asleep.
    sql_->ask("UPDATE node SET stopped = true", parameters());
    auto const contracted = postgres::migrate(*sql_, true, steps);
    EXPECT_TRUE(contracted.contracted);
    EXPECT_EQ(contracted.min_writer, next);
    EXPECT_FALSE(contracted.can_contract);
    auto const news = store_->poll(now_);
    ASSERT_FALSE(news);
    EXPECT_EQ(news.error().code, errc::config);
    EXPECT_NE(news.error().message.find("upgrade"), std::string::npos) << news.error().message;
    EXPECT_FALSE(open_store());
    EXPECT_EQ(why_->code, errc::config);
    try {
        postgres::migrate(*sql_, false);
        ADD_FAILURE() << "it is too old";
    } catch (failure const& f) {
        EXPECT_EQ(f.what_failed().code, errc::config);
    }
}

}  // namespace
}  // namespace setclick::ledger
