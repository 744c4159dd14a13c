#include "sandbox/command_line.hpp"

#include <gtest/gtest.h>

#include "sandbox/fault_names.hpp"

namespace setclick::sandbox {
namespace {

std::variant<options, int> parse(std::vector<char const*> flags) {
    flags.insert(flags.begin(), "setclick-sandbox");
    return parse_command_line(static_cast<int>(flags.size()), flags.data());
}

TEST(command_line, no_flags_are_quiet_defaults) {
    auto const parsed = parse({});
    auto const& o = std::get<options>(parsed);
    EXPECT_EQ(o.listen, "127.0.0.1:8443");
    EXPECT_EQ(o.service.base_path, "/api");
    EXPECT_TRUE(o.service.report.pagination);
    EXPECT_EQ(o.service.report.website_labels.size(), 2U);
    EXPECT_EQ(faults_to_json(o.service.faults), faults_to_json(fault_set{}));
}

TEST(command_line, fault_flags_and_json_names_make_the_same_set) {
    auto const parsed = parse({"--fail-share", "0.2", "--fail-books", "--late-answer", "3s", "0.1",
                               "--status-for", "A=401", "--status-for", "B=403", "--retry-after",
                               "7", "--header", "X: y", "--rate-headers", "--idle-close", "1s"});
    auto const& o = std::get<options>(parsed);
    auto const same = faults_from_json(
        R"({"fail_share":0.2,"fail_books":true,"late_answer":["3s",0.1],"status_for":["A=401","B=403"],
            "retry_after":7,"header":"X: y","rate_headers":true,"idle_close":"1s"})");
    ASSERT_TRUE(same);
    EXPECT_EQ(faults_to_json(o.service.faults), faults_to_json(*same));
}

TEST(command_line, every_fault_field_is_a_flag) {
    testing::internal::CaptureStdout();
    auto const parsed = parse({"--help"});
    auto const help = testing::internal::GetCapturedStdout();
    EXPECT_EQ(std::get<int>(parsed), 0);
    for (auto const& field : fault_fields()) {
        std::string flag(field.name);
        std::replace(flag.begin(), flag.end(), '_', '-');
        EXPECT_NE(help.find("--" + flag), std::string::npos) << flag;
    }
}

TEST(command_line, other_flags_reach_their_settings) {
    auto const parsed = parse({"--token",
                               "a:A",
                               "--token",
                               "b",
                               "--login",
                               "e:p",
                               "--login-ttl",
                               "2m",
                               "--login-expires",
                               "sql",
                               "--compress",
                               "deflate-raw",
                               "--page-cap",
                               "37",
                               "--report-delay",
                               "5s",
                               "--swallow",
                               "7",
                               "--double",
                               "3",
                               "--no-pagination",
                               "--rows-between-pages",
                               "--click-time-unit",
                               "s",
                               "--label-field",
                               "settings.k",
                               "--website-rows",
                               "500",
                               "--website-label",
                               "own",
                               "--seed",
                               "9"});
    auto const& o = std::get<options>(parsed);
    EXPECT_EQ(o.tokens, (std::vector<std::string>{"a:A", "b"}));
    EXPECT_EQ(o.login.ttl, 2min);
    EXPECT_EQ(o.login.format, expiry_format::sql);
    EXPECT_EQ(o.service.compress, coding_choice::raw_deflate);
    EXPECT_EQ(o.service.report.page_cap, 37);
    EXPECT_EQ(o.service.report.delay, 5s);
    EXPECT_EQ(o.service.report.swallow, 7);
    EXPECT_EQ(o.service.report.doubled, 3);
    EXPECT_FALSE(o.service.report.pagination);
    EXPECT_TRUE(o.service.report.rows_between_pages);
    EXPECT_EQ(o.service.rules.unit, click_unit::s);
    EXPECT_TRUE(o.service.rules.label_in_settings);
    EXPECT_EQ(o.service.report.website_labels, (std::vector<std::string>{"own"}));
    EXPECT_EQ(o.service.report.seed, 9U);
}

TEST(command_line, wrong_flags_end_with_the_usage_code) {
    for (auto const& flags :
         std::vector<std::vector<char const*>>{{"--no-such-flag"},
                                               {"--fail-share", "2"},
                                               {"--fail-share", "0.6", "--stall", "0.6"},
                                               {"--latency", "20"},
                                               {"--cert", "only.pem"},
                                               {"--label-field", "label"},
                                               {"--compress", "zip"},
                                               {"--body", "/nonexistent"}}) {
        testing::internal::CaptureStderr();
        auto const parsed = parse(flags);
        EXPECT_FALSE(testing::internal::GetCapturedStderr().empty()) << flags[0];
        ASSERT_TRUE(std::holds_alternative<int>(parsed)) << flags[0];
        EXPECT_EQ(std::get<int>(parsed), 2) << flags[0];
    }
}

TEST(command_line, a_wrong_flag_is_named_once_with_the_program) {
    auto const said = [](std::vector<char const*> flags) {
        testing::internal::CaptureStderr();
        static_cast<void>(parse(std::move(flags)));
        return testing::internal::GetCapturedStderr();
    };
    auto const end = std::string("\nTry \"setclick-sandbox --help\".\n");
    EXPECT_EQ(said({"--fail-share", "2"}),
              "setclick-sandbox: --fail-share: \"2\" is not a share from 0 to 1" + end);
    EXPECT_EQ(said({"--compress", "zip"}),
              "setclick-sandbox: --compress: \"zip\" is none of none, auto, gzip, deflate, "
              "deflate-raw, br" +
                  end);
}

TEST(command_line, help_has_nothing_of_how_it_is_parsed) {
    testing::internal::CaptureStdout();
    static_cast<void>(parse({"--help"}));
    auto const help = testing::internal::GetCapturedStdout();
    auto const options = help.find("\nServer:");
    ASSERT_NE(options, std::string::npos);
    for (auto const* artefact : {"{", " x 2", "TEXT", "INT"})
        EXPECT_EQ(help.find(artefact, options), std::string::npos) << artefact;
}

}  // namespace
}  // namespace setclick::sandbox
