// Wrong accounts never stop good ones, and a fault of the endpoint is not found out by each
// account.
#include "endpoint_house.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::minutes;

/// The endpoint is in question: accounts 0 and 1 met a 404, and those from 2 on have events.
house in_question(std::size_t accounts) {
    house h(accounts);
    for (std::size_t i = 2; i < accounts; ++i)
        h.has_events.insert(i);
    EXPECT_EQ(h.one(0, not_found()), endpoint_change::none);
    EXPECT_EQ(h.one(1, not_found()), endpoint_change::none);
    EXPECT_TRUE(h.endpoint.in_question());
    EXPECT_FALSE(h.endpoint.parked().is_on());
    return h;
}

TEST(endpoint_witness, two_wrong_accounts_are_not_believed_while_another_may_tell) {
    auto h = in_question(5);
    h.time.advance(endpoint_control::head_start);
    EXPECT_EQ(h.one(3, accepted()), endpoint_change::cleared);
    EXPECT_FALSE(h.endpoint.in_question());
    for (std::size_t i = 2; i < 5; ++i)
        EXPECT_TRUE(h.may(i));
}

TEST(endpoint_witness, one_that_was_well_goes_first_and_at_once) {
    house h(5);
    h.has_events = {2, 3, 4};
    h.one(4, accepted());
    h.one(0, not_found());
    h.one(1, not_found());
    ASSERT_TRUE(h.endpoint.in_question());
    EXPECT_TRUE(h.may(4));
    EXPECT_FALSE(h.may(2));
    EXPECT_EQ(h.one(4, accepted()), endpoint_change::cleared);
}

TEST(endpoint_witness,
     in_question_one_attempt_at_a_time_but_a_slow_one_keeps_others_only_a_second) {
    auto h = in_question(5);
    h.time.advance(endpoint_control::head_start);
    auto const slow = h.begin(2);
    EXPECT_FALSE(h.may(3));
    h.time.advance(endpoint_control::patience + endpoint_control::head_start);
    EXPECT_EQ(h.one(3, accepted()), endpoint_change::cleared);
    h.time.advance(20s);
    EXPECT_EQ(h.end(2, slow, broken(transport_failure::response_timeout)), endpoint_change::none);
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint_witness, a_success_that_was_in_flight_answers_the_question) {
    house h(4);
    h.has_events = {2, 3};
    auto const before = h.begin(2);
    h.one(0, not_found());
    h.one(1, not_found());
    ASSERT_TRUE(h.endpoint.in_question());
    EXPECT_EQ(h.end(2, before, accepted()), endpoint_change::cleared);
}

TEST(endpoint_witness, a_third_that_was_well_and_meets_the_same_parks_it) {
    auto h = in_question(5);
    h.controls[3].was_well();
    EXPECT_EQ(h.one(3, not_found()), endpoint_change::parked);
    EXPECT_EQ(h.endpoint.parked().reason, park_reason::not_found);
    EXPECT_EQ(h.endpoint.next_chance(h.time.now, standing::well),
              h.endpoint.next_chance(h.time.now, standing::parked));
}

TEST(endpoint_witness, of_accounts_of_which_nothing_is_known_three_more_are_asked) {
    auto h = in_question(9);
    for (std::size_t i = 2; i < 5; ++i) {
        EXPECT_TRUE(h.endpoint.in_question());
        h.time.advance(endpoint_control::head_start);
        EXPECT_EQ(h.one(i, not_found()), i < 4 ? endpoint_change::none : endpoint_change::parked);
    }
    EXPECT_EQ(h.endpoint.parked().reason, park_reason::not_found);
    EXPECT_EQ(h.endpoint.parked().detail, "two accounts met the same: 404");
}

TEST(endpoint_witness, what_says_nothing_of_the_question_leaves_it_open_for_the_next) {
    auto h = in_question(6);
    h.time.advance(endpoint_control::head_start);
    EXPECT_EQ(h.one(2, throttled()), endpoint_change::none);
    EXPECT_EQ(h.next(), 3u) << "a 429 uses up the burst";
    EXPECT_EQ(h.one(3, unavailable(503)), endpoint_change::none);
    h.time.advance(endpoint_control::head_start);
    EXPECT_EQ(h.one(4, answer(302, api::verdict::redirected)), endpoint_change::none);
    ASSERT_TRUE(h.endpoint.in_question());
    h.time.advance(endpoint_control::head_start);
    EXPECT_EQ(h.one(5, forbidden()), endpoint_change::cleared) << "it came to the right door";
}

