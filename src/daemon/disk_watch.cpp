#include "disk_watch.hpp"

#include <unistd.h>

#include <utility>

#include "crash_marker.hpp"
#include "setclickd/telemetry/log.hpp"
#include "thread_state.hpp"

namespace setclick::daemon {
using telemetry::level;
using telemetry::log_line;

disk_watch::disk_watch(boost::asio::io_context& context, ledger::writer& writer,
                       std::string ledger_path, std::string spool_path)
    : context_(context),
      writer_(writer),
      ledger_{"ledger", std::move(ledger_path)},
      intake_{"intake", std::move(spool_path)},
      timer_(context) {}

void disk_watch::start() {
    writer_.post(ledger::writer::priority::delivery,
                 [this](ledger::store&) { ledger_.tid = ::gettid(); });
    look_in_a_second();
}

void disk_watch::intake_thread_begins() noexcept {
    intake_.tid = ::gettid();
}

void disk_watch::look_in_a_second() {
    timer_.expires_after(1s);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        auto const now = std::chrono::steady_clock::now();
        look(ledger_, now);
        look(intake_, now);
        set_disk_stalled(ledger_.stall.is_stalled() || intake_.stall.is_stalled());
        look_in_a_second();
    });
}

void disk_watch::look(watched& thread, steady_time now) {
    auto const tid = thread.tid.load();
    auto const change = thread.stall.look(tid == 0 ? std::nullopt : sample_thread(tid), now);
    auto const length = duration_text(thread.stall.length());
    if (change == disk_stall::change::began) {
        log_line(
            level::warn,
            "the disk does not answer; this thread waits for it, and goes on by itself when it "
            "does",
            {{"thread", thread.name}, {"path", thread.path}, {"since", length}});
    } else if (change == disk_stall::change::ended) {
        log_line(level::warn, "the disk answers again",
                 {{"thread", thread.name}, {"path", thread.path}, {"after", length}});
    }
}

}  // namespace setclick::daemon
