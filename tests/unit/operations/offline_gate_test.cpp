// The gates of a command that reads while the daemon does not run.
#include "offline_gate.hpp"

#include <gmock/gmock.h>

#include "support/ledger_test.hpp"

namespace setclick::operations {
namespace {

using test::account_id;
using testing::HasSubstr;

class offline_gates : public test::ledger_test {
protected:
    void SetUp() override {
        auto opened = ledger::store::open({.where = dir.file("ledger.db")});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    /// The account has no limit, the endpoint this one.
    settings::settings with_endpoint_rate(double per_minute) const {
        settings::settings s;
        s.ledger.path = dir.file("ledger.db");
        s.endpoint.rate_per_minute = per_minute;
        s.endpoint.burst = 1;
        settings::account_settings a;
        a.id = account_id;
        a.rate_per_minute = 0;
        s.accounts.push_back(a);
        return s;
    }
    void leave(delivery::endpoint_state const& state) {
        ledger::cycle_request request;
        request.now = now();
        request.notes.push_back({account_no{0}, to_text(state)});
        ASSERT_TRUE(store_->cycle(request));
    }
    delivery::endpoint_state left() {
        auto reader = ledger::reader::open(dir.file("ledger.db"));
        EXPECT_TRUE(reader);
        auto const note = (*reader)->endpoint_note();
        EXPECT_TRUE(note) << note.error().message;
        auto const state = delivery::endpoint_state_from_text(*note);
        EXPECT_TRUE(state) << state.error().message;
        return *state;
    }
    static delivery::endpoint_state parked(delivery::park_reason reason) {
        delivery::endpoint_state state;
        state.gate.saved_wall_ms = to_ms(now());
        state.gate.saved_steady_ms =
            std::chrono::floor<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
                .count();
        state.parked.reason = reason;
        state.parked.since_ms = to_ms(now());
        state.parked.detail = "met by two";
        state.parked.probes = 3;
        state.parked.next_probe_ms = 600'000;
        return state;
    }

    std::unique_ptr<ledger::store> store_;
};

TEST_F(offline_gates, paused_endpoint_lets_no_read_pass) {
    leave(parked(delivery::park_reason::paused));
    auto const s = with_endpoint_rate(0);
    offline_gate gate(s, store_.get());
    auto const turn = gate.pass(account_id);
    ASSERT_FALSE(turn);
    EXPECT_EQ(turn.error().code, errc::busy);
    EXPECT_THAT(turn.error().message, HasSubstr("resume --endpoint"));
}

TEST_F(offline_gates, endpoint_rate_holds_from_one_command_to_the_next) {
    auto const s = with_endpoint_rate(1);
    {
        offline_gate first(s, store_.get());
        auto const turn = first.pass(account_id);
        ASSERT_TRUE(turn) << turn.error().message;
        EXPECT_EQ(turn->wait, 0ms);
    }
    offline_gate second(s, store_.get());
    auto const turn = second.pass(account_id);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_GT(turn->wait, 30s);
    EXPECT_LE(turn->wait, 60s);
}

TEST_F(offline_gates, park_that_is_no_pause_lets_reads_pass_and_stays_as_it_is) {
    auto const before = parked(delivery::park_reason::not_found);
    leave(before);
    auto const s = with_endpoint_rate(60);
    offline_gate gate(s, store_.get());
    auto const turn = gate.pass(account_id);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_EQ(turn->wait, 0ms);
    auto after = left();
    EXPECT_GT(after.gate.used_millionths, 0);
    // Counted from the moment of saving.
    EXPECT_LE(after.parked.next_probe_ms, before.parked.next_probe_ms);
    EXPECT_GT(after.parked.next_probe_ms, before.parked.next_probe_ms - 60'000);
    after.parked.next_probe_ms = before.parked.next_probe_ms;
    EXPECT_EQ(after.parked, before.parked);
}

TEST_F(offline_gates, endpoint_without_a_rate_is_not_written) {
    auto const s = with_endpoint_rate(0);
    offline_gate gate(s, store_.get());
    ASSERT_TRUE(gate.pass(account_id));
    EXPECT_EQ(left(), delivery::endpoint_state{});
}

TEST_F(offline_gates, without_a_ledger_the_endpoint_rate_lasts_as_long_as_the_command) {
    auto const s = with_endpoint_rate(1);
    offline_gate gate(s, nullptr);
    ASSERT_TRUE(gate.pass(account_id));
    auto const turn = gate.pass(account_id);
    ASSERT_TRUE(turn) << turn.error().message;
    EXPECT_GT(turn->wait, 30s);
}

}  // namespace
}  // namespace setclick::operations
