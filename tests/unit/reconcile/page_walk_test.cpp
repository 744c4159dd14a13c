#include "setclickd/reconcile/page_walk.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace setclick::reconcile {
namespace {

/// A list of rows, newest first, that a test may change between two pages.
struct vendor {
    std::vector<std::string> rows;
    std::size_t most = 100;  ///< rows of a page, whatever is asked

    static vendor with(std::size_t count) {
        vendor v;
        for (std::size_t i = 0; i < count; ++i)
            v.rows.push_back("r" + std::to_string(i));
        return v;
    }
    api::report_page page(std::uint64_t skip) const {
        api::report_page out;
        for (auto i = skip; i < rows.size() && out.rows.size() < most; ++i) {
            out.rows.emplace_back();
            out.rows.back().id = rows[i];
        }
        return out;
    }
};

struct outcome {
    std::vector<std::string> ids;
    std::uint64_t pages = 0;
    bool certain = true;
    std::string error;

    std::set<std::string> distinct() const { return {ids.begin(), ids.end()}; }
};

outcome walked(vendor& v, std::function<void(vendor&, std::uint64_t)> const& between = {},
               walk_limits const& limits = {}) {
    page_walk walk(limits);
    outcome out;
    std::vector<api::report_row> fresh;
    for (bool done = false; !done;) {
        if (between && walk.pages() > 0) between(v, walk.pages());
        auto const taken = walk.take(v.page(walk.skip()), fresh);
        for (auto const& row : fresh)
            out.ids.push_back(row.id);
        if (!taken) {
            out.error = taken.error().message;
            break;
        }
        done = *taken;
    }
    out.pages = walk.pages();
    out.certain = walk.is_certain();
    EXPECT_EQ(walk.rows(), out.ids.size());
    return out;
}

TEST(page_walk, quiet_list_of_any_length_every_row_once_in_order) {
    for (std::size_t const most : {1, 2, 37, 100})
        for (std::size_t const count : {0, 1, 2, 36, 37, 38, 99, 100, 101, 200, 345}) {
            auto v = vendor::with(count);
            v.most = most;
            auto const got = walked(v);
            EXPECT_EQ(got.ids, v.rows) << count << " rows in pages of " << most;
            EXPECT_TRUE(got.certain);
        }
}

TEST(page_walk, full_pages_cost_one_row_of_overlap_each) {
    auto v = vendor::with(12'345);
    EXPECT_EQ(walked(v).pages, 126U);  // 100 + 124 * 99 rows, and one that shows the end
}

TEST(page_walk, rows_arrive_before_every_page_none_twice_none_missed) {
    auto v = vendor::with(500);
    auto const before = v.rows;
    auto const got = walked(v, [](vendor& list, std::uint64_t n) {
        for (int i = 0; i < 3; ++i)
            list.rows.insert(list.rows.begin(),
                             "new" + std::to_string(n) + "-" + std::to_string(i));
    });
    EXPECT_EQ(got.ids, before);
    EXPECT_TRUE(got.certain);
}

TEST(page_walk, rows_vanish_before_every_page_none_of_the_others_is_missed) {
    auto v = vendor::with(700);
    std::size_t vanished = 0;
    auto const got = walked(v, [&](vendor& list, std::uint64_t) {
        if (vanished < 60) {
            list.rows.erase(list.rows.begin());
            ++vanished;
        }
    });
    auto const ids = got.distinct();
    EXPECT_EQ(ids.size(), got.ids.size()) << "a row was given out twice";
    for (auto const& id : v.rows)
        EXPECT_TRUE(ids.contains(id)) << id;
    EXPECT_TRUE(got.certain);
    EXPECT_LT(got.pages, 25U);
}

TEST(page_walk, list_shrinks_below_the_next_page_steps_back) {
    auto v = vendor::with(150);
    auto const got = walked(v, [](vendor& list, std::uint64_t n) {
        if (n == 1) list.rows.erase(list.rows.begin(), list.rows.begin() + 80);
    });
    EXPECT_EQ(got.distinct().size(), 150U);
    EXPECT_TRUE(got.certain);
}

TEST(page_walk, list_is_replaced_goes_on_and_is_no_longer_certain) {
    auto v = vendor::with(1000);
    auto const got = walked(v, [](vendor& list, std::uint64_t n) {
        for (auto& id : list.rows)
            id = std::to_string(n) + id;
    });
    EXPECT_FALSE(got.certain);
    EXPECT_LT(got.pages, 100U);
}

TEST(page_walk, skip_is_ignored_by_the_server_ends_with_an_error) {
    page_walk walk;
    auto const v = vendor::with(100);
    std::vector<api::report_row> fresh;
    for (int page = 0; page < 100; ++page) {
        auto const taken = walk.take(v.page(0), fresh);
        EXPECT_EQ(fresh.size(), page == 0 ? 100U : 0U);
        if (taken) continue;
        EXPECT_EQ(taken.error().code, errc::invalid_data);
        EXPECT_NE(taken.error().message.find("repeats itself"), std::string::npos)
            << taken.error().message;
        EXPECT_LT(page, 30);
        return;
    }
    FAIL() << "it never ended";
}

TEST(page_walk, endless_stream_of_new_rows_ends_at_its_bound) {
    page_walk walk({.most_pages = 50});
    std::vector<api::report_row> fresh;
    std::uint64_t next = 0;
    for (;;) {
        api::report_page page;
        // Each page begins with the row that the last one ended with.
        for (auto i = next == 0 ? 0 : next - 1; page.rows.size() < 100; ++i) {
            page.rows.emplace_back();
            page.rows.back().id = std::to_string(i);
        }
        next = std::stoull(page.rows.back().id) + 1;
        auto const taken = walk.take(page, fresh);
        if (taken) continue;
        EXPECT_NE(taken.error().message.find("no end"), std::string::npos) << taken.error().message;
        EXPECT_EQ(walk.pages(), 50U);
        return;
    }
}

TEST(page_walk, few_ids_are_remembered_long_reports_still_come_once) {
    auto v = vendor::with(5000);
    auto const got = walked(v, {}, {.remembered = 300});
    EXPECT_EQ(got.ids, v.rows);
}

}  // namespace
}  // namespace setclick::reconcile