TEST(endpoint_witness, wrong_accounts_that_all_were_under_way_together_do_not_park_it) {
    house h(30);
    std::vector<attempt_info> calls;
    for (std::size_t i = 0; i < 30; ++i) {
        h.has_events.insert(i);
        calls.push_back(h.begin(i));
    }
    h.time.advance(5ms);
    for (std::size_t i = 0; i < 20; ++i)
        EXPECT_EQ(h.end(i, calls[i], not_found()), endpoint_change::none) << i;
    EXPECT_EQ(h.end(20, calls[20], accepted()), endpoint_change::cleared);
    for (std::size_t i = 21; i < 30; ++i)
        EXPECT_EQ(h.end(i, calls[i], accepted()), endpoint_change::none);
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint_witness, wrong_accounts_that_came_first_and_alone_do_not_keep_a_good_one_waiting) {
    house h(30);
    for (std::size_t i = 0; i < 20; ++i)
        if (h.may(i)) h.one(i, not_found());
    ASSERT_TRUE(h.endpoint.parked().is_on()) << "nobody else could tell";
    h.time.advance(10s);
    // The first event of a good one comes: no interval has to pass.
    EXPECT_TRUE(h.may(25));
    EXPECT_EQ(h.one(25, accepted()), endpoint_change::opened);
}

TEST(endpoint_witness, a_good_one_behind_wrong_ones_of_which_nothing_is_known_waits_for_seconds) {
    for (auto const& [wrong, longest] : {std::pair{10, endpoint_control::witness_first},
                                         std::pair{50, endpoint_control::witness_cap}}) {
        house h(100);
        for (std::size_t i = 0; i < 60; ++i)
            h.has_events.insert(i);
        for (int i = 0; i < wrong; ++i)
            h.one(h.next(), not_found());
        ASSERT_TRUE(h.endpoint.parked().is_on());
        h.has_events = {77};
        auto const began = h.time.now;
        EXPECT_EQ(h.next(), 77u);
        EXPECT_LE(h.time.now - began, longest + endpoint_control::head_start);
        EXPECT_EQ(h.one(77, accepted()), endpoint_change::opened);
    }
}

TEST(endpoint_witness, one_that_delivered_before_the_start_is_asked_first) {
    house h(5);
    h.has_events = {2, 3, 4};
    h.controls[4].was_well();
    h.one(0, not_found());
    h.one(1, not_found());
    ASSERT_TRUE(h.endpoint.in_question());
    EXPECT_FALSE(h.may(2));
    EXPECT_TRUE(h.may(4));
}

TEST(endpoint_witness, when_the_last_that_might_have_told_meets_the_same_it_parks) {
    house h(3);
    h.has_events = {0, 1, 2};
    auto const a = h.begin(0), b = h.begin(1), c = h.begin(2);
    h.time.advance(5ms);
    EXPECT_EQ(h.end(0, a, not_found()), endpoint_change::none);
    EXPECT_EQ(h.end(1, b, not_found()), endpoint_change::none);
    EXPECT_EQ(h.end(2, c, not_found()), endpoint_change::parked);
}

TEST(endpoint_witness, wrong_ones_by_turns_with_good_ones_neither_park_nor_flap) {
    house h(6);
    h.has_events = {2, 3, 4, 5};
    auto changes = 0;
    for (int round = 0; round < 500; ++round) {
        for (std::size_t wrong : {0u, 1u}) {
            if (round % 50 == 0) h.controls[wrong].resume(h.time.now);
            if (h.may(wrong)) changes += h.one(wrong, not_found()) == endpoint_change::parked;
        }
        auto const began = h.time.now;
        auto const good = h.next();
        ASSERT_LT(good, h.controls.size());
        EXPECT_LE(h.time.now - began, endpoint_control::head_start + 10ms) << round;
        changes += h.one(good, accepted()) == endpoint_change::opened;
        h.time.advance(1s);
    }
    EXPECT_EQ(changes, 0);
}

TEST(endpoint_witness, slow_good_accounts_are_delayed_by_wrong_ones_no_more_than_a_moment) {
    // Half a call a minute each: long times without any success.
    house h(8);
    auto slow = driven_account::unlimited();
    slow.gate.rate_per_minute = 0.5;
    for (std::size_t i = 2; i < 8; ++i) {
        h.controls[i] = account_control(slow, i);
        h.has_events.insert(i);
        h.one(i, accepted());
    }
    for (int round = 0; round < 40; ++round) {
        for (std::size_t wrong : {0u, 1u}) {
            h.controls[wrong].resume(h.time.now);
            if (h.may(wrong)) h.one(wrong, not_found());
        }
        for (std::size_t i = 2; i < 8; ++i) {
            auto const allowed = std::max(h.time.now, h.controls[i].next_chance(h.time.now));
            h.time.advance(std::chrono::ceil<milliseconds>(allowed - h.time.now));
            EXPECT_TRUE(h.may(i)) << round << ", account " << i;
            h.one(i, accepted());
            EXPECT_FALSE(h.endpoint.parked().is_on());
        }
    }
}

