#include "recheck_schedule.hpp"

#include <algorithm>
#include <utility>

namespace setclick::intake {

bool recheck_schedule::is_last(entry const& e) const {
    auto const found = last_filing_.find(e.file.inode);
    return found != last_filing_.end() && found->second.serial == e.filing;
}

void recheck_schedule::forget(entry const& e) {
    if (is_last(e)) last_filing_.erase(e.file.inode);
    --size_;
}

void recheck_schedule::add(filed file, steady_time now) {
    auto const known = last_filing_.find(file.inode);
    if (known != last_filing_.end() && file.no < known->second.no) return;
    // The one that has waited longest has been looked at most often.
    for (auto row = rows_.rbegin(); size_ >= most && row != rows_.rend(); ++row)
        if (!row->empty()) {
            forget(row->front());
            row->pop_front();
        }
    last_filing_[file.inode] = {++filings_, file.no};
    rows_.front().push_back({std::move(file), now + delays.front(), filings_});
    ++size_;
}

std::optional<filed> recheck_schedule::due(steady_time now) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto& row = rows_[i];
        while (!row.empty() && row.front().at <= now) {
            auto e = std::move(row.front());
            row.pop_front();
            if (!is_last(e)) {
                forget(e);
                continue;
            }
            if (i + 1 == rows_.size()) {
                forget(e);
                return std::move(e.file);
            }
            auto file = e.file;
            e.at = now + delays[i + 1] - delays[i];
            rows_[i + 1].push_back(std::move(e));
            return file;
        }
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
