#include "setclickd/delivery/learnt_rate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace setclick::delivery {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t minute_ns = 60 * second_ns;
constexpr double quick_way_s = 10;     ///< from half the measured rate back to it
constexpr double slow_growth = 0.011;  ///< of the ceiling, a minute, around the ceiling
constexpr double blind_growth = 0.45;  ///< of the ceiling, a minute, well below it and unmeasured
constexpr double disproved = 1.02;     ///< of the ceiling: it was not the limit
constexpr double way_back_min = 2.5;   ///< from a disproved ceiling to the configured rate
constexpr double usual_limit = 60;     ///< of servers like this one, where nothing was measured
constexpr int held = 10;               ///< calls in a row, and a rate was not far off

bool is_rate(double per_minute) noexcept {
    return per_minute > 0 && std::isfinite(per_minute);
}

std::int64_t ns_between(steady_time from, steady_time to) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count();
}

}  // namespace

void learnt_rate::configure(double per_minute) noexcept {
    configured_ = is_rate(per_minute) ? per_minute : unlimited_rate;
    if (learnt_ >= configured_) learnt_ = unlimited_rate;
    update();
}

bool learnt_rate::update() noexcept {
    auto const before = effective_;
    effective_ = std::min({configured_, learnt_, said_});
    return effective_ != before;
}

bool learnt_rate::say(steady_time now, double per_minute) noexcept {
    if (!is_rate(per_minute)) return false;
    said_at_ = now;
    if (said_ == per_minute) return false;
    said_ = per_minute;
    return update();
}

bool learnt_rate::unsaid(steady_time now) noexcept {
    if (said_ == unlimited_rate || now - said_at_ < std::chrono::minutes{10}) return false;
    auto const was = std::min(said_, learnt_);
    said_ = unlimited_rate;
    if (was < configured_) lower_to(was, was, was, now);
    return update();
}

// A gap is time without calls, unless it is short: then it is the server's or the rate's doing.
std::int64_t learnt_rate::longest_gap_ns() const noexcept {
    auto const intervals =
        effective_ == unlimited_rate ? 0.0 : 3.0 * static_cast<double>(minute_ns) / effective_;
    return static_cast<std::int64_t>(
        std::clamp(intervals, 10.0 * second_ns, 24.0 * 60 * static_cast<double>(minute_ns)));
}

void learnt_rate::note_time(steady_time now) noexcept {
    if (last_answer_ != steady_time::min() && now > last_answer_) {
        auto const gap = ns_between(last_answer_, now);
        now_.busy_ns += gap <= 10 * second_ns ? gap : std::min(gap, longest_gap_ns());
    }
    last_answer_ = now;
    // A bucket is a minute, or long enough at low rates to hold ten calls.
    if (now_.busy_ns >= minute_ns && (now_.count >= 10 || now_.busy_ns >= 10 * minute_ns)) {
        before_ = now_;
        now_ = {};
    }
}

bool learnt_rate::accepted(steady_time now, steady_time begun) noexcept {
    note_time(now);
    ++now_.count;
    if (begun <= lowered_at_) return false;
    ++since_lowered_;
    if (proven_) [[likely]]
        return false;
    proven_ = true;
    if (learnt_ == unlimited_rate) return false;
    // However low the refusals have brought the rate: the server takes calls again.
    learnt_ = std::max(learnt_, target_ / 2);
    grown_at_ = now;
    return update();
}

// Over a minute at least: sixty calls taken within a second by a server that allows sixty a minute
// are 60, not 3600.
double learnt_rate::accepted_per_minute() const noexcept {
    auto const busy = std::max(minute_ns, now_.busy_ns + before_.busy_ns);
    return static_cast<double>(now_.count + before_.count) * static_cast<double>(minute_ns) /
           static_cast<double>(busy);
}

// How fast we really called, for an account without a limit of its own. A few calls are no measure:
// half of next to nothing would stop the account.
double learnt_rate::pace() const noexcept {
    auto const busy = std::max(second_ns, now_.busy_ns + before_.busy_ns);
    return std::max(usual_limit, static_cast<double>(now_.count + before_.count) *
                                     static_cast<double>(minute_ns) / static_cast<double>(busy));
}

// Enough to notice soon that the server takes calls again: a hundredth of what is configured, at
// least one call in ten minutes, at most one a minute.
double learnt_rate::lowest() const noexcept {
    return std::min(configured_, std::clamp(configured_ / 100, 0.1, 1.0));
}

