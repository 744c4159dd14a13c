#include "shutdown_sequence.hpp"

#include <boost/asio/post.hpp>

#include <cstdlib>
#include <thread>
#include <utility>

#include "notify.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

namespace {

/// Whatever still runs then. Nothing is left to be written by now.
void exit_in(milliseconds at_most, exit_code code) {
    std::thread([at_most, code] {
        std::this_thread::sleep_for(at_most);
        std::_Exit(static_cast<int>(code));
    }).detach();
}

}  // namespace

shutdown_sequence::shutdown_sequence(boost::asio::io_context& context, wiring w)
    : context_(context), wiring_(std::move(w)), deadline_(context) {}

void shutdown_sequence::on_signal() {
    if (!is_running())
        log_line(level::warn, "a second signal: ending at once; what is in flight is in doubt");
    perform(stages_.on_signal(steady_now(), wiring_.drain_time()));
}

void shutdown_sequence::on_finished(exit_code outcome) {
    perform(stages_.on_finished(outcome, steady_now(), wiring_.drain_time()));
}

void shutdown_sequence::on_fatal(error const& why) {
    // Only a ledger refuses what a daemon does: what was this node's is another one's now. It may come back.
    bool const is_deposed = why.code == errc::refused;
    if (is_deposed)
        log_line(level::error,
                 "another node has taken over what this one delivered; it ends, and may be started "
                 "again",
                 {{"error", why.message}});
    else if (why.code == errc::lost)
        log_line(level::error,
                 "the ledger's server has lost what it had acknowledged: every node stops until a "
                 "person has looked",
                 {{"error", why.message}});
    else
        log_line(level::error, "setclickd cannot go on", {{"error", why.message}});
    perform(stages_.on_fatal(is_deposed ? exit_code::try_later : exit_code_of(why.code),
                             steady_now(), wiring_.drain_time()));
}

void shutdown_sequence::part_ended(shutdown_stages::part which) {
    boost::asio::post(context_, [this, which] { perform(stages_.on_ended(which)); });
}

void shutdown_sequence::perform(shutdown_stages::actions const& what) {
    wait_for_deadline();
    for (auto const a : what)
        perform(a);
}

void shutdown_sequence::perform(shutdown_stages::action what) {
    switch (what) {
        case shutdown_stages::action::begin:
            notify_stopping();
            log_line(level::info, "ending: no new work; waiting for what is in flight",
                     {{"in_flight", wiring_.in_flight()},
                      {"at_most", duration_text(wiring_.drain_time())}});
            return wiring_.begin();
        case shutdown_stages::action::close_connections:
            log_line(level::warn,
                     "the drain's time is over: what is still in flight is given up, and in doubt "
                     "where it was sent",
                     {{"in_flight", wiring_.in_flight()}});
            return wiring_.close_connections();
        case shutdown_stages::action::abandon_answers:
            log_line(level::warn,
                     "answers could not be written to the ledger in time; their events are in "
                     "doubt at the next start");
            return;
        case shutdown_stages::action::limit_exit:
            return exit_in(shutdown_stages::exit_limit, outcome());
        case shutdown_stages::action::stop_loop:
            return context_.stop();
        case shutdown_stages::action::exit_now:
            std::_Exit(static_cast<int>(outcome()));
    }
}

void shutdown_sequence::wait_for_deadline() {
    deadline_.cancel();
    if (stages_.deadline() == never) return;
    deadline_.expires_at(stages_.deadline());
    deadline_.async_wait([this](boost::system::error_code ec) {
        if (!ec) perform(stages_.on_time(steady_now()));
    });
}

}  // namespace setclick::daemon
