#include "setclickd/api/verdict.hpp"

#include <gtest/gtest.h>

#include <map>

namespace setclick::api {
namespace {

constexpr wall_time now = from_ms(1'795'341'600'000);

answer_view answer(int status, std::string_view body = {}) {
    answer_view out;
    out.status = status;
    out.body = body;
    out.body_size = body.size();
    return out;
}

TEST(verdict, every_status_has_the_documented_meaning) {
    std::map<int, verdict> const special{
        {400, verdict::rejected},    {413, verdict::rejected},     {414, verdict::rejected},
        {422, verdict::rejected},    {401, verdict::unauthorised}, {403, verdict::forbidden},
        {404, verdict::not_found},   {405, verdict::not_found},    {410, verdict::not_found},
        {408, verdict::unavailable}, {425, verdict::unavailable},  {429, verdict::throttled},
    };
    for (int status = -1; status <= 1000; ++status) {
        auto want = verdict::foreign_content;
        if (status >= 200 && status <= 299) want = verdict::accepted;
        if (status >= 300 && status <= 399) want = verdict::redirected;
        if (status >= 500 && status <= 599) want = verdict::unavailable;
        if (auto const found = special.find(status); found != special.end()) want = found->second;
        auto const facts = classify(answer(status), now);
        EXPECT_EQ(facts.verdict, want) << status;
        EXPECT_EQ(facts.status, status);
    }
}

TEST(verdict, body_of_a_success_decides) {
    struct {
        char const* body;
        verdict want;
    } const table[] = {
        {"", verdict::accepted},
        {" \r\n", verdict::accepted},
        {R"({"status":"ok"})", verdict::accepted},
        {R"({"status":200})", verdict::accepted},
        {R"({"data":{"status":"error"}})", verdict::accepted},
        {"{}", verdict::accepted},
        {"[]", verdict::accepted},
        {"null", verdict::accepted},
        {R"({"status":"error","message":"Unauthenticated"})", verdict::foreign_content},
        {R"({"status":"Error"})", verdict::foreign_content},
        {R"({"st\u0061tus":"error"})", verdict::foreign_content},
        {"<html><body>Please log in</body></html>", verdict::foreign_content},
        {"OK", verdict::foreign_content},
        {R"({"status":"ok")", verdict::foreign_content},
        {"{}{}", verdict::foreign_content},
        {"\xff", verdict::foreign_content},
    };
    for (auto const& row : table)
        EXPECT_EQ(classify(answer(200, row.body), now).verdict, row.want) << row.body;
}

TEST(verdict, success_that_cannot_be_seen_whole_is_none) {
    auto longer = answer(200, R"({"status":"ok"})");
    longer.body_size = 5000;
    EXPECT_EQ(classify(longer, now).verdict, verdict::foreign_content);
    auto blank = answer(200, "    ");
    blank.body_size = 5000;
    EXPECT_EQ(classify(blank, now).verdict, verdict::foreign_content);
    for (auto const* body : {"", "{}"}) {
        auto closed = answer(200, body);
        closed.ended_by_close = true;
        EXPECT_EQ(classify(closed, now).verdict, verdict::foreign_content);
    }
    auto closed_error = answer(503, "x");
    closed_error.ended_by_close = true;
    EXPECT_EQ(classify(closed_error, now).verdict, verdict::unavailable);
}

TEST(verdict, deep_body_is_foreign_and_no_crash) {
    auto const deep = std::string(2000, '[');
    EXPECT_EQ(classify(answer(200, deep), now).verdict, verdict::foreign_content);
}

TEST(verdict, rate_headers_are_read_and_nonsense_ignored) {
    struct {
        char const *limit, *remaining, *reset;
        std::optional<double> want_limit;
        std::optional<std::int64_t> want_remaining;
        std::optional<milliseconds> want_reset;
    } const table[] = {
        {"120", "119", "30", 120, 119, 30s},
        {"60, 60;w=60", "0", "1795341630", 60, 0, 30s},
        {"0.5", "5 ", "", 0.5, 5, {}},
        {"-1", "-3", "-2", {}, {}, {}},
        {"many", "some", "soon", {}, {}, {}},
        {"nan", "inf", "nan", {}, {}, {}},
        {"1e999", "99999999999999999999", "", {}, 1'000'000'000'000'000, {}},
        {"", "", "", {}, {}, {}},
    };
    for (auto const& row : table) {
        auto a = answer(200);
        a.limit = row.limit;
        a.remaining = row.remaining;
        a.reset = row.reset;
        auto const facts = classify(a, now);
        EXPECT_EQ(facts.limit_per_minute, row.want_limit) << row.limit;
        EXPECT_EQ(facts.remaining, row.want_remaining) << row.remaining;
        EXPECT_EQ(facts.reset_in, row.want_reset) << row.reset;
    }
}

TEST(verdict, throttled_waits_for_the_longest_that_header_or_body_says) {
    struct {
        char const *header, *body;
        std::optional<milliseconds> want;
        std::optional<double> want_limit;
    } const table[] = {
        {"", R"({"message":"Too Many Attempts."})", {}, {}},
        {"7", R"({"message":"Too Many Attempts."})", 7s, {}},
        {"",
         R"({"error":{"code":"RATE_LIMIT_EXCEEDED","message":"m","details":{"limit":60,"window":60,"retry_after":45}}})",
         45s, 60},
        {"50", R"({"error":{"details":{"limit":1,"window":120,"retry_after":45}}})", 50s, 0.5},
        {"5",
         R"({"error":{"details":{"limit":60,"window":"1 minute","retry_after":"45"}}})",
         45s,
         {}},
        {"", R"({"details":{"retry_after":1.5}})", 1500ms, {}},
        {"3", R"({"error":{"code":"rate_limit_exceeded","message":"m"},"request_id":"x"})", 3s, {}},
        {"3", R"({"error":{"details":{"retry_after":-4,"limit":"x","window":0}}})", 3s, {}},
        {"3", R"({"error":{"details":{"retry_after":1e300}}})", std::chrono::hours{24 * 365}, {}},
        {"3", R"({"error":"details"})", 3s, {}},
        {"3", "<html>", 3s, {}},
    };
    for (auto const& row : table) {
        auto a = answer(429, row.body);
        a.retry_after = row.header;
        auto const facts = classify(a, now);
        EXPECT_EQ(facts.verdict, verdict::throttled);
        EXPECT_EQ(facts.retry_after, row.want) << row.body;
        EXPECT_EQ(facts.limit_per_minute, row.want_limit) << row.body;
    }
}

TEST(verdict, retry_after_counts_under_other_statuses_too_and_limit_header_beats_the_body) {
    auto a = answer(503);
    a.retry_after = "9";
    EXPECT_EQ(classify(a, now).retry_after, 9s);
    auto b = answer(429, R"({"error":{"details":{"limit":60,"window":60}}})");
    b.limit = "30";
    EXPECT_EQ(classify(b, now).limit_per_minute, 30);
}

TEST(verdict, names_are_distinct) {
    std::map<std::string_view, int> seen;
    for (std::size_t i = 0; i < verdict_count; ++i)
        ++seen[name_of(static_cast<verdict>(i))];
    EXPECT_EQ(seen.size(), verdict_count);
    EXPECT_EQ(name_of(verdict::foreign_content), "foreign-content");
}

}  // namespace
}  // namespace setclick::api
