#include "file_table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace setclick::intake {
namespace {

reading_file numbered(std::uint64_t n) {
    reading_file f;
    f.no = file_no{n};
    f.name = std::to_string(n);
    return f;
}

ledger::file_info complete(std::uint64_t n) {
    ledger::file_info f;
    f.no = file_no{n};
    f.claimed.name = std::to_string(n) + ".ndjson";
    f.state = ledger::file_state::complete;
    return f;
}

std::string row(file_table& t, stage s) {
    std::string out;
    t.for_each(s, [&](spool_file& f) { out += f.reading.name + " "; });
    return out;
}

TEST(file_table, a_file_is_in_one_stage_and_rows_keep_the_order_of_arrival) {
    file_table t;
    auto& a = t.add(stage::importing, numbered(1));
    auto& b = t.add(stage::importing, numbered(2));
    t.set_stage(a, stage::importing);
    EXPECT_EQ(row(t, stage::importing), "2 1 ") << "to the end of its row";
    t.set_stage(b, stage::read);
    EXPECT_EQ(row(t, stage::importing), "1 ");
    EXPECT_EQ(row(t, stage::read), "2 ");
    EXPECT_EQ(b.at(), stage::read);
    EXPECT_EQ(t.find(file_no{2}), &b);
    t.remove(b);
    EXPECT_EQ(t.find(file_no{2}), nullptr);
    EXPECT_EQ(t.count_on_their_way_in(), 1U);
    t.set_stage(a, stage::unreadable);
    EXPECT_TRUE(t.is_at_rest());
    EXPECT_EQ(t.count_on_their_way_in(), 0U);
}

TEST(file_table, who_waits_for_a_stage_hears_of_those_that_come_to_it_and_not_of_turns) {
    file_table t;
    int importing = 0;
    t.when_entered(stage::importing, [&] { ++importing; });
    auto& a = t.add(stage::importing, numbered(1));
    t.set_stage(a, stage::importing);
    t.set_stage(a, stage::read);
    EXPECT_EQ(importing, 1);
    t.set_stage(a, stage::importing);
    EXPECT_EQ(importing, 2);
}

TEST(file_table, a_claimed_file_is_found_by_its_number_as_soon_as_it_has_one) {
    file_table t;
    auto& a = t.add_claimed({"a.ndjson", "1-1-a.ndjson", 5, 6, 70});
    ASSERT_TRUE(a.to_announce);
    EXPECT_EQ(a.to_announce->inode, 6U);
    EXPECT_EQ(a.reading.work_name, "1-1-a.ndjson");
    t.set_number(a, file_no{9});
    EXPECT_EQ(t.find(file_no{9}), &a);
}

TEST(file_table, named_complete_on_its_way_in_a_file_keeps_the_word_until_it_is_through) {
    file_table t;
    auto& a = t.add(stage::publishing, numbered(1));
    t.add_complete(complete(1));
    EXPECT_EQ(a.at(), stage::publishing);
    ASSERT_TRUE(a.last_word);
    EXPECT_FALSE(t.has_complete());
}

TEST(file_table, named_complete_while_it_is_being_finished_what_is_known_of_it_is_old) {
    file_table t;
    t.add_complete(complete(1));
    auto const taken = t.take_complete(10);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_FALSE(taken[0]->last_word_is_old);
    t.add_complete(complete(1));
    EXPECT_TRUE(taken[0]->last_word_is_old);
    EXPECT_EQ(t.count(stage::finishing), 1U);
    EXPECT_FALSE(t.has_complete());
}

TEST(file_table, complete_files_beyond_the_bound_are_numbers_and_none_is_forgotten) {
    file_table t;
    auto const all = file_table::most_known + 1000;
    for (std::size_t n = 1; n <= all; ++n)
        t.add_complete(complete(n));
    EXPECT_EQ(t.count(stage::complete), file_table::most_known);
    std::size_t taken = 0;
    std::size_t known = 0;
    while (t.has_complete())
        for (auto* file : t.take_complete(100)) {
            ++taken;
            known += file->last_word ? 1 : 0;
            t.remove(*file);
        }
    EXPECT_EQ(taken, all);
    EXPECT_EQ(known, file_table::most_known);
    EXPECT_TRUE(t.is_at_rest());
}

TEST(file_table, over_random_histories_each_file_lies_in_exactly_one_row) {
    std::mt19937 random(7);
    for (int history = 0; history < 200; ++history) {
        file_table t;
        std::vector<spool_file*> alive;
        std::uint64_t next = 0;
        for (int step = 0; step < 100; ++step) {
            auto const s = static_cast<stage>(random() % stage_count);
            auto const which = alive.empty() ? 0 : random() % alive.size();
            if (alive.empty() || random() % 4 == 0) {
                alive.push_back(&t.add(s, numbered(++next)));
            } else if (random() % 5 == 0) {
                t.remove(*alive[which]);
                alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(which));
            } else {
                t.set_stage(*alive[which], s);
            }
            std::size_t in_rows = 0;
            for (std::size_t i = 0; i < stage_count; ++i)
                t.for_each(static_cast<stage>(i), [&](spool_file& f) {
                    ++in_rows;
                    EXPECT_EQ(f.at(), static_cast<stage>(i));
                    EXPECT_EQ(t.find(f.no()), &f);
                });
            ASSERT_EQ(in_rows, alive.size());
        }
    }
}

TEST(stage, each_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < stage_count; ++i)
        names.insert(name_of(static_cast<stage>(i)));
    EXPECT_EQ(names.size(), stage_count);
}

}  // namespace
}  // namespace setclick::intake
