#include "endpoint_house.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::hours;

TEST(endpoint, one_wrong_account_among_ten_stops_none_of_the_others) {
    house h(10);
    for (int round = 0; round < 50; ++round) {
        if (h.may(0)) {
            EXPECT_EQ(h.one(0, not_found()), endpoint_change::none);
        }
        for (std::size_t i = 1; i < 10; ++i)
            EXPECT_EQ(h.one(i, accepted()), endpoint_change::none);
        h.time.advance(10s);
    }
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint, parks_when_a_second_account_meets_the_same_without_a_success_between) {
    house h(10);
    EXPECT_EQ(h.one(0, not_found()), endpoint_change::none);
    EXPECT_EQ(h.one(1, not_found()), endpoint_change::parked);
    EXPECT_EQ(h.endpoint.parked().reason, park_reason::not_found);
    EXPECT_EQ(h.endpoint.parked().detail, "two accounts met the same: 404");
    // One of the others may try at once; those that found it out wait.
    EXPECT_FALSE(h.may(0));
    h.time.advance(endpoint_control::head_start);
    h.begin(2);
    for (std::size_t i = 3; i < 10; ++i)
        EXPECT_FALSE(h.may(i));
}

TEST(endpoint, different_reasons_or_a_success_between_do_not_park_it) {
    house h(4);
    h.one(0, not_found());
    EXPECT_EQ(h.one(1, answer(302, api::verdict::redirected)), endpoint_change::none);
    h.one(2, accepted());
    EXPECT_EQ(h.one(3, not_found()), endpoint_change::none);
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint, what_belongs_to_an_account_never_parks_it) {
    house h(4);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(h.one(i, forbidden()), endpoint_change::none);
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint, one_account_that_meets_the_same_twice_is_still_one) {
    house h(2);
    h.one(0, not_found());
    h.controls[0].resume(h.time.now);
    EXPECT_EQ(h.one(0, not_found()), endpoint_change::none);
    EXPECT_TRUE(h.may(1));
}

TEST(endpoint, parked_accounts_follow_its_clock_not_one_of_their_own) {
    house h(2);
    h.one(0, not_found());
    h.time.advance(3s);
    h.one(1, not_found());
    ASSERT_TRUE(h.endpoint.probe_was_set());
    EXPECT_FALSE(h.endpoint.probe_was_set());
    for (int probe = 0; probe < 20; ++probe) {
        for (auto& c : h.controls)
            c.probe_at(h.endpoint.parked().next_probe);
        h.wait_for_endpoint();
        ASSERT_TRUE(h.may(0)) << probe;
        ASSERT_TRUE(h.may(1)) << probe;
        h.one(static_cast<std::size_t>(probe % 2), not_found());
        ASSERT_TRUE(h.endpoint.probe_was_set());
    }
    h.controls[0].resume(h.time.now);
    h.endpoint.wake(h.time.now);
    EXPECT_TRUE(h.may(0)) << "a resume of one account is a probe at once";
}

TEST(endpoint, that_is_unavailable_is_probed_as_often_as_a_retry_would_come) {
    auto settings = house::settings(1);
    settings.retry_cap = 2s;
    house h(1);
    h.endpoint = endpoint_control(settings);
    auto parked = endpoint_change::none;
    for (int i = 0; i < 100 && parked == endpoint_change::none; ++i) {
        h.time.advance(10s);
        if (h.may(0)) parked = h.one(0, broken(transport_failure::connect_refused));
    }
    ASSERT_EQ(parked, endpoint_change::parked);
    EXPECT_LE(h.endpoint.next_chance(h.time.now) - h.time.now, 2s);
}

TEST(endpoint, the_only_account_is_enough) {
    house h(1);
    EXPECT_EQ(h.one(0, not_found()), endpoint_change::parked);
    EXPECT_EQ(h.endpoint.parked().detail, "404");
}

TEST(endpoint, that_cannot_be_reached_parks_when_two_breakers_are_open) {
    house h(2);
    auto change = endpoint_change::none;
    for (int i = 0; i < 400 && change == endpoint_change::none; ++i) {
        for (std::size_t k = 0; k < 2 && change == endpoint_change::none; ++k)
            if (h.may(k)) change = h.one(k, broken(transport_failure::connect_refused));
        h.time.advance(1s);
    }
    EXPECT_EQ(change, endpoint_change::parked);
    EXPECT_EQ(h.endpoint.parked().reason, park_reason::unavailable);
    EXPECT_EQ(h.endpoint.parked().detail, "two accounts met the same: connect-refused");
}

