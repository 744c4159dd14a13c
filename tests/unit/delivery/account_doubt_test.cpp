#include "timeline.hpp"

namespace setclick::delivery {
namespace {

account_settings with(doubt_policy policy,
                      std::optional<std::vector<int>> statuses = std::nullopt) {
    auto s = driven_account::unlimited();
    s.in_doubt = policy;
    s.in_doubt_statuses = std::move(statuses);
    return s;
}

TEST(account_doubt, every_failure_in_every_phase_has_the_fate_that_table_and_policy_give_it) {
    for (auto const policy : {doubt_policy::resend, doubt_policy::hold})
        for (std::size_t f = 0; f < transport_failure_count; ++f)
            for (std::size_t p = 0; p < wire_phase_count; ++p)
                for (auto const reused : {false, true}) {
                    auto const failure = static_cast<transport_failure>(f);
                    auto const phase = static_cast<wire_phase>(p);
                    driven_account a(with(policy));
                    auto const made = a.one(broken(failure, phase, reused));
                    auto const said = std::string(name_of(failure)) + " " + name_of(phase);
                    switch (decide(failure, phase, reused)) {
                        case after_failure::in_doubt:
                            EXPECT_TRUE(made.in_doubt) << said;
                            EXPECT_TRUE(made.counted) << said;
                            EXPECT_EQ(made.what, policy == doubt_policy::hold ? disposition::hold
                                                                              : disposition::resend)
                                << said;
                            break;
                        case after_failure::defer:
                            EXPECT_FALSE(made.in_doubt) << said;
                            EXPECT_TRUE(made.counted) << said;
                            EXPECT_EQ(made.what, disposition::defer) << said;
                            EXPECT_GT(made.due, 0ms) << said;
                            break;
                        case after_failure::wait_again:
                        case after_failure::resend_now_uncounted:
                            EXPECT_FALSE(made.in_doubt) << said;
                            EXPECT_FALSE(made.counted) << said;
                            EXPECT_EQ(made.what, disposition::wait_again) << said;
                            break;
                    }
                    EXPECT_EQ(a.control.in_flight(), 0) << said;
                    EXPECT_FALSE(a.control.is_parked()) << said;
                    EXPECT_EQ(reason_text(made, broken(failure, phase)), name_of(failure)) << said;
                }
}

struct status_case {
    int status;
    api::verdict verdict;
    bool by_default;   ///< in doubt, under either policy
    bool when_empty;   ///< in doubt when in_doubt_statuses names none
    bool when_listed;  ///< in doubt when in_doubt_statuses names it
};

TEST(account_doubt, a_complete_answer_is_in_doubt_where_it_may_follow_a_booking) {
    using api::verdict;
    status_case const rows[] = {
        {200, verdict::accepted, false, false, false},
        {400, verdict::rejected, false, false, false},
        {429, verdict::throttled, false, false, false},
        {500, verdict::unavailable, true, false, true},
        {502, verdict::unavailable, true, false, true},
        {503, verdict::unavailable, false, false, true},
        {504, verdict::unavailable, true, false, true},
        {520, verdict::unavailable, true, false, true},
        {521, verdict::unavailable, false, false, true},
        {522, verdict::unavailable, false, false, true},
        {523, verdict::unavailable, false, false, true},
        {524, verdict::unavailable, true, false, true},
        {525, verdict::unavailable, false, false, true},
        {526, verdict::unavailable, false, false, true},
        {530, verdict::unavailable, false, false, true},
        {406, verdict::blocked, false, false, true},
        {409, verdict::foreign_content, true, false, true},
        {303, verdict::redirected, true, true, true},
        {302, verdict::redirected, false, false, false},
        {421, verdict::misdirected, false, false, false},
        {408, verdict::unavailable, false, false, true},
        {401, verdict::unauthorised, false, false, false},
        {404, verdict::not_found, false, false, false},
        {200, verdict::foreign_content, true, true, true},
    };
    for (auto const& r : rows) {
        auto const doubt = [&](account_settings s) {
            driven_account a(std::move(s));
            return a.one(answer(r.status, r.verdict)).in_doubt;
        };
        std::vector<int> const listed{r.status};
        EXPECT_EQ(doubt(with(doubt_policy::resend)), r.by_default) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::hold)), r.by_default) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::resend, listed)), r.when_listed) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::hold, listed)), r.when_listed) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::hold, std::vector<int>{})), r.when_empty) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::resend, std::vector<int>{})), r.when_empty) << r.status;
    }
}

