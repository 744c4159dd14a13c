// All accounts together: what goes back, what waits for what, and who is woken by whom.
#include "setclickd/delivery/dispatch_control.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "setclickd/delivery/call_permit.hpp"
#include "timeline.hpp"

namespace setclick::delivery {
namespace {

constexpr account_no one{1}, two{2};
constexpr connection_view free_connection{0, 1, 0}, none{};

class control : public testing::Test {
protected:
    control() {
        all.endpoint().configure(t.now, {.probes = {}, .accounts = 2});
        a = &make(one);
        b = &make(two);
    }
    account_flow& make(account_no no, double rate = 0) {
        account_settings s;
        s.gate.rate_per_minute = rate;
        auto& made = all.add(no, s, 7);
        made.has_credential = true;
        return made;
    }
    void wait_in_ledger(account_flow& who, std::uint64_t n) {
        all.know_queue(who, {n, 0, {}, {}}, t.wall);
    }
    /// The transaction that claims; so many were granted.
    int claim() {
        std::vector<claim_grant> wishes;
        all.plan_claims(t.now, all.group().filling() > 0, wishes);
        all.cycle_began();
        all.group().taken();
        all.cycle_ended();
        all.group().settled();
        int sum = 0;
        for (auto const& w : wishes) {
            sum += w.count;
            if (all.claimed(*all.find(w.account), w.count, t.now) == claimed_events::give_back)
                all.give_back(*all.find(w.account));
        }
        return sum;
    }
    account_flow* send() {
        auto* const who = all.next_to_send(t.now);
        if (who != nullptr) all.begin(*who, t.now);
        return who;
    }
    attempt_end end(account_flow& who, attempt_outcome const& outcome) {
        auto const out =
            all.ended(who, t.now, t.wall, outcome, {event_no::of(who.no, ++event), 1, t.now});
        all.settled(who.no);
        return out;
    }
    /// As many broken connections as make trouble, one after the other.
    void fall_into_trouble(account_flow& who) {
        for (int i = 0; i < 9 && !who.control.trouble().is_on; ++i) {
            ASSERT_EQ(send(), &who) << i;
            end(who, broken(transport_failure::reset, wire_phase::sent));
        }
        ASSERT_TRUE(who.control.trouble().is_on);
    }
    wait waits(account_flow& who, connection_view pool = free_connection) {
        return wait_of(all, who, pool, t.now, t.wall);
    }

