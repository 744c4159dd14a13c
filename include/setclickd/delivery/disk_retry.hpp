// When the ledger is tried again that could not be written: its disk is full, or another program
// locks it.
//
// Full: what was answered is written from the ledger's reserve; where even that is full, once a second.
// Claims are tried again once a second, and only a claim that went through ends the state: settling
// may succeed from the reserve while there is no room. Locked: nothing can be written; everything is
// tried again once a second, and whatever goes through ends the state. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class disk_retry {
public:
    static constexpr milliseconds interval{1000};

    /// A write failed for want of room; `once_more`: it is tried again at once without its claims,
    /// from the reserve.
    void failed(steady_time now, bool once_more = false) noexcept {
        put_off_claims(state::full, now);
        next_ = once_more ? now : next_claim_;
    }
    /// `why` names who locks it.
    void locked(steady_time now, std::string why) noexcept {
        put_off_claims(state::locked, now);
        next_ = next_claim_;
        locked_why_ = std::move(why);
    }
    /// Something else than a claim could not be written: only that is tried again.
    void put_off(steady_time now) noexcept { next_ = now + interval; }
    /// A claim went through. True when nothing could be claimed before.
    bool claimed() noexcept { return std::exchange(state_, state::writable) != state::writable; }
    /// Anything went through. True when the ledger was locked before.
    bool wrote() noexcept { return state_ == state::locked && claimed(); }

    bool is_full() const noexcept { return state_ == state::full; }
    /// Empty while nobody locks it.
    std::string locked_why() const { return state_ == state::locked ? locked_why_ : std::string(); }
    /// From when on notes and answers that could not be written are tried again.
    steady_time next() const noexcept { return next_; }
    /// From when on claims are.
    steady_time next_claim() const noexcept {
        return state_ == state::writable ? steady_time::min() : next_claim_;
    }

private:
    enum class state : std::uint8_t { writable, full, locked };

    void put_off_claims(state why, steady_time now) noexcept {
        state_ = why;
        next_claim_ = now + interval;
    }

    state state_ = state::writable;
    std::string locked_why_;
    steady_time next_ = steady_time::min();
    steady_time next_claim_ = steady_time::min();
};

}  // namespace setclick::delivery
