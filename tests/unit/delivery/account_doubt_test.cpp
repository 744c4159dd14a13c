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
                            EXPECT_EQ(made.what,
                                      policy == doubt_policy::hold ? fate::hold : fate::resend)
                                << said;
                            break;
                        case after_failure::defer:
                            EXPECT_FALSE(made.in_doubt) << said;
                            EXPECT_TRUE(made.counted) << said;
                            EXPECT_EQ(made.what, fate::defer) << said;
                            EXPECT_GT(made.due, 0ms) << said;
                            break;
                        case after_failure::wait_again:
                        case after_failure::resend_now_uncounted:
                            EXPECT_FALSE(made.in_doubt) << said;
                            EXPECT_FALSE(made.counted) << said;
                            EXPECT_EQ(made.what, fate::wait_again) << said;
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
    bool by_default;   ///< in doubt under resend
    bool under_hold;   ///< in doubt under hold
    bool when_listed;  ///< in doubt when in_doubt_statuses names it
};

TEST(account_doubt, a_complete_answer_is_in_doubt_only_where_the_policy_lists_it) {
    using api::verdict;
    status_case const rows[] = {
        {200, verdict::accepted, false, false, false},
        {400, verdict::rejected, false, false, false},
        {429, verdict::throttled, false, false, false},
        {500, verdict::unavailable, false, true, true},
        {502, verdict::unavailable, false, true, true},
        {503, verdict::unavailable, false, false, true},
        {504, verdict::unavailable, false, true, true},
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
        EXPECT_EQ(doubt(with(doubt_policy::hold)), r.under_hold) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::resend, listed)), r.when_listed) << r.status;
        EXPECT_EQ(doubt(with(doubt_policy::hold, std::vector<int>{})), r.by_default) << r.status;
    }
}

TEST(account_doubt, foreign_content_parks_and_its_event_is_in_doubt) {
    driven_account a(with(doubt_policy::hold));
    auto const made = a.one(answer(200, api::verdict::foreign_content));
    EXPECT_TRUE(made.park_changed);
    EXPECT_TRUE(made.in_doubt);
    EXPECT_EQ(made.what, fate::hold);
    EXPECT_EQ(made.why, cause::parked);
}

TEST(account_doubt, resend_waits_its_backoff) {
    driven_account a;
    auto const made = a.one(broken(transport_failure::response_timeout, wire_phase::sent), 8);
    EXPECT_EQ(made.what, fate::resend);
    EXPECT_GE(made.due, 100ms);
    EXPECT_LE(made.due, 128s);
}

TEST(account_doubt, an_event_in_doubt_that_expired_is_held_under_resend_too) {
    auto s = with(doubt_policy::resend);
    s.max_age = 5s;
    driven_account a(s);
    a.one(accepted());
    auto const made = a.one(broken(transport_failure::response_timeout, wire_phase::sent), 20);
    EXPECT_EQ(made.what, fate::hold);
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
