#include "setclickd/telemetry/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#include "setclickd/base/secret.hpp"
#include "telemetry/log_format.hpp"

namespace setclick::telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A secret is no value of a line, whatever it holds: this is checked by the compiler, here once.
static_assert(!std::is_constructible_v<field, std::string_view, secret<std::string>>);
static_assert(!std::is_constructible_v<field, std::string_view, secret<int>>);

wall_time const noon = from_ms(1'795'349'316'250);

std::string formatted(log_format format, std::string_view message, std::vector<field> const& fields,
                      level l = level::info) {
    return format_line(format, l, noon, message, fields);
}

TEST(log_format_line, one_line_of_each_format_has_its_shape) {
    std::vector<field> const fields{{"file", "crm 1.ndjson"},
                                    {"events", 120U},
                                    {"rate", 0.5},
                                    {"ok", true},
                                    {"left", -3},
                                    {"empty", ""}};
    EXPECT_EQ(formatted(log_format::text, "file taken", fields),
              wall_text(noon, true) +
                  " info  file taken file=\"crm 1.ndjson\" events=120 rate=0.5 ok=true left=-3 "
                  "empty=\"\"");
    EXPECT_EQ(formatted(log_format::journald, "file taken", fields),
              "<6>file taken file=\"crm 1.ndjson\" events=120 rate=0.5 ok=true left=-3 empty=\"\"");
    EXPECT_EQ(formatted(log_format::logfmt, "file taken", fields),
              "ts=" + wall_text(noon, true) +
                  " level=info msg=\"file taken\" file=\"crm 1.ndjson\" events=120 rate=0.5 ok=true"
                  " left=-3 empty=\"\"");
    EXPECT_EQ(
        formatted(log_format::json, "file taken", fields),
        R"({"ts":")" + wall_text(noon, true) +
            R"(","level":"info","msg":"file taken","file":"crm 1.ndjson","events":120,"rate":0.5,)"
            R"("ok":true,"left":-3,"empty":""})");
}

TEST(log_format_line, journald_priority_follows_the_level) {
    EXPECT_THAT(formatted(log_format::journald, "x", {}, level::debug), StartsWith("<7>"));
    EXPECT_THAT(formatted(log_format::journald, "x", {}, level::info), StartsWith("<6>"));
    EXPECT_THAT(formatted(log_format::journald, "x", {}, level::warn), StartsWith("<4>"));
    EXPECT_THAT(formatted(log_format::journald, "x", {}, level::error), StartsWith("<3>"));
}

TEST(log_format_line, hostile_text_stays_one_line_in_every_format) {
    std::string const hostile = "a\nb\r\x1b[31m\"=\\\xff\u202e <3>forged";
    for (auto const format :
         {log_format::text, log_format::journald, log_format::logfmt, log_format::json}) {
        auto const line = formatted(format, hostile, {{"file", hostile}});
        for (char const c : line)
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(format);
        EXPECT_EQ(line.find("\u202e"), std::string::npos);
        EXPECT_EQ(line.find('\xff'), std::string::npos);
    }
}

TEST(log_format_line, json_of_hostile_text_parses_to_the_printable_form) {
    auto const line = formatted(log_format::json, "say \"hi\"\n", {{"file", "a\\b\n\"c\""}});
    auto const parsed = boost::json::parse(line).as_object();
    EXPECT_EQ(parsed.at("msg").as_string(), "say \"hi\"\\n");
    EXPECT_EQ(parsed.at("file").as_string(), "a\\\\b\\n\"c\"");
}

TEST(log_format_line, json_of_infinity_is_null) {
    auto const line =
        formatted(log_format::json, "x", {{"rate", std::numeric_limits<double>::infinity()}});
    EXPECT_TRUE(boost::json::parse(line).at("rate").is_null());
}

TEST(log_format_line, escapes_that_a_message_already_holds_are_not_doubled) {
    EXPECT_THAT(formatted(log_format::text, "cannot open a\\nb", {}), HasSubstr("open a\\nb"));
}

TEST(log_format_line, endless_value_is_cut) {
    std::string const endless(100'000, 'v');
    auto const line = formatted(log_format::text, endless, {{"v", endless}});
    EXPECT_LT(line.size(), 6000U);
}

TEST(log_format_choice, automatic_is_journald_only_on_the_journals_own_stream) {
    struct row {
        log_format wanted;
        std::string_view stream, actual;
        log_format expected;
    };
    for (auto const& r : std::vector<row>{
             {log_format::automatic, "8:77", "8:77", log_format::journald},
             {log_format::automatic, "8:77", "8:78", log_format::text},
             {log_format::automatic, "", "8:77", log_format::text},
             {log_format::automatic, "", "", log_format::text},
             {log_format::json, "8:77", "8:77", log_format::json},
             {log_format::text, "8:77", "8:77", log_format::text},
         })
        EXPECT_EQ(choose_format(r.wanted, r.stream, r.actual), r.expected) << r.stream << r.actual;
}

TEST(log_names, every_level_is_found_by_its_name) {
    for (auto const l : {level::debug, level::info, level::warn, level::error})
        EXPECT_EQ(level_named(name_of(l)), l);
    EXPECT_EQ(level_named("loud"), std::nullopt);
}

TEST(log_output, line_below_the_threshold_is_not_written) {
    set_up_logging({.format = log_format::logfmt, .threshold = level::warn});
    testing::internal::CaptureStderr();
    log_line(level::info, "quiet");
    log_line(level::warn, "loud {}", {{"n", 1}});
    auto const out = testing::internal::GetCapturedStderr();
    EXPECT_EQ(out.find("quiet"), std::string::npos);
    EXPECT_THAT(out, HasSubstr(" level=warn msg=\"loud {}\" n=1\n"));
    EXPECT_FALSE(log_enabled(level::info));
    EXPECT_TRUE(log_enabled(level::error));
}

TEST(log_output, lines_of_many_threads_do_not_mix) {
    set_up_logging({.format = log_format::journald, .threshold = level::debug});
    testing::internal::CaptureStderr();
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([] {
                for (int i = 0; i < 200; ++i)
                    log_line(level::debug, "same line", {{"k", "v"}});
            });
    }
    auto out = testing::internal::GetCapturedStderr();
    int lines = 0;
    for (std::size_t at = 0; at < out.size(); ++lines) {
        auto const end = out.find('\n', at);
        ASSERT_NE(end, std::string::npos);
        ASSERT_EQ(out.substr(at, end - at), "<7>same line k=v");
        at = end + 1;
    }
    EXPECT_EQ(lines, 800);
}

}  // namespace
}  // namespace setclick::telemetry
