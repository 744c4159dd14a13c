#include "top.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "configuration.hpp"
#include "full_screen.hpp"
#include "interval.hpp"
#include "setclickd/base/text.hpp"
#include "signal_inbox.hpp"
#include "stop_signal.hpp"
#include "terminal_glyphs.hpp"
#include "terminal_width.hpp"
#include "top_frame.hpp"
#include "top_history.hpp"
#include "top_keys.hpp"
#include "top_looks.hpp"

namespace setclick::cli {
namespace {

/// What was seen until now, as the frame wants it.
class top_state {
public:
    top_state(milliseconds interval, glyphs shown) : interval_(interval), shown_(shown) {}

    bool has_report() const noexcept { return report_.has_value(); }

    void add(top_look seen) {
        std::ranges::move(seen.lines, std::back_inserter(log_));
        if (log_.size() > telemetry::most_recent_lines)
            log_.erase(log_.begin(), log_.end() - telemetry::most_recent_lines);
        trouble_ = seen.why_not ? seen.why_not->message : std::string();
        if (!seen.report) return;
        report_ = std::move(seen.report);
        top_sample sample;
        sample.at = seen.at;
        sample.pid = report_->daemon.pid;
        sample.delivered = report_->events.delivered;
        sample.rejected = report_->events.rejected;
        auto const& figures = report_->daemon.figures;
        for (auto const n : figures.attempts)
            sample.attempts += n;
        sample.request_seconds = figures.request_seconds;
        history_.add(std::move(sample));
    }

    top_view view() const {
        return {*report_, history_, log_, trouble_, interval_, chosen_, shows_help_, shown_};
    }

    /// True when the person wants to quit.
    bool pressed(top_key key) {
        if (key == top_key::quit) return true;
        if (std::exchange(shows_help_, false)) return false;
        shows_help_ = key == top_key::help;
        constexpr std::ptrdiff_t page = 10;
        switch (key) {
            case top_key::down:
                choose(1);
                break;
            case top_key::up:
                choose(-1);
                break;
            case top_key::page_down:
                choose(page);
                break;
            case top_key::page_up:
                choose(-page);
                break;
            case top_key::first:
                chosen_.clear();  // whoever is the worst from now on
                break;
            case top_key::last:
                choose(PTRDIFF_MAX);
                break;
            case top_key::quit:
            case top_key::help:
            case top_key::other:
                break;
        }
        return false;
    }

private:
    void choose(std::ptrdiff_t step) {
        auto const all = by_trouble(*report_);
        if (all.empty()) return;
        auto const at = std::ranges::find(all, chosen_, [](auto const* a) { return a->id; });
        auto const last = static_cast<std::ptrdiff_t>(all.size()) - 1;
        auto const from = at == all.end() ? 0 : at - all.begin();
        auto const to = step > last - from ? last : std::max<std::ptrdiff_t>(from + step, 0);
        chosen_ = all[static_cast<std::size_t>(to)]->id;
    }

    milliseconds interval_;
    glyphs shown_;
    std::optional<status_model::status_report> report_;
    top_history history_;
    std::vector<telemetry::recent_line> log_;
    std::string trouble_;
    std::string chosen_;
    bool shows_help_ = false;
};

/// The whole frame at once, each line in its place.
std::string bytes_of(std::vector<frame_line> const& frame, screen_size size, bool in_colour) {
    std::string out;
    for (std::size_t row = 0; row < frame.size(); ++row) {
        out += "\x1b[" + std::to_string(row + 1) + ";1H" + with_codes(frame[row], in_colour);
        // At the margin the cursor stands on the last character still, which would be erased.
        if (columns_of(without_codes(frame[row])) < size.columns) out += "\x1b[K";
    }
    return out;
}

class live_top {
public:
    live_top(top_state& state, top_looker const& looker, milliseconds interval, console const& io)
        : state_(state), looker_(looker), interval_(interval), io_(io) {}

