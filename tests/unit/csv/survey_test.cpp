#include "setclickd/csv/survey.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "csv_fixture.hpp"

namespace setclick::csv {
namespace {

using event::text_encoding;

/// Knows some names, and keeps what it is given.
class few_names final : public values_survey {
public:
    std::uint32_t skip = 0;
    std::vector<std::string> names{};
    std::vector<parameter> given{};
    std::vector<std::string> rows{};
    std::string why{};

    std::uint32_t skip_rows() const override { return skip; }
    std::size_t known_names(std::span<std::string_view const> cells) const override {
        static constexpr std::array<std::string_view, 6> known{
            "event_id", "click_time", "email", "Google Click ID", "value", "Amount"};
        return static_cast<std::size_t>(
            std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
                return std::find(known.begin(), known.end(), cell) != known.end();
            }));
    }
    void header(std::span<std::string_view const> header_names,
                std::span<parameter const> parameters) override {
        names.assign(header_names.begin(), header_names.end());
        given.assign(parameters.begin(), parameters.end());
    }
    void row(std::span<std::string_view const> cells, std::uint64_t) override {
        rows.emplace_back(cells.empty() ? "" : cells.front());
    }
    std::string result() const override { return "n=" + std::to_string(rows.size()) + ";\xC3\xA9"; }
    std::string refusal() const override { return why; }
};

struct surveyed {
    layout found;
    std::string refusal;
    std::unique_ptr<few_names> known = std::make_unique<few_names>();
    few_names& values = *known;
};

constexpr std::size_t max_row = 4096;

surveyed look(std::string const& file, std::size_t step = 0, std::uint32_t skip = 0) {
    surveyed out;
    out.values.skip = skip;
    survey s(out.values, max_row);
    std::size_t begin = 0;
    std::size_t end = 0;
    for (std::size_t guard = 0; !s.finished(); ++guard) {
        if (guard > 2 * file.size() + 10) {
            ADD_FAILURE() << "no progress";
            return out;
        }
        end = step == 0 ? file.size() : std::min(file.size(), end + step);
        begin += s.consume(std::string_view(file).substr(begin, end - begin), end == file.size());
    }
    out.found = s.found();
    out.refusal = s.refusal();
    return out;
}

