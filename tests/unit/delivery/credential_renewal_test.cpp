// The renewal alone; what the account makes of it: account_credential_test.cpp.
#include "setclickd/delivery/credential_renewal.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace setclick::delivery {
namespace {

constexpr steady_time start{std::chrono::hours{24}};

/// What may happen to it, and whether it may ask and waits afterwards.
enum class step : char { ask, accepted, stop_waiting, renewed, replaced, parked, resumed };

TEST(credential_renewal, after_each_history_it_is_known_whether_a_401_asks_or_is_final) {
    using enum step;
    struct {
        std::vector<step> history;
        bool awaited;  ///< then nothing is asked
        bool asks;     ///< the next 401, when nothing is awaited any more
        std::string_view why;
    } const cases[] = {
        {{}, false, true, "the first one asks"},
        {{ask}, true, false, "it came to nothing: final"},
        {{ask, stop_waiting}, false, false, "the limit has passed: the next one is final"},
        {{ask, renewed}, false, false, "the new one must prove itself first"},
        {{ask, renewed, accepted}, false, true, "it did"},
        {{ask, accepted}, true, true, "the old one was accepted meanwhile: no reason to park"},
        {{ask, accepted, stop_waiting}, false, true, "the same, when the limit has passed"},
        {{ask, renewed, replaced}, false, true, "a person wrote another one"},
        {{ask, renewed, resumed}, false, true, "a person knows better"},
        {{ask, parked}, false, false, "a park of another reason in between proves nothing"},
        {{ask, parked, resumed}, false, true, "but its end by a person does"},
        {{renewed}, false, true, "one that came unasked is as good as the first"},
        {{parked}, false, true, "a park without a 401 takes nothing away"},
    };
    for (auto const& c : cases) {
        credential_renewal r;
        auto now = start;
        for (auto const s : c.history) {
            now += 1s;
            switch (s) {
                case ask:
                    ASSERT_TRUE(r.ask(now + 60s)) << c.why;
                    break;
                case accepted:
                    r.accepted();
                    break;
                case stop_waiting:
                    r.stop_waiting();
                    break;
                case renewed:
                    r.renewed(now);
                    break;
                case replaced:
                    r.replaced(now);
                    break;
                case parked:
                    r.parked();
                    break;
                case resumed:
                    r.resumed();
                    break;
            }
        }
        EXPECT_EQ(r.is_awaited(), c.awaited) << c.why;
        r.stop_waiting();
        EXPECT_EQ(r.ask(now + 60s), c.asks) << c.why;
    }
}

TEST(credential_renewal, it_is_awaited_until_the_limit_that_was_given) {
    credential_renewal r;
    ASSERT_TRUE(r.ask(start + 60s));
    EXPECT_EQ(r.awaited_until(), start + 60s);
}

TEST(credential_renewal, an_answer_to_a_call_begun_before_the_present_credential_is_not_about_it) {
    credential_renewal r;
    EXPECT_TRUE(r.is_about_present(start)) << "there was no other one";
    r.renewed(start + 5s);
    EXPECT_FALSE(r.is_about_present(start + 5s - 1ms));
    EXPECT_TRUE(r.is_about_present(start + 5s));
    r.replaced(start + 9s);
    EXPECT_FALSE(r.is_about_present(start + 5s));
    EXPECT_TRUE(r.is_about_present(start + 9s));
}

TEST(credential_renewal, of_the_probes_of_a_park_for_it_every_second_one_asks) {
    credential_renewal r;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(r.ask_again(true)) << i;
        EXPECT_FALSE(r.ask_again(true)) << "made with what the one before asked for";
    }
}

TEST(credential_renewal, probes_of_another_park_ask_for_nothing_and_the_row_begins_anew) {
    credential_renewal r;
    EXPECT_FALSE(r.ask_again(false));
    EXPECT_TRUE(r.ask_again(true));
    EXPECT_FALSE(r.ask_again(false));
    EXPECT_TRUE(r.ask_again(true));
    // A new park, or a credential that a person wrote: the next probe may ask.
    r.parked();
    EXPECT_TRUE(r.ask_again(true));
    r.replaced(start);
    EXPECT_TRUE(r.ask_again(true));
}

}  // namespace
}  // namespace setclick::delivery
