// The line that `systemctl status` shows: what keeps the work from going on, or that it does.
//
// Promises: a change is sent within two seconds, the counts with it once a minute. Never: a token, an
// e-mail or a `settings` value. On the main thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>

#include "setclickd/delivery/deliver_status.hpp"

namespace setclick::daemon {

/// What matters most of it, without what changes all the time. `stalled_disk`: the path whose disk
/// does not answer; empty for none.
std::string unit_status_text(delivery::deliver_status const& s, std::string const& stalled_disk);

class unit_status {
public:
    struct wiring {
        std::function<delivery::deliver_status()> status;
        std::function<std::string()> stalled_disk;
        /// Called once a minute: the counts, for the line.
        std::function<std::string()> minute;
    };
    unit_status(boost::asio::io_context& context, wiring with)
        : timer_(context), with_(std::move(with)) {}

    void start();

private:
    void look();

    boost::asio::steady_timer timer_;
    wiring with_;
    std::string sent_;
    std::string counts_;
    unsigned looks_ = 0;  // in this minute
};

}  // namespace setclick::daemon