TEST(survey, dialect_header_and_ends) {
    struct {
        std::string name;
        std::string file;
        char separator;
        line_end ends;
        std::uint64_t header_line;
        std::vector<std::string> names;
    } const table[]{
        {"comma", "event_id,click_time\n1,2\n", ',', line_end::lf, 1, {"event_id", "click_time"}},
        {"semicolon and decimal commas",
         "event_id;value\r\n1;2,5\r\n2;3,5\r\n",
         ';',
         line_end::crlf,
         1,
         {"event_id", "value"}},
        {"tab", "event_id\temail\n1\tx\n", '\t', line_end::lf, 1, {"event_id", "email"}},
        {"bar", "event_id|email\n1|x\n", '|', line_end::lf, 1, {"event_id", "email"}},
        {"CR", "event_id,email\r1,x\r", ',', line_end::cr, 1, {"event_id", "email"}},
        {"sep=",
         "sep=;\r\nevent_id;email,x\r\n1;2\r\n",
         ';',
         line_end::crlf,
         2,
         {"event_id", "email,x"}},
        {"sep= in quotes",
         "\"sep=;\"\nevent_id;email\n",
         ';',
         line_end::lf,
         2,
         {"event_id", "email"}},
        {"sep= of a tab",
         "sep=\t\nevent_id\temail\n",
         '\t',
         line_end::lf,
         2,
         {"event_id", "email"}},
        {"sep= of another sign",
         "sep=:\nevent_id:email\n",
         ':',
         line_end::lf,
         2,
         {"event_id", "email"}},
        {"Google",
         "Parameters:TimeZone=Europe/Madrid\nGoogle Click ID,Conversion Name\nx,lead\n",
         ',',
         line_end::lf,
         2,
         {"Google Click ID", "Conversion Name"}},
        {"Microsoft",
         "### TEMPLATE ###,,\r\n# one row, for each "
         "conversion,,\r\nParameters:TimeZone=+0100;,,\r\n"
         "Google Click ID,value,email\r\n1,2,3\r\n",
         ',',
         line_end::crlf,
         4,
         {"Google Click ID", "value", "email"}},
        {"titles and empty rows",
         "Offline conversions;;\n20 October 2021;;\n;;\n\nevent_id;email\n1;2\n",
         ';',
         line_end::lf,
         5,
         {"event_id", "email"}},
        {"a title with commas",
         "Report, of us, all\nevent_id;email;x\n1;2;3\n",
         ';',
         line_end::lf,
         2,
         {"event_id", "email", "x"}},
        {"unknown names", "x;y\n1,5;2\n3,5;4\n", ';', line_end::lf, 1, {"x", "y"}},
        {"unknown names, a title",
         "All of it\nx,y,z\n1,2,3\n4,5,6\n",
         ',',
         line_end::lf,
         2,
         {"x", "y", "z"}},
        {"one column", "email\nx@example.com\n", ',', line_end::lf, 1, {"email"}},
        {"one column, unknown", "foo\nbar\n", ',', line_end::lf, 1, {"foo"}},
        {"names in quotes", "\"event_id\";\"a;b\"\n", ';', line_end::lf, 1, {"event_id", "a;b"}},
        {"columns without a name around",
         ",event_id,email,,\n,1,2,,\n",
         ',',
         line_end::lf,
         1,
         {"", "event_id", "email"}},
        {"a header as comments are",
         "#,event_id,email\n1,2,3\n",
         ',',
         line_end::lf,
         1,
         {"#", "event_id", "email"}},
    };
    for (auto const& c : table) {
        auto const s = look(c.file);
        EXPECT_EQ(s.refusal, "") << c.name;
        EXPECT_EQ(s.found.separator, c.separator) << c.name;
        EXPECT_EQ(s.found.ends, c.ends) << c.name;
        EXPECT_EQ(s.found.header_line, c.header_line) << c.name;
        EXPECT_EQ(s.values.names, c.names) << c.name;
        EXPECT_EQ(header_of(s.found, c.file, max_row).names, c.names) << c.name;
    }
}

TEST(survey, ambiguous_separators_are_refused_with_both_readings) {
    auto const s = look("a;b,c\n1;2,3\n");
    EXPECT_NE(s.refusal.find("',' makes 2 columns of its line 1"), std::string::npos) << s.refusal;
    EXPECT_NE(s.refusal.find("';' makes 2 columns"), std::string::npos) << s.refusal;
    EXPECT_NE(look("event_id,email;value;Amount,x\n1,2;3;4,5\n").refusal, "") << "known by both";
    EXPECT_EQ(look("sep=;\na;b,c\n1;2,3\n").refusal, "");
}

TEST(survey, parameters_above_the_header) {
    auto const s = look("Parameters:TimeZone=+0100;EmailX=1;,,\nevent_id,email\n");
    EXPECT_EQ(s.values.given, (std::vector<parameter>{{"TimeZone", "+0100"}, {"EmailX", "1"}}));
    auto const quoted = look("\"Parameters:TimeZone=America/New_York\"\nevent_id,email\n");
    EXPECT_EQ(quoted.values.given, (std::vector<parameter>{{"TimeZone", "America/New_York"}}));
    auto const report = look(
        "Report of\n\"Report Time Zone\";\"America/New_York\"\nTime zone;\nTime "
        "zones;x\nevent_id;email\n1;2\n");
    EXPECT_EQ(report.values.given, (std::vector<parameter>{{"TimeZone", "America/New_York"}}));
    // The same where the rows are read, and behind a byte order mark.
    for (std::string const mark : {"", "\xEF\xBB\xBF"}) {
        auto const file = mark + "Parameters:TimeZone=Europe/Madrid,\nevent_id,email\n1,2\n";
        auto const seen = look(file);
        std::vector<parameter> const want{{"TimeZone", "Europe/Madrid"}};
        EXPECT_EQ(seen.values.given, want);
        EXPECT_EQ(header_of(seen.found, file, max_row).parameters, want);
        auto const wide = encoded(file, event::text_encoding::utf16le, mark.empty());
        EXPECT_EQ(header_of(look(wide).found, wide, max_row).parameters, want);
    }
}

