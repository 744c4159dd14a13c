// Carries out what persons command through the ledger, on whichever host they gave it: for this node's accounts,
// for accounts that nobody can send for, and for all nodes.
//
// Promises: each command is answered once, in the ledger; one over many events goes slice by slice, and what the
// next slice needs is written with what the last one changed, so that whoever owns the account goes on there. A
// command that cannot be finished here (the account went, the server is away, the daemon ends) stays open.
// Never: changes what the control socket's commands would not.
//
// Threads: the main one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "command_queue.hpp"
#include "configuration.hpp"
#include "read_service.hpp"
#include "setclickd/control/ledger_commands.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/commands.hpp"
#include "setclickd/ledger/writer.hpp"

namespace setclick::daemon {

class command_desk {
public:
    /// All of them outlive this.
    struct parts {
        boost::asio::io_context& context;
        ledger::writer& writer;
        dispatch::dispatcher& deliver;
        configuration const& config;
        read_service& reads;
    };
    struct wiring {
        /// Files of this node of which nothing is pending any more.
        std::function<void(std::vector<ledger::file_info>)> complete;
        /// Time to look at the ledger again.
        std::function<void()> look;
    };
    command_desk(parts with, wiring w) : with_(with), wiring_(std::move(w)) {}

    /// What a look showed. `own`: for accounts that this node sends for, or for all nodes; `strays`: for accounts
    /// that no node can send for and that this one is to take for as long as it takes.
    void offered(std::vector<ledger::node_command> own, std::vector<ledger::node_command> strays,
                 ledger::endpoint_pause const& pause);
    /// Is it carrying something out for this account?
    bool is_busy(account_no no) const { return queue_.is_busy(no); }
    /// What runs stops after its slice.
    void stop() noexcept { has_stopped_ = true; }

private:
    struct running;
    using work = std::shared_ptr<running>;
    using answer = result<boost::json::value>;

    void begin(ledger::node_command command, bool is_stray);
    void take(work const& w);
    void serve(work const& w);
    void operate(work const& w, boost::json::object const& request);
    void operate_slice(work const& w);
    void operated(work const& w, result<ledger::operation_slice> done);
    void pause_or_resume(work const& w, boost::json::object const& request);
    void change_stopped(work const& w, control::pause_request const& what);
    void pause_endpoint(work const& w, control::pause_request const& what);
    void change_cluster(work const& w, ledger::cluster_change what, boost::json::value answered);
    void read(work const& w, std::string_view cmd, boost::json::object const& request);
    /// Writes the answer; it is the command's end where that is durable.
    void answered(work const& w, answer const& with);
    void end(work const& w, result<void> const& written);
    void give_back(account_no no, std::function<void()> then);
    void see_pause(ledger::endpoint_pause const& pause);

    /// Runs `task(store)` on the ledger's thread, then `then(its result)` here.
    template <class Task, class Then>
    void on_ledger(ledger::writer::priority when, Task task, Then then);

    parts with_;
    wiring wiring_;
    command_queue queue_;
    std::set<account_no> took_;  // strays, until they are given back
    ledger::endpoint_pause pause_;
    std::int64_t did_pause_ = 0;  // its version
    bool is_keeping_pause_ = false;
    bool has_stopped_ = false;
};

}  // namespace setclick::daemon
