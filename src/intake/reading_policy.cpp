#include "reading_policy.hpp"

namespace setclick::intake {

bool reading_policy::may_read_on(steady_time now, bool new_in_call, bool under_way) const noexcept {
    return !stands_back(now, new_in_call, under_way) ||
           calls_without_turn_ >= most_calls_without_turn;
}

void reading_policy::call_made(steady_time now, bool new_in_call, bool under_way) noexcept {
    bool const back = stands_back(now, new_in_call, under_way);
    if (may_read_on(now, new_in_call, under_way)) calls_without_turn_ = 0;
    if (back) ++calls_without_turn_;
}

chunk_limits reading_policy::limits(steady_time now, std::size_t accounts) const noexcept {
    return new_files_come(now) ? beside_new_files : portion(accounts);
}

}  // namespace setclick::intake