TEST(survey, rows_that_are_passed_over) {
    auto const s = look("event_id,email\nx,y\nvalue,Amount\n1,2\n", 0, 2);
    EXPECT_EQ(s.found.header_line, 3U);
}

TEST(survey, our_columns_in_front) {
    auto const s = look("setclickd_line,setclickd_error,event_id,email\n7,\"bad\",1,2\n");
    EXPECT_EQ(s.found.ours, 2U);
    EXPECT_EQ(s.found.columns, 4U);
    EXPECT_EQ(s.values.names, (std::vector<std::string>{"event_id", "email"}));
    EXPECT_EQ(s.values.rows, (std::vector<std::string>{"1"}));
}

TEST(survey, encodings) {
    std::string const utf8 = "event_id;email\n1;M\xC3\xBCller\n2;b\xC3\xB6rse \xE2\x82\xAC\n";
    EXPECT_EQ(look(utf8).found.encoding, text_encoding::utf8);
    EXPECT_EQ(look("\xEF\xBB\xBF" + utf8).found.encoding, text_encoding::utf8);
    for (auto const e : {text_encoding::utf16le, text_encoding::utf16be, text_encoding::utf32le,
                         text_encoding::utf32be}) {
        auto const s = look(encoded(utf8, e, true));
        EXPECT_EQ(s.refusal, "");
        EXPECT_EQ(s.found.encoding, e);
        EXPECT_EQ(s.values.rows.size(), 2U);
    }
    for (auto const e : {text_encoding::utf16le, text_encoding::utf16be})
        EXPECT_EQ(look(encoded(utf8, e)).found.encoding, e);
    // Letters of other scripts, without a mark; half a pair has a zero where no ASCII has one.
    for (auto const e : {text_encoding::utf16le, text_encoding::utf16be}) {
        auto const s = look(
            encoded("event_id;email;\u0438\u043C\u044F\n1;\U0001F600\u4E2D\u6587;\u00E9\n", e));
        EXPECT_EQ(s.refusal, "");
        EXPECT_EQ(s.found.encoding, e);
    }
    EXPECT_EQ(look(std::string("event_id;email\n1;x\0\n2;y\n", 25)).found.encoding,
              text_encoding::utf8);
    auto const windows = look(encoded(utf8, text_encoding::windows1252));
    EXPECT_EQ(windows.refusal, "");
    EXPECT_EQ(windows.found.encoding, text_encoding::windows1252);
}

TEST(survey, single_bytes_are_windows_1252_where_nothing_else_reads_them) {
    auto const file = [](std::string_view cell) {
        return "event_id;email\n1;x\n2;" + std::string(cell) + "\n";
    };
    for (std::string_view const clear : {"M\xFCller", "caf\xE9", "\xC1lvaro", "10 \x80",
                                         "Espa\xF1"
                                         "a",
                                         "\x93so\x94",
                                         "na\xEF"
                                         "ve",
                                         "5\xB0",
                                         "a\xA0"
                                         "b \xE9t\xE9",
                                         "Toni\xB4s", "col\xB7lecci", "lun\x96vie, caf\xE9",
                                         "a\x85"
                                         "b \xE9t\xE9",
                                         "O\x92"
                                         "Brien et M\xE9li\xE8s",
                                         "stra\xDF"
                                         "e"}) {
        auto const s = look(file(clear));
        EXPECT_EQ(s.refusal, "") << clear;
        EXPECT_EQ(s.found.encoding, text_encoding::windows1252) << clear;
    }
    struct {
        std::string_view cell;
        std::string_view one;
        std::string_view other;
    } const unclear[]{
        {"Espa\xA4"
         "a",
         "\xC2\xA4", "\xC3\xB1' in code page 850"},
        {"Mart\xA1"
         "nez",
         "\xC2\xA1", "\xC3\xAD' in code page 850"},
        {"Mo\x96"
         "tier",
         "\xE2\x80\x93", "\xC3\xBB' in code page 850"},
        {"Mart\x92nez", "\xE2\x80\x99", "\xC3\xAD' in Mac Roman"},
        {"Ko\xB3"
         "ak",
         "\xC2\xB3", "\xC5\x82' in Windows-1250"},
        {"\xC8\xE2\xE0\xED", "\xC3\x88", "\xD0\x98' in Windows-1251"},
        {"K\x8Alner", "\xC5\xA0", "\xC3\xA4' in Mac Roman"},
    };
    for (auto const& c : unclear) {
        auto const s = look(file(c.cell));
        EXPECT_NE(s.refusal.find("on line 3"), std::string::npos) << c.cell << s.refusal;
        EXPECT_NE(s.refusal.find("'" + std::string(c.one) + "' in Windows-1252"), std::string::npos)
            << s.refusal;
        EXPECT_NE(s.refusal.find(c.other), std::string::npos) << s.refusal;
    }
    // A byte that Windows-1252 has not, or UTF-8 elsewhere: those rows alone are no text.
    for (std::string_view const bad : {"x\x81y", "M\xFCller\n3;M\xC3\xBCller"}) {
        auto const s = look(file(bad));
        EXPECT_EQ(s.refusal, "") << bad;
        EXPECT_EQ(s.found.encoding, text_encoding::utf8) << bad;
    }
}

