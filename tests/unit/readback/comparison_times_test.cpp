// When the daemon compares by itself.
#include "setclickd/readback/comparison_times.hpp"

#include <filesystem>

#include "support/ledger_test.hpp"

namespace setclick::readback {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

steady_time const start{hours{1000}};
wall_time const wall_start = from_ms(1'760'000'000'000);

TEST(comparison_times, first_one_of_all_comes_soon_but_not_at_once) {
    comparison_times const times(start);
    EXPECT_EQ(times.due("a", hours{24}), start + minutes{5});
    EXPECT_EQ(times.due("a", minutes{1}), start + minutes{1});
}

TEST(comparison_times, each_next_one_comes_after_the_last_whatever_was_asked_in_between) {
    comparison_times times(start);
    times.tried("a", start + minutes{7});
    EXPECT_EQ(times.due("a", hours{24}), start + minutes{7} + hours{24});
    EXPECT_EQ(times.due("a", hours{1}), start + minutes{7} + hours{1});
    EXPECT_EQ(times.due("b", hours{24}), start + minutes{5});
}

TEST(comparison_times, start_goes_on_where_the_last_run_has_ended) {
    comparison_times times(start);
    times.kept("recent", wall_start - hours{10}, start, wall_start);
    times.kept("overdue", wall_start - hours{30}, start, wall_start);
    times.kept("now", wall_start, start, wall_start);
    EXPECT_EQ(times.due("recent", hours{24}), start + hours{14});
    EXPECT_EQ(times.due("overdue", hours{24}), start + minutes{5});
    EXPECT_EQ(times.due("now", hours{24}), start + hours{24});
    times.tried("recent", start + hours{15});
    EXPECT_EQ(times.due("recent", hours{24}), start + hours{39});
}

TEST(comparison_times, daily_comparison_comes_daily_with_a_restart_every_ten_hours) {
    std::vector<hours> compared;
    wall_time last = wall_start;
    for (int run = 1; run <= 12; ++run) {
        auto const begun = start + hours{10 * run};
        comparison_times times(begun);
        times.kept("a", last, begun, wall_start + hours{10 * run});
        auto const due = times.due("a", hours{24});
        if (due >= begun + hours{10}) continue;
        last = wall_start + std::chrono::floor<milliseconds>(due - start);
        compared.push_back(std::chrono::floor<hours>(due - start));
    }
    EXPECT_EQ(compared,
              (std::vector<hours>{hours{24}, hours{48}, hours{72}, hours{96}, hours{120}}));
}

TEST(comparison_times, comparison_that_is_still_to_come_says_nothing) {
    comparison_times times(start);
    times.kept("a", wall_start + hours{24 * 365}, start, wall_start);
    EXPECT_EQ(times.due("a", hours{24}), start + minutes{5});
}

class kept_comparison_times : public test::ledger_test {
protected:
    void keep(std::string const& verdict) {
        make_ledger();
        auto const store = ledger::store::open({.where = dir.file("ledger.db")});
        ASSERT_TRUE(store) << store.error().message;
        ASSERT_TRUE((*store)->keep_verdict(account_, verdict));
    }
    settings::settings where() const {
        settings::settings s;
        s.ledger.path = dir.file("ledger.db");
        return s;
    }
};

TEST_F(kept_comparison_times, kept_verdict_says_when_it_was_made) {
    auto const at = from_ms(1'760'000'123'000);
    keep(R"({"at":")" + wall_text(at) + R"(","agrees":true})");
    auto const kept = kept_comparisons(where());
    ASSERT_TRUE(kept) << kept.error().message;
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ(kept->front().first, test::account_id);
    EXPECT_EQ(kept->front().second, at);
}

TEST_F(kept_comparison_times, verdict_that_cannot_be_read_counts_as_none) {
    for (std::string const note : {R"({"at":"yesterday"})", R"({"at":7})", R"({})", "nonsense"}) {
        keep(note);
        auto const kept = kept_comparisons(where());
        ASSERT_TRUE(kept) << kept.error().message;
        EXPECT_TRUE(kept->empty()) << note;
        std::filesystem::remove(dir.file("ledger.db"));
        std::filesystem::remove(dir.file("ledger.db-wal"));
        std::filesystem::remove(dir.file("ledger.db-shm"));
    }
}

}  // namespace
}  // namespace setclick::readback
