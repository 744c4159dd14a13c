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
        {400, verdict::rejected},     {413, verdict::rejected},     {414, verdict::rejected},
        {422, verdict::rejected},     {401, verdict::unauthorised}, {403, verdict::forbidden},
        {404, verdict::not_found},    {405, verdict::not_found},    {410, verdict::not_found},
        {408, verdict::unavailable},  {425, verdict::unavailable},  {429, verdict::throttled},
        {402, verdict::forbidden},    {406, verdict::blocked},      {407, verdict::blocked},
        {419, verdict::blocked},      {420, verdict::throttled},    {421, verdict::misdirected},
        {424, verdict::unavailable},  {426, verdict::blocked},      {430, verdict::blocked},
        {431, verdict::blocked},      {440, verdict::unauthorised}, {444, verdict::unavailable},
        {450, verdict::blocked},      {451, verdict::blocked},      {460, verdict::unavailable},
        {463, verdict::blocked},      {464, verdict::blocked},      {494, verdict::blocked},
        {495, verdict::blocked},      {496, verdict::blocked},      {497, verdict::blocked},
        {498, verdict::unauthorised}, {499, verdict::unavailable},  {511, verdict::blocked},
        {561, verdict::blocked},
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

TEST(verdict, what_frames_the_apis_own_answer_does_not_hide_it) {
    for (auto const* body :
         {"\xEF\xBB\xBF{\"status\":\"ok\"}", "\xEF\xBB\xBF\xEF\xBB\xBF{\"status\":\"ok\"}",
          "\r\n\t {\"status\":\"ok\"} \n", "{\"status\":\"ok\"}\xEF\xBB\xBF", "\xEF\xBB\xBF",
          "\n\xEF\xBB\xBF \n[]"}) {
        EXPECT_EQ(classify(answer(200, body), now).verdict, verdict::accepted) << body;
        EXPECT_FALSE(classify(answer(200, body), now).may_be_booked) << body;
    }
    auto const framed = classify(answer(200, "\xEF\xBB\xBF{\"status\":\"error\"}"), now);
    EXPECT_EQ(framed.verdict, verdict::foreign_content);
}

TEST(verdict, a_success_that_says_an_error_is_no_delivery) {
    for (auto const* body :
         {R"({"success":false})",
          R"({"success":"false"})",
          R"({"success":0})",
          R"({"ok":false})",
          R"({"error":{"code":"RATE_LIMIT_EXCEEDED","details":{"retry_after":4}}})",
          R"({"error":"no such account"})",
          R"({"error":true})",
          R"({"error":1})",
          R"({"errors":["email"]})",
          R"({"errors":{"email":["is missing"]}})",
          R"({"status":"failed"})",
          R"({"status":"FAIL"})",
          R"({"Status":"Failure"})",
          R"({"status":401})",
          R"({"status":"503"})",
          R"({"status":false})",
          R"({"code":500,"message":"m"})",
          R"({"statusCode":403})",
          R"({"result":"error"})",
          R"({"type":"error"})",
          R"({"exception":"PDOException"})",
          R"([{"success":false}])",
          R"("error")",
          "false"}) {
        auto const facts = classify(answer(200, body), now);
        EXPECT_EQ(facts.verdict, verdict::foreign_content) << body;
        EXPECT_TRUE(facts.may_be_booked) << body;
        EXPECT_NE(facts.note.find("says an error"), std::string_view::npos) << body;
    }
    for (auto const* body :
         {R"({"success":true})", R"({"success":1,"error":null})", R"({"error":false})",
          R"({"errors":[]})", R"({"errors":{}})", R"({"error":""})", R"({"error":0,"code":200})",
          R"({"status":"success","code":0})", R"({"status":1})", R"({"message":"Saved"})",
          R"({"result":"ok"})", "true", "1", R"("OK")"})
        EXPECT_EQ(classify(answer(200, body), now).verdict, verdict::accepted) << body;
}

