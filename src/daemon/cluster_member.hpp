// This daemon as one of several that share a ledger: takes accounts and gives them up, and sends only while its
// lease holds.
//
// Asks the ledger each second, and at once when another node tells of events; what is to move is decided by
// `delivery::ownership`. An account that is given up settles first: its claims stop, what is on its way is
// waited for, its rate is saved, then anybody may take it. One that is taken stands as the ledger knows it, all
// that its last owner had used, reserved or on its way counted as used now.
//
// Promises: at the lease's end every connection to the endpoint is reset; a node that was taken for dead ends.
// Never: takes from a node that lives.
//
// Threads: the main one; `imported` from any.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "configuration.hpp"
#include "credentials.hpp"
#include "network.hpp"
#include "setclickd/delivery/member_status.hpp"
#include "setclickd/delivery/ownership.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/lease.hpp"
#include "setclickd/ledger/nodes.hpp"
#include "setclickd/ledger/writer.hpp"

namespace setclick::daemon {

class cluster_member {
public:
    /// All of them outlive this.
    struct parts {
        boost::asio::io_context& context;
        ledger::lease& lease;
        ledger::writer& writer;
        dispatch::dispatcher& deliver;
        configuration& config;
        network& net;
    };
    struct wiring {
        /// Files of this node of which nothing is pending any more.
        std::function<void(std::vector<ledger::file_info>)> complete;
        /// Accounts that the configuration does not name were brought in by another node.
        std::function<void()> accounts_came;
        /// What persons commanded through the ledger, for this node: of its own accounts and of all nodes;
        /// and of accounts that nobody can send for.
        std::function<void(std::vector<ledger::node_command> own,
                           std::vector<ledger::node_command> strays, ledger::endpoint_pause const&)>
            commands;
        /// This node cannot go on.
        std::function<void(error const&)> fatal;
    };
    /// `first`: what the ledger showed at the start.
    cluster_member(parts with, wiring w, ledger::node_news const& first);

    /// Beats from now on, under this epoch.
    void start(std::int64_t epoch);
    /// The configuration or a credential changed.
    void configured();
    /// From any thread: these accounts got events from this node's files.
    void imported(std::vector<account_no> accounts);
    /// No account moves any more; what this node has, it keeps until the lease's end.
    void stop();
    /// What others did is looked at now, instead of within a second.
    void look();

    bool owns(account_no no) const { return own_.contains(no); }
    delivery::member_status status() const;

private:
    struct leaving {
        bool is_with_ledger = false;
        std::optional<ledger::cycle_request> last;  ///< what is saved of its rate and park
    };

    std::vector<account_no> willing() const;
    void polled(result<ledger::node_news> news);
    void know(ledger::node_news const& news);
    void offer(ledger::node_news& news);
    void move(ledger::node_news const& news);
    void take(std::vector<account_no> accounts);
    void taken(result<ledger::taken_accounts> what);
    void give_settled();
    void give_up(account_no no, leaving& how);
    void given_up(account_no no, result<void> const& done);
    void watch_lease();
    void watch_slots();
    void look_later();
    bool is_trouble(error const& why);

    parts with_;
    wiring wiring_;
    delivery::ownership rule_;
    int self_;
    std::set<account_no> own_;
    delivery::member_status counts_;  ///< of which only what is counted is kept
    std::map<account_no, leaving> leaving_;
    std::set<account_no> known_;  // all of the ledger
    boost::asio::steady_timer look_timer_;
    boost::asio::steady_timer give_timer_;
    boost::asio::steady_timer lease_timer_;
    boost::asio::steady_timer slot_timer_;
    steady_time slots_asked_{};
    bool is_looking_ = false;
    bool look_again_ = false;
    bool is_taking_ = false;
    bool is_sending_ = false;
    bool has_stopped_ = false;
};

}  // namespace setclick::daemon
