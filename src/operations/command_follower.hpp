// Gives commands to the nodes that share a ledger, and waits for their answers.
//
// Promises: who waits for more than two seconds is told for whom; the waiting ends in bounded time, and what was
// given stays then, and is said to. Never: takes a command back.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "follow_rule.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "setclickd/operations/follow_hooks.hpp"

namespace setclick::operations {

class command_follower {
public:
    struct answered {
        account_no account{};
        result<boost::json::value> answer;
    };
    using progress_fn = std::function<void(std::vector<std::string> const&)>;

    command_follower(std::unique_ptr<ledger::command_box> box, follow_hooks hooks)
        : box_(std::move(box)), hooks_(std::move(hooks)) {}

    ledger::command_box& box() noexcept { return *box_; }

    /// The same request for each account, without waiting; `account` 0: for all nodes.
    result<std::vector<followed>> give(std::vector<account_no> const& accounts,
                                       boost::json::object const& request);
    /// Waits for all of them. `on_progress`: the texts of those that have some.
    result<std::vector<answered>> wait(std::vector<followed> given,
                                       progress_fn const& on_progress = {});
    /// One command, and its answer.
    result<boost::json::value> ask(account_no account, boost::json::object const& request);

    /// Waits as for a command until `is_done` of what a look shows; `for_what`: whom or what is waited for.
    result<void> wait_until(std::function<result<bool>(ledger::cluster_look const&)> const& is_done,
                            std::function<std::string()> const& for_what, milliseconds longest);

private:
    bool is_told_to_stop();
    void say(std::vector<int> const& nodes, ledger::cluster_look const& seen,
             std::vector<followed> const& open) const;

    std::unique_ptr<ledger::command_box> box_;
    follow_hooks hooks_;
    std::atomic<bool> const* stop_ = nullptr;
};

/// The receipt's words for who asks: "uid 0 on host1".
std::string this_person();
/// Of a node, for a person: its name.
std::string node_name(ledger::cluster_look const& seen, int node);

}  // namespace setclick::operations
