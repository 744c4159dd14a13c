// docs/metrics.md is made from the table. When a row changes:
//   SETCLICKD_WRITE_REFERENCE=1 metrics_test --gtest_filter='metrics_reference.*'
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "reference/held_text.hpp"
#include "setclickd/metrics/exporter.hpp"

namespace setclick::metrics {
namespace {

TEST(metrics_reference, the_page_has_what_the_table_makes) {
    reference::expect_part("docs/metrics.md", "<!-- metrics: made from the table -->", "",
                           reference());
}

TEST(metrics_reference, nothing_in_a_row_breaks_the_pages_table) {
    auto const made = reference();
    std::size_t at = 0;
    while (at < made.size()) {
        auto const line = made.substr(at, made.find('\n', at) - at);
        EXPECT_EQ(std::ranges::count(line, '|'), 5) << line;
        at += line.size() + 1;
    }
}

}  // namespace
}  // namespace setclick::metrics
