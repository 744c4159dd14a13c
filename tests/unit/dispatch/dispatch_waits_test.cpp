// What dispatch waits for, and that the wait ends when its cause does. The order of events is forced
// by a pool that the test plays; ledger and writer are real.
#include <sqlite3.h>

#include <boost/asio/executor_work_guard.hpp>

#include "setclickd/delivery/claim_planner.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "support/stall_watch.hpp"
#include "unit/intake/intake_fixture.hpp"

namespace setclick::dispatch {
using intake::events_text;

namespace {

/// One free connection; what it is given ends as the test says.
class played_pool : public net::pool {
public:
    void wake() override { woken = true; }
    void configure(std::shared_ptr<net::tls_client>, net::pool_settings) override {}
    void stop_taking() override {}
    void reset_all() override {}
    void close_all() override {}
    bool is_quiet() const noexcept override { return true; }
    net::pool_counts counts() const noexcept override { return {0, connections, 0}; }
    std::size_t most_connections() const noexcept override { return 64; }

    bool woken = false;
    std::size_t connections = 1;
};

class dispatch_waits : public intake::intake_test {
protected:
    void SetUp() override {
        drop("one.ndjson", events_text(0, 1));
        start();
        ASSERT_TRUE(eventually([&] { return imported == 1; }));
    }
    void import_more(int count) {
        stop();
        drop("more.ndjson", events_text(1, count));
        start();
        ASSERT_TRUE(eventually([&] { return imported == static_cast<std::uint64_t>(count) + 1; }));
    }
    void begin(ledger::account_info const& known = {}) {
        dispatch_hooks hooks;
        hooks.complete = [](std::vector<ledger::file_info>) {};
        hooks.refresh_credential = [&](account_no) { refresh_wanted = true; };
        hooks.fatal = [](error const& e) { FAIL() << e.message; };
        sending.emplace(context, *writer, std::move(hooks));
        sending->use(pool);
        sending->set_account(the_account(), known, 0);
    }
    void TearDown() override {
        if (sending) {
            sending->stop();
            while (!sending->has_ended())
                context.run_one_for(5ms);
        }
        stop();
    }

    static std::shared_ptr<api::request_template const> requests() {
        auto made =
            api::request_template::make({"localhost:1", "/"}, secret<std::string>("t"), "acc-1");
        return std::make_shared<api::request_template const>(std::move(*made));
    }
    account_setup the_account() {
        account_setup a;
        a.no = accounts[0];
        a.id = "acc-1";
        a.requests = requests();
        a.control.gate.rate_per_minute = 0;
        return a;
    }
    /// Until dispatch gives a request to the pool; the time that passed.
    std::optional<milliseconds> wait_for_request(milliseconds limit) {
        auto const begin = std::chrono::steady_clock::now();
        std::string request;
        while (std::chrono::steady_clock::now() - begin < limit) {
            context.run_one_for(5ms);
            auto const now = std::chrono::steady_clock::now();
            if (sending->source().take(now, request, ticket))
                return std::chrono::duration_cast<milliseconds>(now - begin);
        }
        return std::nullopt;
    }
    /// All events are deferred by ten seconds, by a clock that went ahead of ours; what the ledger
    /// says of it.
    ledger::account_info put_off_by_a_clock_ahead_by(milliseconds ahead) {
        std::promise<ledger::account_info> known;
        writer->post(ledger::writer::priority::delivery, [&](ledger::store& store) {
            ledger::cycle_request claim;
            claim.now = wall();
            claim.wishes.push_back({accounts[0], 10, doubt_policy::resend});
            ledger::cycle_request defer;
            defer.now = wall() + ahead;
            auto const claimed = store.cycle(claim);
            for (auto const& event : claimed->batches.at(0).events) {
                auto& s = defer.settlements.emplace_back();
                s.no = event.no;
                s.state = ledger::event_state::deferred;
                s.at = defer.now;
                s.due = s.at + 10s;
                s.reason = "http-503";
            }
            EXPECT_TRUE(store.cycle(defer));
            known.set_value(store.accounts()->at(0));
        });
        return known.get_future().get();
    }
    /// Lets dispatch work until the ledger says so.
    template <class Condition>
    bool settles(Condition holds) {
        auto const until = std::chrono::steady_clock::now() + 10s;
        while (!holds() && std::chrono::steady_clock::now() < until)
            context.run_one_for(5ms);
        return holds();
    }
    void answer(int status) {
        net::exchange_end end;
        end.ticket = ticket;
        end.now = std::chrono::steady_clock::now();
        end.connection = 1;
        end.phase = delivery::wire_phase::answered;
        end.answer.emplace().status = status;
        sending->source().ended(end);
    }

