// What is sent over the control socket is read as it was written.
#include "setclickd/control/messages.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace setclick::control {
namespace {

TEST(control_messages, request_that_is_not_understood_whole_is_refused) {
    auto const parse = [](char const* text) {
        return operation_from(boost::json::parse(text).as_object(), "uid 0");
    };
    EXPECT_TRUE(parse(R"({"cmd":"operate","verb":"hold","filter":{}})"));
    for (auto const* text :
         {R"({"cmd":"operate","verb":"hold"})", R"({"cmd":"operate","verb":"burn","filter":{}})",
          R"({"cmd":"operate","verb":"hold","filter":{"colour":"red"}})",
          R"({"cmd":"operate","verb":"hold","filter":{"state":"burnt"}})",
          R"({"cmd":"operate","verb":"hold","filter":{"account":-1}})",
          R"({"cmd":"operate","verb":"hold","filter":{"event":"x"}})"})
        EXPECT_FALSE(parse(text)) << text;
}

TEST(control_messages, pause_names_just_one_of_account_endpoint_and_all) {
    for (auto const& b : {pause_request{.account = "a"}, pause_request{.endpoint = true},
                          pause_request{.resume = true, .all = true, .accept_rejections = true},
                          pause_request{.resume = true, .account = "a", .forget_rate = true}}) {
        auto const back = pause_from(pause_message(b));
        ASSERT_TRUE(back);
        EXPECT_EQ(back->resume, b.resume);
        EXPECT_EQ(back->account, b.account);
        EXPECT_EQ(back->endpoint, b.endpoint);
        EXPECT_EQ(back->all, b.all);
        EXPECT_EQ(back->accept_rejections, b.accept_rejections);
        EXPECT_EQ(back->forget_rate, b.forget_rate);
    }
    EXPECT_FALSE(pause_from(pause_message({})));
    EXPECT_FALSE(pause_from(pause_message({.account = "a", .all = true})));
}

}  // namespace
}  // namespace setclick::control
