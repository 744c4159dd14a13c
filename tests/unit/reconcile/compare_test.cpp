#include "setclickd/reconcile/compare.hpp"

#include <gtest/gtest.h>

namespace setclick::reconcile {
namespace {

day at(char const* text) {
    return *day_from(text);
}

series_key key(char const* source, char const* label = "call") {
    return {label, source, "phone", "", "", ""};
}

/// One tuple of one day, by the receipts' kinds: d delivered, p pending, h held once in doubt, H
/// held twice in doubt, r delivered after an attempt in doubt, o waiting again after one.
void receipts(comparison& c, char const* on, series_key const& k, char const* kinds,
              std::uint64_t first = 1) {
    for (auto const* kind = kinds; *kind != '\0'; ++kind) {
        receipt r{event_no{first++}, receipt_kind::delivered, 0};
        switch (*kind) {
            case 'p':
                r.kind = receipt_kind::pending;
                break;
            case 'h':
                r.kind = receipt_kind::held, r.doubts = 1;
                break;
            case 'H':
                r.kind = receipt_kind::held, r.doubts = 2;
                break;
            case 'r':
                r.doubts = 1;
                break;
            case 'o':
                r.kind = receipt_kind::open, r.doubts = 1;
                break;
            default:
                break;
        }
        c.add(at(on), k, r);
    }
}

void rows(comparison& c, char const* on, series_key const& k, int count) {
    api::report_row row;
    row.id = "x";
    row.date = on;
    row.label = k.label;
    row.utm_source = k.source;
    row.utm_medium = k.medium;
    for (int i = 0; i < count; ++i)
        ASSERT_TRUE(c.add(row));
}

comparison over_march(std::vector<std::string> labels = {"call"}) {
    return {{at("2025-03-01"), at("2025-03-31")}, std::move(labels)};
}

TEST(comparison, one_tuple_every_case) {
    struct {
        char const* receipts;
        int recorded;
        std::uint64_t confirmed, missing, surplus, ambiguous;
        decision decided;
    } const table[] = {
        {"", 0, 0, 0, 0, 0, decision::none},
        {"ddd", 3, 3, 0, 0, 0, decision::none},
        {"ddd", 1, 1, 2, 0, 0, decision::none},
        {"dd", 5, 2, 0, 3, 0, decision::none},
        {"", 2, 0, 0, 2, 0, decision::none},
        // young ones may be there or not
        {"ddpp", 2, 2, 0, 0, 0, decision::none},
        {"ddpp", 3, 2, 0, 0, 0, decision::none},
        {"ddpp", 5, 2, 0, 1, 0, decision::none},
        {"ddpp", 1, 1, 1, 0, 0, decision::none},
        // held ones: decided at both ends only
        {"ddhh", 2, 2, 0, 0, 0, decision::release},
        {"ddhh", 3, 2, 0, 0, 2, decision::none},
        {"ddhh", 4, 2, 0, 0, 0, decision::confirm},
        {"ddhh", 5, 2, 0, 1, 2, decision::none},
        {"ddhh", 1, 1, 1, 0, 2, decision::none},
        {"h", 0, 0, 0, 0, 0, decision::release},
        {"h", 1, 0, 0, 0, 0, decision::confirm},
        {"H", 0, 0, 0, 0, 0, decision::release},
        {"H", 1, 0, 0, 0, 2, decision::none},
        {"H", 2, 0, 0, 0, 2, decision::none},
        {"dhp", 1, 1, 0, 0, 0, decision::none},
        {"dhp", 3, 1, 0, 0, 0, decision::none},
        // doubts of others
        {"dr", 2, 2, 0, 0, 0, decision::none},
        {"dr", 3, 2, 0, 0, 1, decision::none},
        {"do", 1, 1, 0, 0, 0, decision::none},
        {"do", 2, 1, 0, 0, 1, decision::none},
        {"drr", 1, 1, 2, 0, 0, decision::none},
        {"rh", 1, 1, 0, 0, 0, decision::release},
        {"rh", 2, 1, 0, 0, 2, decision::none},
        {"rh", 3, 1, 0, 0, 2, decision::none},
    };
    for (auto const& row : table) {
        auto c = over_march();
        receipts(c, "2025-03-10", key("a"), row.receipts);
        rows(c, "2025-03-10", key("a"), row.recorded);
        auto const v = c.judge();
        auto const what = std::string(row.receipts) + " against " + std::to_string(row.recorded);
        EXPECT_EQ(v.confirmed, row.confirmed) << what;
        EXPECT_EQ(v.missing, row.missing) << what;
        EXPECT_EQ(v.surplus, row.surplus) << what;
        EXPECT_EQ(v.ambiguous, row.ambiguous) << what;
        EXPECT_EQ(v.agrees(), row.missing + row.surplus + row.ambiguous == 0) << what;
        EXPECT_EQ(v.tuples.empty() ? decision::none : v.tuples[0].decided, row.decided) << what;
    }
}

TEST(comparison, held_events_are_counted_for_what_is_decided) {
    auto c = over_march();
    receipts(c, "2025-03-10", key("a"), "hh", 10);
    receipts(c, "2025-03-10", key("b"), "h", 20);
    receipts(c, "2025-03-10", key("c"), "hh", 30);
    rows(c, "2025-03-10", key("b"), 1);
    rows(c, "2025-03-10", key("c"), 1);
    auto const v = c.judge();
    EXPECT_EQ(v.to_release, 2U);
    EXPECT_EQ(v.to_confirm, 1U);
    EXPECT_EQ(v.ambiguous, 2U);
    EXPECT_EQ(v.tuples[0].held, (std::vector{event_no{10}, event_no{11}}));
}

TEST(comparison, labels_that_are_not_judged_are_shared) {
    auto c = over_march();
    receipts(c, "2025-03-10", key("a", "newsletter"), "dd");
    rows(c, "2025-03-10", key("web", "add-to-cart"), 7);
    rows(c, "2025-03-10", key("a", ""), 1);
    auto const v = c.judge();
    EXPECT_TRUE(v.agrees());
    EXPECT_TRUE(v.tuples.empty());
    EXPECT_EQ(v.shared_delivered, 2U);
    EXPECT_EQ(v.shared_recorded, 8U);

    auto all = over_march({"*"});
    rows(all, "2025-03-10", key("a", ""), 1);
    EXPECT_EQ(all.judge().surplus, 1U);
}

TEST(comparison, each_part_of_a_tuple_counts) {
    auto c = over_march();
    receipts(c, "2025-03-10", key("a"), "d");
    api::report_row row;
    row.id = "x";
    row.date = "2025-03-10";
    row.label = "call";
    row.utm_source = "a";
    row.utm_medium = "phone";
    row.utm_term = "other";
    ASSERT_TRUE(c.add(row));
    auto const v = c.judge();
    EXPECT_EQ(v.missing, 1U);
    EXPECT_EQ(v.surplus, 1U);
}

TEST(comparison, a_row_on_the_day_beside_is_ambiguous) {
    for (auto const* other : {"2025-03-09", "2025-03-11"}) {
        auto c = over_march();
        receipts(c, "2025-03-10", key("a"), "ddd");
        rows(c, "2025-03-10", key("a"), 2);
        rows(c, other, key("a"), 1);
        auto const v = c.judge();
        EXPECT_EQ(v.confirmed, 2U);
        EXPECT_EQ(v.missing, 0U) << other;
        EXPECT_EQ(v.surplus, 0U) << other;
        EXPECT_EQ(v.ambiguous, 1U) << other;
        EXPECT_EQ(v.day_shifted, 1U) << other;
        EXPECT_FALSE(v.agrees());
    }
    auto c = over_march();
    receipts(c, "2025-03-10", key("a"), "d");
    rows(c, "2025-03-12", key("a"), 1);
    EXPECT_EQ(c.judge().missing, 1U) << "two days away is no neighbour";
    EXPECT_EQ(c.judge().surplus, 1U);
}

TEST(comparison, the_day_beyond_the_range_explains_but_is_not_judged) {
    auto c = over_march();
    receipts(c, "2025-03-31", key("a"), "d");
    rows(c, "2025-04-01", key("a"), 1);
    receipts(c, "2025-02-28", key("b"), "d");
    rows(c, "2025-04-01", key("c"), 1);
    receipts(c, "2025-04-02", key("d"), "d");
    auto const v = c.judge();
    EXPECT_EQ(v.ambiguous, 1U);
    EXPECT_EQ(v.missing, 0U);
    EXPECT_EQ(v.surplus, 0U);
    EXPECT_EQ(v.tuples.size(), 1U);
}

TEST(comparison, a_held_event_whose_row_may_lie_on_the_day_beside_is_not_released) {
    auto c = over_march();
    receipts(c, "2025-03-10", key("a"), "h");
    rows(c, "2025-03-11", key("a"), 1);
    auto const v = c.judge();
    EXPECT_EQ(v.to_release, 0U);
    EXPECT_EQ(v.ambiguous, 1U);
}

TEST(comparison, a_held_event_is_not_decided_where_the_day_beside_may_have_its_row_or_want_it) {
    struct one_day {
        char const* receipts;
        int recorded;
    };
    struct {
        char const* what;
        std::vector<one_day> days;
    } const table[] = {
        {"what the first day lacks may be the row on the second", {{"ddddd", 4}, {"dddddh", 6}}},
        {"the row on the second may be the third's as well", {{"d", 0}, {"", 1}, {"h", 0}}},
        {"one row for two held events", {{"dddddh", 5}, {"dddddh", 6}}},
        {"the same, the other way round", {{"dddddh", 6}, {"dddddh", 5}}},
    };
    for (auto const& row : table) {
        auto c = over_march();
        for (std::size_t i = 0; i < row.days.size(); ++i) {
            auto const on = "2025-03-1" + std::to_string(i);
            receipts(c, on.c_str(), key("a"), row.days[i].receipts, i * 100 + 1);
            rows(c, on.c_str(), key("a"), row.days[i].recorded);
        }
        auto const v = c.judge();
        EXPECT_EQ(v.to_release + v.to_confirm, 0U) << row.what;
        EXPECT_GT(v.ambiguous, 0U) << row.what;
    }
    // Two days away nothing can be shifted.
    auto c = over_march();
    receipts(c, "2025-03-10", key("a"), "dh");
    rows(c, "2025-03-10", key("a"), 1);
    receipts(c, "2025-03-12", key("a"), "dh", 100);
    rows(c, "2025-03-12", key("a"), 2);
    EXPECT_EQ(c.judge().to_release, 1U);
    EXPECT_EQ(c.judge().to_confirm, 1U);
}

TEST(comparison, a_row_without_a_date_is_an_error) {
    auto c = over_march();
    api::report_row row;
    row.id = "67eaca8c";
    row.date = "yesterday";
    auto const added = c.add(row);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, errc::invalid_data);
    EXPECT_NE(added.error().message.find("67eaca8c"), std::string::npos);
}

}  // namespace
}  // namespace setclick::reconcile
