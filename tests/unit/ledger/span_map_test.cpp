// The interval map against a plain array: the same changes on both, then every id is asked, and the
// table must be tiled and merged.
#include "../../../src/ledger/sqlite/span_table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "../../../src/ledger/sqlite/schema.hpp"

namespace setclick::ledger {
namespace {

using enum event_state;

struct cell {
    span_state is;
    bool settled = false;
};

class span_map_test : public testing::Test {
protected:
    std::uint64_t id(std::size_t index) const {
        return event_no::of(account_no{7}, index + 1).value;
    }

    void append(std::size_t count) {
        map_.append(id(cells_.size()), id(cells_.size() + count - 1), span_state{});
        cells_.resize(cells_.size() + count);
    }
    void carve(std::size_t first, std::size_t last, event_state from, span_state const& to) {
        map_.carve(id(first), id(last), from, to, 0);
        for (auto i = first; i <= last; ++i)
            cells_[i] = {to, false};
    }
    bool can_carve(std::size_t first, std::size_t last, event_state from) const {
        for (auto i = first; i <= last; ++i)
            if (cells_[i].is.state != from || cells_[i].settled) return false;
        return true;
    }
    event_state expected(std::size_t i) const {
        return cells_[i].settled ? delivered : cells_[i].is.state;
    }

    void expect_same_as_array() {
        for (std::size_t i = 0; i < cells_.size(); ++i)
            ASSERT_EQ(map_.find(id(i)).state_of(id(i)), expected(i)) << "index " << i;
    }
    /// The rows themselves: without gaps, and merged.
    void expect_tiled_and_merged() {
        statement all(db_, std::string("SELECT ") + span_columns + " FROM span ORDER BY first");
        auto rows = all.rows();
        std::size_t at = 0;
        span_state before;
        before.reason = "none";
        while (rows.next()) {
            auto const span = span_from(rows);
            ASSERT_EQ(span.first, id(at));
            ASSERT_LE(span.last, id(cells_.size() - 1));
            for (auto i = span.first; i <= span.last; ++i, ++at)
                ASSERT_EQ(span.state_of(i), expected(at));
            if (span.is.state == in_flight)
                ASSERT_LT(span.settled_count, span.size());
            else
                ASSERT_NE(span.is, before) << "not merged at " << span.first;
            before = span.is;
        }
        ASSERT_EQ(at, cells_.size());
    }

    struct fresh : connection {
        fresh() : connection(":memory:", mode::create) { migrate(*this); }
    };
    fresh db_;
    span_table stored_{db_};
    span_map map_{stored_};
    std::vector<cell> cells_;
};

span_state state(event_state s, std::string reason = {}, std::int64_t due = 0) {
    span_state out;
    out.state = s;
    out.reason = std::move(reason);
    out.due = due;
    return out;
}

TEST_F(span_map_test, carving_the_middle_out_and_back_leaves_one_span) {
    append(100);
    carve(40, 59, waiting, state(held, "person"));
    map_.flush();
    carve(40, 59, held, state(waiting));
    map_.flush();
    expect_tiled_and_merged();
    statement count(db_, "SELECT count(*) FROM span");
    auto rows = count.rows();
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.integer(0), 1);
}

TEST_F(span_map_test, carving_what_is_partly_in_another_state_throws) {
    append(10);
    carve(5, 5, waiting, state(held));
    EXPECT_THROW(map_.carve(id(3), id(7), waiting, state(discarded), 0), failure);
    EXPECT_THROW(map_.carve(id(8), id(10), waiting, state(discarded), 0), failure)
        << "past the end";
}

TEST_F(span_map_test, settled_event_of_a_claim_is_not_in_flight_any_more) {
    append(4);
    carve(0, 3, waiting, state(in_flight));
    map_.settle(id(1), delivered_at(0));
    EXPECT_THROW(map_.settle(id(1), delivered_at(0)), failure);
    EXPECT_THROW(map_.carve(id(1), id(1), in_flight, state(deferred), 0), failure);
    EXPECT_THROW(map_.carve(id(0), id(3), in_flight, state(deferred), 0), failure);
}

TEST_F(span_map_test, neighbour_accounts_never_merge) {
    auto const last_of_3 = event_no::of(account_no{3}, 1).value;
    auto const first_of_4 = event_no::of(account_no{4}, 1).value;
    map_.append(last_of_3, last_of_3, span_state{});
    map_.append(first_of_4, first_of_4, span_state{});
    map_.flush();
    EXPECT_EQ(map_.find(first_of_4).first, first_of_4);
    EXPECT_EQ(map_.find(last_of_3).last, last_of_3);
}

TEST_F(span_map_test, random_changes_equal_those_of_an_array) {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        auto const below = [&](std::size_t n) { return random() % n; };
        db_.run("DELETE FROM span");
        map_.forget();
        cells_.clear();
        append(1 + below(300));
        for (int step = 0; step < 300; ++step) {
            auto const first = below(cells_.size());
            auto const last = std::min(cells_.size() - 1, first + below(1 + below(40)));
            switch (below(8)) {
                case 0:
                    append(1 + below(20));
                    break;
                case 1:
                case 2:
                    if (can_carve(first, last, waiting))
                        carve(first, last, waiting, state(in_flight));
                    break;
                case 3:
                    if (can_carve(first, first, in_flight))
                        carve(first, first, in_flight,
                              below(2) == 0
                                  ? state(waiting)
                                  : state(deferred, "http-503", 1000 * std::int64_t(below(3))));
                    break;
                case 4:
                case 5:
                    for (auto i = first; i <= last; ++i)
                        if (can_carve(i, i, in_flight)) {
                            map_.settle(id(i), delivered_at(0));
                            cells_[i].settled = true;
                        }
                    break;
                case 6: {
                    auto const from = static_cast<event_state>(below(event_state_count));
                    if (from != in_flight && can_carve(first, last, from))
                        carve(first, last, from, state(below(2) == 0 ? held : waiting));
                    break;
                }
                default:
                    map_.flush();
                    if (below(3) == 0) map_.forget();
                    break;
            }
        }
        expect_same_as_array();
        map_.flush();
        expect_tiled_and_merged();
        map_.forget();
        expect_same_as_array();
    }
}

}  // namespace
}  // namespace setclick::ledger
