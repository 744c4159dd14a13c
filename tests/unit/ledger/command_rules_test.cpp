// Which node carries a command out, and which accounts a command means: tables.
#include <gtest/gtest.h>

#include <vector>

#include "setclickd/ledger/commands.hpp"

namespace setclick::ledger {
namespace {

using enum command_carrier::kind;

constexpr account_no one{1};
constexpr account_no two{2};
constexpr account_no three{3};

node_row node(int no, std::vector<account_no> willing, bool stopped = false) {
    node_row n;
    n.no = no;
    n.willing = std::move(willing);
    n.stopped = stopped;
    return n;
}

account_owner owned(account_no account, int node, bool is_free = false) {
    account_owner o;
    o.account = account;
    o.node = node;
    o.free = is_free;
    return o;
}

TEST(command_rules, command_is_carried_out_by_the_owner_or_whoever_gets_the_account) {
    auto leaving = node(1, {one});
    leaving.leaves = true;
    struct row {
        char const* what;
        account_no account;
        std::vector<account_owner> owners;
        std::vector<node_row> nodes;
        command_carrier by;
    };
    std::vector<row> const table{
        {"its owner lives", one, {owned(one, 2)}, {node(1, {one}), node(2, {one})}, {owner, 2}},
        {"its owner leaves, and has it still", one, {owned(one, 1)}, {leaving}, {owner, 1}},
        {"its owner was deposed, another one can send",
         one,
         {owned(one, 2, true)},
         {node(1, {one}), node(2, {one}, true)},
         {next_owner, 0}},
        {"nobody had it, one can send",
         one,
         {owned(one, 0, true)},
         {node(1, {one})},
         {next_owner, 0}},
        {"it is not known yet, one can send", three, {}, {node(1, {three})}, {next_owner, 0}},
        {"nobody can send: the first that lives",
         one,
         {owned(one, 0, true)},
         {node(1, {one}, true), node(2, {two}), node(3, {})},
         {caretaker, 2}},
        {"who could send leaves",
         one,
         {owned(one, 0, true)},
         {leaving, node(2, {})},
         {caretaker, 1}},
        {"no node lives", one, {owned(one, 1, true)}, {node(1, {one}, true)}, {nobody, 0}},
        {"for all nodes: the first that lives",
         account_no{},
         {owned(one, 2)},
         {node(1, {}, true), node(2, {one}), node(3, {one})},
         {caretaker, 2}},
        {"for all nodes, and none lives", account_no{}, {}, {node(1, {}, true)}, {nobody, 0}},
    };
    for (auto const& r : table)
        EXPECT_EQ(carrier_of(r.account, r.owners, r.nodes), r.by) << r.what;
}

TEST(command_rules, filter_means_the_accounts_of_which_it_can_have_events) {
    std::vector const owners{owned(one, 1), owned(two, 2), owned(three, 0, true)};
    event_filter of_file;
    of_file.file = file_no{7};
    event_filter of_account;
    of_account.account = two;
    event_filter of_event;
    of_event.event = event_no{(std::uint64_t{3} << 40U) | 12U};
    auto both = of_event;
    both.account = two;
    struct row {
        event_filter filter;
        std::vector<account_no> meant;
    };
    for (auto const& r : std::vector<row>{{{}, {one, two, three}},
                                          {of_file, {one, two, three}},
                                          {of_account, {two}},
                                          {of_event, {three}},
                                          {both, {}}})
        EXPECT_EQ(accounts_meant(r.filter, owners), r.meant);
}

TEST(command_rules, everything_is_what_some_node_sends_for) {
    std::vector const owners{owned(one, 1), owned(two, 0, true), owned(three, 0, true)};
    std::vector const nodes{node(1, {one}), node(2, {two})};
    EXPECT_EQ(accounts_sent(owners, nodes), (std::vector{one, two}));
}

}  // namespace
}  // namespace setclick::ledger
