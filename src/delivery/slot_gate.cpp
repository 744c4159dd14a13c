#include "setclickd/delivery/slot_gate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace setclick::delivery {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds least_late = milliseconds{50};
constexpr nanoseconds most_late = std::chrono::seconds{1};
/// Less is not worth a burst: the round trip would use it up.
constexpr nanoseconds least_burst = milliseconds{200};
constexpr int most_in_a_block = 256;
/// Of the largest block, what a node asks for that has had none yet.
constexpr int first_part = 4;
constexpr nanoseconds longest_interval = std::chrono::hours{24};

}  // namespace

slot_gate::slot_gate(double per_minute, int burst) {
    if (!(per_minute > 0)) return;
    auto const exact = std::ceil(60e9 / per_minute);
    interval_ = exact < static_cast<double>(longest_interval.count())
                    ? nanoseconds{static_cast<std::int64_t>(exact)}
                    : longest_interval;
    // Whole microseconds: the row counts these.
    interval_ = std::chrono::ceil<std::chrono::microseconds>(interval_);
    auto const tolerance = interval_ * (std::clamp(burst, 1, 1'000'000) - 1);
    if (tolerance < least_burst) return;
    late_ = std::min<nanoseconds>(tolerance / 2, most_late);
    early_ = tolerance - late_;
}

nanoseconds slot_gate::late_for(int count) const noexcept {
    if (!is_spaced()) return late_;
    return std::clamp<nanoseconds>(interval_ * count / 20, least_late, most_late);
}

int slot_gate::most() const noexcept {
    auto const a_second = nanoseconds{std::chrono::seconds{1}} / interval_;
    return static_cast<int>(std::clamp<std::int64_t>(a_second, 1, most_in_a_block));
}

int slot_gate::block(steady_time now) const noexcept {
    if (given_ == 0) return std::max(1, most() / first_part);
    auto const lapsed =
        lapsed_ + std::ranges::count_if(slots_, [now](slot const& s) { return s.until < now; });
    if (lapsed == 0) return std::min(most(), given_ * 2);
    return static_cast<int>(std::max<std::int64_t>(1, given_ - lapsed));
}

void slot_gate::drop_lapsed(steady_time now) noexcept {
    for (; !slots_.empty() && slots_.front().until < now; ++lapsed_)
        slots_.pop_front();
}

std::int64_t slot_gate::step_us(int count) const noexcept {
    auto const gap = is_spaced() ? late_for(count) : nanoseconds{0};
    return std::chrono::ceil<std::chrono::microseconds>(interval_ * count + gap).count();
}

int slot_gate::room(steady_time now) const noexcept {
    if (!is_on()) return std::numeric_limits<int>::max();
    if (is_spaced() && last_call_ != steady_time::min() && now < last_call_ + interval_) return 0;
    int out = 0;
    for (auto const& s : slots_) {
        if (s.from > now) break;
        if (s.until >= now) ++out;
    }
    return is_spaced() ? std::min(out, 1) : out;
}

steady_time slot_gate::next(steady_time now) const noexcept {
    if (!is_on()) return now;
    auto const from = is_spaced() && last_call_ != steady_time::min()
                          ? std::max(now, last_call_ + interval_)
                          : now;
    for (auto const& s : slots_)
        if (s.until >= from) return std::max(from, s.from);
    return never;
}

void slot_gate::pass(steady_time now) noexcept {
    if (!is_on()) return;
    drop_lapsed(now);
    if (!slots_.empty()) slots_.pop_front();
    last_call_ = now;
}

int slot_gate::wish(steady_time now) const noexcept {
    if (!is_on() || is_asking_) return 0;
    auto const good =
        std::ranges::count_if(slots_, [now](slot const& s) { return s.until >= now; });
    auto const wanted = block(now);
    // Half a block is left, or half a second's worth.
    return good * 2 > wanted ? 0 : wanted;
}

void slot_gate::got(slot_block const& block, steady_time asked, steady_time now) {
    is_asking_ = false;
    auto const round_trip = std::max(nanoseconds{0}, nanoseconds{now - asked});
    auto const late = late_for(block.count);
    drop_lapsed(now);
    given_ = block.count;
    lapsed_ = 0;
    if (round_trip >= late) return;  // nobody knows well enough when they were meant
    auto const first = now + std::chrono::microseconds{block.first_us - block.now_us};
    for (int i = 0; i < block.count; ++i) {
        auto const at = first + interval_ * i;
        slots_.push_back({at - early_, at + late - round_trip});
    }
}

}  // namespace setclick::delivery
