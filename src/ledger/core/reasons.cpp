#include "setclickd/ledger/reasons.hpp"

#include <algorithm>

namespace setclick::ledger {

void reason_counts::add(std::string_view reason, std::uint64_t count) {
    if (auto const known = counts_.find(reason); known != counts_.end())
        known->second += count;
    else if (counts_.size() < most_distinct)
        counts_.emplace(reason, count);
}

std::vector<std::pair<std::string, std::uint64_t>> reason_counts::top(std::size_t limit) const {
    std::vector<std::pair<std::string, std::uint64_t>> out(counts_.begin(), counts_.end());
    std::stable_sort(out.begin(), out.end(),
                     [](auto const& a, auto const& b) { return a.second > b.second; });
    if (out.size() > limit) out.resize(limit);
    return out;
}

reasons_walk::reasons_walk(reader& from, file_info const& file)
    : from_(&from),
      file_(file.no),
      refused_left_(file.refused > 0),
      rejected_left_(file.rejected > 0) {}

result<bool> reasons_walk::turn() {
    if (refused_left_) {
        auto const more = from_->count_refused(file_, after_line_, page_size, refused_);
        if (!more) return more.error();
        refused_left_ = *more;
    } else if (rejected_left_) {
        auto const more = from_->count_rejected(file_, after_event_, page_size, rejected_);
        if (!more) return more.error();
        rejected_left_ = *more;
    }
    return !refused_left_ && !rejected_left_;
}

}  // namespace setclick::ledger
