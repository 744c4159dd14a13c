// When rows are seen to drift from page to page: timelines.
#include "../../../src/ledger/postgres/row_drift.hpp"

#include <gtest/gtest.h>

namespace setclick::ledger::postgres {
namespace {

/// `writes` of them, of which every `nth` goes to another page.
void write(row_drift& drift, int writes, int nth) {
    for (int i = 1; i <= writes; ++i)
        drift.wrote(nth > 0 && i % nth == 0);
}

TEST(row_drift, rows_that_stay_where_they_are_and_move_now_and_then_do_not_drift) {
    row_drift drift;
    write(drift, 10'000, 0);
    EXPECT_FALSE(drift.drifts());
    write(drift, 10'000, 200);
    EXPECT_FALSE(drift.drifts());
}

TEST(row_drift, a_page_that_fills_every_seventy_writes_is_a_drift_at_its_eighth) {
    row_drift drift;
    write(drift, 8 * 70 - 1, 70);
    EXPECT_FALSE(drift.drifts());
    write(drift, 1, 1);
    EXPECT_TRUE(drift.drifts());
    write(drift, 100'000, 70);
    EXPECT_TRUE(drift.drifts());
}

TEST(row_drift, it_ends_with_a_window_in_which_hardly_a_row_moved) {
    row_drift drift;
    write(drift, row_drift::window, 70);
    ASSERT_TRUE(drift.drifts());
    write(drift, row_drift::window, 200);
    EXPECT_TRUE(drift.drifts()) << "five moves: neither a drift nor its end";
    write(drift, row_drift::window - 1, 0);
    EXPECT_TRUE(drift.drifts());
    write(drift, 1, 0);
    EXPECT_FALSE(drift.drifts());
}

}  // namespace
}  // namespace setclick::ledger::postgres
