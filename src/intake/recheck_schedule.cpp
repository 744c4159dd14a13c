#include "recheck_schedule.hpp"

#include <algorithm>
#include <utility>

namespace setclick::intake {

void recheck_schedule::add(filed file, steady_time now) {
    // The one that has waited longest has been looked at most often.
    for (auto row = rows_.rbegin(); size_ >= most && row != rows_.rend(); ++row)
        if (!row->empty()) {
            row->pop_front();
            --size_;
        }
    rows_.front().push_back({std::move(file), now + delays.front()});
    ++size_;
}

std::optional<filed> recheck_schedule::due(steady_time now) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& row = rows_[i];
        if (row.empty() || row.front().at > now) continue;
        auto file = std::move(row.front().file);
        row.pop_front();
        --size_;
        if (i + 1 < rows_.size()) {
            rows_[i + 1].push_back({file, now + delays[i + 1] - delays[i]});
            ++size_;
        }
        return file;
    }
    return std::nullopt;
}

steady_time recheck_schedule::next() const noexcept {
    auto next = never;
    for (auto const& row : rows_)
        if (!row.empty()) next = std::min(next, row.front().at);
    return next;
}

}  // namespace setclick::intake
