#include "setclickd/delivery/gate.hpp"

#include <cmath>

#include "setclickd/delivery/forecast.hpp"

namespace setclick::delivery {
namespace {

using std::chrono::nanoseconds;

constexpr double minute_ns = 60e9;
constexpr std::int64_t longest_wait_ns = 3'000'000'000'000'000'000;
/// Nineteen times share / (1 - share) is 1 but for rounding.
constexpr double whole_credit = 1 - 1e-9;
/// One call in a thousand days: slower is the same as never, and would overflow.
constexpr std::int64_t longest_interval_ns = 1000LL * 86'400 * 1'000'000'000;

// Rounded up: a gate that is a nanosecond too slow keeps its promise.
nanoseconds interval_of(double per_minute) noexcept {
    if (per_minute == unlimited_rate) return nanoseconds{0};
    auto const exact = std::ceil(minute_ns / per_minute);
    if (!(exact < static_cast<double>(longest_interval_ns)))
        return nanoseconds{longest_interval_ns};
    return nanoseconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(exact))};
}

nanoseconds scaled(nanoseconds time, double factor) noexcept {
    auto const exact = std::ceil(static_cast<double>(time.count()) * factor);
    if (!(exact < static_cast<double>(longest_wait_ns))) return nanoseconds{longest_wait_ns};
    return nanoseconds{static_cast<std::int64_t>(exact)};
}

gate_settings sane(gate_settings s) noexcept {
    s.burst = std::clamp(s.burst, 1, 1'000'000);
    s.longest_hold = std::clamp<milliseconds>(s.longest_hold, 0ms, std::chrono::hours{24 * 365});
    s.report_share = s.report_share > 0 ? std::min(1.0, s.report_share) : 0;
    return s;
}

std::int64_t to_millionths(double value) noexcept {
    return value > 0 && value < 1e12 ? std::llround(value * 1e6) : 0;
}

double from_millionths(std::int64_t value) noexcept {
    return value > 0 ? static_cast<double>(value) / 1e6 : 0;
}

}  // namespace

milliseconds surely_elapsed(std::int64_t saved_wall_ms, std::int64_t saved_steady_ms,
                            steady_time now, wall_time wall_now) noexcept {
    auto const steady_ms = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
    if (saved_steady_ms < 0 || saved_steady_ms >= steady_ms || saved_wall_ms >= to_ms(wall_now))
        return 0ms;
    auto const by_wall = saved_wall_ms < 0 ? to_ms(wall_now) : to_ms(wall_now) - saved_wall_ms;
    return milliseconds{std::min(steady_ms - saved_steady_ms, by_wall)};
}

gate::gate(gate_settings const& settings) noexcept : settings_(sane(settings)) {
    rate_.configure(settings_.rate_per_minute);
    interval_ = interval_of(rate_.effective());
    refresh();
}

void gate::configure(steady_time now, gate_settings const& settings) noexcept {
    settings_ = sane(settings);
    rate_.configure(settings_.rate_per_minute);
    hold_until_ = std::min(hold_until_, now + settings_.longest_hold);
    rescale(now);
    refresh();
}

// When the interval changes, what is used stays the same number of permits; otherwise a lower rate
// would open the gate.
void gate::rescale(steady_time now) noexcept {
    auto const next = interval_of(rate_.effective());
    if (next == interval_) return;
    if (!limited() || arrival_ < now) {
        arrival_ = now;
    } else {
        auto const factor =
            static_cast<double>(next.count()) / static_cast<double>(interval_.count());
        arrival_ = now + scaled(arrival_ - now, factor);
    }
    interval_ = next;
}

bool gate::follow(steady_time now, bool changed) noexcept {
    if (!changed) return false;
    rescale(now);
    refresh();
    return true;
}

bool gate::report_has_turn() const noexcept {
    return report_expected_ && limited() && settings_.report_share > 0 &&
           report_credit_ >= whole_credit;
}

void gate::refresh() noexcept {
    calls_from_ = hold_until_;
    if (limited()) {
        // A burst that would take longer than a century to earn is as good as one that takes a
        // century.
        auto const ahead =
            std::min<std::int64_t>(settings_.burst - 1, longest_wait_ns / interval_.count());
        calls_from_ = std::max(calls_from_, arrival_ - interval_ * ahead);
    }
    if (budget_ == 0) calls_from_ = std::max(calls_from_, budget_until_);
    events_from_ = report_has_turn() ? calls_from_ + interval_ : calls_from_;
    counts_ = limited() || budget_ >= 0;
}

