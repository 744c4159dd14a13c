// When the answers that came are written down, and how many may wait for it.
//
// Answers are settled in groups: one transaction for all that came within `group_age`, or for
// `group_size` of them, or at once where nothing more is on its way. While one group is being
// settled the next one fills. At most `unsettled_limit` answers wait, in both groups together: so
// many are in doubt after a crash.
//
// Keeps true: `unsettled` is the sum of what was answered and is not durable. Pure; not thread-safe.
#pragma once

#include <cstddef>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

/// Answers that may wait to be settled; then sending pauses.
inline constexpr std::size_t unsettled_limit = 512;
/// Answers that make a group, whatever its age.
inline constexpr std::size_t group_size = 256;
/// A group is settled after this long, however small.
inline constexpr milliseconds group_age{10};

class settle_timing {
public:
    /// True with the first of a group: from now on there is something to wait for.
    bool answered(steady_time now) noexcept {
        ++filling_;
        if (since_ != never) return false;
        since_ = now;
        return true;
    }
    /// The group is handed to the ledger.
    void taken() noexcept {
        settling_ += filling_;
        filling_ = 0;
        since_ = never;
    }
    /// The ledger has made durable what it was given.
    void settled() noexcept { settling_ = 0; }

    bool may_send() const noexcept { return unsettled() < unsettled_limit; }
    std::size_t unsettled() const noexcept { return filling_ + settling_; }
    /// With the ledger, or not written for want of room.
    std::size_t settling() const noexcept { return settling_; }
    /// In the group that fills.
    std::size_t filling() const noexcept { return filling_; }
    bool is_full() const noexcept { return filling_ >= group_size; }
    /// When the group is due; `never` while it is empty. `nothing_else`: nothing is on the wire that
    /// could join it.
    steady_time due(bool nothing_else) const noexcept {
        if (filling_ == 0) return never;
        return is_full() || nothing_else ? steady_time::min() : since_ + group_age;
    }

private:
    std::size_t filling_ = 0;
    std::size_t settling_ = 0;
    steady_time since_ = never;
};

}  // namespace setclick::delivery