    /// What may be sent at once, at least one.
    std::vector<std::uint64_t> take_all(milliseconds limit) {
        std::vector<std::uint64_t> out;
        if (!wait_for_request(limit)) return out;
        out.push_back(ticket);
        std::string request;
        while (sending->source().take(std::chrono::steady_clock::now(), request, ticket))
            out.push_back(ticket);
        return out;
    }
    void break_connection() {
        net::exchange_end end;
        end.ticket = ticket;
        end.now = std::chrono::steady_clock::now();
        end.connection = 1;
        end.failure = delivery::transport_failure::reset;
        end.phase = delivery::wire_phase::sent;
        sending->source().ended(end);
    }
    /// Without a connection the pool only asks how many it should open, whenever it is woken.
    bool wants_a_connection(milliseconds limit) {
        auto const until = std::chrono::steady_clock::now() + limit;
        while (std::chrono::steady_clock::now() < until) {
            context.run_one_for(5ms);
            if (std::exchange(pool.woken, false) &&
                sending->source().wanted(std::chrono::steady_clock::now()) > 0)
                return true;
        }
        return false;
    }

    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
        context.get_executor()};
    played_pool pool;
    std::optional<dispatch::dispatcher> sending;
    std::uint64_t ticket = 0;
    bool refresh_wanted = false;
};

TEST_F(dispatch_waits, new_token_comes_long_after_the_401_was_settled_the_event_goes_at_once) {
    begin();
    sending->imported({accounts[0]});
    ASSERT_TRUE(wait_for_request(10s));
    answer(401);
    ASSERT_TRUE(refresh_wanted);
    // The 401 is settled, and the account is put to wait for its credential.
    EXPECT_FALSE(wait_for_request(500ms)) << "nothing is sent without a credential";
    sending->credential_refreshed(accounts[0], requests(), secret<std::string>("u"), "");
    stall_watch const machine(file("done", ".synced"));
    auto const waited = wait_for_request(60s);
    ASSERT_TRUE(waited) << "the event was forgotten";
    EXPECT_LT(*waited - machine.stood_still(), 2s);
    answer(200);
}

TEST_F(dispatch_waits,
       the_clock_was_set_back_while_the_daemon_was_down_what_was_deferred_goes_at_once) {
    // By hours: no wait of this account is longer than half an hour.
    begin(put_off_by_a_clock_ahead_by(std::chrono::hours{3}));
    EXPECT_TRUE(wait_for_request(10s)) << "it waits for three hours";
    answer(200);
}

TEST_F(dispatch_waits, the_clock_was_set_back_by_a_year_what_was_deferred_goes_at_once) {
    begin(put_off_by_a_clock_ahead_by(std::chrono::days{365}));
    EXPECT_TRUE(wait_for_request(10s)) << "it waits for the year to pass";
    answer(200);
}

TEST_F(dispatch_waits, what_was_deferred_for_no_longer_than_the_account_may_put_off_waits) {
    begin(put_off_by_a_clock_ahead_by(std::chrono::minutes{20}));
    EXPECT_FALSE(wait_for_request(500ms));
}

TEST_F(dispatch_waits, a_401_whose_new_token_cannot_be_had_leaves_nothing_claimed) {
    import_more(9);
    begin();
    sending->imported({accounts[0]});
    ASSERT_TRUE(wait_for_request(10s));
    answer(401);
    ASSERT_TRUE(refresh_wanted);
    sending->credential_refreshed(accounts[0], nullptr, {}, "the file is gone");
    EXPECT_TRUE(settles([&] { return count(ledger::event_state::in_flight) == 0; }));
    EXPECT_EQ(totals().in_doubt_ever, 0U);
}

TEST_F(dispatch_waits, trouble_begins_with_the_last_connection_another_one_is_wanted_later) {
    import_more(1999);
    begin();
    sending->imported({accounts[0]});
    constexpr std::size_t low_water = delivery::low_water;
    auto const ready = [&] { return sending->status().accounts.at(0).ready; };
    // Good answers, until so much is claimed that no further claim comes by itself.
    auto on_the_wire = take_all(10s);
    for (int round = 0; round < 7 || ready() < low_water + 32; ++round) {
        ASSERT_FALSE(on_the_wire.empty()) << round;
        for (auto const one : on_the_wire) {
            ticket = one;
            answer(200);
        }
        on_the_wire = take_all(10s);
    }
    for (auto const one : on_the_wire) {
        ticket = one;
        break_connection();
    }
    ASSERT_TRUE(sending->status().accounts.at(0).trouble.is_on);
    ASSERT_GT(ready(), low_water);
    pool.connections = 0;
    pool.wake();
    EXPECT_TRUE(wants_a_connection(20s)) << "nobody wakes the account when its wait is over";
}

TEST_F(dispatch_waits, a_record_that_cannot_be_read_is_held_though_nothing_else_happens) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(ledger_path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_exec(db, "UPDATE pack SET body = 'other', lengths = '5', sum = NULL", {}, {}, {}),
        SQLITE_OK);
    sqlite3_close(db);
    begin();
    sending->imported({accounts[0]});
    EXPECT_FALSE(wait_for_request(300ms));
    EXPECT_TRUE(settles([&] { return count(ledger::event_state::held) == 1; }));
}

