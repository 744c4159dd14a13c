// The last events of an account that were refused as faulty, with none accepted between: a mass of
// them is the fault of whoever made them all, and asks a person before more are refused.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "setclickd/base/ids.hpp"

namespace setclick::delivery {

class rejections {
public:
    /// Different events; false when it was there already (the same event refused again after a
    /// crash).
    bool add(event_no event) {
        if (std::find(events_.begin(), events_.end(), event) != events_.end()) return false;
        events_.push_back(event);
        return true;
    }
    bool empty() const noexcept { return events_.empty(); }
    std::size_t size() const noexcept { return events_.size(); }
    std::vector<event_no> const& events() const noexcept { return events_; }
    void clear() noexcept { events_.clear(); }
    std::vector<event_no> take() { return std::exchange(events_, {}); }

private:
    std::vector<event_no> events_;  ///< as many as make an account suspect, 20, at most
};

}  // namespace setclick::delivery
