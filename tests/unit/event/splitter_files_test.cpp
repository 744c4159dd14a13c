// Files whose content is not what their name says: what is unambiguous is read, and a file that
// cannot be split has one refusal.
#include <gtest/gtest.h>

#include "event_fixture.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/wide_text.hpp"

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

/// `text` (UTF-8) as `e`, with a byte order mark or without.
std::string in_encoding(std::string_view text, text_encoding e, bool mark) {
    std::string out;
    auto const unit = [&](std::uint32_t value) {
        auto const size = unit_of(e);
        bool const big = e == text_encoding::utf16be || e == text_encoding::utf32be;
        for (std::size_t i = 0; i < size; ++i)
            out += static_cast<char>(value >> 8 * (big ? size - 1 - i : i) & 0xFF);
    };
    if (mark) unit(0xFEFF);
    for (std::size_t i = 0; i < text.size();) {
        auto const c = static_cast<unsigned char>(text[i]);
        std::size_t const length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        std::uint32_t value = length == 1 ? c : c & (0x7FU >> length);
        for (std::size_t k = 1; k < length; ++k)
            value = value << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
        i += length;
        if (unit_of(e) == 2 && value >= 0x10000) {
            unit(0xD800 + ((value - 0x10000) >> 10));
            unit(0xDC00 + ((value - 0x10000) & 0x3FF));
        } else {
            unit(value);
        }
    }
    return out;
}

TEST(splitter_files, utf16_and_utf32_are_read_and_each_offset_is_the_files_own) {
    std::vector<std::string> const want{R"({"a":"\xC3\xA9"})", R"({"b":"\xF0\x9F\x98\x80"})",
                                        R"({"c":["\xE2\x82\xAC",{}]})"};
    std::vector<std::string> plain = want;
    for (auto& text : plain) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text.compare(i, 2, "\\x") == 0)
                out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16)), i += 3;
            else
                out += text[i];
        text = out;
    }
    std::string const lines = plain[0] + "\r\n" + plain[1] + "\n\n" + plain[2];
    std::string const array = "[\n  " + plain[0] + ",\n  " + plain[1] + ", " + plain[2] + "\n]\n";
    using enum text_encoding;
    for (auto const e : {utf16le, utf16be, utf32le, utf32be})
        for (bool const mark : {true, false})
            for (auto const by_name : {ndjson, json})
                for (auto const& text : {lines, array}) {
                    auto const file = in_encoding(text, e, mark);
                    // However it is cut, and with a restart after each piece of the file.
                    for (std::size_t const step : {1, 3, 10, 1000}) {
                        splitter s{by_name, 200};
                        std::vector<std::string> got;
                        std::size_t begin = 0, end = 0;
                        for (int guard = 0; !s.finished() && guard < 10'000; ++guard) {
                            end = std::min(end + step, file.size());
                            begin += s.consume(
                                std::string_view(file).substr(begin, end - begin),
                                end == file.size(), [&](piece const& p) {
                                    EXPECT_EQ(p.problem, "");
                                    got.emplace_back(p.text);
                                    // As the intake asks for it, in the middle of a window.
                                    EXPECT_GE(s.where().offset, p.offset + p.length);
                                    EXPECT_LE(s.where().offset,
                                              p.offset + p.length + 2 * unit_of(e));
                                    std::string own;
                                    append_utf8(own, file.substr(p.offset, p.length), e, true);
                                    EXPECT_EQ(own, p.text) << "at " << p.offset;
                                    auto const before = text.substr(0, text.find(p.text));
                                    EXPECT_EQ(p.line,
                                              1U + static_cast<std::uint64_t>(std::count(
                                                       before.begin(), before.end(), '\n')));
                                    return step != 3;
                                });
                            ASSERT_EQ(s.offset(), begin);
                            if (s.finished()) break;
                            auto where = s.where();
                            auto const at = place_of(text_of(where.at));
                            ASSERT_TRUE(at);
                            EXPECT_EQ(*at, where.at);
                            where.at = *at;
                            s = splitter{by_name, 200, where};
                        }
                        EXPECT_EQ(got, plain) << "in steps of " << step;
                    }
                }
}

