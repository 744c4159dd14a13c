// The lease over a real PostgreSQL: beats, deposing, twins, wake-ups, servers that go away.
#include "setclickd/ledger/lease.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "../../../src/ledger/core/lease_rule.hpp"
#include "../../../src/ledger/postgres/session.hpp"
#include "setclickd/ledger/store.hpp"
#include "temporary_postgres.hpp"

namespace setclick::ledger {
namespace {

using postgres::parameters;
using postgres::session;
using clock = std::chrono::steady_clock;

/// What a lease reported.
class heard {
public:
    lease_hooks hooks() {
        lease_hooks out;
        out.lost = [this](error why) { note([&] { lost_ = std::move(why); }); };
        out.news = [this](std::vector<account_no> accounts) {
            note([&] { news_.insert(news_.end(), accounts.begin(), accounts.end()); });
        };
        return out;
    }
    template <class Done>
    bool wait(Done done, std::chrono::seconds most = std::chrono::seconds{10}) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, most, [&] { return done(*this); });
    }
    std::vector<account_no> news() {
        std::scoped_lock const lock(mutex_);
        return news_;
    }
    std::optional<error> lost_;
    std::vector<account_no> news_;

private:
    template <class What>
    void note(What what) {
        // Under the lock: who waits may destroy this at once.
        std::scoped_lock const lock(mutex_);
        what();
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
};

template <class Condition>
bool becomes(Condition is, milliseconds most = milliseconds{8000}) {
    for (auto const until = clock::now() + most; clock::now() < until;
         std::this_thread::sleep_for(milliseconds{10}))
        if (is()) return true;
    return is();
}

class lease_test : public ::testing::Test {
protected:
    lease_test() : db_(where_.postgres, "test", milliseconds{5000}) {}

    place node(std::string const& id) const {
        auto out = where_;
        out.node = id;
        return out;
    }
    /// A node that has begun its epoch.
    std::int64_t recovered(std::string const& id) {
        options o;
        o.where = node(id);
        auto opened = store::open(o);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
        EXPECT_TRUE((*opened)->recover(from_ms(1)));
        return static_cast<std::int64_t>((*opened)->run());
    }
    std::int64_t ask(char const* sql) {
        auto found = db_.ask(sql, parameters());
        return found.next() ? found.integer(0) : -1;
    }

