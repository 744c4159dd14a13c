#include "sandbox/report.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <set>

namespace setclick::sandbox {
namespace {

namespace json = boost::json;

constexpr auto now = from_ms(1'750'000'000'000);  // 2025-06-15 15:06:40
std::chrono::sys_days const today = std::chrono::floor<std::chrono::days>(now);

conversion sample(std::string label, std::string account = "A") {
    conversion c;
    c.account = std::move(account);
    c.day = today;
    c.utm_source = "s";
    c.label = std::move(label);
    return c;
}

report_query query(std::string const& text) {
    form f;
    f.decode(text);
    return std::get<report_query>(parse_report_query(f, today));
}

json::array rows(report& r, std::string const& text, wall_time at = now) {
    return json::parse(r.page(query(text), at)).at("data").get_array();
}

std::vector<std::string> labels(json::array const& all) {
    std::vector<std::string> out;
    for (auto const& row : all)
        out.emplace_back(row.at("label").get_string());
    return out;
}

constexpr char const* everything = "account_id=A&date_range=this_month";

TEST(parse_report_query, missing_and_wrong_parameters_are_400_in_order) {
    struct {
        char const* text;
        char const* message;
    } const cases[] = {
        {"", "Missing required parameter: account_id"},
        {"account_id=&date_range=today", "Missing required parameter: account_id"},
        {"account_id=A", "Missing required parameter: date_range"},
        {"account_id=A&date_range=x", "Invalid parameter: date_range"},
        {"account_id=A&date_range=today&skip=-1", "Invalid parameter: skip"},
        {"account_id=A&date_range=today&limit=0", "Invalid parameter: limit"},
        {"account_id=A&date_range=today&limit=1x", "Invalid parameter: limit"},
    };
    for (auto const& c : cases) {
        form f;
        f.decode(c.text);
        auto const parsed = parse_report_query(f, today);
        ASSERT_TRUE(std::holds_alternative<answer>(parsed)) << c.text;
        EXPECT_EQ(std::get<answer>(parsed).status, 400);
        EXPECT_EQ(std::get<answer>(parsed).body,
                  std::string(R"({"status":"error","message":")") + c.message + "\"}");
    }
    EXPECT_EQ(query("account_id=A&date_range=today&limit=1000").limit, 100);
    EXPECT_EQ(query("account_id=A&date_range=today&limit=7").limit, 7);
    EXPECT_EQ(query("account_id=A&date_range=today").limit, 100);
}

TEST(report, a_row_has_the_vendors_fields_and_nulls) {
    report r({}, now);
    r.book(sample("call"), now);
    auto const page = json::parse(r.page(query(everything), now));
    EXPECT_EQ(page.at("status"), "ok");
    EXPECT_EQ(page.at("pagination"), (json::object{{"skip", 100}, {"limit", 100}}));
    auto const& row = page.at("data").at(0).get_object();
    std::vector<std::string> names;
    for (auto const& member : row)
        names.emplace_back(member.key());
    EXPECT_EQ(names, (std::vector<std::string>{"_id", "date", "utm_matchtype", "utm_campaign",
                                               "utm_source", "utm_medium", "utm_term", "country",
                                               "country_name", "label"}));
    auto const id = std::string(row.at("_id").get_string());
    EXPECT_EQ(id.size(), 24U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(row.at("date"), "2025-06-15");
    EXPECT_TRUE(row.at("utm_matchtype").is_null());
    EXPECT_EQ(row.at("utm_source"), "s");
    EXPECT_EQ(row.at("label"), "call");
}

TEST(report, pages_hold_every_row_once_newest_first) {
    report r({}, now);
    for (int i = 0; i < 250; ++i)
        r.book(sample(std::to_string(i)), now);
    std::vector<std::string> seen;
    std::set<std::string> ids;
    for (int skip = 0; skip < 400; skip += 100)
        for (auto const& row : rows(r, std::string(everything) + "&skip=" + std::to_string(skip))) {
            seen.emplace_back(row.at("label").get_string());
            ids.emplace(row.at("_id").get_string());
        }
    ASSERT_EQ(seen.size(), 250U);
    EXPECT_EQ(ids.size(), 250U);
    EXPECT_EQ(seen.front(), "249");
    EXPECT_EQ(seen.back(), "0");
}

TEST(report, account_day_and_country_filter) {
    report r({}, now);
    auto spain = sample("es");
    spain.country = "ES";
    r.book(spain, now);
    r.book(sample("other account", "B"), now);
    auto old = sample("old");
    old.day = today - std::chrono::days{40};
    r.book(old, now);
    r.book(sample("plain"), now);
    EXPECT_EQ(labels(rows(r, everything)), (std::vector<std::string>{"plain", "es"}));
    EXPECT_EQ(labels(rows(r, std::string(everything) + "&country=es")),
              (std::vector<std::string>{"es"}));
    EXPECT_EQ(labels(rows(r, "account_id=B&date_range=today")),
              (std::vector<std::string>{"other account"}));
    EXPECT_EQ(rows(r, "account_id=C&date_range=today").size(), 0U);
    EXPECT_EQ(labels(rows(r, "account_id=A&date_range=20250501,20250510")),
              (std::vector<std::string>{"old"}));
}

TEST(report, page_cap_ignores_the_limit_and_says_so) {
    report_switches s;
    s.page_cap = 37;
    report r(s, now);
    for (int i = 0; i < 50; ++i)
        r.book(sample("x"), now);
    auto const page = json::parse(r.page(query(std::string(everything) + "&limit=100"), now));
    EXPECT_EQ(page.at("data").get_array().size(), 37U);
    EXPECT_EQ(page.at("pagination"), (json::object{{"skip", 37}, {"limit", 37}}));
    EXPECT_EQ(rows(r, std::string(everything) + "&skip=37").size(), 13U);
}

TEST(report, delayed_rows_appear_when_due) {
    report_switches s;
    s.delay = 5s;
    report r(s, now);
    r.book(sample("late"), now);
    EXPECT_EQ(rows(r, everything, now + 4999ms).size(), 0U);
    EXPECT_EQ(rows(r, everything, now + 5s).size(), 1U);
}

TEST(report, swallowed_and_doubled_rows_are_the_first_ones) {
    report_switches s;
    s.swallow = 2;
    s.doubled = 1;
    report r(s, now);
    EXPECT_EQ(r.book(sample("0"), now), 0);
    EXPECT_EQ(r.book(sample("1"), now), 0);
    EXPECT_EQ(r.book(sample("2"), now), 2);
    EXPECT_EQ(r.book(sample("3"), now), 1);
    EXPECT_EQ(labels(rows(r, everything)), (std::vector<std::string>{"3", "2", "2"}));

    report_switches every;
    every.swallow_every = 3;
    report third(every, now);
    for (int i = 1; i <= 6; ++i)
        third.book(sample(std::to_string(i)), now);
    EXPECT_EQ(labels(rows(third, everything)), (std::vector<std::string>{"5", "4", "2", "1"}));
}

TEST(report, website_rows_are_the_same_for_a_seed_and_in_every_account) {
    report_switches s;
    s.website_rows = 60;
    s.website_labels = {"own"};
    report first(s, now);
    report second(s, now);
    auto const text = std::string("account_id=ANY&date_range=last_30_days");
    EXPECT_EQ(first.page(query(text), now), second.page(query(text), now));
    EXPECT_EQ(rows(first, text).size(), 60U);
    EXPECT_EQ(labels(rows(first, text)).front(), "own");
    s.seed = 2;
    report other(s, now);
    EXPECT_NE(first.page(query(text), now), other.page(query(text), now));
}

TEST(report, rows_come_and_go_between_pages) {
    report_switches s;
    s.rows_between_pages = true;
    report r(s, now);
    for (int i = 0; i < 3; ++i)
        r.book(sample(std::to_string(i)), now);
    EXPECT_EQ(labels(rows(r, std::string(everything) + "&limit=2")),
              (std::vector<std::string>{"2", "1"}));
    // One row more in front: the second page begins with the last row of the first.
    EXPECT_EQ(labels(rows(r, std::string(everything) + "&limit=2&skip=2")),
              (std::vector<std::string>{"1", "0"}));

    report_switches v;
    v.vanish_between_pages = true;
    v.website_rows = 5;
    v.website_days = 1;
    report fewer(v, now);
    EXPECT_EQ(rows(fewer, everything).size(), 5U);
    EXPECT_EQ(rows(fewer, std::string(everything) + "&skip=1").size(), 3U);
    EXPECT_EQ(rows(fewer, everything).size(), 4U);
}

}  // namespace
}  // namespace setclick::sandbox
