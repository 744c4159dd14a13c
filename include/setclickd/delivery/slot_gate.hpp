// The endpoint's common rate where several nodes share it: slots, leased in blocks from one row of the ledger.
//
// The row keeps a point in time by the server's clock (GCRA's arrival time). A node takes k slots: the row goes
// on by k intervals, slot i belongs to the moment v + i * T, v being the row's time or the server's now,
// whichever is later. The node maps the server's time by the moment at which the answer came: late, by at most
// the round trip, never early. A slot may be used from `early` before its moment until `late` after it (the
// round trip taken off), then it is lost; what was taken is never given back, and a dead node's lapse.
//     with a burst   early + late = (burst - 1) * T: any window W holds at most W / T + burst
//     else           early = 0, calls of a block are T apart, and the row goes on by `late` after each block,
//                    which loses 2 to 5 % of the rate
// How many slots a node asks for follows from what it used: a block that was used up doubles the next one (up to a second's worth),
// one of which slots lapsed makes the next one as small as what was used. Else a node with little to send would take half of the rate
// from one with much.
// Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

/// What the ledger answered.
struct slot_block {
    std::int64_t first_us = 0;  ///< the first slot's moment, by the server's clock
    std::int64_t now_us = 0;    ///< the server's clock then
    int count = 0;
};

class slot_gate {
public:
    slot_gate() = default;  ///< off
    slot_gate(double per_minute, int burst);

    bool is_on() const noexcept { return interval_ > nanoseconds{0}; }
    /// Calls that may be made now; without end where it is off.
    int room(steady_time now) const noexcept;
    /// When the next one may be; `never` while there is no slot.
    steady_time next(steady_time now) const noexcept;
    void pass(steady_time now) noexcept;

    /// How many slots are worth asking for, where somebody wants to call; 0: enough for now, or asked already.
    int wish(steady_time now) const noexcept;
    /// By how much the row goes on for so many, in microseconds.
    std::int64_t step_us(int count) const noexcept;
    void asked() noexcept { is_asking_ = true; }
    void got(slot_block const& block, steady_time asked, steady_time now);
    void failed() noexcept { is_asking_ = false; }

private:
    using nanoseconds = std::chrono::nanoseconds;
    struct slot {
        steady_time from{};
        steady_time until{};
    };
    bool is_spaced() const noexcept { return early_ == nanoseconds{0}; }
    nanoseconds late_for(int count) const noexcept;
    int most() const noexcept;
    int block(steady_time now) const noexcept;
    void drop_lapsed(steady_time now) noexcept;

    nanoseconds interval_{0};
    nanoseconds early_{0};
    nanoseconds late_{0};  ///< with a burst
    std::deque<slot> slots_;
    int given_ = 0;   ///< of the last block; 0 before the first
    int lapsed_ = 0;  ///< and dropped since it came
    steady_time last_call_ = steady_time::min();
    bool is_asking_ = false;
};

}  // namespace setclick::delivery
