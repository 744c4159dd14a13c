// Through the pages of a report, to its end and no further, while rows come and go.
//
// The vendor's pages are a window (`skip`, `limit`) on a list that changes while it is read, and
// the limit asked for is not the one that is used. So: each page is asked for from a row that is
// known already, the last one or a few before it. Known rows at the page's start mean that nothing
// was missed, whatever came in before; none of them means that rows vanished, and the walk steps
// back. Rows are distinguished by their `_id`; each is given out once. The end: an empty page where a
// row could have stood, or a page that is shorter than another one was and holds nothing new.
// Promises: memory does not depend on the length of the report; no stream of pages is followed for
// ever.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "setclickd/api/report.hpp"

namespace setclick::reconcile {

struct walk_limits {
    std::uint64_t most_pages = 100'000;
    int most_stale = 20;      ///< pages without a new row, one after the other
    int most_steps_back = 5;  ///< one after the other; then it goes on, and is no longer certain
    std::size_t remembered = 50'000;  ///< the last so many `_id`s
};

class page_walk {
public:
    explicit page_walk(walk_limits const& limits = {});

    /// Where the next page begins.
    std::uint64_t skip() const noexcept { return skip_; }

    /// Takes the page asked for at skip(). Its new rows are moved to `fresh` (which is emptied
    /// first). True when it was the last one. `errc::invalid_data`: the stream has no end, or
    /// repeats itself.
    result<bool> take(api::report_page page, std::vector<api::report_row>& fresh);

    std::uint64_t pages() const noexcept { return pages_; }
    std::uint64_t rows() const noexcept { return rows_; }
    std::uint64_t repeated() const noexcept { return repeated_; }
    /// False when rows may have been missed: more moved between two pages than can be followed.
    bool is_certain() const noexcept { return certain_; }

private:
    /// Once rows were missed nothing is gained by looking again.
    bool may_step_back() const noexcept {
        return certain_ && steps_back_ < limits_.most_steps_back;
    }
    result<bool> step_back();
    result<bool> go_on(std::size_t received);
    result<bool> in_bounds() const;
    bool remember(std::string const& id);

    walk_limits limits_;
    std::uint64_t skip_ = 0;
    std::uint64_t pages_ = 0;
    std::uint64_t rows_ = 0;
    std::uint64_t repeated_ = 0;
    std::size_t widest_ = 0;   ///< the most rows that a page had
    std::size_t overlap_ = 1;  ///< known rows that the next page begins with
    bool overlapped_ = false;  ///< the page asked for begins with them
    int stale_ = 0;
    int steps_back_ = 0;
    bool certain_ = true;
    std::unordered_set<std::string> known_;
    std::deque<std::string const*> order_;  ///< of known_, oldest first
};

}  // namespace setclick::reconcile
