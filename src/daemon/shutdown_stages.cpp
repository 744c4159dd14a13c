#include "shutdown_stages.hpp"

namespace setclick::daemon {

auto shutdown_stages::begin(exit_code outcome, steady_time now, milliseconds drain_time)
    -> actions {
    stage_ = stage::draining;
    outcome_ = outcome;
    deadline_ = now + drain_time;
    return {action::begin};
}

auto shutdown_stages::on_signal(steady_time now, milliseconds drain_time) -> actions {
    if (is_running()) return begin(exit_code::done, now, drain_time);
    outcome_ = exit_code::failed;
    return {action::exit_now};
}

auto shutdown_stages::on_finished(exit_code outcome, steady_time now, milliseconds drain_time)
    -> actions {
    if (!is_running()) return {};
    return begin(outcome, now, drain_time);
}

auto shutdown_stages::on_fatal(exit_code outcome, steady_time now, milliseconds drain_time)
    -> actions {
    if (!is_running()) {
        outcome_ = outcome;
        return {action::exit_now};
    }
    auto out = begin(outcome, now, drain_time);
    // The ledger may not answer any more: draining it could take for ever.
    ended_.set(static_cast<std::size_t>(part::delivery));
    advance(out);
    return out;
}

auto shutdown_stages::on_ended(part which) -> actions {
    ended_.set(static_cast<std::size_t>(which));
    actions out;
    advance(out);
    return out;
}

auto shutdown_stages::on_time(steady_time now) -> actions {
    if (now < deadline_) return {};
    actions out;
    if (stage_ == stage::draining) {
        stage_ = stage::giving_up;
        deadline_ = now + settle_time;
        out.push_back(action::close_connections);
    } else if (stage_ == stage::giving_up) {
        ended_.set(static_cast<std::size_t>(part::delivery));
        out.push_back(action::abandon_answers);
        advance(out);
    }
    return out;
}

void shutdown_stages::advance(actions& out) {
    if (is_running()) return;
    if (stage_ < stage::stopping && has_ended(part::delivery)) {
        stage_ = stage::stopping;
        deadline_ = never;
    }
    if (stage_ == stage::stopping && has_ended(part::intake)) {
        stage_ = stage::leaving;
        out.push_back(action::limit_exit);
    }
    if (stage_ == stage::leaving && has_ended(part::reconciler)) {
        stage_ = stage::ended;
        out.push_back(action::stop_loop);
    }
}

}  // namespace setclick::daemon
