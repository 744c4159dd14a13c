// What the control socket is asked, as calls to the daemon's parts.
//
// Promises: each request is answered once; a pause or a resume is answered after it is durable; a
// command over many events goes slice by slice, and delivery goes on in between. While the daemon
// ends only `status` and `log` are answered.
//
// Threads: the main one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <utility>

#include "configuration.hpp"
#include "current_intake.hpp"
#include "read_commands.hpp"
#include "reloader.hpp"
#include "setclickd/control/server.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::daemon {

class control_commands {
public:
    /// All of them outlive this.
    struct parts {
        boost::asio::io_context& context;
        ledger::writer& writer;
        configuration const& config;
        dispatch::dispatcher& deliver;
        current_intake& intake;
        reloader& reload;
        read_commands& reads;
        std::function<std::string()>
            stalled_disk;        ///< the path whose disk does not answer; empty for none
        bool is_shared = false;  ///< other nodes may share the ledger
    };
    using known_fn = std::function<delivery::deliver_status()>;
    /// `known`: what the daemon's parts know now; `started`: when it began, for its uptime.
    control_commands(parts with, known_fn known, steady_time started)
        : with_(std::move(with)), known_(std::move(known)), started_(started) {}

    /// The handler of the control socket's server.
    void on_request(boost::json::object request, control::peer from, control::reply to);
    /// The daemon ends: from now on everything that changes something is answered `busy`.
    void stop() noexcept { stopped_ = true; }
    /// The answer to "status".
    boost::json::object status() const;

private:
    void on_operate(boost::json::object const& request, control::peer from, control::reply to);
    void on_pause_or_resume(boost::json::object const& request, control::reply const& to);
    boost::asio::awaitable<void> operate(ledger::operation what, control::reply to);

    parts with_;
    known_fn known_;
    steady_time started_;
    bool stopped_ = false;
};

}  // namespace setclick::daemon