/// Of `accounts` that all meet `what` for `span` and have events all the time: the calls made.
int calls_of(house& h, attempt_outcome const& what, milliseconds span) {
    auto calls = 0;
    auto const until = h.time.now + span;
    while (h.time.now < until) {
        auto const who = h.next();
        if (who == h.controls.size() || h.time.now >= until) break;
        h.one(who, what);
        ++calls;
        if (h.endpoint.probe_was_set())
            for (auto& c : h.controls)
                c.probe_at(h.endpoint.parked().next_probe);
    }
    return calls;
}

TEST(endpoint_witness, a_moved_endpoint_is_not_found_out_by_each_of_five_hundred) {
    for (auto const& what : {not_found(), answer(302, api::verdict::redirected),
                             answer(200, api::verdict::foreign_content)}) {
        house h(500);
        for (std::size_t i = 0; i < 500; ++i)
            h.has_events.insert(i);
        EXPECT_LE(calls_of(h, what, 30s), 20) << "nothing is known of any of them";
        EXPECT_TRUE(h.endpoint.parked().is_on());
        h.controls[400].was_well();
        calls_of(h, what, 6s);
        EXPECT_LE(calls_of(h, what, minutes{30}), 20) << "one that had delivered met it, too";
    }
}

TEST(endpoint_witness, one_that_moves_in_the_middle_of_the_work_is_found_out_by_three) {
    house h(500);
    for (std::size_t i = 0; i < 500; ++i) {
        h.has_events.insert(i);
        h.one(i, accepted());
    }
    EXPECT_EQ(calls_of(h, not_found(), 14s), 3) << "the first probe comes half an interval later";
    EXPECT_TRUE(h.endpoint.parked().is_on());
    EXPECT_LE(calls_of(h, not_found(), minutes{10}), 10);
    // It is back: the first probe opens it, whoever makes it.
    h.one(h.next(), accepted());
    EXPECT_FALSE(h.endpoint.parked().is_on());
}

TEST(endpoint_witness, an_outage_parks_it_though_two_accounts_alone_do_not) {
    house h(6);
    h.has_events = {2, 3};
    auto const down = broken(transport_failure::connect_refused);
    for (int i = 0; i < 2000 && !h.endpoint.in_question(); ++i) {
        for (std::size_t k : {0u, 1u})
            if (h.may(k)) h.one(k, down);
        h.time.advance(100ms);
    }
    ASSERT_TRUE(h.endpoint.in_question());
    h.one(h.next(), accepted());
    EXPECT_FALSE(h.endpoint.in_question()) << "their own fault";
    for (int i = 0; i < 20000 && !h.endpoint.parked().is_on(); ++i) {
        for (std::size_t k = 2; k < 6; ++k)
            if (h.may(k)) h.one(k, down);
        h.time.advance(100ms);
    }
    EXPECT_EQ(h.endpoint.parked().reason, park_reason::unavailable);
}

TEST(endpoint_witness, the_failure_of_one_event_of_a_good_account_is_no_witness_to_an_outage) {
    house h(4);
    h.has_events = {2};
    auto const down = unavailable(503);
    h.one(2, accepted());
    for (int i = 0; i < 3000 && !h.endpoint.in_question(); ++i) {
        for (std::size_t k : {0u, 1u})
            if (h.may(k)) h.one(k, down);
        h.time.advance(100ms);
    }
    ASSERT_TRUE(h.endpoint.in_question());
    EXPECT_EQ(h.one(2, unavailable(500)), endpoint_change::none);
    h.time.advance(endpoint_control::head_start);
    EXPECT_EQ(h.one(2, accepted()), endpoint_change::cleared);
}

TEST(endpoint_witness, after_a_restart_a_park_is_not_asked_about_earlier) {
    house h(3);
    h.one(0, not_found());
    h.one(1, not_found());
    ASSERT_TRUE(h.endpoint.parked().is_on());
    auto const saved = endpoint_state_from_text(to_text(h.endpoint.save(h.time.now, h.time.wall)));
    h.endpoint = endpoint_control(house::settings(3));
    h.endpoint.load(*saved, h.time.now + 1s, h.time.wall + 1s);
    h.time.advance(1s);
    EXPECT_FALSE(h.may(2));
    h.wait_for_endpoint();
    EXPECT_TRUE(h.may(2));
}

}  // namespace
}  // namespace setclick::delivery
