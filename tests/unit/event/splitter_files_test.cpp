// Files whose content is not what their name says: what is unambiguous is read, and a file that
// cannot be split has one refusal.
#include <gtest/gtest.h>

#include "event_fixture.hpp"

namespace setclick::event {
namespace {

using namespace std::string_literals;

std::vector<std::string> texts(file_format format, std::string_view file) {
    std::vector<std::string> out;
    for (auto const& p : split(format, file))
        out.push_back(p.problem.empty() ? p.text : "<" + p.problem.substr(0, 24) + ">");
    return out;
}

constexpr auto ndjson = file_format::lines;
constexpr auto json = file_format::elements;

TEST(splitter_files, three_events_are_three_events_in_every_layout) {
    std::vector<std::string> const want{R"({"a":1})", R"({"b":[2]})", R"({"c":"}{"})"};
    std::string const a = want[0], b = want[1], c = want[2];
    struct {
        char const* what;
        file_format by_name;
        std::string file;
    } const table[] = {
        {"lines", ndjson, a + "\n" + b + "\n" + c + "\n"},
        {"lines named .json", json, a + "\n" + b + "\n" + c + "\n"},
        {"an array on a line", ndjson, "[" + a + "," + b + "," + c + "]\n"},
        {"an array over lines", ndjson, "[\n" + a + ",\n" + b + ",\n" + c + "\n]\n"},
        {"one behind the other", ndjson, a + b + c},
        {"one behind the other, .json", json, a + b + c},
        {"CR alone", ndjson, a + "\r" + b + "\r" + c + "\r"},
        {"record separators", ndjson, "\x1E" + a + "\n\x1E" + b + "\n\x1E" + c + "\n"},
        {"record separators, .json", json, "\x1E" + a + "\n\x1E" + b + "\n\x1E" + c + "\n"},
        {"byte order marks of two files", ndjson,
         "\xEF\xBB\xBF" + a + "\n" + "\xEF\xBB\xBF" + b + "\n" + c},
        {"byte order marks of two files, .json", json,
         "\xEF\xBB\xBF" + a + "\n" + "\xEF\xBB\xBF" + b + "\n" + c},
        {"a comment behind", json, "[" + a + "," + b + "," + c + "]\n<!-- cached\nby x -->\n"},
        {"a comment behind lines", json, a + b + c + "\n<!-- -->"},
    };
    for (auto const& row : table)
        EXPECT_EQ(texts(row.by_name, row.file), want) << row.what;
}

TEST(splitter_files, pretty_printed_objects_in_a_file_of_lines_are_read) {
    std::string const one = "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": 2\n  }\n}";
    std::vector<std::string> const want{one, one};
    EXPECT_EQ(texts(ndjson, one + "\n" + one + "\n"), want);
    // And as they come back from rejected/, mended.
    EXPECT_EQ(texts(ndjson, "#! line 1: why\n" + one + "\n#! line 7: why\n" + one + "\n"), want);
    EXPECT_TRUE(texts(json, "#! line 1: nothing is left\n").empty());
}

TEST(splitter_files, a_broken_first_line_does_not_make_elements_of_a_file_of_lines) {
    for (std::string const broken : {R"({"a":1,)", R"({"a":[1)", R"({"a":"x)", R"({"a":{"b":1},)",
                                     R"({"a":1} x)", R"({"a":)", "{"}) {
        auto const got = texts(ndjson, broken + "\n{\"b\":2}\n{\"c\":3}\n");
        EXPECT_EQ(got, (std::vector<std::string>{broken, R"({"b":2})", R"({"c":3})"}));
    }
}

TEST(splitter_files, four_hundred_events_on_a_line_are_four_hundred) {
    std::string file;
    for (int i = 0; i < 400; ++i)
        file += event_with();
    ASSERT_GT(file.size(), 40'000U);
    EXPECT_EQ(texts(ndjson, file).size(), 400U);
}

TEST(splitter_files, words_before_the_json_are_one_refusal_and_the_events_are_read) {
    std::string const warning = "<br />\n<b>Warning</b>: x {y} in /a.php on line 7<br />\n";
    std::vector<std::string> const want{"<words before the JSON (a>", "{\"a\":1}", "{\"b\":2}"};
    EXPECT_EQ(texts(json, warning + "[{\"a\":1},{\"b\":2}]"), want);
    auto const first = split(json, warning + "[{\"a\":1}]").at(0);
    EXPECT_EQ(first.offset, 0U);
    EXPECT_EQ(first.length, warning.size());
}

TEST(splitter_files, a_file_that_cannot_be_split_has_one_refusal_with_the_cure) {
    struct {
        std::string file;
        char const* part;
    } const table[] = {
        {"\x1F\x8B\x08\0\n\n\n{}\n[\n\xFF"s, "gzip"},
        {"PK\x03\x04\n\n{}\n\n"s, "compressed"},
        {"\xFF\xFE{\0}\0\n\0{\0}\0\n\0"s, "UTF-16; save it as UTF-8"},
        {"{\0}\0\n\0{\0}\0\n\0"s, "UTF-16"},
        {"\0{\0}\0\n\0{\0}\0\n"s, "UTF-16"},
        {"\xFF\xFE\0\0{\0\0\0}\0\0\0\n\0\0\0"s, "UTF-32"},
    };
    for (auto const format : {ndjson, json})
        for (auto const& row : table) {
            // However it is cut, and with a restart after each piece of the file.
            for (std::size_t const step : {1, 5, 1000}) {
                splitter s{format, 64};
                std::vector<kept_piece> got;
                std::size_t begin = 0, end = 0;
                for (int guard = 0; !s.finished() && guard < 10'000; ++guard) {
                    end = std::min(end + step, row.file.size());
                    begin += s.consume(std::string_view(row.file).substr(begin, end - begin),
                                       end == row.file.size(), [&](piece const& p) {
                                           got.push_back(keep(p));
                                           return true;
                                       });
                    if (!s.finished()) s = splitter{format, 64, s.where()};
                }
                ASSERT_EQ(got.size(), 1U) << row.part << " in steps of " << step;
                EXPECT_NE(got[0].problem.find(row.part), std::string::npos) << got[0].problem;
                EXPECT_EQ((std::pair{got[0].line, got[0].length}),
                          (std::pair<std::uint64_t, std::uint64_t>{1, 0}));
            }
        }
}

TEST(splitter_files, another_layout_than_the_name_promises_survives_a_restart) {
    std::string file = "[";
    for (int i = 0; i < 20; ++i)
        file += (i > 0 ? "," : "") + std::string("{\n \"n\": ") + std::to_string(i) + "\n}";
    file += "]";
    splitter s{ndjson, 64};
    std::size_t begin = 0, end = 0, pieces = 0;
    for (int guard = 0; !s.finished() && guard < 10'000; ++guard) {
        end = std::min(end + 7, file.size());
        begin += s.consume(std::string_view(file).substr(begin, end - begin), end == file.size(),
                           [&](piece const& p) { return ++pieces, p.problem.empty(); });
        if (!s.finished()) {
            auto where = s.where();
            auto const at = place_of(text_of(where.at));
            ASSERT_TRUE(at);
            where.at = *at;
            s = splitter{ndjson, 64, where};
        }
    }
    EXPECT_EQ(pieces, 20U);
}

}  // namespace
}  // namespace setclick::event