TEST(splitter_files, a_long_text_in_utf16_is_one_problem_and_the_next_is_read) {
    std::string const text = "{\"x\":\"" + std::string(500, 'x') + "\"}\n{\"b\":1}\n";
    auto const file = in_encoding(text, text_encoding::utf16le, true);
    for (auto const by_name : {ndjson, json}) {
        auto const got = split(by_name, file, 200);
        ASSERT_EQ(got.size(), 2U);
        EXPECT_NE(got[0].problem.find("longer"), std::string::npos);
        EXPECT_EQ(got[0].offset, 2U);
        EXPECT_GE(got[0].length, 2 * text.find('\n'));
        EXPECT_EQ(got[1].text, "{\"b\":1}");
        EXPECT_EQ(got[1].offset, 2 + 2 * (text.find('\n') + 1));
    }
}

TEST(splitter_files, half_a_surrogate_pair_is_refused_and_not_replaced) {
    std::string const file("{\0\"\0\x00\xD8\"\0}\0\n\0{\0}\0", 16);
    auto const got = split(ndjson, file);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_FALSE(is_utf8(got[0].text));
    EXPECT_EQ(got[1].text, "{}");
}

TEST(splitter_files, the_array_inside_an_object_is_read_and_what_is_around_it_is_a_remark) {
    std::string const events = R"([{"event_id":"a"},{"event_id":"b"}])";
    std::vector<std::string> const want{R"({"event_id":"a"})", R"({"event_id":"b"})"};
    for (std::string const& file :
         {R"({"data":)" + events + "}",
          R"({"status":"ok","meta":{"n":[1,2]},"rows":)" + events + "}",
          R"({"data":)" + events + R"(,"next":null,"links":{"self":"x]}"}})",
          "{\n  \"data\": " + events + "\n}\n"})
        for (auto const by_name : {ndjson, json}) {
            std::vector<std::string> got;
            int remarks = 0;
            for (auto const& p : split(by_name, file)) {
                if (p.problem.empty())
                    got.push_back(p.text);
                else
                    remarks += p.is_remark ? 1 : 1000;
            }
            EXPECT_EQ(got, want) << file;
            EXPECT_EQ(remarks, 1) << file;
        }
    EXPECT_EQ(texts(json, R"({"data":[]})"),
              (std::vector<std::string>{"<the array of the events >"}));
    // No envelope: an event with a member of another name.
    EXPECT_EQ(texts(json, R"({"items":[{"sku":1}],"event_id":"a"})").size(), 1U);
    EXPECT_EQ(texts(json, R"({"data":)" + events + R"(,"n":1,"more":)" + events + "}").size(), 5U);
    EXPECT_EQ(texts(json, R"({"data":)" + events + R"(,"more":[{"sku":1}]})").back(),
              "<something follows the ar>");
    EXPECT_EQ(texts(json, R"({"data":[],"total":0})"),
              (std::vector<std::string>{"<the array of the events >"}));
    EXPECT_EQ(texts(json, R"({"data":)" + events).back(), "<the array is not closed >");
}

TEST(splitter_files, objects_around_the_array_and_arrays_one_behind_the_other_are_read) {
    std::string const a = R"({"event_id":"a"})";
    std::string const b = R"({"event_id":"b"})";
    std::string const array = "[" + a + "," + b + "]";
    std::vector<std::string> const two{a, b};
    std::vector<std::string> const four{a, b, a, b};
    struct {
        std::string file;
        std::vector<std::string> want;
    } const table[] = {
        {R"({"d":{"results":)" + array + "}}", two},
        {R"({"d":{"n":[1],"results":)" + array + R"(,"__next":null},"ok":true})", two},
        {R"({"a":{"b":{"c":)" + array + "}}}\n", two},
        {R"({"data":[{"id":7,"x":{"y":[]},"event_id":"a"}]})",
         {R"({"id":7,"x":{"y":[]},"event_id":"a"})"}},
        {array + "\n" + array + "\n", four},
        {array + array, four},
        {array + "\n" + a + "\n" + b, four},
        {R"({"data":)" + array + "}\n" + R"({"data":)" + array + "}\n", four},
        {R"({"data":)" + array + R"(,"next":2}{"data":)" + array + "}", four},
        {"[" + a + "]\n" + R"({"data":[)" + b + "]}", two},
    };
    for (auto const& row : table)
        for (auto const by_name : {ndjson, json}) {
            std::vector<std::string> got;
            for (auto const& p : split(by_name, row.file)) {
                EXPECT_TRUE(p.problem.empty() || p.is_remark) << row.file << p.problem;
                if (p.problem.empty()) got.push_back(p.text);
            }
            EXPECT_EQ(got, row.want) << row.file;
        }
}