TEST(endpoint, parked_lets_one_probe_through_at_growing_intervals_and_opens_at_the_first_good_one) {
    house h(3);
    h.one(0, not_found());
    h.one(1, not_found());
    h.wait_for_endpoint();
    EXPECT_EQ(h.endpoint.room(h.time.now, standing::parked), 1);
    EXPECT_EQ(h.one(2, answer(302, api::verdict::redirected)), endpoint_change::none);
    EXPECT_EQ(h.endpoint.parked().probes, 1);
    EXPECT_GE(h.endpoint.next_chance(h.time.now, standing::parked), h.time.now + 30s);
    h.wait_for_endpoint();
    h.controls[0].wake(h.time.now);
    EXPECT_EQ(h.one(0, accepted()), endpoint_change::opened);
    EXPECT_FALSE(h.endpoint.parked().is_on());
    // The others that wait for the same may be woken now.
    h.controls[1].wake(h.time.now);
    EXPECT_TRUE(h.may(1));
}

TEST(endpoint, a_probe_whose_idle_connection_had_died_goes_again_at_once) {
    house h(2);
    h.one(0, not_found());
    h.one(1, not_found());
    h.wait_for_endpoint();
    h.controls[0].wake(h.time.now);
    h.one(0, broken(transport_failure::reset, wire_phase::not_sent, true));
    EXPECT_EQ(h.endpoint.parked().probes, 0);
    EXPECT_EQ(h.endpoint.room(h.time.now, standing::parked), 1);
    h.controls[0].wake(h.time.now);
    h.one(0, not_found());
    EXPECT_EQ(h.endpoint.parked().probes, 1);
}

TEST(endpoint, a_probe_on_the_wire_keeps_others_out) {
    house h(3);
    h.one(0, not_found());
    h.one(1, not_found());
    h.wait_for_endpoint();
    h.endpoint.begin(h.time.now, standing::parked);
    for (auto const who : {standing::parked, standing::fresh, standing::well})
        EXPECT_EQ(h.endpoint.room(h.time.now, who), 0);
    EXPECT_EQ(h.endpoint.next_chance(h.time.now), never);
}

TEST(endpoint, resume_and_wake_and_pause) {
    house h(1);
    h.one(0, not_found());
    h.endpoint.wake(h.time.now);
    EXPECT_EQ(h.endpoint.room(h.time.now, standing::parked), 1);
    EXPECT_TRUE(h.endpoint.resume());
    EXPECT_FALSE(h.endpoint.resume());
    EXPECT_GT(h.endpoint.room(h.time.now, standing::fresh), 1);
    EXPECT_TRUE(h.endpoint.pause(h.time.wall));
    EXPECT_FALSE(h.endpoint.pause(h.time.wall));
    h.endpoint.wake(h.time.now);
    h.time.advance(hours{1000});
    EXPECT_EQ(h.endpoint.room(h.time.now, standing::well), 0);
    EXPECT_EQ(h.endpoint.next_chance(h.time.now), never);
}

TEST(endpoint, park_and_gate_survive_a_restart) {
    endpoint_control_settings s;
    s.accounts = 1;
    s.gate = {.rate_per_minute = 60, .burst = 1};
    endpoint_control e(s);
    timeline t;
    e.begin(t.now, standing::fresh);
    EXPECT_EQ(e.room(t.now, standing::fresh), 0);
    endpoint_control again(s);
    again.load(*endpoint_state_from_text(to_text(e.save(t.now, t.wall))), t.now + 1ms, t.wall);
    EXPECT_EQ(again.room(t.now + 1ms, standing::fresh), 0);
    e.pause(t.wall);
    again.load(*endpoint_state_from_text(to_text(e.save(t.now, t.wall))), t.now, t.wall);
    EXPECT_EQ(again.parked().reason, park_reason::paused);
}

TEST(endpoint, its_gate_counts_all_accounts_together) {
    endpoint_control_settings s;
    s.gate = {.rate_per_minute = 600, .burst = 3};
    endpoint_control e(s);
    timeline t;
    EXPECT_EQ(e.room(t.now, standing::well), 3);
    e.begin(t.now, standing::well, 2);
    EXPECT_EQ(e.room(t.now, standing::well), 1);
    e.begin(t.now, standing::well);
    EXPECT_EQ(e.next_chance(t.now), t.now + 100ms);
}

}  // namespace
}  // namespace setclick::delivery
