#include "contract.hpp"
#include "ledger_fixture.hpp"

namespace setclick::ledger {
namespace {

class crash_lines_test : public contract_test {
protected:
    static last_end reading(std::string const& name, std::uint64_t offset, bool between = false) {
        return {true, reading_place{name, offset, between}};
    }
};

using places = std::vector<reading_place>;

LEDGER_CONTRACT(crash_lines_test);

TEST_P(crash_lines_test, a_line_is_named_at_the_third_abort_and_from_then_on) {
    auto const end = reading("1-1-odd\nname", 77);
    EXPECT_EQ(reopen(end).crash_lines, places{});
    EXPECT_EQ(reopen(end).crash_lines, places{});
    EXPECT_EQ(reopen(end).crash_lines, places{*end.reading});
    // Neither a kill nor another abort takes that back.
    EXPECT_EQ(reopen().crash_lines, places{*end.reading});
    EXPECT_EQ(reopen(true).crash_lines, places{*end.reading});
}

TEST_P(crash_lines_test, any_other_end_in_between_begins_anew) {
    auto const end = reading("1-1-a", 77);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(reopen(end).crash_lines, places{});
        EXPECT_EQ(reopen(end).crash_lines, places{});
        EXPECT_EQ(reopen().crash_lines, places{});
    }
}

TEST_P(crash_lines_test, two_lines_that_break_the_daemon_by_turns_are_both_named) {
    auto const a = reading("1-1-a", 77);
    auto const b = reading("1-2-b", 77, true);
    for (auto const* end : {&a, &b, &a, &b})
        EXPECT_EQ(reopen(*end).crash_lines, places{});
    EXPECT_EQ(reopen(a).crash_lines, places{*a.reading});
    EXPECT_EQ(reopen(b).crash_lines, (places{*a.reading, *b.reading}));
}

TEST_P(crash_lines_test,
       what_was_read_past_is_forgotten_and_the_same_offset_of_another_file_is_not) {
    auto const a = account("a");
    auto const file = add_file("a.ndjson");
    auto const work_name = store_->file(file)->claimed.work_name;
    auto const here = reading(work_name, 0);
    auto const there = reading("1-2-b", 0);
    for (auto const* end : {&here, &here, &there, &there, &there})
        reopen(*end);
    EXPECT_EQ(reopen(here).crash_lines, (places{*here.reading, *there.reading}));
    import(chunk_builder(file).plain(a, "one").build());
    EXPECT_EQ(reopen().crash_lines, places{*there.reading});
}

TEST_P(crash_lines_test, suspects_are_bounded_and_the_oldest_go) {
    for (int i = 0; i < 200; ++i)
        reopen(reading("1-1-a", static_cast<std::uint64_t>(i)));
    for (int i = 199; i >= 199 - 63; --i)
        reopen(reading("1-1-a", static_cast<std::uint64_t>(i)));
    EXPECT_EQ(reopen(reading("1-1-a", 199)).crash_lines.size(), 1U);
    EXPECT_EQ(reopen(reading("1-1-a", 0)).crash_lines.size(), 1U);
}

TEST(reading_place, what_is_no_place_is_none) {
    for (std::string_view text :
         {"", "1", "1 2", "1 2 name", "x 2 name/", "1 x name/", "-1 2 name/"}) {
        auto rest = text;
        EXPECT_FALSE(take_reading_place(rest)) << text;
    }
    std::string_view two = "0 12 a b/1 0 c/";
    EXPECT_EQ(take_reading_place(two), (reading_place{"a b", 12, false}));
    EXPECT_EQ(take_reading_place(two), (reading_place{"c", 0, true}));
    EXPECT_TRUE(two.empty());
}

}  // namespace
}  // namespace setclick::ledger