    timeline t;
    dispatch_control all;
    account_flow* a = nullptr;
    account_flow* b = nullptr;
    std::uint64_t event = 0;
};

TEST_F(control, nothing_waits_for_nothing) {
    EXPECT_EQ(next_wake(all, none, t.now, t.wall), wait{});
    EXPECT_FALSE(all.is_cycle_due(t.now));
    EXPECT_EQ(send(), nullptr);
}

TEST_F(control, an_event_goes_from_the_ledger_to_the_wire_and_is_settled) {
    wait_in_ledger(*a, 1);
    EXPECT_EQ(waits(*a).why, wait_reason::claim);
    EXPECT_TRUE(all.is_cycle_due(t.now));
    EXPECT_EQ(claim(), 1);
    wait_in_ledger(*a, 0);
    EXPECT_EQ(waits(*a).why, wait_reason::connection);
    EXPECT_EQ(all.wanted(t.now, t.wall), 1U);
    EXPECT_EQ(send(), a);
    EXPECT_EQ(waits(*a).why, wait_reason::answer);
    EXPECT_TRUE(end(*a, accepted()).begins_group);
    EXPECT_EQ(next_wake(all, free_connection, t.now, t.wall).why, wait_reason::settle);
    EXPECT_TRUE(all.is_cycle_due(t.now)) << "nothing more is on its way";
}

TEST_F(control, trouble_that_begins_with_the_last_connection_has_an_end) {
    wait_in_ledger(*a, 100);
    claim();
    ASSERT_TRUE(all.turn().is_in_turn(one));
    fall_into_trouble(*a);
    ASSERT_TRUE(all.turn().is_in_turn(one)) << "as it stood when the connection went";
    auto const w = waits(*a, none);
    EXPECT_EQ(w.why, wait_reason::retry);
    ASSERT_NE(w.until, never) << "nobody would wake it";
    t.advance(std::chrono::ceil<milliseconds>(w.until - t.now));
    EXPECT_TRUE(all.wake(t.now, t.wall));
    EXPECT_EQ(all.wanted(t.now, t.wall), 1U);
}

TEST_F(control, an_account_that_is_paused_waits_for_a_person_and_its_claims_go_back) {
    wait_in_ledger(*a, 10);
    claim();
    a->control.pause(t.wall);
    EXPECT_EQ(all.hold_or_return(*a, t.now), claimed_events::give_back);
    EXPECT_GT(all.give_back(*a), 0);
    EXPECT_EQ(waits(*a), (wait{wait_reason::person, never}));
    a->control.resume(t.now);
    all.reconsider(*a, t.wall);
    EXPECT_EQ(waits(*a).why, wait_reason::claim);
}

TEST_F(control, without_a_token_events_wait_for_whoever_writes_it) {
    a->has_credential = false;
    wait_in_ledger(*a, 10);
    EXPECT_EQ(waits(*a), (wait{wait_reason::credential, never}));
    EXPECT_FALSE(all.is_cycle_due(t.now));
    a->has_credential = true;
    all.reconsider(*a, t.wall);
    EXPECT_TRUE(all.is_cycle_due(t.now));
}

TEST_F(control, what_is_claimed_goes_back_when_the_server_asks_for_a_long_wait) {
    wait_in_ledger(*a, 10);
    claim();
    ASSERT_EQ(send(), a);
    EXPECT_EQ(end(*a, throttled(1min)).others, claimed_events::give_back);
    EXPECT_EQ(all.hold_or_return(*a, t.now), claimed_events::give_back);
    all.give_back(*a);
    EXPECT_EQ(waits(*a).why, wait_reason::rate);
}

TEST_F(control, a_short_wait_keeps_what_is_claimed) {
    wait_in_ledger(*a, 10);
    claim();
    ASSERT_EQ(send(), a);
    EXPECT_EQ(end(*a, throttled(2s)).others, claimed_events::keep);
}

TEST_F(control, an_event_whose_connection_had_ended_before_goes_at_once) {
    wait_in_ledger(*a, 2);
    claim();
    ASSERT_EQ(send(), a);
    auto const ready = all.turn().ready(one);
    auto const out =
        all.ended(*a, t.now, t.wall, broken(transport_failure::closed, wire_phase::not_sent, true),
                  {event_no::of(one, 1), 1, t.now});
    EXPECT_TRUE(out.is_ready_again);
    EXPECT_EQ(all.turn().ready(one), ready + 1);
    EXPECT_EQ(all.group().unsettled(), 0U);
}

TEST_F(control, and_goes_back_to_the_ledger_where_it_cannot_be_sent) {
    wait_in_ledger(*a, 2);
    claim();
    ASSERT_EQ(send(), a);
    a->control.pause(t.wall);
    auto const out =
        all.ended(*a, t.now, t.wall, broken(transport_failure::closed, wire_phase::not_sent, true),
                  {event_no::of(one, 1), 1, t.now});
    EXPECT_FALSE(out.is_ready_again);
    EXPECT_TRUE(out.is_unbegun);
    EXPECT_EQ(all.group().unsettled(), 1U);
}

TEST_F(control,
       an_endpoint_that_cannot_be_reached_is_tried_by_one_connection_while_something_waits) {
    wait_in_ledger(*a, 10);
    all.reach().open_failed(t.now, false, "refused");
    EXPECT_FALSE(all.is_cycle_due(t.now));
    auto const w = waits(*a, none);
    EXPECT_EQ(w, (wait{wait_reason::reach, all.reach().next_try()}));
    EXPECT_EQ(all.wanted(t.now, t.wall), 0U);
    t.advance(250ms);
    EXPECT_EQ(all.wanted(t.now, t.wall), 1U);
    wait_in_ledger(*a, 0);
    EXPECT_EQ(all.wanted(t.now, t.wall), 0U);
}

TEST_F(control, deferred_events_are_claimed_when_they_are_due_whatever_the_wall_clock_does) {
    all.know_queue(*a, {0, 3, t.wall + 20s, t.wall + 20s}, t.wall);
    EXPECT_EQ(waits(*a), (wait{wait_reason::deferral, t.now + 20s}));
    t.advance(20s);
    all.wake(t.now, t.wall);
    EXPECT_EQ(waits(*a).why, wait_reason::claim);
    // A clock that went ahead by a year has been set right.
    all.know_queue(*b, {0, 3, t.wall + std::chrono::days(365), t.wall + std::chrono::days(365)},
                   t.wall);
    EXPECT_EQ(waits(*b).why, wait_reason::claim);
}

TEST_F(control, no_event_is_sent_while_too_many_answers_wait_to_be_settled) {
    wait_in_ledger(*a, 10);
    claim();
    for (std::size_t i = 0; i < unsettled_limit; ++i)
        all.group().answered(t.now);
    EXPECT_EQ(send(), nullptr);
    EXPECT_EQ(waits(*a).why, wait_reason::settle);
    all.group().taken();
    all.cycle_began();
    EXPECT_EQ(waits(*a).why, wait_reason::ledger);
    all.cycle_ended();
    all.disk().failed(t.now);
    EXPECT_EQ(waits(*a), (wait{wait_reason::disk, t.now + 1s}));
}

TEST_F(control, a_resume_that_returns_events_keeps_the_account_from_claims) {
    wait_in_ledger(*a, 10);
    a->is_returning = true;
    EXPECT_EQ(all.claim_chance(*a, t.now).room, 0);
    EXPECT_EQ(waits(*a).why, wait_reason::ledger);
    EXPECT_EQ(permit_read(all, *a, t.now, t.wall).at, t.now + 1s);
}

TEST_F(control, when_the_endpoint_opens_every_account_is_looked_at) {
    a->control.wake(t.now);
    wait_in_ledger(*a, 1);
    claim();
    all.endpoint().pause(t.wall);
    EXPECT_EQ(waits(*a).why, wait_reason::person);
    EXPECT_EQ(send(), nullptr);
    all.endpoint().resume();
    all.reconsider_all(t.now, t.wall);
    EXPECT_TRUE(all.wake(t.now, t.wall));
    EXPECT_EQ(send(), a);
}

TEST_F(control, a_stopped_one_sends_and_claims_nothing_and_gives_back_what_comes_late) {
    wait_in_ledger(*a, 10);
    all.stop();
    EXPECT_FALSE(all.is_cycle_due(t.now));
    EXPECT_EQ(all.wanted(t.now, t.wall), 0U);
    EXPECT_EQ(all.claimed(*a, 3, t.now), claimed_events::give_back);
}

TEST_F(control, a_read_keeps_its_place_at_the_gate_only_while_it_asks) {
    auto& c = make(account_no{3}, 60);
    wait_in_ledger(c, 100);
    EXPECT_EQ(permit_read(all, c, t.now, t.wall).at, t.now);
    auto const again = permit_read(all, c, t.now, t.wall);
    ASSERT_GT(again.at, t.now);
    EXPECT_TRUE(again.events_wait);
    EXPECT_EQ(c.read_until, again.at + 1s);
    t.advance(std::chrono::ceil<milliseconds>(c.read_until - t.now));
    all.wake(t.now, t.wall);
    EXPECT_EQ(c.read_until, never) << "forgotten";
}

/// The only account has spent all that it may on answers that cannot be read.
TEST_F(control, a_parked_endpoint_lets_the_report_of_its_only_account_through) {
    all.endpoint().configure(t.now, {.probes = {}, .accounts = 1});
    wait_in_ledger(*a, 100);
    int spent = 0;
    for (; spent < 20 && !a->control.asks_by_report(); ++spent) {
        auto const w = waits(*a);
        ASSERT_NE(w.until, never);
        if (w.until > t.now) t.advance(std::chrono::ceil<milliseconds>(w.until - t.now));
        EXPECT_FALSE(permit_probing_report(all, *a, t.now));
        ASSERT_GT(claim(), 0);
        ASSERT_EQ(send(), a);
        end(*a, answer(200, api::verdict::foreign_content));
        all.give_back(*a);
    }
    EXPECT_EQ(spent, 4) << "the one that parked it, and three probes";
    ASSERT_TRUE(all.endpoint().parked().is_on());
    EXPECT_FALSE(permit_probing_report(all, *a, t.now)) << "not before its time";
    auto const w = waits(*a);
    EXPECT_EQ(w.why, wait_reason::retry);
    ASSERT_NE(w.until, never) << "nobody would ask";
    t.advance(std::chrono::ceil<milliseconds>(w.until - t.now));
    EXPECT_EQ(claim(), 0) << "no event";

    auto const queue = std::exchange(a->queue, {});
    EXPECT_FALSE(permit_probing_report(all, *a, t.now)) << "nothing waits";
    a->queue = queue;
    EXPECT_TRUE(permit_probing_report(all, *a, t.now));
    EXPECT_FALSE(permit_probing_report(all, *a, t.now)) << "one at a time";
    EXPECT_TRUE(all.are_notes_due()) << "it has passed the gate";
    a->control.report_ended(t.now, report_word::none);
    EXPECT_EQ(claim(), 0);
    t.advance(std::chrono::ceil<milliseconds>(waits(*a).until - t.now));
    ASSERT_TRUE(permit_probing_report(all, *a, t.now));
    a->control.report_ended(t.now, report_word::own);
    EXPECT_EQ(claim(), 1) << "one event is worth it now";
    ASSERT_EQ(send(), a);
    end(*a, answer(200, api::verdict::foreign_content));
    t.advance(std::chrono::ceil<milliseconds>(waits(*a).until - t.now));
    EXPECT_EQ(claim(), 0) << "and then a report again";
    a->control.pause(t.wall);
    EXPECT_FALSE(permit_probing_report(all, *a, t.now)) << "paused by a person";
}

TEST_F(control, a_pause_holds_for_every_kind_of_call) {
    a->control.pause(t.wall);
    EXPECT_TRUE(permit_read(all, *a, t.now, t.wall).is_paused);
    EXPECT_EQ(permit_call(all, *a, t.now), t.now + 1s);
    EXPECT_EQ(permit_call(all, *b, t.now), t.now);
    EXPECT_TRUE(all.are_notes_due()) << "what passed a gate becomes durable";
}

TEST_F(control, a_forgotten_account_is_woken_whatever_it_waited_for) {
    wait_in_ledger(*a, 50);
    claim();
    fall_into_trouble(*a);
    all.wake_all(t.now, t.wall);
    EXPECT_EQ(send(), a);
}

TEST(wait_reasons, every_reason_has_a_name_and_a_kind) {
    for (int i = 0; i <= static_cast<int>(wait_reason::forgotten); ++i) {
        auto const why = static_cast<wait_reason>(i);
        EXPECT_STRNE(name_of(why), "");
        EXPECT_FALSE(is_under_way(why) && is_outside(why));
    }
    wait const soon{wait_reason::rate, steady_time{} + 1s},
        late{wait_reason::retry, steady_time{} + 2s};
    wait const lost{wait_reason::forgotten, never}, person{wait_reason::person, never};
    EXPECT_EQ(sooner(soon, late), soon);
    EXPECT_EQ(sooner(wait{}, person), person);
    EXPECT_EQ(sooner(person, lost), lost);
    EXPECT_EQ(sooner(lost, soon), soon) << "something will be looked at";
}

}  // namespace
}  // namespace setclick::delivery