TEST(splitter_files, the_rest_of_an_array_that_was_refused_can_be_dropped_again) {
    std::string const a = R"({"event_id":"a"})";
    std::string const b = R"({"event_id":"b"})";
    std::vector<std::string> const want{a, b};
    for (std::string const& file :
         {"#! line 3: broken\n" + a + ",\n" + b + "]\n",
          "#! line 3: broken\n" + a + ",\n" + b + "\n]}\n",
          "#! line 3: broken\n" + a + R"(], "next":null, "n":[1]})" + "\n#! line 9: x\n" + b + "]",
          "#! line 3: broken\n" + a + "\n#! line 9: the array is not closed\n" + b + "\n"})
        EXPECT_EQ(texts(json, file), want) << file;
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
        auto const text = broken.ends_with("},") ? broken.substr(0, broken.size() - 1) : broken;
        EXPECT_EQ(got, (std::vector<std::string>{text, R"({"b":2})", R"({"c":3})"}));
    }
}

TEST(splitter_files, four_hundred_events_on_a_line_are_four_hundred) {
    std::string file;
    for (int i = 0; i < 400; ++i)
        file += event_with();
    ASSERT_GT(file.size(), 40'000U);
    EXPECT_EQ(texts(ndjson, file).size(), 400U);
}

TEST(splitter_files, lines_of_an_array_whose_brackets_are_missing_are_read) {
    std::vector<std::string> const want{"{\"a\":1}", "{\"b\":2}"};
    for (std::string const file : {"{\"a\":1},\n{\"b\":2}\n", "{\"a\":1} ,\r\n{\"b\":2},\r\n",
                                   "{\"a\":1}\n,{\"b\":2}\n", "{\"a\":1}\n , {\"b\":2},"}) {
        EXPECT_EQ(texts(ndjson, file), want) << file;
        auto const second = split(ndjson, file).at(1);
        EXPECT_EQ(second.line, 2U);
        EXPECT_NE(file.substr(second.offset, second.length).find(second.text), std::string::npos);
    }
}

TEST(splitter_files, lines_that_hold_no_part_of_an_event_are_remarks) {
    std::string const two = "{\"a\":1}\n{\"b\":2}\n";
    for (std::string const noise :
         {"PHP Warning:  x in /a.php on line 3\n", "2026-11-28 10:00:02 INFO 3 rows\n",
          "-- 3 rows\n", "(3 rows)\n", "```\n", "\x1A", "<!--\n x -->\n", "<br />\n"}) {
        for (auto const& p : split(ndjson, two + noise))
            EXPECT_TRUE(p.problem.empty() || p.is_remark || noise[0] == '<') << noise;
        EXPECT_EQ(texts(ndjson, two + noise).at(2).substr(0, 13), "<words around") << noise;
    }
    // The rest of a broken line may be one.
    for (auto const* rest :
         {"third\"}\n", "12\n", "-1\n", "second line\n", "\"x\"\n", "}\n", "INFO \"x\"\n"})
        EXPECT_FALSE(split(ndjson, two + rest).at(2).is_remark) << rest;
}

TEST(splitter_files, a_file_without_json_has_one_refusal_of_all_its_bytes) {
    for (std::string const& file :
         {"a,b\n1,2\n3,4\n"s, "<html>\n<p>\n</html>\n"s, "no\nJSON\n"s, std::string(300, '\0')})
        for (auto const by_name : {ndjson, json})
            for (std::size_t const most : {16, 1000}) {
                auto const got = split(by_name, file, most);
                if (most < file.size() && file.find('\n') == std::string::npos) continue;
                ASSERT_EQ(got.size(), 1U) << file;
                EXPECT_FALSE(got[0].is_remark);
                EXPECT_EQ(got[0].offset, 0U);
                EXPECT_EQ(got[0].length, file.size());
                EXPECT_EQ(got[0].line, 1U);
            }
}

TEST(splitter_files, words_before_the_json_are_one_refusal_and_the_events_are_read) {
    std::string const warning = "<br />\n<b>Warning</b>: x {y} in /a.php on line 7<br />\n";
    std::vector<std::string> const want{"<words around the JSON (a>", "{\"a\":1}", "{\"b\":2}"};
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
