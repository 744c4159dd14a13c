// What `setup` offers of the accounts that a token may use, and what an answer means.
#include "account_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace setclick::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

api::named_account const shop{"60a52f6ac660b269d13c3f53", "Shop"};
api::named_account const blog{"70b63f53c660b269d13c52a6", "Blog \x1b[31m"};
api::named_account const bare{"80b63f53c660b269d13c52a6", ""};

TEST(account_choice, what_is_offered_depends_on_how_many_are_left) {
    struct row {
        std::vector<api::named_account> listed;
        std::vector<std::string> configured;
        offer_kind kind;
        std::size_t left;
        char const* words;
    };
    for (auto const& r : {
             row{{}, {}, offer_kind::by_hand, 0, "no account"},
             row{{}, {shop.id}, offer_kind::by_hand, 0, "no account"},
             row{{shop}, {}, offer_kind::the_one, 1, "is taken: 60a52f6ac660b269d13c3f53 (Shop)"},
             row{{shop, bare}, {shop.id}, offer_kind::the_one, 1, "not configured yet"},
             row{{shop}, {shop.id}, offer_kind::none_left, 0, "configured already: 60a5"},
             row{{shop, blog, bare}, {blog.id}, offer_kind::several, 2, "Configured already: 70b6"},
             row{{shop, bare}, {"somebody else's"}, offer_kind::several, 2, "  2  80b6"},
         }) {
        auto const offer = offer_accounts(r.listed, r.configured);
        EXPECT_EQ(offer.kind, r.kind) << offer.text;
        EXPECT_EQ(offer.accounts.size(), r.left) << offer.text;
        EXPECT_THAT(offer.text, AllOf(HasSubstr(r.words), Not(HasSubstr("\x1b"))));
    }
}

TEST(account_choice, an_answer_is_a_number_or_an_id_of_the_list) {
    auto const offer = offer_accounts({shop, blog, bare}, {});
    auto const id = [&](char const* answer) {
        auto const out = chosen_of(offer, answer);
        return out ? *out : "refused: " + out.error().message;
    };
    EXPECT_EQ(id("1"), shop.id);
    EXPECT_EQ(id("3"), bare.id);
    EXPECT_EQ(id(blog.id.c_str()), blog.id);
    for (auto const* answer : {"", "0", "4", "-1", "1 ", "1x", "99999999999999999999999", "Shop"})
        EXPECT_THAT(id(answer), AllOf(HasSubstr("refused"), HasSubstr("from 1 to 3"))) << answer;
}

}  // namespace
}  // namespace setclick::cli