TEST_F(dispatch_waits, bytes_that_nobody_asked_for_cast_doubt_on_a_second_attempts_answer_too) {
    import_more(1);
    begin(put_off_by_a_clock_ahead_by(-std::chrono::minutes{1}));
    ASSERT_TRUE(wait_for_request(10s));
    answer(200);
    context.poll();  // it is being written down while the next one comes
    std::string request;
    ASSERT_TRUE(sending->source().take(std::chrono::steady_clock::now(), request, ticket));
    answer(200);
    sending->source().stray(1);
    EXPECT_TRUE(settles([&] { return totals().in_doubt_ever == 1; }));
    EXPECT_EQ(count(ledger::event_state::delivered), 1U);
}

TEST_F(dispatch_waits, what_is_answered_and_delivered_is_counted) {
    import_more(2);
    begin();
    sending->imported({accounts[0]});
    for (int const status : {200, 400, 503}) {
        ASSERT_TRUE(wait_for_request(30s)) << status;
        answer(status);
    }
    ASSERT_TRUE(wait_for_request(60s)) << "again, after its wait";
    break_connection();
    sending->source().opened(false);
    sending->source().opened(true);
    sending->source().opened(true);
    auto const counted = [&](delivery::status_class c) {
        return sending->status().figures.attempts[static_cast<std::size_t>(c)];
    };
    EXPECT_EQ(counted(delivery::status_class::ok), 1U);
    EXPECT_EQ(counted(delivery::status_class::refused), 1U);
    EXPECT_EQ(counted(delivery::status_class::server_fault), 1U);
    EXPECT_EQ(counted(delivery::status_class::none), 1U);
    EXPECT_EQ(counted(delivery::status_class::too_many), 0U);
    EXPECT_TRUE(settles([&] { return count(ledger::event_state::delivered) == 1; }));
    auto const f = sending->status().figures;
    EXPECT_EQ(f.request_seconds.count(), 3U) << "one had no answer";
    EXPECT_EQ(f.rejected[static_cast<std::size_t>(delivery::rejection::bad_request)], 1U);
    EXPECT_EQ(f.handshakes_full, 1U);
    EXPECT_EQ(f.handshakes_resumed, 2U);
    EXPECT_GE(f.claim_events.count(), 1U);
    EXPECT_GE(f.claim_events.sum, 4.0) << "one of the three went twice";
    EXPECT_TRUE(settles([&] { return sending->status().figures.delivery_seconds.count() == 1; }));
    EXPECT_LT(sending->status().figures.delivery_seconds.sum, 600);
}

TEST_F(dispatch_waits, a_connection_that_ended_before_the_first_byte_is_no_attempt) {
    begin();
    sending->imported({accounts[0]});
    ASSERT_TRUE(wait_for_request(10s));
    net::exchange_end end;
    end.ticket = ticket;
    end.now = std::chrono::steady_clock::now();
    end.reused = true;
    end.failure = delivery::transport_failure::closed;
    end.phase = delivery::wire_phase::not_sent;
    sending->source().ended(end);
    for (auto const n : sending->status().figures.attempts)
        EXPECT_EQ(n, 0U);
    EXPECT_TRUE(wait_for_request(10s)) << "it goes on another one";
    answer(200);
}

TEST_F(dispatch_waits, time_in_which_only_the_rate_is_waited_for_is_counted) {
    import_more(1);
    begin();
    auto slow = the_account();
    slow.control.gate.rate_per_minute = 1;
    slow.control.gate.burst = 1;
    sending->set_account(std::move(slow), {}, 0);
    sending->imported({accounts[0]});
    ASSERT_TRUE(wait_for_request(10s));
    answer(200);
    auto const waited = [&] { return sending->status().accounts.at(0).rate_waited_seconds; };
    EXPECT_TRUE(settles([&] { return waited() >= 1.9; })) << "the watch looks once a second";
    EXPECT_LT(waited(), 30);
    EXPECT_EQ(sending->status().accounts.at(0).permits, 0);
}

TEST_F(dispatch_waits, when_a_token_ends_is_known_where_it_says_so) {
    begin();
    EXPECT_EQ(sending->status().accounts.at(0).token_end, std::nullopt);
    // {"exp":1800000000}
    secret<std::string> const dated("eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDAwMDAwMDB9.x");
    sending->credential_changed(accounts[0], requests(), dated);
    EXPECT_EQ(sending->status().accounts.at(0).token_end, from_ms(1'800'000'000'000));
    sending->credential_refreshed(accounts[0], requests(), secret<std::string>("plain"), "");
    EXPECT_EQ(sending->status().accounts.at(0).token_end, std::nullopt);
}

}  // namespace
}  // namespace setclick::dispatch
