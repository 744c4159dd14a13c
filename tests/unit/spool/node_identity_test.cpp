#include "setclickd/spool/node_identity.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "spool_fixture.hpp"

namespace setclick::spool {
namespace {

class node_identity_test : public spool_test {};

TEST_F(node_identity_test, it_is_made_once_and_stays) {
    auto const first = node_identity_of(*spool);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->id.size(), 32U);
    EXPECT_FALSE(first->is_same_boot) << "no process has lived under it yet";
    ASSERT_TRUE(keep_node_identity(*spool, *first));
    EXPECT_EQ(*node_id_of(path()), first->id);
    auto const again = node_identity_of(*spool);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, first->id);
    EXPECT_TRUE(again->is_same_boot);
    EXPECT_TRUE(again->is_same_folder);
}

TEST_F(node_identity_test, a_spool_that_no_node_used_has_none) {
    auto const none = node_id_of(path());
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, errc::not_found);
}

TEST_F(node_identity_test, two_spools_are_two_nodes) {
    auto one = directory::open(dir.path() + "/one");
    auto two = directory::open(dir.path() + "/two");
    ASSERT_TRUE(one && two);
    EXPECT_NE(node_identity_of(*one)->id, node_identity_of(*two)->id);
}

TEST_F(node_identity_test, a_copy_of_the_spool_is_known_for_one) {
    auto one = directory::open(dir.path() + "/one");
    ASSERT_TRUE(one);
    auto const first = node_identity_of(*one);
    ASSERT_TRUE(keep_node_identity(*one, *first));
    std::filesystem::copy(dir.path() + "/one", dir.path() + "/two",
                          std::filesystem::copy_options::recursive);
    auto copied = directory::open(dir.path() + "/two");
    ASSERT_TRUE(copied) << copied.error().message;
    auto const seen = node_identity_of(*copied);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->id, first->id);
    EXPECT_TRUE(seen->is_same_boot);
    EXPECT_FALSE(seen->is_same_folder);
}

TEST_F(node_identity_test, another_boot_is_another_life_of_the_machine) {
    auto first = node_identity_of(*spool);
    ASSERT_TRUE(first);
    first->boot = "another";
    ASSERT_TRUE(keep_node_identity(*spool, *first));
    EXPECT_FALSE(node_identity_of(*spool)->is_same_boot);
}

TEST_F(node_identity_test, a_damaged_file_is_an_error_that_names_it) {
    for (auto const* text : {"", "node=\n", "node=0123\nboot=x\n", "nonsense"}) {
        std::ofstream(path() + "/.node") << text;
        auto const seen = node_identity_of(*spool);
        ASSERT_FALSE(seen) << text;
        EXPECT_EQ(seen.error().code, errc::io);
        EXPECT_NE(seen.error().message.find(".node"), std::string::npos);
    }
}

}  // namespace
}  // namespace setclick::spool
