// Whether the endpoint can be reached at all, and when a connection is tried next.
//
//   reached      connections may be opened, as many as there is work for
//   retrying     opening one failed while others are open: no more for a while, nothing is wrong
//   unreached    no connection is open and the last try failed: nothing is claimed, what is claimed
//                goes back to the ledger, and one connection at a time is tried, at growing
//                intervals
//
// Promises: several connections that fail together are one failure; a person or a reload makes the
// next try at once. Never: a clock, a socket. Pure; not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/time.hpp"
#include "setclickd/delivery/backoff.hpp"
#include "setclickd/delivery/random.hpp"

namespace setclick::delivery {

class reachability {
public:
    enum class state : std::uint8_t { reached, retrying, unreached };

    explicit reachability(std::uint64_t seed = 1) : random_(seed) {}

    /// A connection is open. True when the endpoint could not be reached before.
    bool opened() noexcept;
    /// One could not be opened; `others_open`: some connection is. True when the endpoint cannot be
    /// reached (any more, or still).
    bool open_failed(steady_time now, bool others_open, std::string_view why);
    /// Somebody knows better: the next try is not waited for.
    void try_now(steady_time now) noexcept { next_try_ = now; }

    state now_is() const noexcept { return state_; }
    bool is_unreached() const noexcept { return state_ == state::unreached; }
    /// From when on a connection may be opened; in the past where nothing is waited for.
    steady_time next_try() const noexcept { return next_try_; }
    /// Of `wanted` connections so many may be opened now.
    std::size_t may_open(steady_time now, std::size_t wanted) const noexcept;
    /// Of the last failure; empty while it can be reached.
    std::string const& why() const noexcept { return why_; }

private:
    static constexpr backoff_settings tries{250ms, std::chrono::seconds{30}, 2, 100ms};

    backoff backoff_{tries};
    random_source random_;
    state state_ = state::reached;
    int failures_ = 0;  // since one was opened
    steady_time next_try_{};
    std::string why_;
};

}  // namespace setclick::delivery