void gate::use(steady_time now) noexcept {
    if (budget_ > 0) --budget_;
    if (budget_ >= 0 && now >= budget_until_) budget_ = -1;
    if (limited()) {
        if (rate_.is_lowered() && rate_.grow(now)) rescale(now);
        // Growing may have lifted the last limit.
        if (limited()) arrival_ = std::max(arrival_, now) + interval_;
        auto const share = settings_.report_share;
        if (share < 1) report_credit_ = std::min(1.0, report_credit_ + share / (1 - share));
    }
    refresh();
}

int gate::permits(steady_time now, milliseconds ahead) const noexcept {
    auto const until = now + ahead;
    if (until < events_from_) return 0;
    std::int64_t count = std::numeric_limits<int>::max();
    if (limited()) {
        // The allowance as it is when the first of them may be made, and one more for each interval
        // after that.
        auto const first = std::max(now, events_from_);
        auto const used = std::max(nanoseconds{0}, nanoseconds{arrival_ - first});
        count = settings_.burst - (used + interval_ - nanoseconds{1}) / interval_;
        auto const full = first + (used - interval_ * (settings_.burst - count));
        count = std::max<std::int64_t>(count, 1) +
                std::max<std::int64_t>(0, (until - full) / interval_);
    }
    if (budget_ >= 0 && until < budget_until_) count = std::min(count, budget_);
    return static_cast<int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<int>::max()));
}

bool gate::may_pass_report(steady_time now, bool events_wait) const noexcept {
    if (now < calls_from_) return false;
    return !events_wait || !limited() || report_credit_ >= whole_credit;
}

void gate::pass_report(steady_time now, bool events_wait) noexcept {
    if (!counts()) return;
    auto const credit = report_credit_;
    use(now);
    report_credit_ = events_wait ? std::max(0.0, credit - 1) : credit;
    refresh();
}

steady_time gate::next_report(steady_time now, bool events_wait) const noexcept {
    auto const open = std::max(now, calls_from_);
    if (!events_wait || !limited() || report_credit_ >= whole_credit) return open;
    auto const share = settings_.report_share;
    if (share <= 0) return never;
    // Each event that passes earns share / (1 - share).
    auto const events = std::ceil((1 - report_credit_) * (1 - share) / share);
    return open + scaled(interval_, events);
}

void gate::expect_report(bool expected) noexcept {
    if (report_expected_ == expected) return;
    report_expected_ = expected;
    refresh();
}

bool gate::learn_limit(steady_time now, double per_minute) noexcept {
    return follow(now, rate_.say(now, per_minute));
}

void gate::learn_remaining(steady_time now, steady_time begun, std::int64_t remaining,
                           std::optional<milliseconds> reset, int in_flight) noexcept {
    if (remaining < 0) return;
    if (!reset) {
        // Spent, until nobody says when: one interval of the rate, or a second without a rate.
        if (remaining == 0)
            hold(now, limited() ? std::chrono::ceil<milliseconds>(interval_) : milliseconds{1000});
        return;
    }
    auto const wait = std::clamp<milliseconds>(*reset, 0ms, settings_.longest_hold);
    auto const left = std::max<std::int64_t>(0, remaining - in_flight);
    // Answers overtake each other: of calls that were on the wire together the smaller number is
    // the newer one. A call begun after the last number was known knows better; servers that fill
    // up all the time (a bucket, not a window) never begin a new window.
    auto const same_window = budget_ >= 0 && now < budget_until_ && now + wait < budget_until_ + 2s;
    auto const may_be_overtaken = same_window && begun < budget_known_at_;
    budget_ = may_be_overtaken ? std::min(budget_, left) : left;
    if (!may_be_overtaken) budget_known_at_ = now;
    budget_until_ = now + wait;
    refresh();
}

bool gate::throttled(steady_time now, steady_time begun,
                     std::optional<milliseconds> retry_after) noexcept {
    auto const wait = std::min(retry_after.value_or(0ms), settings_.longest_hold);
    if (wait > 0ms) hold(now, wait);
    bool const changed = rate_.too_fast(now, begun, wait);
    if (changed) rescale(now);
    if (limited()) {
        auto const first = wait > 0ms ? std::max(now, hold_until_) : now + interval_;
        auto const burst =
            std::min<std::int64_t>(settings_.burst - 1, longest_wait_ns / interval_.count());
        arrival_ = std::max(arrival_, first + interval_ * burst);
    }
    refresh();
    return changed;
}

