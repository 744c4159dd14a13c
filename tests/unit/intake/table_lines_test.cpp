// Rows of a table as they go back to their producer.
#include "table_lines.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "intake_fixture.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::intake {
namespace {

using event::text_encoding;

class table_lines_test : public ::testing::Test {
protected:
    test::temp_dir dir;
    spool::window window{std::size_t{64} << 10};

    static std::string encoded(std::string_view text, text_encoding as) {
        std::string out;
        event::append_encoded(out, text, as);
        return out;
    }
    /// Of a file with these first lines, the last of which is its header.
    table_lines lines_of(std::string_view above, std::string_view header, text_encoding as,
                         std::uint32_t columns, std::uint32_t ours = 0) {
        csv::layout l;
        l.encoding = as;
        l.columns = columns;
        l.ours = ours;
        l.header_offset = encoded(above, as).size();
        l.rows_offset = l.header_offset + encoded(header, as).size();
        std::ofstream(dir.file("t.csv"), std::ios::binary)
            << encoded(std::string(above) + std::string(header), as);
        unique_fd const fd(::open(dir.file("t.csv").c_str(), O_RDONLY | O_CLOEXEC));
        auto made = table_lines::of(csv::text_of(l), fd.get(), "t.csv", 4096, window);
        EXPECT_TRUE(made && *made);
        return std::move(**made);
    }
};

TEST_F(table_lines_test, a_row_that_is_one_cell_of_ours_never_begins_as_a_formula) {
    struct {
        std::string_view row;
        std::string_view written;
    } const table[]{
        {"=1+1,\"open", "'=1+1,\"\"open"}, {"+34,\"x", "'+34,\"\"x"},
        {"-1,\"x\"y", "'-1,\"\"x\"\"y"},   {"@a,\"x", "'@a,\"\"x"},
        {"＝1,\"x", "'＝1,\"\"x"},         {"r1,\"=x\r\n", "r1,\"\"=x"},
        {"\t=1,\"x", "'\t=1,\"\"x"},
    };
    for (auto const as : {text_encoding::utf8, text_encoding::utf16le}) {
        auto const lines = lines_of("", "a,b\r\n", as, 2);
        for (auto const& c : table) {
            std::string out;
            EXPECT_FALSE(lines.append_row(out, 7, "why", encoded(c.row, as))) << c.row;
            EXPECT_EQ(out, "");
            lines.append_broken(out, 7, "why", encoded(c.row, as));
            EXPECT_EQ(out, encoded("7,why,\"" + std::string(c.written) + "\"\n", as)) << c.row;
        }
    }
}

TEST_F(table_lines_test, a_reason_never_begins_as_a_formula_and_a_row_stays_as_it_is) {
    auto const lines = lines_of("", "a,b\n", text_encoding::utf8, 2);
    std::string out;
    EXPECT_TRUE(lines.append_row(out, 2, "=cmd|' /C calc'!A0", "=1+1,\"a\"\"b\""));
    EXPECT_EQ(out, "2,'=cmd|' /C calc'!A0,=1+1,\"a\"\"b\"\n");
    out.clear();
    lines.append_reason(out, 3, "@x, \"y\"");
    EXPECT_EQ(out, "3,\"'@x, \"\"y\"\"\"\n");
}

TEST_F(table_lines_test, columns_of_ours_are_there_once_however_often_a_file_comes_back) {
    auto const first = lines_of("Deals,\n", "a,b\n", text_encoding::utf8, 2);
    EXPECT_EQ(first.head(), "Deals,\nsetclickd_line,setclickd_error,a,b\n");
    auto const again =
        lines_of("Deals,\n", "setclickd_line,setclickd_error,a,b\n", text_encoding::utf8, 4, 2);
    EXPECT_EQ(again.head(), first.head());
    std::string out;
    EXPECT_TRUE(again.append_row(out, 9, "new", "3,\"old, reason\",\"x\",y"));
    EXPECT_EQ(out, "9,new,\"x\",y\n");
}

}  // namespace
}  // namespace setclick::intake