void learnt_rate::lower_to(double rate, double target, double ceiling, steady_time from) noexcept {
    learnt_ = std::max(lowest(), rate);
    target_ = std::max(learnt_, target);
    ceiling_ = std::max(ceiling, target_);
    grown_at_ = from;
    proven_ = false;
}

bool learnt_rate::too_fast(steady_time now, steady_time begun, milliseconds wait) noexcept {
    note_time(now);
    if (begun <= lowered_at_) return false;
    lowered_at_ = now;
    auto const proven_by = std::exchange(since_lowered_, 0);
    auto const rate = effective_ == unlimited_rate ? pace() : effective_;
    // Nothing was accepted since the last lesson: the server takes nothing now, which is no word
    // about the rate. It calls more seldom, and what it knew before of the limit stands.
    bool const in_series = is_lowered() && !proven_;
    if (wait > 0ms) {
        auto const again =
            told_at_ != steady_time::min() && now - told_at_ < std::chrono::minutes{2};
        told_at_ = now + wait;
        if (again) {
            // One that hardly held is far too much: halved. Below one call a wait nothing is
            // gained, since the wait itself is obeyed.
            auto const once_a_wait =
                std::min(60'000.0 / static_cast<double>(wait.count()), 0.95 * rate);
            auto const lower = proven_by < held ? std::max(rate / 2, once_a_wait) : 0.95 * rate;
            if (in_series)
                lower_to(lower, target_, ceiling_, now + wait);
            else
                lower_to(lower, lower, rate, now + wait);
        }
        return update();
    }
    auto const taken = accepted_per_minute();
    // While the server took something a minute ago, ask every ten seconds whether it does again. A
    // rate below what it took is refused for what came before (its minute is used up), and says
    // nothing about the next.
    auto const least = std::min(taken / 2, 6.0);
    auto const target = taken > rate ? 0.97 * taken : std::min(0.97 * taken, 0.95 * rate);
    auto const lower = std::min(rate, std::max(rate / 2, least));
    if (in_series)
        lower_to(lower, target_, std::min(ceiling_, rate), now);
    else
        lower_to(lower, target, rate, now);
    return update();
}

bool learnt_rate::grow(steady_time now) noexcept {
    if (learnt_ == unlimited_rate || !proven_ || now <= grown_at_) return false;
    // Only time in which calls were made: a rate that nobody used proved nothing.
    auto const longest = std::max<double>(10, 2 * 60 / effective_);
    auto const elapsed =
        std::min(longest, static_cast<double>(ns_between(grown_at_, now)) / second_ns);
    grown_at_ = now;
    // Without a limit of its own an account forgets what it learnt once twice that rate has been
    // fine.
    auto const enough = configured_ == unlimited_rate ? 2 * ceiling_ : configured_;
    if (learnt_ < target_) {
        learnt_ = std::min(target_, learnt_ + target_ / 2 / quick_way_s * elapsed);
    } else if (learnt_ < disproved * ceiling_ && ceiling_ > enough / 50) {
        auto const share = learnt_ < 0.9 * ceiling_ ? blind_growth : slow_growth;
        learnt_ += share * ceiling_ / 60 * elapsed;
    } else {
        // The further away, the faster; but each doubling is first tried by a call.
        auto const times = std::pow(enough / ceiling_, elapsed / 60 / way_back_min);
        learnt_ *= std::clamp(times, 1.0, 2.0);
    }
    if (learnt_ >= enough || learnt_ >= said_) learnt_ = unlimited_rate;
    return update();
}

learnt_limits learnt_rate::save() const noexcept {
    learnt_limits out;
    if (learnt_ != unlimited_rate) {
        out.learnt = learnt_;
        out.target = target_;
        out.ceiling = ceiling_;
    }
    if (said_ != unlimited_rate) out.said = said_;
    return out;
}

void learnt_rate::load(learnt_limits const& saved, steady_time now) noexcept {
    said_ = is_rate(saved.said) ? saved.said : unlimited_rate;
    said_at_ = now;
    learnt_ = unlimited_rate;
    if (is_rate(saved.learnt) && saved.learnt < configured_) {
        auto const ceiling = is_rate(saved.ceiling) ? saved.ceiling : saved.learnt;
        auto const target = is_rate(saved.target) ? std::min(saved.target, ceiling) : 0;
        lower_to(saved.learnt, target, ceiling, now);
    }
    update();
}

}  // namespace setclick::delivery
