#include "web/page_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "setclickd/status_model/status_json.hpp"
#include "web/page/assets.hpp"

namespace setclick::web {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Lt;

status_model::page_report one_of_two_parked() {
    status_model::page_report page;
    auto& r = page.status;
    r.now = wall_time{std::chrono::seconds{1764383400}};
    r.daemon.is_running = true;
    r.daemon.pid = 7;
    r.daemon.connections_open = 4;
    r.left_alone = {{"empty", "empty", 3}, {"too_large", "larger than spool.max_file", 0}};
    for (auto const* id : {"60a52f6ac660b269d13c3f53", "60a52f6ac660b269d13c3f54"})
        r.accounts.emplace_back().id = id;
    r.accounts[1].parked = status_model::park_report{
        "unauthorised", "the server does not accept the token (401)", "", "write a token", "", {}};
    return page;
}

TEST(PageData, HoldsTheStatusAsStatusJsonHasIt) {
    auto const page = one_of_two_parked();
    auto const made = json::parse(page_data(page));
    EXPECT_EQ(made.at("status"), json::value(to_json(page.status)));
    EXPECT_EQ(made.at("now").as_string(), "2025-11-29T02:30:00Z");
    EXPECT_EQ(made.at("daemon").at("connections_open").as_int64(), 4);
}

TEST(PageData, EachAccountStandsInTheOrderOfTheStatus) {
    auto const made = json::parse(page_data(one_of_two_parked()));
    EXPECT_EQ(made.at("outlook").at("is_delivering").as_string(), "in part");
    auto const& standings = made.at("standings").as_array();
    ASSERT_EQ(standings.size(), 2U);
    EXPECT_EQ(standings[0].at("standing").as_string(), "idle");
    EXPECT_FALSE(standings[0].at("is_trouble").as_bool());
    EXPECT_EQ(standings[1].at("standing").as_string(), "parked");
    EXPECT_TRUE(standings[1].at("is_trouble").as_bool());
    EXPECT_THAT(standings[1].at("rank").as_int64(), Lt(standings[0].at("rank").as_int64()));
    EXPECT_EQ(standings[1].at("commands").as_array().at(0).as_string(),
              "setclickd token 60a52f6ac660b269d13c3f54");
}

TEST(PageData, NoAccountDeliversWhileEverythingIsKeptBack) {
    auto page = one_of_two_parked();
    page.status.accounts[0].events.waiting = 3;
    EXPECT_EQ(json::parse(page_data(page)).at("standings").at(0).at("standing").as_string(),
              "delivering");
    page.status.daemon.disk_full = true;
    auto const standings = json::parse(page_data(page)).at("standings");
    EXPECT_EQ(standings.at(0).at("standing").as_string(), "waiting");
    EXPECT_EQ(standings.at(1).at("standing").as_string(), "parked");
}

TEST(PageData, HasTheDisksAndTheEndsOfTokensThatAreKnown) {
    auto page = one_of_two_parked();
    page.status.ledger_disk = {10, 100};
    page.status.accounts[1].token_end = page.status.now;
    auto const made = json::parse(page_data(page));
    auto const& disks = made.at("daemon").at("disks").as_array();
    ASSERT_EQ(disks.size(), 1U);
    EXPECT_EQ(disks[0].at("place").as_string(), "ledger");
    EXPECT_EQ(disks[0].at("free_bytes").to_number<int>(), 10);
    EXPECT_TRUE(made.at("standings").at(0).at("token_end").is_null());
    EXPECT_EQ(made.at("standings").at(1).at("token_end").as_string(), "2025-11-29T02:30:00Z");
}

TEST(PageData, NamesOnlyWhatIsLeftAlone) {
    auto const made = json::parse(page_data(one_of_two_parked()));
    auto const& left = made.at("left_alone").as_array();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].at("reason").as_string(), "empty");
    EXPECT_EQ(left[0].at("count").to_number<int>(), 3);
}

TEST(PageFiles, LieInTheProgramWhole) {
    EXPECT_TRUE(index_html().starts_with("<!doctype html>"));
    EXPECT_TRUE(index_html().ends_with("</html>\n"));
    EXPECT_THAT(std::string(page_css()), HasSubstr("prefers-color-scheme: dark"));
    EXPECT_TRUE(page_js().ends_with("})();\n"));
    EXPECT_LT(index_html().size() + page_css().size() + page_js().size(), 100U * 1024);
}

/// The page's policy allows none of these, and text that came from outside must not become markup.
TEST(PageFiles, HaveNoMarkupFromTextNoStyleAndNoForeignAddress) {
    for (auto const text : {index_html(), page_css(), page_js()})
        for (auto const* const bad :
             {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
              "new Function", ".style", " style=", "onclick=", "@import", "url(", "//cdn",
              "https://"})
            EXPECT_EQ(text.find(bad), std::string_view::npos) << bad;
    for (auto const* const absolute : {"href=\"/", "src=\"/", "fetch('/"})
        EXPECT_EQ((std::string(index_html()) + std::string(page_js())).find(absolute),
                  std::string::npos)
            << absolute;
}

}  // namespace
}  // namespace setclick::web