TEST(account_doubt, what_may_have_been_booked_is_sent_again_under_resend_and_held_under_hold) {
    for (int const status : {500, 502, 504, 520, 524}) {
        driven_account resent(with(doubt_policy::resend));
        auto const again = resent.one(unavailable(status));
        EXPECT_EQ(again.what, disposition::resend) << status;
        EXPECT_TRUE(again.in_doubt && again.counted) << status;
        EXPECT_GT(again.due, 0ms) << status;
        driven_account held(with(doubt_policy::hold));
        EXPECT_EQ(held.one(unavailable(status)).what, disposition::hold) << status;
    }
}

// Ten hours of 502, then well. Under `resend` it ends by itself; under `hold` it costs the events of
// the first round, and then one a round.
TEST(account_doubt, an_outage_of_502_ends_by_itself_and_costs_hold_one_event_a_round) {
    for (auto const policy : {doubt_policy::resend, doubt_policy::hold}) {
        driven_account a(with(policy));
        a.one(accepted());
        int held = 0;
        int calls = 0;
        auto const until = a.time.now + std::chrono::hours{10};
        while (a.wait_for_room() && a.time.now < until) {
            ++calls;
            if (a.one(unavailable(502)).what == disposition::hold) ++held;
        }
        EXPECT_EQ(held, policy == doubt_policy::hold ? calls : 0);
        EXPECT_LT(calls, 200);
        ASSERT_TRUE(a.wait_for_room());
        EXPECT_EQ(a.one(accepted()).what, disposition::delivered);
        EXPECT_FALSE(a.control.is_parked());
    }
}

TEST(account_doubt, foreign_content_parks_and_its_event_is_in_doubt) {
    driven_account a(with(doubt_policy::hold));
    auto const made = a.one(answer(200, api::verdict::foreign_content));
    EXPECT_TRUE(made.park_changed);
    EXPECT_TRUE(made.in_doubt);
    EXPECT_EQ(made.what, disposition::hold);
    EXPECT_EQ(made.why, cause::parked);
}

TEST(account_doubt, resend_waits_its_backoff) {
    driven_account a;
    auto const made = a.one(broken(transport_failure::response_timeout, wire_phase::sent), 8);
    EXPECT_EQ(made.what, disposition::resend);
    EXPECT_GE(made.due, 100ms);
    EXPECT_LE(made.due, 128s);
}

TEST(account_doubt, an_event_in_doubt_that_expired_is_held_under_resend_too) {
    auto s = with(doubt_policy::resend);
    s.max_age = 5s;
    driven_account a(s);
    a.one(accepted());
    auto const made = a.one(broken(transport_failure::response_timeout, wire_phase::sent), 20);
    EXPECT_EQ(made.what, disposition::hold);
    EXPECT_EQ(made.why, cause::expired);
    EXPECT_TRUE(made.in_doubt);
    EXPECT_EQ(reason_text(made, broken(transport_failure::response_timeout)), "expired");
}

TEST(account_doubt, reasons_for_the_receipt_are_short) {
    decision made;
    made.why = cause::unavailable;
    EXPECT_EQ(reason_text(made, unavailable(503)), "http-503");
    made.why = cause::accepted;
    EXPECT_EQ(reason_text(made, accepted()), "");
    made.why = cause::suspect;
    EXPECT_EQ(reason_text(made, refused()), "suspect");
    made.why = cause::refused;
    EXPECT_EQ(reason_text(made, refused(422)), "http-422");
}

}  // namespace
}  // namespace setclick::delivery
