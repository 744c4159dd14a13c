// Whether rows that are written again and again drift from page to page.
//
// Where former versions of a row are taken away, its next one fits on the page where it was. While an old transaction is open
// somewhere in the database nothing can be taken away: the pages fill, and after some seventy writes a row lies on the next one.
// Pure.
#pragma once

#include <cstdint>

namespace setclick::ledger::postgres {

class row_drift {
public:
    /// Of so many writes at a time is counted how many went to another page.
    static constexpr std::uint32_t window = 1024;
    /// So many are a drift: one page in 128 writes, where rows are as small as ours.
    static constexpr std::uint32_t begins_at = 8;
    /// Fewer than so many are none any more.
    static constexpr std::uint32_t ends_below = 3;

    void wrote(bool on_another_page) noexcept {
        ++writes_;
        if (on_another_page && ++moves_ >= begins_at) drifts_ = true;
        if (writes_ < window) return;
        if (moves_ < ends_below) drifts_ = false;
        writes_ = moves_ = 0;
    }
    bool drifts() const noexcept { return drifts_; }

private:
    std::uint32_t writes_ = 0;
    std::uint32_t moves_ = 0;
    bool drifts_ = false;
};

}  // namespace setclick::ledger::postgres
