#include "file_pruner.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace setclick::ledger {
namespace {

constexpr std::uint64_t lines_a_slice = 500;
constexpr std::size_t files_a_slice = 1000;
constexpr std::size_t expired_a_slice = 64;

}  // namespace

void file_pruner::begin() noexcept {
    after_ = 0;
    oldest_kept_.reset();
}

/// Finished files whose time in done/ is over. What an earlier sweep named and nobody reported as
/// removed is named again.
bool file_pruner::expiry(std::int64_t today, retention const& keep, prune_slice& out) {
    if (keep.done_days == 0) return true;
    std::vector<file_no> marked;
    std::size_t seen = 0;
    auto const look = [&](file_rows::name const& file) {
        ++seen;
        after_ = static_cast<std::uint64_t>(file.no);
        auto done_name = file.done_name;
        auto const marks = std::min(done_name.find_first_not_of(removed_mark), done_name.size());
        done_name.remove_prefix(marks);
        if (marks == 1 && done_name.empty()) return true;
        bool const is_marked = marks == 1 || marks == 3;
        bool const is_old =
            file.state == file_state::done && file.done_day <= today - keep.done_days;
        if (!is_marked && !is_old) {
            if (file.finished_at != 0)
                oldest_kept_ = std::min(oldest_kept_.value_or(file.finished_at), file.finished_at);
            return true;
        }
        if (!is_marked) marked.push_back(file.no);
        out.expired.push_back({file.no, std::string(file.claimed), std::string(done_name),
                               marks < 2, file.inode, file.offset, std::string(file.reader_state)});
        return out.expired.size() < expired_a_slice;
    };
    t_.files.each_name(after_, files_a_slice, look);
    if (out.expired.size() == expired_a_slice) seen = files_a_slice;
    for (auto const no : marked)
        t_.files.expire(no);
    if (seen == files_a_slice) return false;
    out.oldest_kept = from_ms(oldest_kept_.value_or(std::numeric_limits<std::int64_t>::max()));
    return true;
}

/// A file goes after its records: its name is what they refer to.
bool file_pruner::files(std::int64_t today, retention const& keep, prune_slice& out) {
    if (keep.file_days == 0) return true;
    file_no no{};
    std::size_t seen = 0;
    auto const look = [&](file_no found, bool is_forgettable) {
        ++seen;
        if (is_forgettable)
            no = found;
        else
            after_ = static_cast<std::uint64_t>(found);
        return !is_forgettable;
    };
    t_.files.each_forgettable(today - keep.file_days, keep.done_days == 0, after_, files_a_slice,
                              look);
    if (no == file_no{}) return seen < files_a_slice;
    if (t_.lines.drop_refused(no, lines_a_slice) > 0) return false;
    if (t_.lines.drop_duplicates(no, lines_a_slice) > 0) return false;
    t_.files.erase(no);
    after_ = static_cast<std::uint64_t>(no);
    ++out.files;
    return false;
}

}  // namespace setclick::ledger