    place where_ = temporary_postgres::new_ledger();
    session db_;
};

TEST_F(lease_test, a_node_beats_and_may_send) {
    auto const epoch = recovered("a");
    heard events;
    auto const own = lease::of(node("a"));
    EXPECT_FALSE(own->may_send());
    own->be_willing({account_no{3}, account_no{7}});
    own->begin(epoch, events.hooks());
    ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    EXPECT_GT(own->left(), milliseconds{11'000});
    EXPECT_EQ(ask("SELECT beat FROM node WHERE id = 'a'"), 1);
    EXPECT_EQ(ask("SELECT (willing = '{3,7}')::int FROM node WHERE id = 'a'"), 1);
    ASSERT_TRUE(becomes([&] { return ask("SELECT beat FROM node WHERE id = 'a'") == 2; }));
    own->end();
    EXPECT_FALSE(own->may_send());
    EXPECT_EQ(ask("SELECT stopped::int FROM node WHERE id = 'a'"), 1);
    EXPECT_FALSE(events.lost_.has_value());
}

TEST_F(lease_test, an_end_without_a_farewell_leaves_the_node_as_it_was) {
    auto const epoch = recovered("a");
    {
        auto const own = lease::of(node("a"));
        own->begin(epoch, {});
        ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    }
    EXPECT_EQ(ask("SELECT stopped::int FROM node WHERE id = 'a'"), 0);
}

TEST_F(lease_test, who_was_deposed_learns_it_and_may_not_send) {
    auto const epoch = recovered("a");
    heard events;
    auto const own = lease::of(node("a"));
    own->begin(epoch, events.hooks());
    ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    ask("UPDATE node SET epoch = epoch + 1, stopped = true WHERE id = 'a' RETURNING 1");
    ASSERT_TRUE(events.wait([](heard& h) { return h.lost_.has_value(); }));
    EXPECT_EQ(events.lost_->code, errc::refused);
    EXPECT_FALSE(own->may_send());
    EXPECT_EQ(own->left(), milliseconds{0});
}

TEST_F(lease_test, a_twin_under_the_same_identity_is_noticed) {
    auto const epoch = recovered("a");
    heard events;
    auto const own = lease::of(node("a"));
    own->begin(epoch, events.hooks());
    ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    ask("UPDATE node SET beat = beat + 2 WHERE id = 'a' RETURNING 1");
    ASSERT_TRUE(events.wait([](heard& h) { return h.lost_.has_value(); }));
    EXPECT_NE(events.lost_->message.find("twin"), std::string::npos);
}

TEST_F(lease_test,
       after_20_s_of_silence_a_node_is_deposed_with_its_lanes_and_its_identity_is_free) {
    auto const dead_epoch = recovered("dead");
    auto const epoch = recovered("a");
    auto const third_epoch = recovered("third");
    auto const silent_epoch = recovered("silent");
    heard events;
    heard of_third;
    auto const own = lease::of(node("a"));
    auto const third = lease::of(node("third"));
    auto const began = clock::now();
    own->begin(epoch, events.hooks());
    third->begin(third_epoch, of_third.hooks());
    // The same spool, on another machine.
    milliseconds waited{};
    std::thread moved([&] {
        EXPECT_TRUE(lease::of(node("silent"))->wait_until_free({false, true, silent_epoch}, [] {}));
        waited = std::chrono::duration_cast<milliseconds>(clock::now() - began);
    });
    bool const is_deposed =
        becomes([&] { return ask("SELECT stopped::int FROM node WHERE id = 'dead'") == 1; },
                milliseconds{26'000});
    moved.join();
    ASSERT_TRUE(is_deposed);
    EXPECT_GE(waited, milliseconds{19'000});
    EXPECT_EQ(dead_epoch, 1);
    EXPECT_GE(clock::now() - began, std::chrono::seconds{20});
    EXPECT_EQ(ask("SELECT epoch FROM node WHERE id = 'dead'"), 2);
    EXPECT_EQ(ask("SELECT l.epoch FROM lane l JOIN node n ON n.no = l.node WHERE n.id = 'dead'"),
              2);
    EXPECT_EQ(ask("SELECT count(*) FROM node WHERE NOT stopped"), 2);
    EXPECT_TRUE(own->may_send());
    EXPECT_TRUE(third->may_send());
}

TEST_F(lease_test, wake_ups_arrive_at_once_and_not_at_their_sender) {
    auto const a_epoch = recovered("a");
    auto const b_epoch = recovered("b");
    heard of_a;
    heard of_b;
    auto const a = lease::of(node("a"));
    auto const b = lease::of(node("b"));
    // As a daemon does it, on the same connection.
    ASSERT_TRUE(b->wait_until_free({true, true, b_epoch}, [] {}));
    a->begin(a_epoch, of_a.hooks());
    b->begin(b_epoch, of_b.hooks());
    ASSERT_TRUE(becomes([&] { return a->may_send() && b->may_send(); }));
    auto const began = clock::now();
    a->tell({account_no{5}});
    ASSERT_TRUE(of_b.wait([](heard& h) { return !h.news_.empty(); }));
    EXPECT_LT(clock::now() - began, milliseconds{500});
    EXPECT_EQ(of_b.news().front(), account_no{5});
    EXPECT_TRUE(of_a.news().empty());
}

TEST_F(lease_test, many_wake_ups_are_few_transactions) {
    auto const a_epoch = recovered("a");
    auto const b_epoch = recovered("b");
    heard of_a;
    heard of_b;
    auto const a = lease::of(node("a"));
    auto const b = lease::of(node("b"));
    a->begin(a_epoch, of_a.hooks());
    b->begin(b_epoch, of_b.hooks());
    ASSERT_TRUE(becomes([&] { return a->may_send() && b->may_send(); }));
    std::size_t batches = 0;
    for (auto const until = clock::now() + milliseconds{1000}; clock::now() < until;
         std::this_thread::sleep_for(milliseconds{1}))
        a->tell({static_cast<account_no>(1 + batches++ % 100)});
    ASSERT_GT(batches, 200U);
    ASSERT_TRUE(becomes([&] { return of_b.news().size() >= 100; }, milliseconds{3000}));
    // Each wake-up names an account once.
    EXPECT_LE(of_b.news().size(), 12U * 100U);
}

TEST_F(lease_test, a_connection_that_breaks_is_made_anew_before_the_lease_ends) {
    auto const epoch = recovered("a");
    heard events;
    auto const own = lease::of(node("a"));
    own->begin(epoch, events.hooks());
    ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    for (int i = 0; i < 4; ++i) {
        auto const beat = ask("SELECT beat FROM node WHERE id = 'a'");
        ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name "
            "LIKE 'setclickd-lease/%'");
        ASSERT_TRUE(becomes([&] { return ask("SELECT beat FROM node WHERE id = 'a'") > beat; }));
        EXPECT_TRUE(own->may_send());
    }
    EXPECT_FALSE(events.lost_.has_value());
}

TEST_F(lease_test, a_new_identity_and_a_stopped_one_are_free_at_once) {
    bool waited = false;
    recovered("a");
    auto const own = lease::of(node("nobody"));
    EXPECT_TRUE(own->wait_until_free({}, [&] { waited = true; }));
    ask("UPDATE node SET stopped = true RETURNING 1");
    EXPECT_TRUE(lease::of(node("a"))->wait_until_free({}, [&] { waited = true; }));
    EXPECT_FALSE(waited);
}

TEST_F(lease_test, the_own_process_that_died_is_not_waited_for) {
    bool waited = false;
    auto const epoch = recovered("a");
    EXPECT_TRUE(lease::of(node("a"))->wait_until_free({true, true, epoch}, [&] { waited = true; }));
    EXPECT_FALSE(waited);
}

TEST_F(lease_test, an_identity_whose_twin_beats_is_refused) {
    auto const epoch = recovered("a");
    auto const own = lease::of(node("a"));
    own->begin(epoch, {});
    ASSERT_TRUE(becomes([&] { return own->may_send(); }));
    auto const free = lease::of(node("a"))->wait_until_free({false, true, epoch}, [] {});
    ASSERT_FALSE(free);
    EXPECT_EQ(free.error().code, errc::busy);
    EXPECT_NE(free.error().message.find("twin"), std::string::npos);
}

}  // namespace
}  // namespace setclick::ledger