TEST(verdict, why_a_success_cannot_be_read_is_said) {
    struct {
        char const* body;
        char const* note;
    } const table[] = {
        {"<br /><b>Deprecated</b>: x in /a.php on line 7<br />\n{\"status\":\"ok\"}",
         "text around the JSON"},
        {"{\"status\":\"ok\"}\n<!-- cached -->", "text around the JSON"},
        {"<!DOCTYPE html><html>login</html>", "a page (HTML)"},
        {"OK", "not JSON"},
    };
    for (auto const& row : table) {
        auto const facts = classify(answer(200, row.body), now);
        EXPECT_EQ(facts.verdict, verdict::foreign_content) << row.body;
        EXPECT_TRUE(facts.may_be_booked) << row.body;
        EXPECT_NE(facts.note.find(row.note), std::string_view::npos) << facts.note;
    }
    auto closed = answer(200, R"({"status":"ok"})");
    closed.ended_by_close = true;
    EXPECT_EQ(classify(closed, now).note.find("an answer without a length"), 0U);
    closed.http_1_0 = true;
    EXPECT_EQ(classify(closed, now).note.find("an HTTP/1.0 answer"), 0U);
}

TEST(verdict, a_walls_answer_is_the_walls_and_never_a_booking) {
    auto const page = [](int status, std::string_view body) {
        auto a = answer(status, body);
        a.content_type = "text/html; charset=UTF-8";
        return a;
    };
    for (int const status : {401, 403, 429, 503, 404, 202, 200, 405}) {
        auto a = answer(status);
        a.wall = "cf-mitigated: challenge";
        auto const facts = classify(a, now);
        EXPECT_EQ(facts.verdict, verdict::blocked) << status;
        EXPECT_FALSE(facts.may_be_booked) << status;
        EXPECT_FALSE(facts.note.empty()) << status;
    }
    for (auto const& a :
         {page(403, "<!DOCTYPE html><title>Just a moment...</title>"),
          page(503, "<html>Checking your browser before accessing</html>"),
          page(403, "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD>Reference #18.x</HTML>"),
          page(406, "<html>Not Acceptable! ... Mod_Security</html>"),
          page(403, "<html>Request unsuccessful. Incapsula incident ID: 1</html>"),
          page(403, "<html><body>anything that is a page</body></html>"),
          page(405, "<html><script src=\"https://x.awswaf.com/y.js\"></script></html>"),
          page(400, "<html><title>400 Request Header Or Cookie Too Large</title></html>"),
          page(400, "<html>The plain HTTP request was sent to HTTPS port</html>")}) {
        auto const facts = classify(a, now);
        EXPECT_EQ(facts.verdict, verdict::blocked) << a.body;
        EXPECT_FALSE(facts.may_be_booked) << a.body;
    }
    // The API's own words, and pages that say nothing of a wall.
    EXPECT_EQ(classify(answer(403, R"({"status":"error","message":"Forbidden"})"), now).verdict,
              verdict::forbidden);
    EXPECT_EQ(classify(answer(403), now).verdict, verdict::forbidden);
    EXPECT_EQ(classify(page(404, "<html>Not Found</html>"), now).verdict, verdict::not_found);
    EXPECT_EQ(classify(page(400, "<html>Bad Request</html>"), now).verdict, verdict::rejected);
    EXPECT_EQ(classify(page(502, "<html>Bad Gateway</html>"), now).verdict, verdict::unavailable);
}

