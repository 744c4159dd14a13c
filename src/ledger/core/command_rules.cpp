#include <algorithm>

#include "setclickd/ledger/commands.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {
namespace {

bool takes(node_row const& n, account_no account) noexcept {
    return !n.stopped && !n.leaves &&
           std::find(n.willing.begin(), n.willing.end(), account) != n.willing.end();
}

error no_commands() {
    return fail(errc::not_found, "a ledger in a file is given no commands");
}

}  // namespace

command_carrier carrier_of(account_no account, std::span<account_owner const> owners,
                           std::span<node_row const> nodes) noexcept {
    auto const of = std::ranges::find(owners, account, &account_owner::account);
    if (of != owners.end() && !of->free) return {command_carrier::kind::owner, of->node};
    auto const can = [account](node_row const& n) { return takes(n, account); };
    if (account != account_no{} && std::ranges::any_of(nodes, can))
        return {command_carrier::kind::next_owner, 0};
    auto const first = std::ranges::find(nodes, false, &node_row::stopped);
    if (first == nodes.end()) return {};
    return {command_carrier::kind::caretaker, first->no};
}

std::vector<account_no> accounts_meant(event_filter const& filter,
                                       std::span<account_owner const> owners) {
    std::vector<account_no> out;
    for (auto const& o : owners)
        if ((!filter.account || *filter.account == o.account) &&
            (!filter.event || filter.event->account() == o.account))
            out.push_back(o.account);
    return out;
}

std::vector<account_no> accounts_sent(std::span<account_owner const> owners,
                                      std::span<node_row const> nodes) {
    std::vector<account_no> out;
    for (auto const& o : owners) {
        auto const by = carrier_of(o.account, owners, nodes).is;
        if (by == command_carrier::kind::owner || by == command_carrier::kind::next_owner)
            out.push_back(o.account);
    }
    return out;
}

result<operation_slice> store::carry_out(command_slice const&, wall_time) {
    return no_commands();
}

result<void> store::answer(std::int64_t, std::string_view) {
    return no_commands();
}

result<void> store::change_cluster(std::int64_t, cluster_change const&, std::string_view) {
    return no_commands();
}

result<void> store::saw_endpoint_pause(std::int64_t) {
    return no_commands();
}

}  // namespace setclick::ledger
