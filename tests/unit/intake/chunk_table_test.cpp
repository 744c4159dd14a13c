// A table in chunks: its first pass, its rows, restarts anywhere, and what is refused.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "chunk_reader.hpp"
#include "intake_fixture.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::intake {
namespace {

class chunk_table_test : public ::testing::Test {
protected:
    csv::mapping_rules rules{std::make_shared<csv::profiles const>(), {{"acc-1", "Europe/Madrid"}}};
    chunk_reader reader{event::rules{{"acc-1"}}, {account_no{11}}, settings::dedupe_key::automatic,
                        std::size_t{4096},       nullptr,          rules};
    test::temp_dir dir;

    reading_file file_of(std::string const& name, std::string const& text) {
        std::ofstream(dir.file(name), std::ios::binary) << text;
        reading_file f;
        f.no = file_no{5};
        f.name = name;
        f.format = *event::format_of(name);
        f.fd = unique_fd(::open(dir.file(name).c_str(), O_RDONLY | O_CLOEXEC));
        f.size = text.size();
        f.state.position = reading_state::start();
        return f;
    }

    /// Looks at the file until it may be read, and reads a chunk of it.
    result<void> read(reading_file& f, chunk_limits limits, ledger::import_chunk& c) {
        for (;;) {
            auto const looked = reader.look(f);
            if (!looked) return looked.error();
            if (*looked == chunk_reader::look_result::ready)
                return reader.read(f, limits, wall_time{}, c);
        }
    }