TEST(survey, a_header_in_windows_1252) {
    auto const s = look("event_id;email;Betr\xE4ge\n1;x;y\n");
    EXPECT_EQ(s.refusal, "");
    EXPECT_EQ(s.values.names.back(), "Betr\xC3\xA4ge");
    EXPECT_EQ(header_of(s.found, "event_id;email;Betr\xE4ge\n1;x;y\n", max_row).names.back(),
              "Betr\xC3\xA4ge");
    EXPECT_NE(look("event_id;email;Betr\xE4ge\n1;x;\xC3\xA4\n").refusal.find("two encodings"),
              std::string::npos);
}

TEST(survey, footers_at_the_end_and_nowhere_else) {
    struct {
        std::string name;
        std::string rows;
        std::size_t footers;  ///< bytes at the end
    } const table[]{
        {"none", "1,2,3\n", 0},
        {"a total", "1,2,3\nTotal,,3\n", 9},
        {"a total with dashes, as ad platforms write it", "1,2,3\nTotal, --,--\n", 13},
        {"the end of a file in DOS", "1,2,3\n\x1A", 1},
        {"dashes alone", "1,2,3\n--,--,3\n", 0},
        {"a total with a count", "1,2,3\nGrand Total: 6,,\n", 17},
        {"a total behind an empty row", "1,2,3\n,,\n,Summe,3\n", 12},
        {"Salesforce",
         "1,2,3\n\n\nDeals of the year\n\"Copyright (c) 2000-2024 salesforce.com, inc.\"\n"
         "Confidential Information - Do Not Distribute\n",
         2 + 18 + 47 + 45},
        {"a remark", "1,2,3\n# end\n", 6},
        {"in the midst: a row", "Total,,3\n1,2,3\n", 0},
        {"an id alone is a row", "1,2,3\nr17,,\n", 0},
        {"a total that is whole is a row", "1,2,3\nTotal,2,3\n", 0},
        {"empty rows alone", "1,2,3\n,,\n\n", 0},
        {"another word", "1,2,3\nTotality Ltd,,\n", 0},
    };
    for (auto const& c : table) {
        auto const file = "event_id,email,value\n" + c.rows;
        auto const s = look(file);
        EXPECT_EQ(s.found.surveyed, file.size()) << c.name;
        EXPECT_EQ(file.size() - s.found.footer_offset, c.footers) << c.name;
    }
}