void gate::hold(steady_time now, milliseconds wait) noexcept {
    hold_until_ =
        std::max(hold_until_, now + std::clamp<milliseconds>(wait, 0ms, settings_.longest_hold));
    refresh();
}

bool gate::forget_learnt(steady_time now) noexcept {
    bool const something = rate_.is_lowered() || rate_.said() != unlimited_rate ||
                           hold_until_ > now || (budget_ == 0 && budget_until_ > now);
    rate_.load({}, now);
    hold_until_ = steady_time::min();
    budget_ = -1;
    rescale(now);
    // A wait that was lifted used up the burst for when it would have ended. What may have been
    // called or claimed just now stays used.
    if (limited()) {
        auto const a_second = static_cast<std::int64_t>(rate_.configured() / 60);
        auto const most = std::min<std::int64_t>(settings_.burst + a_second + 1,
                                                 longest_wait_ns / interval_.count());
        arrival_ = std::min(arrival_, now + interval_ * most);
    }
    refresh();
    return something;
}

gate_state gate::save(steady_time now, wall_time wall_now, int reserved) const noexcept {
    gate_state out;
    out.saved_wall_ms = to_ms(wall_now);
    out.saved_steady_ms = std::chrono::ceil<milliseconds>(now.time_since_epoch()).count();
    if (limited()) {
        auto const used = std::max(nanoseconds{0}, nanoseconds{arrival_ - now});
        auto const permits =
            static_cast<double>(used.count()) / static_cast<double>(interval_.count());
        out.used_millionths = static_cast<std::int64_t>(std::ceil(permits * 1e6));
        out.reserved = std::max(0, reserved);
    }
    out.hold_ms = quiet_for(now).count();
    auto const learnt = rate_.save();
    out.learnt_millionths = to_millionths(learnt.learnt);
    out.target_millionths = to_millionths(learnt.target);
    out.ceiling_millionths = to_millionths(learnt.ceiling);
    out.said_millionths = to_millionths(learnt.said);
    return out;
}

void gate::load(gate_state const& state, steady_time now, wall_time wall_now) noexcept {
    auto const elapsed = surely_elapsed(state.saved_wall_ms, state.saved_steady_ms, now, wall_now);
    rate_.load({from_millionths(state.learnt_millionths), from_millionths(state.target_millionths),
                from_millionths(state.ceiling_millionths), from_millionths(state.said_millionths)},
               now);
    interval_ = interval_of(rate_.effective());
    arrival_ = now;
    if (limited()) {
        // A burst, and a second's worth claimed ahead of it, is the most that can be used; twice
        // that is not believed.
        auto const a_second = rate_.configured() == unlimited_rate ? 0 : rate_.configured() / 60;
        auto const most = 2 * (settings_.burst + a_second) + 2;
        auto const used = std::clamp(static_cast<double>(state.used_millionths) / 1e6, 0.0, most);
        auto const reserved = std::clamp(static_cast<double>(state.reserved), 0.0, most);
        // What was reserved may have been called just before the crash: time has paid back only
        // what was used before.
        arrival_ =
            std::max(now, now + scaled(interval_, used) - elapsed) + scaled(interval_, reserved);
    }
    auto const held =
        std::clamp<milliseconds>(milliseconds{state.hold_ms}, 0ms, settings_.longest_hold);
    hold_until_ = held > elapsed ? now + held - elapsed : steady_time::min();
    budget_ = -1;
    report_credit_ = 0;
    refresh();
}

milliseconds gate::quiet_for(steady_time now) const noexcept {
    auto until = hold_until_;
    if (budget_ == 0) until = std::max(until, budget_until_);
    return until > now ? std::chrono::ceil<milliseconds>(until - now) : milliseconds{0};
}

std::string gate::why(steady_time now) const {
    auto const configured = "configured: " + rate_text(rate_.configured());
    std::string out = rate_text(rate_.effective());
    if (rate_.effective() == rate_.configured())
        out += ", as configured";
    else if (rate_.effective() == rate_.said())
        out += ", as the server says (X-RateLimit-Limit); " + configured;
    else
        out += ", learnt from the server's 429 answers, growing slowly; " + configured;
    if (hold_until_ > now)
        out += "; quiet for " + about_text(std::chrono::ceil<milliseconds>(hold_until_ - now)) +
               ", as the server asked";
    else if (budget_ == 0 && budget_until_ > now)
        out += "; the server's allowance is used up for " +
               about_text(std::chrono::ceil<milliseconds>(budget_until_ - now)) +
               " (X-RateLimit-Remaining)";
    return out;
}

}  // namespace setclick::delivery
