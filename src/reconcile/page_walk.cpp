#include "setclickd/reconcile/page_walk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "setclickd/base/text.hpp"

namespace setclick::reconcile {

page_walk::page_walk(walk_limits const& limits) : limits_(limits) {}

bool page_walk::remember(std::string const& id) {
    auto const [at, is_new] = known_.insert(id);
    if (!is_new) return false;
    order_.push_back(&*at);
    if (order_.size() > limits_.remembered) {
        auto const* const oldest = order_.front();
        order_.pop_front();
        known_.erase(known_.find(*oldest));
    }
    return true;
}

result<bool> page_walk::take(api::report_page page, std::vector<api::report_row>& fresh) {
    fresh.clear();
    ++pages_;
    auto const received = page.rows.size();
    if (received == 0) {
        // Where a known row should stand there is nothing: the list has become shorter.
        if (overlapped_ && may_step_back()) return step_back();
        certain_ = certain_ && !overlapped_;
        return true;
    }
    widest_ = std::max(widest_, received);
    bool const meets =
        std::any_of(page.rows.begin(), page.rows.end(),
                    [&](api::report_row const& row) { return known_.contains(row.id); });
    if (overlapped_ && !meets) {
        // Its rows are given out when the walk comes by again: after those in between.
        if (may_step_back()) return step_back();
        certain_ = false;
    }
    // Back at the beginning, and still nothing that is known: the list is another one.
    if (steps_back_ > 0 && !meets) certain_ = false;
    steps_back_ = 0;
    for (auto& row : page.rows)
        if (remember(row.id))
            fresh.push_back(std::move(row));
        else
            ++repeated_;
    rows_ += fresh.size();
    stale_ = fresh.empty() ? stale_ + 1 : 0;
    if (fresh.empty() && received < widest_) return true;
    return go_on(received);
}

result<bool> page_walk::step_back() {
    ++steps_back_;
    // Where rows vanish once they will again: from now on a larger part of each page is known
    // already.
    overlap_ = std::clamp<std::size_t>(overlap_ * 8, 1, std::max<std::size_t>(1, widest_ / 2));
    auto const back = steps_back_ == 1 ? overlap_ : widest_;
    skip_ -= std::min<std::uint64_t>(skip_, back);
    overlapped_ = skip_ > 0;
    return in_bounds();
}

result<bool> page_walk::go_on(std::size_t received) {
    auto const kept = std::min(overlap_, received - 1);
    skip_ += received - kept;
    overlapped_ = kept > 0;
    return in_bounds();
}

result<bool> page_walk::in_bounds() const {
    if (stale_ > limits_.most_stale)
        return fail(
            errc::invalid_data,
            fmt::format("the report repeats itself: {} pages without a new row, the last up "
                        "to skip={}; the server ignores skip, or rows arrive faster than "
                        "they are read",
                        stale_, skip_));
    if (pages_ >= limits_.most_pages)
        return fail(
            errc::invalid_data,
            fmt::format("the report has no end: given up after {} pages and {} rows; ask for "
                        "a shorter date range",
                        grouped(pages_), grouped(rows_)));
    return false;
}

}  // namespace setclick::reconcile