TEST(verdict, a_503_may_follow_a_booking_only_where_the_application_wrote_it) {
    EXPECT_FALSE(classify(answer(503), now).may_be_booked);
    EXPECT_FALSE(classify(answer(503, "<html>Service Unavailable</html>"), now).may_be_booked);
    EXPECT_FALSE(classify(answer(503, "upstream connect error"), now).may_be_booked);
    EXPECT_TRUE(classify(answer(503, R"({"status":"error"})"), now).may_be_booked);
    auto counted = answer(503);
    counted.remaining = "17";
    EXPECT_TRUE(classify(counted, now).may_be_booked);
    EXPECT_TRUE(classify(answer(529, R"({"error":"overloaded"})"), now).may_be_booked);
    EXPECT_FALSE(classify(answer(521, R"({"status":"error"})"), now).may_be_booked);
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

TEST(verdict, waits_and_allowances_of_every_draft_are_read) {
    struct {
        char const* what;
        std::string_view answer_view::*field;
        char const* value;
        std::optional<milliseconds> retry_after, reset;
        std::optional<std::int64_t> remaining;
        std::optional<double> limit;
    } const table[] = {
        {"fraction", &answer_view::retry_after, "2.997", 2997ms, {}, {}, {}},
        {"below one", &answer_view::retry_after, "0.493", 493ms, {}, {}, {}},
        {"twice", &answer_view::retry_after, "1\n5", 5s, {}, {}, {}},
        {"twice, the second worse", &answer_view::retry_after, "5\nsoon", 5s, {}, {}, {}},
        {"joined", &answer_view::retry_after, "1, 5", 5s, {}, {}, {}},
        {"epoch", &answer_view::retry_after, "1795341607", 7s, {}, {}, {}},
        {"reset", &answer_view::reset, "4.25", {}, 4250ms, {}, {}},
        {"reset twice", &answer_view::reset, "4\n9", {}, 9s, {}, {}},
        {"reset as a date", &answer_view::reset, "2026-11-22T10:00:07Z", {}, 7s, {}, {}},
        {"draft 7", &answer_view::rate_limit, "limit=100, remaining=0, reset=5", {}, 5s, 0, {}},
        {"draft 8", &answer_view::rate_limit, R"("default";r=0;t=4)", {}, 4s, 0, {}},
        {"draft 8, a list",
         &answer_view::rate_limit,
         R"("burst, short";r=9;t=2, "day";r=0;t=60)",
         {},
         60s,
         0,
         {}},
        {"draft 8, unquoted and spaced",
         &answer_view::rate_limit,
         "default; r=3; t=30",
         {},
         30s,
         3,
         {}},
        {"policy 7", &answer_view::rate_policy, "100;w=60", {}, {}, {}, 100},
        {"policy 8", &answer_view::rate_policy, R"("default";q=60;w=120)", {}, {}, {}, 30},
        {"policies",
         &answer_view::rate_policy,
         R"("m";q=60;w=60,"h";q=600;w=3600)",
         {},
         {},
         {},
         10},
        {"a day's quota is no rate",
         &answer_view::rate_policy,
         R"("day";q=1440;w=86400)",
         {},
         {},
         {},
         {}},
        {"nonsense", &answer_view::rate_limit, R"("default;r=0;t=4)", {}, {}, {}, {}},
        {"nonsense", &answer_view::rate_policy, ";;,,=;w=;q", {}, {}, {}, {}},
    };
    // 2026-11-22T10:00:00Z.
    for (auto const& row : table) {
        auto a = answer(429);
        a.*row.field = row.value;
        auto const facts = classify(a, now);
        EXPECT_EQ(facts.retry_after, row.retry_after) << row.what;
        EXPECT_EQ(facts.reset_in, row.reset) << row.what;
        EXPECT_EQ(facts.remaining, row.remaining) << row.what;
        EXPECT_EQ(facts.limit_per_minute, row.limit) << row.what;
    }
}

TEST(verdict, a_wait_that_cannot_be_read_is_named) {
    for (auto const* value : {"120s", "-5", "soon", "1 minute", "Sun, 31 Feb 2026 10:00:00 GMT"}) {
        auto a = answer(429);
        a.retry_after = value;
        EXPECT_EQ(classify(a, now).unread_wait, "Retry-After") << value;
        EXPECT_EQ(classify(a, now).retry_after, std::nullopt) << value;
        a.rate_limit = R"("default";r=0;t=4)";
        EXPECT_EQ(classify(a, now).unread_wait, "") << value;
    }
    auto a = answer(429);
    a.reset = "later";
    EXPECT_EQ(classify(a, now).unread_wait, "X-RateLimit-Reset");
    a.retry_after = "3";
    EXPECT_EQ(classify(a, now).unread_wait, "");
    for (auto const* value : {R"("default";r=0;t=soon)", "limit=100, remaining=0, reset=4h",
                              R"("default;r=0;t=4)", "none"}) {
        auto b = answer(429);
        b.rate_limit = value;
        EXPECT_EQ(classify(b, now).unread_wait, "RateLimit") << value;
        b.retry_after = "4";
        EXPECT_EQ(classify(b, now).unread_wait, "") << value;
    }
    auto c = answer(503);
    c.rate_limit = "none";
    EXPECT_EQ(classify(c, now).unread_wait, "") << "which asks for nothing";
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