TEST(survey, other_formats_are_named_with_the_cure) {
    using namespace std::string_literals;
    struct {
        std::string head;
        std::string_view wanted;
    } const table[]{
        {"PK\x03\x04\x14\0\x06\0[Content_Types].xml"s, ".xlsx"},
        {"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"s, ".ods"},
        {"PK\x03\x04\x14\0a.csv"s, "zip"},
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"s, ".xls"},
        {"\x1F\x8B\x08\0"s, "gzip"},
        {"%PDF-1.7\n"s, "PDF"},
        {"PAR1\x15\0"s, "Parquet"},
        {"SQLite format 3\0"s, "SQLite"},
        {std::string(4096, '\0'), "NUL bytes alone"},
        {"<?xml version=\"1.0\"?>\n<Workbook>"s, "XML"},
        {"\n<html><table><tr><td>event_id</td>"s, "HTML"},
        {"{\"event_id\":\"a\"}\n"s, ".ndjson"},
        {"\xEF\xBB\xBF[\n{\"event_id\":\"a\"}]"s, ".json"},
        {"{\\rtf1\\ansi"s, "RTF"},
        {"BZh91AY"s, "compressed"},
    };
    for (auto const& c : table) {
        auto const s = look(c.head);
        EXPECT_NE(s.refusal.find(c.wanted), std::string::npos) << c.wanted << ": " << s.refusal;
    }
    for (std::string_view const csv : {"[x],y\n", "{a},b\n", "<b>,c\n", "PK,x\n"})
        EXPECT_EQ(other_format(csv), "") << csv;
}

TEST(survey, what_it_decides_does_not_depend_on_windows) {
    for (auto const& file :
         {std::string("sep=;\r\nevent_id;email\r\n1;\"x\r\ny\"\r\n2;\"open\r\n3;z\r\nTotal;\r\n"),
          encoded("event_id,email\n1,\xC3\xA9\n\n", text_encoding::utf16le, true),
          std::string("event_id,email\n") + std::string(3 * max_row, '\n') + "1,2\n\nThe end"}) {
        auto const whole = look(file);
        for (std::size_t const step : {1U, 7U, 4095U, 5000U}) {
            auto const s = look(file, step);
            EXPECT_EQ(s.found, whole.found) << step;
            EXPECT_EQ(s.values.rows, whole.values.rows) << step;
        }
    }
}

TEST(survey, nothing_in_it) {
    for (std::string const file : {"", "\n", " \r\n\r\n", "\xEF\xBB\xBF", ",,\n,,\n"}) {
        auto const s = look(file);
        EXPECT_EQ(s.refusal, "") << file;
        EXPECT_EQ(s.found.columns, 0U) << file;
    }
}

TEST(survey, a_header_that_does_not_fit_is_refused) {
    EXPECT_NE(look("\"" + std::string(3 * max_row, 'x') + "\",email\n").refusal, "");
}

TEST(survey, what_the_values_refuse_refuses_the_file) {
    few_names values;
    values.why = "two profiles fit";
    survey s(values, max_row);
    std::string const file = "event_id,email\n1,2\n";
    s.consume(file, true);
    EXPECT_TRUE(s.finished());
    EXPECT_EQ(s.refusal(), "two profiles fit");
}

TEST(layout, text_and_back) {
    layout l;
    l.encoding = text_encoding::windows1252;
    l.has_bom = true;
    l.separator = '\t';
    l.ends = line_end::cr;
    l.header_offset = 7;
    l.header_line = 2;
    l.rows_offset = 70;
    l.rows_line = 3;
    l.columns = 12;
    l.ours = 2;
    l.footer_offset = 1'000'000'000'000;
    l.surveyed = 1'000'000'000'077;
    l.values = std::string("profile=a b;order=dmy,|\0\xFF%", 26);
    auto const text = text_of(l);
    EXPECT_EQ(text.find_first_of(";,|"), std::string::npos) << text;
    auto const back = layout_of(text);
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, l);
    EXPECT_EQ(layout_of(text_of(layout{})), layout{});
    for (std::string_view const bad :
         {"", "1", "2 0 0", "1 9 0 44 0 0 1 0 2 0 0 0 0 ", "1 0 0 44 0 0 1 0 2 0 0 0 0 %4",
          "1 0 0 44 0 0 1 0 2 0 0 0 x "})
        EXPECT_FALSE(layout_of(bad).has_value()) << bad;
}

}  // namespace
}  // namespace setclick::csv
