// What is sent over the control socket is read as it was written.
#include "setclickd/control/messages.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "setclickd/control/log_lines.hpp"

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

TEST(control_messages, log_lines_are_read_as_they_were_written) {
    EXPECT_EQ(lines_wanted_after(log_request(77)), 77U);
    EXPECT_EQ(lines_wanted_after({{"cmd", "log"}, {"after", -1}}), 0U);
    std::vector<telemetry::recent_line> const sent{{8, telemetry::level::warn, "a \"b\" c"},
                                                   {9, telemetry::level::error, "é"}};
    auto const back = lines_from(lines_message(sent));
    ASSERT_EQ(back.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(back[i].no, sent[i].no);
        EXPECT_EQ(back[i].severity, sent[i].severity);
        EXPECT_EQ(back[i].text, sent[i].text);
    }
    for (auto const* text :
         {"null", "[]", "{}", R"({"lines":7})", R"({"lines":[7,{"text":"x"},{"no":"1"}]})"})
        EXPECT_TRUE(lines_from(boost::json::parse(text)).empty()) << text;
    EXPECT_EQ(lines_from(boost::json::parse(R"({"lines":[{"no":3,"level":"loud"}]})"))[0].severity,
              telemetry::level::info);
}

}  // namespace
}  // namespace setclick::control
