// The loops end in order, whatever they wait for: cancelled after every number of steps of the event
// loop, after a disk that was lost at each of them, and drained.
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <optional>
#include <string>
#include <vector>

#include "losable_store.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "unit/intake/intake_fixture.hpp"

namespace setclick::dispatch {
using intake::events_text;

namespace {

/// Free connections, as many as are asked of it; what they are given ends as the test says.
class free_pool : public net::pool {
public:
    void wake() override {}
    void configure(std::shared_ptr<net::tls_client>, net::pool_settings) override {}
    void stop_taking() override {}
    void reset_all() override {}
    void close_all() override {}
    bool is_quiet() const noexcept override { return true; }
    net::pool_counts counts() const noexcept override { return {0, 8, 0}; }
    std::size_t most_connections() const noexcept override { return 8; }
};

class loops_end : public intake::intake_test {
protected:
    static constexpr int events = 300;

    void SetUp() override {
        drop("some.ndjson", events_text(0, events));
        start();
        ASSERT_TRUE(eventually([&] { return imported == events; }));
    }
    void TearDown() override {
        if (sending) end();
        stop();
    }
    void begin() {
        dispatch_hooks hooks;
        hooks.complete = [](std::vector<ledger::file_info>) {};
        hooks.refresh_credential = [](account_no) {};
        hooks.fatal = [&](error const& e) { fatal = e.message; };
        sending.emplace(context, *writer, std::move(hooks));
        sending->use(pool);
        account_setup a;
        a.no = accounts[0];
        a.id = "acc-1";
        auto made =
            api::request_template::make({"localhost:1", "/"}, secret<std::string>("t"), "acc-1");
        a.requests = std::make_shared<api::request_template const>(std::move(*made));
        a.control.gate.rate_per_minute = 0;
        sending->set_account(a, {}, 0);
        sending->imported({accounts[0]});
    }
    /// Everything that the loops wait for is asked of them, by turns.
    void step(int n) {
        static_cast<void>(context.poll_one());
        std::string request;
        std::uint64_t ticket = 0;
        if (n % 2 == 0 && sending->source().take(std::chrono::steady_clock::now(), request, ticket))
            on_the_wire.push_back(ticket);
        if (n % 3 == 0 && !on_the_wire.empty()) answer(n % 5 == 0 ? 503 : 200);
        if (n % 7 == 3) sending->pause(accounts[0]);
        if (n % 7 == 5) sending->resume(accounts[0], false);
        if (n % 11 == 0) sending->when_kept([this](result<void>) { ++kept; });
        if (n % 13 == 0) sending->endpoint_moved();
        if (n % 17 == 0) sending->pause_endpoint();
        if (n % 17 == 2) sending->resume_endpoint();
    }
    /// The next daemon's ledger: what was in flight waits again. Its disk can be lost.
    void open_losable() {
        stop();
        is_lost = false;
        auto real = ledger::store::open({.where = ledger_path()});
        ASSERT_TRUE(real) << real.error().message;
        auto store = std::make_unique<ledger::losable_store>(std::move(*real), is_lost);
        ASSERT_TRUE(store->recover(wall(), {}));
        writer = std::make_unique<ledger::writer>(std::move(store));
    }
    void answer(int status) {
        net::exchange_end end;
        end.ticket = on_the_wire.back();
        on_the_wire.pop_back();
        end.now = std::chrono::steady_clock::now();
        end.phase = api::wire_phase::answered;
        end.answer.emplace().status = status;
        sending->source().ended(end);
    }
    bool runs_until(std::function<bool()> const& holds) {
        auto const until = std::chrono::steady_clock::now() + 30s;
        while (!holds() && std::chrono::steady_clock::now() < until)
            context.run_one_for(5ms);
        return holds();
    }
    void end() {
        sending->stop();
        EXPECT_TRUE(runs_until([&] { return sending->has_ended(); }));
        sending.reset();
        on_the_wire.clear();
    }

    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{
        context.get_executor()};
    free_pool pool;
    std::optional<dispatcher> sending;
    std::vector<std::uint64_t> on_the_wire;
    std::string fatal;
    int kept = 0;
    std::atomic<bool> is_lost = false;
};

TEST_F(loops_end, cancelled_after_any_number_of_steps) {
    for (int steps = 0; steps < 120; ++steps) {
        begin();
        for (int n = 0; n < steps; ++n)
            step(n);
        end();
        context.poll();
    }
    EXPECT_EQ(fatal, "");
}

TEST_F(loops_end, a_disk_lost_after_any_number_of_steps) {
    int reported = 0;
    for (int steps = 0; steps < 120; ++steps) {
        open_losable();
        begin();
        for (int n = 0; n < steps; ++n)
            step(n);
        is_lost = true;
        for (int n = steps; n < steps + 40; ++n)
            step(n);
        // As the daemon ends when it is told: no new work, and nothing is waited for that the ledger
        // may never answer.
        bool is_drained = false;
        sending->drain([&] { is_drained = true; });
        for (int n = 0; n < steps % 5; ++n)
            context.poll_one();
        end();
        context.poll();
        EXPECT_TRUE(fatal.empty() || fatal == ledger::losable_store::why) << fatal;
        if (!std::exchange(fatal, {}).empty()) ++reported;
    }
    EXPECT_GT(reported, 60) << "in the other ones nothing was to be written";
}

TEST_F(loops_end, a_lost_disk_is_reported_once_and_nothing_is_claimed_or_settled_after_it) {
    open_losable();
    begin();
    ASSERT_TRUE(runs_until([&] {
        std::string request;
        std::uint64_t ticket = 0;
        if (on_the_wire.empty() &&
            sending->source().take(std::chrono::steady_clock::now(), request, ticket))
            on_the_wire.push_back(ticket);
        return !on_the_wire.empty();
    }));
    is_lost = true;
    answer(200);
    ASSERT_TRUE(runs_until([&] { return !fatal.empty(); }));
    EXPECT_EQ(std::exchange(fatal, {}), ledger::losable_store::why);
    is_lost = false;  // it comes back: nobody relies on it
    sending->pause(accounts[0]);
    for (int n = 0; n < 200; ++n)
        context.run_one_for(1ms);
    EXPECT_EQ(fatal, "");
    EXPECT_EQ(count(ledger::event_state::delivered), 0U);
    end();
}

TEST_F(loops_end, destroyed_without_having_ended_where_the_event_loop_never_runs_again) {
    begin();
    for (int n = 0; n < 40; ++n)
        step(n);
    stop();  // the ledger's thread ends first
    sending.reset();
}

TEST_F(loops_end, drained_everything_is_settled_and_every_loop_has_ended) {
    begin();
    for (int n = 0; n < 60; ++n)
        step(n);
    sending->resume_endpoint();
    sending->resume(accounts[0], false);
    bool is_drained = false;
    sending->drain([&] { is_drained = true; });
    while (!on_the_wire.empty())
        answer(200);
    EXPECT_TRUE(runs_until([&] { return is_drained; }));
    EXPECT_TRUE(sending->has_ended());
    EXPECT_EQ(count(ledger::event_state::in_flight), 0U);
}

TEST_F(loops_end, commands_are_answered_before_the_end) {
    begin();
    sending->pause(accounts[0]);
    sending->when_kept([this](result<void> r) { kept += r ? 1 : 0; });
    bool is_drained = false;
    sending->drain([&] { is_drained = true; });
    EXPECT_TRUE(runs_until([&] { return is_drained; }));
    EXPECT_EQ(kept, 1);
}

}  // namespace
}  // namespace setclick::dispatch