    int run() {
        // Before the thread that looks, which is to have them blocked, too.
        signal_inbox signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
        int ended_by = 0;
        {
            top_looks looks(looker_, interval_);
            auto screen = full_screen::open();
            if (!screen) return io_.complain(screen.error());
            ended_by = watch(**screen, signals, looks);
            (*screen)->give_back();  // before a look that takes its time has ended
        }
        if (ended_by != 0 && ended_by != SIGINT) signals.obey(ended_by);
        return 0;
    }

private:
    /// The signal that ended it; 0 for a person, or for a terminal that is gone.
    int watch(full_screen& screen, signal_inbox& signals, top_looks& looks) {
        top_keys keys;
        draw(screen);
        for (;;) {
            std::array<pollfd, 3> all{
                {{screen.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}, {looks.fd(), POLLIN, 0}}};
            if (screen.is_behind()) all[0].events |= POLLOUT;
            if (::poll(all.data(), all.size(), -1) < 0 && errno != EINTR) return 0;
            while (auto const number = signals.take()) {
                if (!is_only_of_terminal(*number)) return *number;
                if (*number == SIGTSTP) {
                    screen.give_back();
                    signals.obey(SIGTSTP);
                }
                if (*number != SIGWINCH) screen.take();
                size_ = {0, 0};
                draw(screen);
            }
            if (all[0].revents != 0) {
                auto const typed = screen.typed();
                if (!typed) return 0;
                for (auto const key : keys.read(*typed))
                    if (state_.pressed(key)) return 0;
                if (!typed->empty()) draw(screen);
                screen.write_on();
            }
            if (auto seen = looks.take()) {
                state_.add(std::move(*seen));
                draw(screen);
            }
        }
    }

    static bool is_only_of_terminal(int number) noexcept {
        return number == SIGWINCH || number == SIGTSTP || number == SIGCONT;
    }

    void draw(full_screen& screen) {
        auto const size = screen.size();
        // A frame that was not begun is replaced, and with it perhaps one that would have cleared.
        bool const is_new = size != std::exchange(size_, size) || screen.is_behind();
        screen.show((is_new ? "\x1b[2J" : "") +
                    bytes_of(frame_of(state_.view(), size), size, io_.may_colour));
    }

    top_state& state_;
    top_looker looker_;
    milliseconds interval_;
    console const& io_;
    screen_size size_{0, 0};
};

/// Without a terminal: a line each time.
int lines(top_state& state, top_looker& looker, milliseconds interval, console const& io) {
    auto const& stop = stop_on_signal();
    do {
        auto const next = std::chrono::steady_clock::now() + interval;
        io.out << line_of(state.view()) << std::endl;
        if (!io.out || !wait_until(next, stop)) break;
        state.add(looker.look());
    } while (!stop);
    return 0;
}

int once(top_state& state, top_looker& looker, milliseconds interval, console const& io) {
    // A rate needs two looks.
    if (!wait_until(std::chrono::steady_clock::now() + interval, stop_on_signal())) return 0;
    state.add(looker.look());
    for (auto const& line : frame_of(state.view(), {terminal_width(), terminal_height()}))
        io.out << without_codes(line) << "\n";
    return 0;
}

}  // namespace

int top(top_options const& options, console const& io) {
    auto const interval = interval_from("--interval", options.interval);
    if (!interval) return io.complain(interval.error());
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    top_state state(*interval, glyphs_of_terminal());
    top_looker looker(read->values);
    auto first = looker.look();
    // What fails later may go well again; what fails at once is for the person who typed it.
    if (first.why_not) return io.complain(*first.why_not);
    state.add(std::move(first));
    if (options.once) return once(state, looker, *interval, io);
    if (!io.has_screen || !io.in_is_terminal) return lines(state, looker, *interval, io);
    return live_top(state, looker, *interval, io).run();
}

}  // namespace setclick::cli
