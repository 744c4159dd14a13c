#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

std::vector<kept_piece> elements(std::string_view file, std::size_t max_text = 65536) {
    return split(file_format::elements, file, max_text);
}

/// The texts, problems in < >.
std::string shown(std::vector<kept_piece> const& pieces) {
    std::string out;
    for (auto const& p : pieces)
        out += (out.empty() ? "" : " ") +
               (p.problem.empty() ? p.text : "<" + p.problem.substr(0, 12) + ">");
    return out;
}

TEST(splitter_elements, one_object_is_one_piece_in_any_layout) {
    EXPECT_EQ(elements("{\"a\":1}").at(0), (kept_piece{"{\"a\":1}", 1, 0, 7, ""}));
    EXPECT_EQ(elements("\xEF\xBB\xBF\r\n {\n \"a\" : 1\n}\n").at(0),
              (kept_piece{"{\n \"a\" : 1\n}", 2, 6, 12, ""}));
}

TEST(splitter_elements, array_gives_its_elements_with_their_lines) {
    auto const got = elements("[\n  {\n    \"a\": [1, {}]\n  },\n  {\"b\": \"]},{\\\"\"}, {}\n]\n");
    std::vector<kept_piece> const want{{"{\n    \"a\": [1, {}]\n  }", 2, 4, 22, ""},
                                       {"{\"b\": \"]},{\\\"\"}", 5, 30, 15, ""},
                                       {"{}", 5, 47, 2, ""}};
    EXPECT_EQ(got, want);
}

TEST(splitter_elements, a_rejected_file_may_be_dropped_again_as_it_is) {
    std::string const mended =
        "#! line 3: a reason { [ \"\n{\"a\":1}\n#! line 7: another\n{\n \"b\":2\n}\n #! "
        "x\n{\"c\":3}\n";
    EXPECT_EQ(shown(elements(mended)), "{\"a\":1} {\n \"b\":2\n} {\"c\":3}");
    EXPECT_EQ(elements(mended).at(1).line, 4U);
    // One of them is still broken: its neighbours are not drawn into it.
    EXPECT_EQ(shown(elements("#! line 1: x\n{\"a\":\n#! line 2: y\n{\"b\":2}\n")),
              shown(elements("{\"a\":\n")) + " {\"b\":2}");
    // In a line, or inside an element, it is no comment.
    EXPECT_NE(shown(elements("[{} #! x\n]")), "{}");
}

TEST(splitter_elements, empty_array_has_no_pieces) {
    EXPECT_TRUE(elements("[]").empty());
    EXPECT_TRUE(elements(" [\n] \n").empty());
}

TEST(splitter_elements, what_is_wrong_between_elements_is_told_and_the_rest_delivered) {
    struct {
        char const* file;
        char const* want;
    } const table[] = {
        {"", "<the file hol>"},
        {" \n", "<the file hol>"},
        {"[", "<the array is>"},
        {"[{}", "{} <the array is>"},
        {"[{},", "{} <the array is>"},
        {"[{}{}]", "{} <a comma is m> {}"},
        {"[{} {} {}]", "{} <a comma is m> {} {}"},
        {"[{},]", "{} <a comma with>"},
        {"[,{}]", "<a comma with> {}"},
        {"[{},,{},,{}]", "{} <a comma with> {} {}"},
        {"[{}]x", "{} <words around>"},
        {"[{}] (3 rows)\n-- x\n;", "{} <words around>"},
        {"[{}]\"x\"", "{} <something fo>"},
        {"[{},\nWarning: x in y on line 3\n{}]", "{} <words around> {}"},
        {"[{},\nx \"y\"\n,{}]", "{} x <a comma is m> \"y\" {}"},
        {"[{}]{}", "{} <something fo>"},
        {"[{}]]", "{} <something fo>"},
        {"[{}][{}]", "{} {}"},
        {"{}{}{}", "{} {} {}"},
        {"{},{}", "{} <several obje> {}"},
        {"[1, \"a,]\", null,x y,[1,[2]] ,{}]", "1 \"a,]\" null <words around> [1,[2]] {}"},
        {"17", "17"},
        {"tru", "<words around> <the file hol>"},
        {"true", "true"},
        {"\"te xt\"", "\"te xt\""},
        {"\"open", "<the file end>"},
        {"]", "]"},
        {"}{}", "} {}"},
        {"[}]", "}"},
        {"[{\"a\":1}", "{\"a\":1} <the array is>"},
        {"{\"a\":", "<the file end>"},
        {"[{\"a\":[1},{}]", "<its brackets>"},
        {"[{},{\"a\":\"\n\"},{}]", "{} <a string is >"},
    };
    for (auto const& row : table)
        EXPECT_EQ(shown(elements(row.file)), row.want) << row.file;
}

