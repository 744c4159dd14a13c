#include "setclickd/net/pool.hpp"

#include <gtest/gtest.h>

namespace setclick::net {
namespace {

TEST(connections_to_open, is_what_work_waits_for_within_the_limits) {
    struct row {
        std::size_t wanted;
        pool_counts counts;
        std::size_t most;
        std::size_t expected;
    };
    for (auto const& r :
         {row{0, {}, 64, 0}, row{1, {}, 64, 1}, row{5, {0, 2, 0}, 64, 3}, row{2, {1, 1, 0}, 64, 0},
          row{100, {}, 64, 16}, row{100, {16, 0, 0}, 64, 0}, row{100, {10, 0, 0}, 64, 6},
          row{100, {0, 0, 60}, 64, 4}, row{100, {0, 0, 64}, 64, 0}, row{3, {0, 0, 8}, 8, 0}})
        EXPECT_EQ(connections_to_open(r.wanted, r.counts, r.most), r.expected)
            << r.wanted << " wanted, " << r.counts.opening << "/" << r.counts.idle << "/"
            << r.counts.busy;
}

}  // namespace
}  // namespace setclick::net
