#include "recheck_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace setclick::intake {
namespace {

filed file(std::uint64_t no) {
    return {file_no{no}, "f.ndjson", no, 10};
}

TEST(recheck_schedule, a_file_is_looked_at_at_once_and_then_less_and_less_often_for_an_hour) {
    recheck_schedule s;
    steady_time const t0{};
    s.add(file(1), t0);
    std::vector<long> seen;
    while (s.next() != never) {
        auto const now = s.next();
        ASSERT_TRUE(s.due(now));
        EXPECT_FALSE(s.due(now)) << "once each time";
        seen.push_back(std::chrono::floor<std::chrono::seconds>(now - t0).count());
    }
    EXPECT_EQ(seen, (std::vector<long>{0, 1, 10, 60, 600, 3600}));
}

TEST(recheck_schedule, a_file_that_is_filed_again_is_looked_at_as_it_was_filed_last) {
    recheck_schedule s;
    steady_time const t0{};
    s.add({file_no{1}, "f.ndjson", 77, 10}, t0);
    ASSERT_TRUE(s.due(t0));
    s.add({file_no{2}, "f.ndjson", 77, 20}, t0);  // given back, and read as a new one
    s.add(file(3), t0);
    std::vector<std::uint64_t> seen;
    while (s.next() != never)
        if (auto const f = s.due(s.next())) seen.push_back(static_cast<std::uint64_t>(f->no));
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 0);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 2), 6);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 3), 6);
}

TEST(recheck_schedule, what_is_gone_is_not_looked_at_until_it_is_filed_again) {
    recheck_schedule s;
    steady_time const t0{};
    s.add({file_no{4}, "f.ndjson", 77, 10}, t0);
    s.gone(77);
    EXPECT_FALSE(s.due(t0));
    s.add({file_no{5}, "f.ndjson", 77, 10}, t0);
    s.add({file_no{4}, "f.ndjson", 77, 10}, t0);  // finished once more by a person's command
    auto const due = s.due(t0);
    ASSERT_TRUE(due);
    EXPECT_EQ(due->no, file_no{5});
    EXPECT_FALSE(s.due(t0));
}

TEST(recheck_schedule, memory_is_bounded_and_the_newest_are_kept) {
    recheck_schedule s;
    steady_time const t0{};
    for (std::uint64_t n = 1; n <= 3 * recheck_schedule::most; ++n)
        s.add(file(n), t0);
    std::size_t count = 0;
    std::uint64_t last = 0;
    while (auto const f = s.due(t0)) {
        ++count;
        last = static_cast<std::uint64_t>(f->no);
    }
    EXPECT_EQ(count, recheck_schedule::most);
    EXPECT_EQ(last, 3 * recheck_schedule::most);
}

TEST(done_return, what_passes_by_itself_never_ends_the_daemon_and_what_ails_the_disk_does) {
    for (auto const code : {errc::busy, errc::disk_full, errc::shortage})
        EXPECT_TRUE(done_return::passes(fail(code, "")));
    for (auto const code : {errc::io, errc::invalid_data, errc::not_found})
        EXPECT_FALSE(done_return::passes(fail(code, "")));
}

}  // namespace
}  // namespace setclick::intake
