// One warning a file, with a count, and the same after a restart at any place.
#include "setclickd/event/file_remarks.hpp"

#include <gtest/gtest.h>

namespace setclick::event {
namespace {

constexpr wall_time now = from_ms(1'700'000'000'000);
constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;
constexpr milliseconds ten_years{std::chrono::hours{24 * 3650}};

/// Clicks at `now` plus these; a restart after each where `restarts`.
file_remarks of(std::vector<std::int64_t> const& offsets, bool restarts = false) {
    file_remarks out;
    std::uint64_t line = 0;
    for (auto const offset : offsets) {
        out.clicked(to_ms(now) + offset, ++line, now, ten_years);
        if (restarts) out = file_remarks::from(out.saved(), false);
    }
    return out;
}

TEST(file_remarks, one_text_for_all_of_a_kind) {
    std::vector<std::int64_t> zone(100, 0);
    for (std::size_t i = 0; i < zone.size(); ++i)
        zone[i] = 2 * hour - static_cast<std::int64_t>(i) * 10 * second;
    struct {
        char const* what;
        std::vector<std::int64_t> clicks;
        char const* text;
    } const table[] = {
        {"usual", {-hour, -2 * hour}, ""},
        {"our clock may be behind", {5 * 60 * second, -hour}, ""},
        {"the zone", zone,
         "100 clicks lie up to 2 h ahead of the file's arrival: is the zone right? (first: line "
         "1)"},
        {"one of 2012",
         {-hour, -14 * 365 * 24 * hour},
         "1 click is older than dialect.warn_older (first: line 2)"},
        {"one second", std::vector<std::int64_t>(12, -hour),
         "all 12 clicks lie in one second: is it the time of the export? (first: line 1)"},
        {"a few in one second", std::vector<std::int64_t>(9, -hour), ""},
        {"all but the last", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5 * second}, ""},
        {"all but the first", {5 * second, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, ""},
    };
    for (auto const& row : table)
        for (bool const restarts : {false, true}) {
            auto const got = of(row.clicks, restarts);
            EXPECT_EQ(got.text(), row.text) << row.what << restarts;
            EXPECT_EQ(got.empty(), got.text().empty());
        }
}

TEST(file_remarks, several_kinds_in_one_text_and_as_json) {
    file_remarks r;
    r.add(remark_kind::layout, 1);
    r.add(remark_kind::odd, 7);
    r.add(remark_kind::odd, 9);
    EXPECT_EQ(r.text(),
              "1 stretch of the file belongs to no event and was left out (first: line 1); 2 "
              "events look odd; setclickd submit --check FILE names each (first: line 7)");
    EXPECT_EQ(
        r.json(),
        R"([{"count":1,"first_line":1,"text":"1 stretch of the file belongs to no event and was left out"},)"
        R"({"count":2,"first_line":7,"text":"2 events look odd; setclickd submit --check FILE names each"}])");
    EXPECT_EQ(file_remarks{}.json(), "[]");
    r = {};
    r.add(remark_kind::layout, 3);
    r.add(remark_kind::layout, 4);
    EXPECT_EQ(r.text(),
              "2 stretches of the file belong to no event and were left out (first: line 3)");
}

TEST(file_remarks, what_was_saved_comes_back_and_nonsense_is_as_nothing) {
    for (auto const& r : {of({}), of({0, 0, 0}), of({0, 5 * second}), of({2 * hour, 0})})
        EXPECT_EQ(file_remarks::from(r.saved(), r == file_remarks{}), r) << r.saved();
    EXPECT_EQ(of({0, 5 * second}).saved(), "") << "the usual file has nothing to keep";
    for (auto const* const nonsense :
         {"x", "a", "a1", "a1:", "a-1:3", "@", "!", "a99999999999999999999:1"})
        EXPECT_TRUE(file_remarks::from(nonsense, true).empty()) << nonsense;
}

}  // namespace
}  // namespace setclick::event
