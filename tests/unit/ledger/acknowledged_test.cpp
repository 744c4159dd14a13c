// A server that lost what it had acknowledged: it is noticed, everybody stops, and a person's adoption ends it.
#include "../../../src/ledger/postgres/acknowledged.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "../../../src/ledger/postgres/session.hpp"
#include "contract.hpp"
#include "setclickd/ledger/maintenance.hpp"

namespace setclick::ledger {
namespace {

using postgres::acknowledged;
using postgres::acknowledged_file;
using postgres::compare;
using postgres::kept;
using postgres::parameters;
using postgres::session;

TEST(acknowledged_rule_test, less_than_was_acknowledged_is_a_loss_and_more_is_none) {
    struct row {
        acknowledged mine;
        acknowledged stored;
        kept is;
    };
    std::array const table{
        row{{"a", 0, 5}, {"a", 0, 5}, kept::all},
        row{{"a", 0, 5}, {"a", 0, 6}, kept::all},  // a COMMIT whose answer nobody read
        row{{"a", 0, 5}, {"a", 0, 4}, kept::lost},
        row{{"a", 0, 5}, {"a", 0, -1}, kept::lost},  // the node's row is gone, too
        row{{"a", 0, 0}, {"a", 0, 0}, kept::all},
        row{{"a", 0, 5}, {"b", 0, 4}, kept::unheld},
        row{{"a", 0, 5}, {"a", 1, 4}, kept::unheld},  // adopted since
        row{{"a", 1, 5}, {"a", 0, 9}, kept::lost},    // the adoption itself
        row{{"a", 1, 5}, {"a", 1, 4}, kept::lost},
    };
    for (auto const& r : table)
        EXPECT_EQ(compare(r.mine, r.stored), r.is)
            << r.mine.adoptions << ' ' << r.mine.commits << ", " << r.stored.adoptions << ' '
            << r.stored.commits;
}

class acknowledged_test : public ledger_test {
protected:
    store_kind kind() const override { return postgres_kind; }

    void SetUp() override {
        ledger_test::SetUp();
        store_.reset();
        if (directory_.empty()) return;
        folder_ = std::filesystem::temp_directory_path() /
                  ("acknowledged-test-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        sql_ = std::make_unique<session>(options_.where.postgres, "test", milliseconds{5000});
        sql_->ask("UPDATE node SET stopped = true", parameters());
    }
    void TearDown() override {
        sql_.reset();
        ledger_test::TearDown();
        std::filesystem::remove_all(folder_);
    }
    place where_of(std::string const& node) const {
        auto out = options_.where;
        out.node = node;
        out.node_name = "host-" + node;
        out.acknowledged = (folder_ / (node + ".acknowledged")).string();
        return out;
    }
    result<std::unique_ptr<store>> open_node(std::string const& node) {
        auto o = options_;
        o.where = where_of(node);
        return store::open(o);
    }
    std::unique_ptr<store> begin(std::string const& node) {
        auto opened = open_node(node);
        EXPECT_TRUE(opened) << opened.error().message;
        if (!opened) return nullptr;
        EXPECT_TRUE((*opened)->recover(now_, {}));
        return std::move(*opened);
    }
    void import_events(store& to, account_no account, std::uint32_t count,
                       std::string const& name) {
        claimed_file f;
        f.name = name;
        f.work_name = "w-" + name;
        chunk_builder chunk(file_no{});
        for (std::uint32_t i = 0; i < count; ++i)
            chunk.plain(account, "record " + std::to_string(i));
        auto const built = chunk.end().build();
        auto const done = to.import({&f, 1}, {&built, 1}, now_);
        EXPECT_TRUE(done) << done.error().message;
    }
    /// As a failover to a standby does it that lacks the last `commits` of a node, and breaks every connection.
    void lose(std::string const& node, int commits) {
        sql_->ask(
            "UPDATE lane SET commits = commits - $2 FROM node n WHERE n.no = node AND n.id = $1",
            parameters(std::string_view(node), commits));
        cut();
    }
    void cut() {
        sql_->ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
            "'setclickd/%'",
            parameters());
    }
    std::string halted() {
        auto row = sql_->ask("SELECT halted FROM ledger", parameters());
        return row.next() ? std::string(row.text(0)) : "?";
    }
    /// The first that does not fail for the connection.
    template <class Call>
    auto patiently(Call&& call) {
        auto out = call();
        for (int i = 0; i < 5 && !out && out.error().code == errc::unreachable; ++i)
            out = call();
        return out;
    }

