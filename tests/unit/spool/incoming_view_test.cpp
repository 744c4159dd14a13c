// What is left alone in incoming/, counted without a daemon.
#include "setclickd/spool/incoming_view.hpp"

#include <unistd.h>

#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

std::uint64_t count(incoming_view const& view, left_reason reason) {
    return view.left[static_cast<std::size_t>(reason)];
}

TEST_F(spool_test, each_entry_of_incoming_is_counted_once_with_its_reason) {
    for (auto const* name : {"a.json", "B.NDJSON", "orders (1).json"})
        drop(name);
    for (auto const* name : {"x.ndjson.part", ".hidden.json", "~$orders.json", "Thumbs.db"})
        drop(name);
    for (auto const* name : {"x.xlsx", "x.json.bak"})
        drop(name);
    drop("empty.json", "");
    drop("large.json", std::string(101, ' '));
    drop("twice.json");
    ASSERT_EQ(::link(in(place::incoming, "twice.json").c_str(), in(place::root, "other").c_str()),
              0);
    ASSERT_EQ(::symlink("/nowhere", in(place::incoming, "link.json").c_str()), 0);
    std::filesystem::create_directory(in(place::incoming, "folder"));
    auto const seen = look_into_incoming(path(), 100);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->to_take, 3U);
    EXPECT_EQ(count(*seen, left_reason::temporary_name), 4U);
    EXPECT_EQ(count(*seen, left_reason::other_name), 2U);
    EXPECT_EQ(count(*seen, left_reason::empty), 1U);
    EXPECT_EQ(count(*seen, left_reason::too_large), 1U);
    EXPECT_EQ(count(*seen, left_reason::several_links), 1U);
    EXPECT_EQ(count(*seen, left_reason::not_regular), 2U);
    EXPECT_FALSE(seen->is_cut);
}

TEST(incoming_view, a_spool_that_is_not_there_holds_nothing) {
    auto const seen = look_into_incoming("/nonexistent/spool", 100);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->to_take, 0U);
    EXPECT_EQ(seen->left, left_counts{});
}

}  // namespace
}  // namespace setclick::spool
