// When files are final, by what the ledger says of them. No clock, no ledger.
#include "final_wait.hpp"

#include <gtest/gtest.h>

#include <map>

namespace setclick::cli {
namespace {

using ledger::file_info;
using ledger::file_state;

constexpr wall_time dropped_at{std::chrono::hours{24 * 365}};

file_info known(std::uint64_t inode, file_state state, std::uint64_t delivered = 0,
                std::uint64_t rejected = 0) {
    file_info file;
    file.claimed.inode = inode;
    file.claimed_at = dropped_at + milliseconds{5};
    file.state = state;
    file.delivered = delivered;
    file.rejected = rejected;
    return file;
}

/// What the ledger says at each look; after the last one it stays as it is.
struct ledger_story {
    std::vector<std::vector<file_info>> looks;
    std::size_t slept = 0;
    std::size_t stop_after = 1000;
    std::vector<std::uint64_t> seen{};

    wait_hooks hooks() {
        wait_hooks h;
        h.files_named = [this](std::string const&) -> result<std::vector<file_info>> {
            return looks[std::min(slept, looks.size() - 1)];
        };
        h.sleep = [this](milliseconds) { return ++slept < stop_after; };
        h.on_change = [this](final_counts const& c) { seen.push_back(c.delivered); };
        return h;
    }
    final_counts run(milliseconds at_most = milliseconds{0}) {
        return *wait_until_final({{"a.ndjson", 7, dropped_at}}, at_most, hooks());
    }
};

TEST(final_wait, goes_on_until_the_file_is_taken_read_and_complete) {
    ledger_story story{{{},
                        {known(7, file_state::importing)},
                        {known(7, file_state::open, 2)},
                        {known(7, file_state::complete, 5)}}};
    auto const counts = story.run();
    EXPECT_TRUE(counts.is_well());
    EXPECT_EQ(counts.delivered, 5U);
    EXPECT_EQ(story.slept, 3U);
    EXPECT_EQ(story.seen, (std::vector<std::uint64_t>{2, 5}));
}

TEST(final_wait, an_older_file_of_the_same_name_is_another_one) {
    ledger_story story{{{known(6, file_state::done, 9)},
                        {known(7, file_state::done, 1), known(6, file_state::done, 9)}}};
    EXPECT_EQ(story.run().delivered, 1U);
    EXPECT_EQ(story.slept, 1U);
}

TEST(final_wait, an_older_file_whose_inode_was_given_to_the_new_one_is_another_one) {
    auto old = known(7, file_state::done, 9);
    old.claimed_at = dropped_at - std::chrono::hours{24 * 30};
    ledger_story story{{{old}, {known(7, file_state::done, 1), old}}};
    EXPECT_EQ(story.run().delivered, 1U);
    EXPECT_EQ(story.slept, 1U);
}

TEST(final_wait, what_was_rejected_refused_or_discarded_is_not_well) {
    auto file = known(7, file_state::done, 3, 1);
    file.refused = 1;
    file.discarded = 1;
    file.duplicate = 4;
    ledger_story story{{{file}}};
    auto const counts = story.run();
    EXPECT_FALSE(counts.is_well());
    EXPECT_EQ(counts.not_delivered, 3U);
    EXPECT_EQ(counts.duplicates, 4U);
}

TEST(final_wait, ends_with_the_time_and_with_a_signal_and_says_that_it_is_not_final) {
    ledger_story late{{{known(7, file_state::open, 2)}}};
    EXPECT_EQ(late.run(milliseconds{2000}).files_left, 1U);
    EXPECT_EQ(late.slept, 4U);
    ledger_story stopped{{{known(7, file_state::open, 2)}}};
    stopped.stop_after = 2;
    EXPECT_EQ(stopped.run().files_left, 1U);
    EXPECT_EQ(stopped.slept, 2U);
}

TEST(final_wait, a_ledger_that_cannot_be_read_is_an_error) {
    ledger_story story{{{}}};
    auto hooks = story.hooks();
    hooks.files_named = [](std::string const&) -> result<std::vector<file_info>> {
        return fail(errc::config, "of another version");
    };
    EXPECT_FALSE(wait_until_final({{"a", 1, {}}}, milliseconds{0}, hooks));
}

}  // namespace
}  // namespace setclick::cli