    struct seen {
        std::map<std::uint64_t, std::string> events;  ///< by line: the record, without its place
        std::map<std::uint64_t, std::string> refused;
        std::string state;
        error trouble;
    };
    /// With `restarts` each chunk begins with what the ledger has alone.
    void read_on(reading_file& f, chunk_limits limits, bool restarts, seen& out) {
        for (int guard = 0; !f.at_end; ++guard) {
            ASSERT_LT(guard, 100'000);
            ledger::import_chunk c;
            auto const r = read(f, limits, c);
            if (!r) {
                out.trouble = r.error();
                return;
            }
            for (auto const& e : c.events)
                out.events[e.line] = std::string(c.text(e.record)) + "@" +
                                     std::to_string(e.offset) + "+" + std::to_string(e.length);
            for (auto const& l : c.refused)
                out.refused[l.line] = std::string(c.text(l.reason)) + "@" +
                                      std::to_string(l.offset) + "+" + std::to_string(l.length);
            out.state = c.reader_state;
            if (restarts) {
                f.state = reading_state::from(c.next_offset, c.next_line, c.reader_state);
                f.table.reset();
            }
        }
    }
    seen read_all(std::string const& name, std::string const& text, chunk_limits limits = {},
                  bool restarts = false) {
        seen out;
        auto f = file_of(name, text);
        read_on(f, limits, restarts, out);
        EXPECT_EQ(out.trouble.message, "");
        return out;
    }
    static std::string row(int n, std::string_view email = "user@example.com") {
        return "crm-" + std::to_string(n) + ",2021-10-20T05:31:28Z,google,cpc," +
               std::string(email) + "\r\n";
    }
    static constexpr std::string_view header =
        "event_id,click_time,utm_source,utm_medium,email\r\n";
};

TEST_F(chunk_table_test, all_sizes_of_chunks_and_a_restart_after_each_read_the_same) {
    std::string text = "Offline conversions,,,,\r\n\r\n" + std::string(header);
    for (int i = 0; i < 60; ++i) {
        if (i % 9 == 4)
            text += "x" + std::to_string(i) + ",not a time,google,cpc,e\r\n";
        else if (i % 9 == 7)
            text += std::to_string(i) + ",2021-10-20T05:31:28Z,google,cpc,\"open\r\n";
        else
            text += row(i, i % 2 == 0 ? "\"a\"\"b\n@example.com\"" : "ü@example.com");
        if (i == 30) text += ",,,,\r\n" + std::string(header) + std::string(5000, 'x') + "\r\n";
    }
    text += "Total,,,,60\r\n";
    for (auto const e : {event::text_encoding::utf8, event::text_encoding::utf16le,
                         event::text_encoding::windows1252}) {
        std::string file;
        event::append_encoded(
            file, (e == event::text_encoding::windows1252 ? "" : "\xEF\xBB\xBF") + text, e);
        auto const whole = read_all("a.csv", file);
        EXPECT_EQ(whole.events.size(), 47U);
        EXPECT_EQ(whole.refused.size(), 14U);
        for (std::size_t events : {1, 2, 7}) {
            for (bool const restarts : {false, true}) {
                auto const parts = read_all("a.csv", file, {events, 1 << 20}, restarts);
                EXPECT_EQ(parts.events, whole.events) << events;
                EXPECT_EQ(parts.refused, whole.refused) << events;
            }
        }
        for (std::size_t bytes : {1, 100, 4096})
            EXPECT_EQ(read_all("a.csv", file, {4096, bytes}, true).events, whole.events) << bytes;
    }
}

TEST_F(chunk_table_test, the_layout_is_kept_with_the_first_rows) {
    auto f = file_of("a.csv", std::string(header) + row(1) + row(2));
    ledger::import_chunk c;
    ASSERT_TRUE(read(f, {1, 1 << 20}, c));
    ASSERT_EQ(c.events.size(), 1U);
    auto const kept = reading_state::from(c.next_offset, c.next_line, c.reader_state);
    auto const layout = csv::layout_of(kept.table);
    ASSERT_TRUE(layout.has_value()) << c.reader_state;
    EXPECT_EQ(layout->rows_offset, header.size());
    EXPECT_EQ(layout->ends, csv::line_end::crlf);
}

TEST_F(chunk_table_test, a_large_file_is_looked_at_in_steps_before_its_first_chunk) {
    std::string text(header);
    while (text.size() < 4 * table_file::step)
        text += row(1);
    auto f = file_of("a.csv", text);
    for (int i = 0; i < 3; ++i) {
        auto const looked = reader.look(f);
        ASSERT_TRUE(looked);
        ASSERT_EQ(*looked, chunk_reader::look_result::goes_on);
        EXPECT_EQ(f.state.text(), "");
        EXPECT_GE(f.looked, table_file::step);
    }
    while (*reader.look(f) != chunk_reader::look_result::ready)
        EXPECT_EQ(f.state.text(), "");
    EXPECT_NE(f.state.table, "");
    ledger::import_chunk c;
    ASSERT_TRUE(reader.read(f, {}, wall_time{}, c));
    EXPECT_FALSE(c.events.empty());
}

TEST_F(chunk_table_test,
       only_so_many_large_tables_are_looked_at_by_turns_and_a_small_one_waits_for_none) {
    std::string text(header);
    while (text.size() < 2 * table_file::step)
        text += row(1);
    std::vector<reading_file> large;
    for (std::size_t i = 0; i < chunk_reader::most_first_passes; ++i) {
        auto& f = large.emplace_back(file_of("a" + std::to_string(i) + ".csv", text));
        ASSERT_EQ(*reader.look(f), chunk_reader::look_result::goes_on);
    }
    auto one_more = file_of("one-more.csv", text);
    ASSERT_EQ(*reader.look(one_more), chunk_reader::look_result::waits);
    auto small = file_of("small.csv", std::string(header) + row(1));
    ASSERT_EQ(*reader.look(small), chunk_reader::look_result::ready);
    while (*reader.look(large.front()) != chunk_reader::look_result::ready)
        ;
    ASSERT_EQ(*reader.look(one_more), chunk_reader::look_result::goes_on);
    large.pop_back();
    auto another = file_of("another.csv", text);
    ASSERT_EQ(*reader.look(another), chunk_reader::look_result::goes_on);
}

TEST_F(chunk_table_test, a_table_that_ended_the_daemon_in_its_first_pass_is_refused_unread) {
    auto const text = std::string(header) + row(1);
    auto f = file_of("a.csv", text);
    f.crash_lines.push_back({"", 0, true});
    seen all;
    read_on(f, {}, false, all);
    EXPECT_EQ(all.trouble.message, "");
    EXPECT_TRUE(all.events.empty());
    ASSERT_EQ(all.refused.size(), 1U);
    EXPECT_NE(all.refused.begin()->second.find("crash: looking at this table"), std::string::npos);
    EXPECT_NE(all.refused.begin()->second.find("@0+" + std::to_string(text.size())),
              std::string::npos);
    EXPECT_NE(all.state.find("table=refused"), std::string::npos) << all.state;
}

TEST_F(chunk_table_test, what_cannot_be_read_is_refused_once_as_a_whole) {
    using namespace std::string_literals;
    struct {
        std::string text;
        std::string_view wanted;
    } const table[]{
        {"PK\x03\x04\x14\0\x06\0[Content_Types].xml"s, ".xlsx"},
        {"\x1F\x8B\x08\0abc\n\n\n"s, "gzip"},
        {"%PDF-1.4\n1\n2\n"s, "PDF"},
        {"<?xml version=\"1.0\"?>\n<a>\n</a>\n"s, "XML"},
        {"event_id;email;x,y\n1;2,5;3,4\n4;5;6,7\n"s, ""},
        {"foo,bar\n1,2\n3,4\n"s, ""},
        {"event_id,email\n1,Espa\xA4"
         "a\n2,b\n"s,
         "code page 850"},
    };
    for (auto const& c : table) {
        auto const all = read_all("a.csv", c.text);
        EXPECT_TRUE(all.events.empty()) << c.text;
        ASSERT_EQ(all.refused.size(), 1U) << c.text;
        EXPECT_NE(all.refused.begin()->second.find(c.wanted), std::string::npos)
            << all.refused.begin()->second;
        EXPECT_NE(all.state.find("table=refused"), std::string::npos) << all.state;
        EXPECT_EQ(read_all("a.csv", c.text, {1, 1}, true).refused, all.refused);
    }
    for (std::string const empty :
         {"", "\r\n\r\n", "event_id,click_time,utm_source,utm_medium,email\n"}) {
        auto const all = read_all("a.csv", empty);
        EXPECT_TRUE(all.events.empty() && all.refused.empty()) << empty;
    }
}

TEST_F(chunk_table_test, a_file_that_grew_is_read_on_by_what_was_decided) {
    auto const begin = std::string(header) + row(1) + "Total,,,,1\r\n";
    auto const more = row(2) + "3;2021-10-20T05:31:28Z;google;cpc;x@example.com\r\n" + row(4);
    seen all;
    auto f = file_of("a.csv", begin);
    read_on(f, {}, false, all);
    EXPECT_EQ(all.events.size(), 1U);
    EXPECT_EQ(all.refused.size(), 0U);
    std::ofstream(dir.file("a.csv"), std::ios::binary | std::ios::app) << more;
    f.state = reading_state::from(begin.size(), 4, all.state);
    f.table.reset();
    f.at_end = false;
    read_on(f, {}, false, all);
    EXPECT_EQ(all.trouble.message, "");
    EXPECT_EQ(all.events.size(), 3U);
    ASSERT_EQ(all.refused.size(), 1U);
    EXPECT_NE(all.refused.at(5).find("has 1 cell, and the header 5"), std::string::npos)
        << all.refused.at(5);
}

TEST_F(chunk_table_test, a_row_that_was_cut_at_the_end_is_read_again_when_the_file_has_grown) {
    auto const begin = std::string(header) + row(1) + "crm-2,2021-10-20T05:31:28Z,goo";
    seen all;
    auto f = file_of("a.csv", begin);
    read_on(f, {}, false, all);
    EXPECT_EQ(all.events.size(), 1U);
    EXPECT_EQ(all.refused.size(), 1U);
    std::ofstream(dir.file("a.csv"), std::ios::binary | std::ios::app)
        << "gle,cpc,x@example.com\r\n"
        << row(3);
    f.at_end = false;
    read_on(f, {}, false, all);
    EXPECT_EQ(all.events.size(), 3U);
    EXPECT_EQ(all.refused.size(), 1U);
}

TEST_F(chunk_table_test, a_file_that_was_shortened_is_no_whole_one) {
    auto f = file_of("a.csv", std::string(header) + row(1));
    f.size += 100;
    ledger::import_chunk c;
    auto const r = read(f, {}, c);
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().code, errc::unreadable);
    EXPECT_NE(r.error().message.find("shortened"), std::string::npos);
}

TEST_F(chunk_table_test, another_configuration_does_not_read_on_what_was_begun) {
    auto f = file_of("a.csv", std::string(header) + row(1) + row(2));
    ledger::import_chunk c;
    ASSERT_TRUE(read(f, {1, 1 << 20}, c));
    auto layout = csv::layout_of(f.state.table);
    ASSERT_TRUE(layout.has_value());
    layout->values = "profile=gone";
    f.state.table = csv::text_of(*layout);
    f.table.reset();
    ledger::import_chunk next;
    auto const r = read(f, {}, next);
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().code, errc::unreadable) << r.error().message;
    EXPECT_TRUE(next.events.empty());
}

}  // namespace
}  // namespace setclick::intake