TEST(splitter_elements, broken_element_on_its_own_line_costs_only_itself) {
    for (auto const* broken :
         {"{\"a\":[1}", "{\"a\":\"x", "{\"a\":{\"b\":1", "{\"a\":1]]]", "{\"a\":\"\\"}) {
        auto const file =
            std::string("[\n  {\"n\":1},\n  ") + broken + ",\n  {\"n\":2},\n  {\"n\":3}\n]\n";
        auto const got = elements(file);
        ASSERT_EQ(got.size(), 4U) << shown(got);
        EXPECT_EQ(got[0].text, "{\"n\":1}");
        EXPECT_NE(got[1].problem, "");
        EXPECT_EQ(got[1].line, 3U);
        EXPECT_EQ(file.substr(got[1].offset, got[1].length).find(broken), 0U);
        EXPECT_EQ(got[2], (kept_piece{"{\"n\":2}", 4, got[2].offset, 7, ""}));
        EXPECT_EQ(got[3].text, "{\"n\":3}");
    }
}

TEST(splitter_elements, broken_pretty_element_ends_where_the_next_begins) {
    auto const got = elements(
        "[\n  {\n    \"a\": {\n      \"b\": [\n  },\n  {\n    \"items\": [\n      {\"x\": 1}\n    "
        "]\n  }\n]\n");
    ASSERT_EQ(got.size(), 2U) << shown(got);
    EXPECT_EQ(got[0].line, 2U);
    EXPECT_NE(got[0].problem, "");
    EXPECT_EQ(got[1].line, 6U);
    EXPECT_EQ(got[1].text, "{\n    \"items\": [\n      {\"x\": 1}\n    ]\n  }");
}

TEST(splitter_elements, element_over_the_limit_is_refused_and_the_next_delivered) {
    auto const long_one = "{\"a\":[\"" + std::string(300, 'x') + "]}\\\"\",{\"b\":\"}\"}]}";
    for (auto const* gap : {",", ",\n"}) {
        auto const got = elements("[{}" + std::string(gap) + long_one + gap + "{\"c\":1}]", 100);
        ASSERT_EQ(got.size(), 3U) << shown(got);
        EXPECT_EQ(got[1].problem, "is longer than the 100 bytes allowed (spool.max_line)");
        EXPECT_EQ(got[1].offset, 3 + std::string_view(gap).size());
        EXPECT_GE(got[1].length, long_one.size());
        EXPECT_EQ(got[2].text, "{\"c\":1}");
    }
    auto const word = elements("[" + std::string(300, '1') + ",{}]", 100);
    ASSERT_EQ(word.size(), 2U) << shown(word);
    EXPECT_EQ(word[0].length, 300U);
    auto const text = elements("[\"" + std::string(300, '1') + "\",{}]", 100);
    ASSERT_EQ(text.size(), 2U) << shown(text);
    EXPECT_EQ(text[0].length, 302U);
}

TEST(splitter_elements, gigantic_element_is_measured_in_small_windows) {
    splitter s{file_format::elements, 100};
    std::vector<kept_piece> got;
    auto const sink = [&](piece const& p) {
        got.push_back(keep(p));
        return true;
    };
    std::string window = "[{},{\"a\":\"";
    auto const feed = [&](std::string_view more, bool at_end) {
        window += more;
        window.erase(0, s.consume(window, at_end, sink));
        ASSERT_LE(window.size(), 200U);
    };
    feed("", false);
    for (int i = 0; i < 100'000; ++i)
        feed("]}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false);
    feed("\"},{\"b\":1}]", true);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[1].length, 9 - 3 + 2 + 38 * 100'000U);
    EXPECT_EQ(got[2].text, "{\"b\":1}");
    EXPECT_TRUE(s.finished());
}

TEST(splitter_elements, depth_bomb_costs_no_more_than_its_window) {
    auto const got = elements("[" + std::string(1'000'000, '[') + "]", 1000);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_NE(got[0].problem, "");
    EXPECT_EQ(got[0].length, 1'000'001U);
}

}  // namespace
}  // namespace setclick::event
