// Signals, the regular looks at everything, and the end.
#include <boost/asio/post.hpp>

#include <csignal>
#include <cstdlib>

#include "instance.hpp"
#include "notify.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

void instance::start_timers() {
    for (int const number : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(number);
    wait_for_signal();
    every_minute();
    every_watchdog();
    broom::wiring w;
    w.expire = [this](ledger::prune_slice& s) {
        if (intake_) intake_->expire(std::move(s.expired), s.oldest_kept);
    };
    w.expiring = [this] { return intake_ ? intake_->expiring() : 0; };
    w.fatal = [this](error const& why) { fatal(why); };
    broom_ = std::make_unique<broom>(context_, *writer_, std::move(w));
    broom_->keep(settings_.retention);
    broom_->start();
    if (options_.once) look_for_the_end();
}

void instance::wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int number) {
        if (ec) return;
        if (number == SIGHUP) {
            reload(std::nullopt);
        } else if (stopping_) {
            log_line(level::warn, "a second signal: ending at once; what is in flight is in doubt");
            std::_Exit(static_cast<int>(exit_code::failed));
        } else {
            shut_down(exit_code::done);
        }
        wait_for_signal();
    });
}

void instance::every_minute() {
    minute_timer_.expires_after(std::chrono::minutes{1});
    minute_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        notify_status(deliver_->minute());
        every_minute();
    });
}

/// The watchdog is fed by progress: the ledger answered a question since the last time, the intake
/// took a step, and this thread got here.
void instance::every_watchdog() {
    auto const interval = watchdog_interval();
    if (!interval) return;
    watchdog_timer_.expires_after(*interval / 3);
    watchdog_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        auto const intake = intake_ ? intake_->progress() : 0;
        bool const intake_moves = intake != last_intake_progress_ || intake_stopped_ || !intake_;
        if (ledger_answered_ && intake_moves) {
            notify_watchdog();
            last_intake_progress_ = intake;
            ledger_answered_ = false;
            writer_->post(ledger::writer::priority::import, [this](ledger::store&) {
                asio::post(context_, [this] { ledger_answered_ = true; });
            });
        }
        every_watchdog();
    });
}

/// With --once: over when the spool is taken in and nothing can move any more, at three looks in a
/// row.
void instance::look_for_the_end() {
    once_timer_.expires_after(100ms);
    once_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec || stopping_) return;
        bool const idle = intake_->idle() && deliver_->is_idle();
        idle_looks_ = idle ? idle_looks_ + 1 : 0;
        if (idle_looks_ < 3) return look_for_the_end();
        if (intake_->has_unreadable()) return shut_down(exit_code::io);
        if (deliver_->waits_behind_parks()) return shut_down(exit_code::try_later);
        // What is held is not done, whichever run it was that held it.
        auto const left = not_delivered_in(settings_.ledger.path);
        bool const is_all = left.refused <= refused_at_start_ && left.held == 0;
        shut_down(is_all ? exit_code::done : exit_code::partly);
    });
}

void instance::fatal(error why) {
    log_line(level::error, "setclickd cannot go on", {{"error", why.message}});
    if (stopping_) std::_Exit(static_cast<int>(exit_code_of(why.code)));
    shut_down(exit_code_of(why.code));
    // The ledger may not answer any more: what cannot be settled is in doubt at the next start.
    drained_ = true;
    maybe_stop();
}

void instance::shut_down(exit_code outcome) {
    stopping_ = true;
    outcome_ = outcome;
    for (auto* const waiting : {&reload_now_, &reload_next_})
        for (auto const& to : std::exchange(*waiting, {}))
            to.error(fail(errc::busy, "the daemon is ending; the configuration was not reloaded"));
    notify_stopping();
    log_line(level::info, "ending: no new work; waiting for what is in flight",
             {{"in_flight", pool_->counts().busy},
              {"at_most", duration_text(settings_.delivery.drain_timeout)}});
    pool_->stop_taking();
    login_->stop();
    broom_->stop();
    reconciler_->stop();
    deliver_->drain([this] {
        drained_ = true;
        maybe_stop();
    });
    drain_timer_.expires_after(settings_.delivery.drain_timeout);
    drain_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        log_line(level::warn,
                 "the drain's time is over: what is still in flight is given up, and in doubt "
                 "where it was sent",
                 {{"in_flight", pool_->counts().busy}});
        pool_->close_all();
        // What is settled by that needs a moment. A ledger without room would keep us for ever.
        drain_timer_.expires_after(2s);
        drain_timer_.async_wait([this](boost::system::error_code late) {
            if (late) return;
            log_line(level::warn,
                     "answers could not be written to the ledger in time; their events are in "
                     "doubt at the next start");
            drained_ = true;
            maybe_stop();
        });
    });
    stopper_ = std::thread([this] {
        // A reload may be stopping the same intake.
        if (reloader_.joinable()) reloader_.join();
        if (intake_) intake_->stop();
        asio::post(context_, [this] {
            intake_stopped_ = true;
            maybe_stop();
        });
    });
}

namespace {

/// A look-up of a name cannot be called off, and the thread that makes it would be waited for: with
/// a name server that is gone for half a minute and more. Nothing is left to be written by now.
void leave_in(std::chrono::seconds at_most, exit_code code) {
    std::thread([at_most, code] {
        std::this_thread::sleep_for(at_most);
        std::_Exit(static_cast<int>(code));
    }).detach();
}

}  // namespace

void instance::maybe_stop() {
    if (drained_ && intake_stopped_ && !std::exchange(leaving_, true)) leave_in(3s, outcome_);
    // Once: what ends later runs while the connections are given up, and must not stop that.
    if (!drained_ || !intake_stopped_ || !reconciler_ended_ || std::exchange(ended_, true)) return;
    signals_.cancel();
    for (auto* const t : {&minute_timer_, &watchdog_timer_, &once_timer_, &drain_timer_})
        t->cancel();
    context_.stop();
}

}  // namespace setclick::daemon
