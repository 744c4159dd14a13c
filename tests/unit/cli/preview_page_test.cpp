#include "preview_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "text_columns.hpp"

namespace setclick::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class cli_preview_page : public testing::Test {
protected:
    std::string page(file_preview const& p, std::size_t width = 80) {
        std::ostringstream out;
        std::ostringstream err;
        std::istringstream in;
        print_preview(p, console{out, err, in}, width);
        return out.str();
    }
    static std::size_t longest(std::string const& text) {
        std::size_t most = 0;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            most = std::max(most, columns_of(line));
        return most;
    }
    static file_preview full() {
        file_preview p;
        p.file = "deals.csv";
        p.is_table = true;
        p.layout = "UTF-8, cells between commas, lines end in LF; the header is line 1";
        p.profile = "ours";
        p.why = "by its columns";
        p.click_time = "click_time is taken from column \"Close Date\": the time of the record";
        p.columns = {{std::string(90, 'c'), "settings." + std::string(90, 's'), "", ""},
                     {"\u5165\u91d1\u65e5", "click_time", "", ""},
                     {"Source", "utm_source", "", ""},
                     {"", "utm_medium", "\"" + std::string(100, 'v') + "\"", ""},
                     {"Owner", "", "", ""}};
        previewed_event e;
        e.line = 2;
        e.time = "2026-10-20 07:31:00 Europe/Madrid";
        e.event_id = "\"8841\"";
        e.posted = {{"settings", "{\"email\":\"***\",\"x\":\"" + std::string(200, 'x') + "\"}"}};
        p.first = {e};
        p.good = 1234;
        p.refused = 5;
        p.known = 3;
        p.twice = 1;
        p.first_twice = 9;
        p.first_twice_of = 4;
        p.skipped = 2;
        p.first_skipped = 1240;
        for (std::uint64_t line = 10; line < 14; ++line)
            p.reasons.add(line, "column \"Amount\": \"" + std::to_string(line) + "\" is no amount");
        p.reasons.add(20, "column \"Close Date\": is empty");
        p.accounts["acc"] = {1234, "2026-01-01 00:00:00", "2026-10-20 07:31:00", "Europe/Madrid",
                             "1,230 events at 60 a minute: about 21 min"};
        p.warnings = {"one", "another"};
        return p;
    }
};

TEST_F(cli_preview_page, every_line_fits_whatever_the_file_holds) {
    for (std::size_t const width : {40U, 60U, 80U, 120U})
        EXPECT_LE(longest(page(full(), width)), width) << width << "\n" << page(full(), width);
}

TEST_F(cli_preview_page, what_click_time_is_stands_first_and_what_becomes_of_the_rows_last) {
    auto const text = page(full());
    auto const at = [&](char const* part) {
        EXPECT_THAT(text, HasSubstr(part));
        return text.find(part);
    };
    EXPECT_LT(at("  click_time  taken from column"), at("  table  "));
    EXPECT_LT(at("  columns"), at("  UTMs        from the columns \"Source\"; utm_medium ="));
    EXPECT_LT(at("the first event, as it will be posted"), at("  events  "));
    EXPECT_LT(at("  events  "), at("- 4 rows: column \"Amount\": \u2026 is no amount"));
    at("        line 12: column \"Amount\": \"12\" is no amount");
    EXPECT_THAT(text, Not(HasSubstr("        line 13:"))) << "three examples";
    EXPECT_LT(at("- line 20: column \"Close Date\": is empty"), at("  delivery    1,230 events"));
    EXPECT_LT(at("  clicks      2026-01-01 00:00:00 to 2026-10-20 07:31:00 (Europe/Madrid)"),
              at("  warnings    one\n              another\n"));
}

TEST_F(cli_preview_page, file_that_is_refused_as_a_whole_has_its_reason_and_no_counts) {
    auto p = full();
    p.refusal = "the file gives no UTM parameter";
    auto const text = page(p);
    EXPECT_THAT(text, HasSubstr("  refused     the file gives no UTM parameter\n"));
    EXPECT_THAT(text, Not(HasSubstr("events")));
}

TEST_F(cli_preview_page, hundreds_of_columns_that_are_left_out_take_a_few_lines) {
    auto p = full();
    p.columns.clear();
    p.columns.push_back({"When", "click_time", "", ""});
    for (int i = 0; i < 300; ++i)
        p.columns.push_back({"Property " + std::to_string(i), "", "", ""});
    auto const text = page(p);
    EXPECT_THAT(text, HasSubstr("    When          click_time\n"));
    EXPECT_THAT(text, HasSubstr("    300 others are left out: Property 0, Property 1,"));
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 50);
    EXPECT_LE(longest(text), 80U);
}

TEST_F(cli_preview_page, nothing_that_a_terminal_obeys_comes_out_of_a_file) {
    file_preview p;
    p.file = "x.csv";
    p.columns = {{"a\x1b[31mb", "click_time", "", ""}, {"", "utm_source", "\"\x1b]0;x\x07\"", ""}};
    previewed_event e;
    e.posted = {{"url_parameters", "{\"utm_source\":\"\x1b[2J\u202Eabc\"}"}};
    p.first = {e};
    p.reasons.add(3, "column \"\x1b[31m\": is empty");
    auto const text = page(p);
    for (char const c : {'\x1b', '\x07', '\r'})
        EXPECT_EQ(text.find(c), std::string::npos) << text;
    EXPECT_EQ(text.find("\u202E"), std::string::npos);
}

TEST_F(cli_preview_page, ledger_that_cannot_be_asked_is_said_to_be_so) {
    auto p = full();
    p.blindness = "cannot open the ledger";
    EXPECT_THAT(page(p), HasSubstr("  duplicates  what was delivered before cannot be looked up"));
}

}  // namespace
}  // namespace setclick::cli
