#include "setclickd/spool/wholeness.hpp"

#include <gtest/gtest.h>

#include <string>

namespace setclick::spool {
namespace {

constexpr wholeness_limits limits{2s, 120s};
constexpr auto well = file_end::well;
constexpr auto inside = file_end::inside;

steady_time at(std::int64_t s) {
    return steady_time{} + std::chrono::seconds{s};
}

TEST(wholeness, each_kind_of_evidence_has_its_decision) {
    struct row {
        evidence seen;
        decision is;
        char const* why;
    };
    using enum arrival;
    for (auto const& [seen, is, why] : {
             row{{renamed_in, 9, 0s, {}, {}}, decision::take, "a rename says that it is whole"},
             row{{renamed_in, 0, 0s, {}, {}}, decision::leave_empty, "nothing was written to it"},
             row{{closed, 0, 99h, {}, {}},
                 decision::leave_empty,
                 "closed while another one writes"},
             row{{found, 0, 99h, {}, {}}, decision::leave_empty, "however long"},
             row{{found, 9, 1999ms, {}, {}}, decision::wait, "not quiet yet"},
             row{{found, 9, 2s, {}, {}}, decision::look_at_end, "how does it end?"},
             row{{found, 9, 2s, well, {}}, decision::try_lease, "who has it open?"},
             row{{found, 9, 2s, well, lease::granted}, decision::take, "quiet, and nobody writes"},
             row{{found, 9, 2s, well, lease::unavailable}, decision::take, "quiet is all there is"},
             row{{found, 9, 2s, well, lease::refused}, decision::wait, "its writer only pauses"},
             row{{found, 9, 120s, well, lease::refused}, decision::wait_open, "and a person knows"},
             row{{found, 9, 2s, inside, {}}, decision::wait, "ends inside a line: more patience"},
             row{{found, 9, 119s, inside, {}}, decision::wait, "still"},
             row{{found, 9, 120s, inside, {}}, decision::try_lease, "long enough"},
             row{{found, 9, 120s, inside, lease::unavailable}, decision::take, "it is cut off"},
             row{{found, 9, 120s, inside, lease::refused}, decision::wait_open, "not yet"},
             row{{closed, 9, 0s, {}, {}}, decision::look_at_end, "a close shortens the wait"},
             row{{closed, 9, 0s, well, {}}, decision::try_lease, "but who else has it open?"},
             row{{closed, 9, 0s, well, lease::granted}, decision::take, "nobody"},
             row{{closed, 9, 0s, well, lease::refused}, decision::wait, "somebody"},
             row{{closed, 9, 0s, well, lease::unavailable}, decision::wait, "nobody knows: quiet"},
             row{{closed, 9, 2s, well, lease::unavailable}, decision::take, "it is quiet"},
             row{{closed, 9, 0s, inside, {}}, decision::wait, "an upload that broke off goes on"},
         }) {
        EXPECT_EQ(decide(seen, limits), is) << why;
    }
}

TEST(wholeness, with_settle_zero_what_lies_there_is_taken_but_an_empty_file) {
    EXPECT_EQ(decide({arrival::found, 9, 0s, {}, {}}, {0s, 120s}), decision::take);
    EXPECT_EQ(decide({arrival::found, 0, 0s, {}, {}}, {0s, 120s}), decision::leave_empty);
}

TEST(wholeness, patience_is_never_shorter_than_settle) {
    EXPECT_EQ(decide({arrival::found, 9, 9s, inside, {}}, {10s, 1s}), decision::wait);
    EXPECT_EQ(decide({arrival::found, 9, 10s, inside, {}}, {10s, 1s}), decision::try_lease);
}

file_look look(std::uint64_t size, std::uint64_t inode = 1, std::int64_t ctime_ns = 5) {
    return {inode, size, ctime_ns, ctime_ns};
}

TEST(quiet_clock, whatever_the_time_stamps_say_it_counts_from_what_was_seen_to_change) {
    quiet_clock clock(60s);
    constexpr std::int64_t an_hour = 3'600'000'000'000;
    for (std::int64_t const stamp : {-an_hour, std::int64_t{0}, 100 * an_hour}) {
        clock.forget(1);
        EXPECT_EQ(clock.quiet_for(look(10, 1, stamp), at(0)), 0s) << "the first look";
        EXPECT_EQ(clock.quiet_for(look(10, 1, stamp), at(3)), 3s);
        EXPECT_EQ(clock.quiet_for(look(11, 1, stamp), at(4)), 0s) << "it has grown";
        EXPECT_EQ(clock.quiet_for(look(11, 1, stamp + 1), at(5)), 0s) << "it was written to";
        EXPECT_EQ(clock.quiet_for(look(11, 1, stamp + 1), at(7)), 2s);
    }
}

TEST(quiet_clock, more_files_than_it_times_get_their_turn_when_others_have_left) {
    quiet_clock clock(60s);
    for (std::uint64_t inode = 0; inode < quiet_clock::most_watched; ++inode)
        clock.quiet_for(look(1, inode), at(0));
    auto const late = look(1, 1'000'000);
    clock.quiet_for(late, at(0));
    EXPECT_EQ(clock.quiet_for(late, at(3)), 0s) << "still no place";
    clock.forget(7);
    clock.quiet_for(late, at(4));
    EXPECT_EQ(clock.quiet_for(late, at(6)), 2s);
    auto const later = look(1, 2'000'000);
    clock.quiet_for(later, at(7));
    EXPECT_EQ(clock.quiet_for(later, at(8)), 0s);
    EXPECT_EQ(clock.quiet_for(later, at(66)), 0s) << "those that nobody asks about make room";
    EXPECT_EQ(clock.quiet_for(later, at(67)), 1s);
}

file_end lines(std::string_view text) {
    return end_of(true, text, text, true);
}
file_end json(std::string_view text) {
    return end_of(false, text, text, true);
}

TEST(file_end, of_lines_the_last_one_counts) {
    for (auto const* text : {"{}\n", "{}\r\n", "{}\n{\"a\":[1]}", "{}\nbroken\n", "\n", "{}\n \t",
                             "{\"a\":\"}{\"}", "{}\n#! line 3: x"})
        EXPECT_EQ(lines(text), well) << text;
    for (auto const* text :
         {"{}\n{\"a\":", "{\"a\":{}", "{}\n{\"a\":\"}", "{", "{}\n{\"a\":1", "{}\nbrok"})
        EXPECT_EQ(lines(text), inside) << text;
}

TEST(file_end, of_json_the_brackets_count) {
    for (auto const* text :
         {"{\"a\":{}}", "[{},{}]", "[]", " [ {} ] \n", "{}", "{}\n{}\n", "{\"a\":\"[\"}"})
        EXPECT_EQ(json(text), well) << text;
    for (auto const* text : {"[{},{}", "{\"a\":{}", "[", "[{},", "{\"a\":\"}"})
        EXPECT_EQ(json(text), inside) << text;
}

TEST(file_end, of_other_encodings_and_packed_files_nothing_is_said) {
    using namespace std::string_view_literals;
    for (auto const text : {"{\0\"\0"sv, "\xFF\xFE{\0"sv, "\x1F\x8B\x08{"sv}) {
        EXPECT_EQ(lines(text), well);
        EXPECT_EQ(json(text), well);
    }
    EXPECT_EQ(lines("[{\"a\":1},{}]"), well) << "an array on a line";
}

TEST(file_end, of_a_large_file_its_first_and_last_bytes_tell) {
    std::string const head = "\xEF\xBB\xBF [\n{\"a\":1},";
    EXPECT_EQ(end_of(false, head, ",{\"a\":{}}\n]\n", false), well);
    EXPECT_EQ(end_of(false, head, ",{\"a\":{}}\n", false), inside);
    EXPECT_EQ(end_of(true, "{", std::string(100, 'x'), false), inside);
    EXPECT_EQ(end_of(true, "{", "xx\"}", false), well);
}

TEST(file_end, a_table_ends_with_its_last_rows_end) {
    EXPECT_EQ(end_of_table("a,b\n1,2\n", "a,b\n1,2\n"), file_end::well);
    EXPECT_EQ(end_of_table("a,b\r1,2\r", "a,b\r1,2\r"), file_end::well);
    EXPECT_EQ(end_of_table("a,b\n1,198.0", "a,b\n1,198.0"), file_end::inside);
    EXPECT_EQ(end_of_table(std::string_view("\xFF\xFE"
                                            "a\0",
                                            4),
                           "x"),
              file_end::well);
    EXPECT_TRUE(is_table_name("A.CSV") && is_table_name("a.tsv"));
    EXPECT_FALSE(is_table_name("a.csv.json"));
}

}  // namespace
}  // namespace setclick::spool
