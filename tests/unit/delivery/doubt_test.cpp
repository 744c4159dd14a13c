// Two tables: which answers may follow a booking, and what becomes of an event in doubt.
#include "delivery/doubt.hpp"

#include <gtest/gtest.h>

namespace setclick::delivery {
namespace {

using api::verdict;

api::answer_facts facts_of(int status, verdict of, bool by_table) {
    api::answer_facts out;
    out.status = status;
    out.verdict = of;
    out.may_be_booked = by_table;
    return out;
}

TEST(doubt, without_a_list_of_its_own_the_table_of_answers_decides) {
    for (bool const by_table : {false, true})
        for (auto const of : {verdict::unavailable, verdict::foreign_content, verdict::accepted})
            EXPECT_EQ(may_follow_booking(facts_of(502, of, by_table), std::nullopt), by_table);
}

TEST(doubt, a_list_replaces_the_table_where_the_answer_does_not_speak_of_the_event) {
    std::vector<int> const listed{302, 400, 403, 429, 503};
    struct {
        int status;
        verdict of;
        bool by_table, expected;
    } const cases[] = {
        {503, verdict::unavailable, false, true},
        {500, verdict::unavailable, true, false},      // not listed
        {403, verdict::blocked, false, true},          // a wall's page
        {503, verdict::foreign_content, false, true},  //
        {404, verdict::foreign_content, true, false},
        {200, verdict::foreign_content, true, true},  // below 400 the table speaks
        {302, verdict::redirected, false, false},
        {403, verdict::forbidden, false, false},
        {400, verdict::rejected, false, false},
        {429, verdict::throttled, false, false},
    };
    for (auto const& c : cases)
        EXPECT_EQ(may_follow_booking(facts_of(c.status, c.of, c.by_table), listed), c.expected)
            << c.status << " " << static_cast<int>(c.of);
}

TEST(doubt, an_empty_list_leaves_only_what_is_below_400) {
    std::vector<int> const none;
    EXPECT_FALSE(may_follow_booking(facts_of(504, verdict::unavailable, true), none));
    EXPECT_TRUE(may_follow_booking(facts_of(200, verdict::foreign_content, true), none));
}

TEST(doubt, the_policy_decides_about_what_is_in_doubt_and_about_nothing_else) {
    using enum disposition;
    struct {
        disposition before;
        bool in_doubt;
        doubt_policy policy;
        disposition after;
    } const cases[] = {
        {defer, true, doubt_policy::resend, resend},
        {defer, true, doubt_policy::hold, hold},
        {wait_again, true, doubt_policy::resend, resend},
        {wait_again, true, doubt_policy::hold, hold},
        {hold, true, doubt_policy::resend, hold},  // expired
        {hold, true, doubt_policy::hold, hold},
        {defer, false, doubt_policy::hold, defer},
        {wait_again, false, doubt_policy::hold, wait_again},
        {delivered, false, doubt_policy::hold, delivered},
        {rejected, false, doubt_policy::hold, rejected},
    };
    for (auto const& c : cases) {
        decision made;
        made.what = c.before;
        made.in_doubt = c.in_doubt;
        EXPECT_EQ(settle_doubt(made, c.policy), c.after)
            << name_of(c.before) << " " << c.in_doubt << " " << static_cast<int>(c.policy);
    }
}

}  // namespace
}  // namespace setclick::delivery
