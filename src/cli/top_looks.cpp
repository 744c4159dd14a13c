#include "top_looks.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <exception>
#include <iterator>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/control/log_lines.hpp"
#include "setclickd/status_model/collect.hpp"

namespace setclick::cli {
namespace {

constexpr milliseconds patience{1000};

}  // namespace

top_look top_looker::look() {
    top_look out;
    auto report = collect(s_, status_model::ask_daemon(s_.control_socket), wall_now());
    out.at = std::chrono::steady_clock::now();
    if (!report) {
        out.why_not = report.error();
        return out;
    }
    out.report = std::move(*report);
    if (out.report->daemon.pid != 0) read_log(out);
    return out;
}

void top_looker::read_log(top_look& into) {
    if (into.report->daemon.pid != std::exchange(pid_, into.report->daemon.pid)) last_line_ = 0;
    auto client = control::client::connect(s_.control_socket);
    if (!client) return;
    auto const answer = client->call(control::log_request(last_line_), patience);
    if (!answer) return;  // an older daemon does not know the request
    into.lines = control::lines_from(*answer);
    if (!into.lines.empty()) last_line_ = into.lines.back().no;
}

top_looks::top_looks(top_looker looker, milliseconds interval)
    : looker_(looker),
      interval_(interval),
      news_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

top_looks::~top_looks() {
    {
        std::lock_guard const lock(mutex_);
        ends_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::optional<top_look> top_looks::take() {
    std::uint64_t count = 0;
    static_cast<void>(::read(news_.get(), &count, sizeof count));
    std::lock_guard const lock(mutex_);
    return std::exchange(newest_, std::nullopt);
}

void top_looks::run() {
    for (auto next = std::chrono::steady_clock::now() + interval_;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_until(lock, next, [this] { return ends_; })) return;
        }
        next = std::chrono::steady_clock::now() + interval_;
        top_look seen;
        try {
            seen = looker_.look();
        } catch (std::exception const& e) {
            seen.at = std::chrono::steady_clock::now();
            seen.why_not = fail(errc::io, e.what());
        }
        std::lock_guard const lock(mutex_);
        // Lines of a look that nobody took are kept.
        if (newest_)
            seen.lines.insert(seen.lines.begin(), std::make_move_iterator(newest_->lines.begin()),
                              std::make_move_iterator(newest_->lines.end()));
        newest_ = std::move(seen);
        std::uint64_t const one = 1;
        static_cast<void>(::write(news_.get(), &one, sizeof one));
    }
}

}  // namespace setclick::cli
