#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

std::vector<kept_piece> lines(std::string_view file, std::size_t max_text = 65536) {
    return split(file_format::lines, file, max_text);
}

TEST(splitter_lines, format_follows_the_names_end) {
    EXPECT_EQ(format_of("a.json"), file_format::elements);
    EXPECT_EQ(format_of("a.NDJSON"), file_format::lines);
    EXPECT_EQ(format_of("a.b.jsonl"), file_format::lines);
    EXPECT_EQ(format_of("a.csv"), file_format::table);
    EXPECT_EQ(format_of("a.b.TSV"), file_format::table);
    for (auto const* name : {"a.txt", "csv", "json", "a.json.gz", "a.jsonx", ""})
        EXPECT_FALSE(format_of(name)) << name;
}

TEST(splitter_lines, ends_byte_order_mark_blank_and_comment_lines_are_no_text) {
    auto const got = lines("\xEF\xBB\xBF{1}\r\n\n \t\r\n#! line 3: reason\n{2}\n\r\n{3}");
    std::vector<kept_piece> const want{
        {"{1}", 1, 3, 3, ""}, {"{2}", 5, 31, 3, ""}, {"{3}", 7, 37, 3, ""}};
    EXPECT_EQ(got, want);
}

TEST(splitter_lines, mark_inside_the_file_is_of_files_put_together_and_left_out) {
    EXPECT_EQ(lines("{1}\n\xEF\xBB\xBF{2}\n").at(1).text, "{2}");
    EXPECT_EQ(lines("{1}\n#!{1}\n").at(1).text, "#!{1}");
}

TEST(splitter_lines, empty_and_blank_files_have_no_pieces) {
    for (auto const* file : {"", "\n", "\r\n\r\n", "\xEF\xBB\xBF", " "})
        EXPECT_TRUE(lines(file).empty());
}

TEST(splitter_lines, line_of_exactly_the_limit_passes_and_one_more_is_refused) {
    std::string const at_limit = "{xxxxxxxx}";
    for (auto const* end : {"\n", "\r\n", ""}) {
        EXPECT_EQ(lines(at_limit + end, 10).at(0).text, at_limit);
        auto const got = lines("{}\n" + at_limit + "y" + end + (*end != 0 ? "b" : ""), 10);
        EXPECT_EQ(got.at(1), (kept_piece{"", 2, 3, 11,
                                         "is longer than the 10 bytes allowed (spool.max_line)"}));
        if (*end != 0) {
            EXPECT_EQ(got.at(2).text, "b");
            EXPECT_EQ(got.at(2).line, 3U);
        }
    }
}

TEST(splitter_lines, gigantic_line_is_measured_in_small_windows_and_what_follows_is_delivered) {
    splitter s{file_format::lines, 100};
    std::vector<kept_piece> got;
    auto const sink = [&](piece const& p) {
        got.push_back(keep(p));
        return true;
    };
    std::string const block(200, 'x');
    for (int i = 0; i < 100'000; ++i)
        ASSERT_EQ(s.consume(block, false, sink), block.size());
    EXPECT_TRUE(got.empty());
    EXPECT_EQ(s.line(), 1U);
    std::string const end = "\n{}\n";
    EXPECT_EQ(s.consume(end, true, sink), end.size());
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].length, 20'000'000U);
    EXPECT_EQ(got[0].offset, 0U);
    EXPECT_EQ(got[1], (kept_piece{"{}", 2, 20'000'001, 2, ""}));
}

TEST(splitter_lines, sink_that_stops_is_called_again_for_the_next_piece) {
    splitter s{file_format::lines};
    std::string_view rest = "{1}\n{2}\n{3}";
    std::string got;
    while (!s.finished()) {
        rest.remove_prefix(s.consume(rest, true, [&](piece const& p) {
            got += std::string(p.text) + "@" + std::to_string(p.line) + " ";
            return false;
        }));
    }
    EXPECT_EQ(got, "{1}@1 {2}@2 {3}@3 ");
    EXPECT_EQ(s.offset(), 11U);
}

TEST(splitter_lines, partial_line_waits_for_more) {
    splitter s{file_format::lines};
    EXPECT_EQ(s.consume("{\"a\":", false, [](piece const&) { return true; }), 0U);
    EXPECT_FALSE(s.finished());
}

}  // namespace
}  // namespace setclick::event