    std::filesystem::path folder_;
    std::unique_ptr<session> sql_;
};

TEST_F(acknowledged_test, what_is_kept_is_read_again_and_rubbish_is_nothing) {
    if (folder_.empty()) GTEST_SKIP();
    auto const path = (folder_ / "x.acknowledged").string();
    {
        acknowledged_file file(path);
        EXPECT_FALSE(file.last());
        file.keep({"ledger", 2, 123'456'789'012});
        file.keep({"ledger", 2, 7});
    }
    EXPECT_EQ(acknowledged_file(path).last(), (acknowledged{"ledger", 2, 7}));
    std::filesystem::resize_file(path, 10);
    EXPECT_FALSE(acknowledged_file(path).last());
    EXPECT_FALSE(acknowledged_file(path).last());
}

TEST_F(acknowledged_test, broken_connections_starts_and_take_overs_are_no_loss) {
    if (folder_.empty()) GTEST_SKIP();
    auto a = begin("a");
    auto const one = *a->account("one");
    import_events(*a, one, 10, "f");
    cut();
    EXPECT_TRUE(patiently([&] { return a->poll(now_); }));
    a.reset();
    a = begin("a");
    a.reset();
    // A command while no daemon runs keeps nothing, and goes on in the epoch.
    {
        auto o = options_;
        o.where = where_of("a");
        o.where.path.clear();
        auto by_hand = store::open(o);
        ASSERT_TRUE(by_hand) << by_hand.error().message;
        ASSERT_TRUE((*by_hand)->keep_verdict(one, "well"));
    }
    // Deposed, and its accounts taken.
    sql_->ask(
        "WITH n AS (UPDATE node SET epoch = epoch + 1, stopped = true WHERE id = 'a' RETURNING no) "
        "UPDATE lane SET epoch = epoch + 1 FROM n WHERE n.no = node",
        parameters());
    auto b = begin("b");
    ASSERT_TRUE(b->take_over(std::array{one}, now_));
    a = begin("a");
    EXPECT_TRUE(a->poll(now_));
    EXPECT_EQ(halted(), "");
}

TEST_F(acknowledged_test, a_loss_stops_every_node_until_a_person_adopts_what_is_left) {
    if (folder_.empty()) GTEST_SKIP();
    auto a = begin("a");
    auto b = begin("b");
    auto const one = *a->account("one");
    import_events(*a, one, 10, "f");
    import_events(*b, one, 5, "g");
    lose("a", 2);
    auto const here = patiently([&] { return a->poll(now_); });
    ASSERT_FALSE(here);
    EXPECT_EQ(here.error().code, errc::lost) << here.error().message;
    EXPECT_NE(here.error().message.find("setclickd ledger adopt"), std::string::npos);
    EXPECT_FALSE(a->poll(now_)) << "for good";
    EXPECT_NE(halted().find("host-a"), std::string::npos);
    auto const there = patiently([&] { return b->poll(now_); });
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().code, errc::lost) << there.error().message;
    adoption how;
    how.policy = doubt_policy::resend;
    auto const early = adopt_ledger(where_of("a"), how, now_);
    ASSERT_FALSE(early) << "nodes are connected";
    EXPECT_EQ(early.error().code, errc::busy);
    a.reset();
    b.reset();
    for (auto const* node : {"a", "b", "new"}) {
        auto const start = open_node(node);
        ASSERT_FALSE(start);
        EXPECT_EQ(start.error().code, errc::lost) << start.error().message;
    }

    EXPECT_EQ(*count_pending(where_of("a")), 15U);
    how.accounts = {{"one", doubt_policy::hold}};
    how.at_least_run = 41;
    how.work_names = {"w-lost"};
    auto const done = adopt_ledger(where_of("a"), how, now_);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->in_doubt, 15U);
    EXPECT_EQ(done->held, 15U);
    EXPECT_EQ(done->files, 1U);
    EXPECT_EQ(done->run, 42U);
    EXPECT_EQ(halted(), "");

    // Another node joins at its start, although its spool has counted further than the ledger.
    int asked = 0;
    auto const lists = [&]() -> result<adoption> {
        ++asked;
        adoption own;
        own.at_least_run = 77;
        own.work_names = {"w-half"};
        return own;
    };
    ASSERT_TRUE(join_adoption(where_of("b"), lists));
    ASSERT_TRUE(join_adoption(where_of("b"), lists));
    ASSERT_TRUE(join_adoption(where_of("a"), lists)) << "it has";
    EXPECT_EQ(asked, 1);
    b = begin("b");
    ASSERT_TRUE(b);
    EXPECT_EQ(b->run(), 78U);
    // Lines of a file that lay in work/ are in doubt, too.
    import_events(*b, one, 3, "half");
    auto const after = (*b->accounts()).at(0);
    EXPECT_EQ(after.counts[static_cast<std::size_t>(event_state::held)], 18U);
    EXPECT_EQ(after.in_doubt_ever, 18U);
    b.reset();
    a = begin("a");
    EXPECT_TRUE(a);
    EXPECT_EQ(halted(), "");
}

TEST_F(acknowledged_test, a_start_after_a_loss_is_refused_and_tells_the_others) {
    if (folder_.empty()) GTEST_SKIP();
    auto a = begin("a");
    auto const one = *a->account("one");
    import_events(*a, one, 10, "f");
    auto b = begin("b");
    a.reset();
    lose("a", 1);
    auto const start = open_node("a");
    ASSERT_FALSE(start);
    EXPECT_EQ(start.error().code, errc::lost) << start.error().message;
    auto const there = patiently([&] { return b->poll(now_); });
    ASSERT_FALSE(there);
    EXPECT_EQ(there.error().code, errc::lost) << there.error().message;
}

}  // namespace
}  // namespace setclick::ledger
