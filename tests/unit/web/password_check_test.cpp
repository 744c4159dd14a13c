#include "web/password_check.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace setclick::web {
namespace {

constexpr std::string_view right_one = "Basic dXNlcjpzZXNhbWU=";  // user:sesame
constexpr std::string_view wrong_one = "Basic dXNlcjpvcGVu";      // user:open

struct guessing {
    password_check check{secret<std::string>("sesame")};
    steady_time now{std::chrono::hours{5}};

    password_verdict try_it(std::string_view authorization, std::string_view from = "10.0.0.1") {
        std::vector<std::string_view> const all{authorization};
        return check.verdict({from, false}, all, now);
    }
};

TEST(PasswordCheck, EachFormOfTheFieldIsRead) {
    struct row {
        std::string_view field;
        password_verdict verdict;
    };
    using enum password_verdict;
    row const table[] = {
        {right_one, right},
        {"basic dXNlcjpzZXNhbWU=", right},
        {"BASIC   dXNlcjpzZXNhbWU=", right},
        {"Basic dXNlcjpzZXNhbWU", right},       // without its padding
        {"Basic OnNlc2FtZQ==", right},          // no user
        {"Basic d2hvZXZlcjpzZXNhbWU=", right},  // whoever
        {wrong_one, wrong},
        {"Basic dXNlcjpzZXNhbQ==", wrong},  // sesam
        {"Basic dXNlcjpzZXNhbWVz", wrong},  // sesames
        {"Basic dXNlcjpTRVNBTUU=", wrong},  // SESAME
        {"Basic c2VzYW1l", wrong},          // no colon
        {"Basic dXNlcjo=", wrong},          // empty
        {"Basic", wrong},
        {"Basic ", wrong},
        {"Basic ====", wrong},
        {"Basic !!!!", wrong},
        {"Basic dXNlcjpzZXNhbWU=x", wrong},
        {"Bearer dXNlcjpzZXNhbWU=", wrong},
        {"dXNlcjpzZXNhbWU=", wrong},
        {"", wrong},
    };
    for (auto const& r : table) {
        guessing g;
        EXPECT_EQ(g.try_it(r.field), r.verdict) << r.field;
    }
}

TEST(PasswordCheck, NoFieldAndTwoFieldsAreNoPassword) {
    guessing g;
    EXPECT_EQ(g.check.verdict({"10.0.0.1"}, {}, g.now), password_verdict::none_given);
    std::vector<std::string_view> const two{right_one, right_one};
    EXPECT_EQ(g.check.verdict({"10.0.0.1"}, two, g.now), password_verdict::wrong);
}

TEST(PasswordCheck, AGuesserWaitsAndAPersonWhoMistypesDoesNot) {
    guessing g;
    for (int n = 0; n < 5; ++n)
        EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong) << n;
    EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong_again);
    EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong_again);
    g.now += 5s;
    EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong);
    EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong_again);
}

TEST(PasswordCheck, AnHourOfGuessingIsAnsweredSlowly) {
    guessing g;
    int at_once = 0;
    for (int n = 0; n < 36'000; ++n, g.now += 100ms)
        at_once += g.try_it(wrong_one) == password_verdict::wrong ? 1 : 0;
    EXPECT_LE(at_once, 5 + 720);
    EXPECT_GE(at_once, 720);
}

TEST(PasswordCheck, NobodyWhoKnowsItWaitsWhoeverGuesses) {
    guessing g;
    for (int n = 0; n < 1000; ++n)
        g.try_it(wrong_one);
    EXPECT_EQ(g.try_it(right_one), password_verdict::right) << "the owner cannot be locked out";
    EXPECT_EQ(g.try_it(wrong_one), password_verdict::wrong_again)
        << "which does not help the guesser";
    EXPECT_EQ(g.try_it(wrong_one, "10.0.0.2"), password_verdict::wrong);
}

TEST(PasswordCheck, ManyClientsTakeNoMemoryWithoutEnd) {
    guessing g;
    for (int n = 0; n < 30; ++n)
        g.try_it(wrong_one, "the guesser");
    for (int n = 0; n < 5'000; ++n)
        EXPECT_EQ(g.try_it(wrong_one, "client " + std::to_string(n)), password_verdict::wrong);
    EXPECT_EQ(g.try_it(right_one, "somebody"), password_verdict::right);
}

}  // namespace
}  // namespace setclick::web
