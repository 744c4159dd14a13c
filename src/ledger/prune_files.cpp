// The broom's way through the files: what is past its time in done/, and what is known of files.
#include <algorithm>
#include <limits>

#include "pruner.hpp"

namespace setclick::ledger {
namespace {

constexpr std::int64_t lines_a_slice = 500;
constexpr std::int64_t files_a_slice = 1000;
constexpr std::size_t expired_a_slice = 64;

}  // namespace

/// Finished files whose time in done/ is over. What an earlier sweep named and nobody reported as
/// removed is named again.
void pruner::expiry(prune_slice& out) {
    if (keep_.done_days == 0) return end_stage();
    std::vector<std::uint64_t> marked;
    std::int64_t seen = 0;
    {
        auto rows = names_.rows(after_file_, files_a_slice);
        while (out.expired.size() < expired_a_slice && rows.next()) {
            ++seen;
            after_file_ = rows.number(0);
            auto done_name = rows.text(6);
            auto const marks =
                std::min(done_name.find_first_not_of(removed_mark), done_name.size());
            done_name.remove_prefix(marks);
            if (marks == 1 && done_name.empty()) continue;
            bool const is_marked = marks == 1 || marks == 3;
            bool const is_old = rows.integer(3) == static_cast<int>(file_state::done) &&
                                rows.integer(5) <= day_ - keep_.done_days;
            if (!is_marked && !is_old) {
                auto const finished = rows.integer(4);
                if (finished != 0)
                    oldest_kept_ = std::min(oldest_kept_.value_or(finished), finished);
                continue;
            }
            if (!is_marked) marked.push_back(after_file_);
            out.expired.push_back({static_cast<file_no>(after_file_), std::string(rows.text(1)),
                                   std::string(done_name), rows.number(2)});
        }
        if (out.expired.size() == expired_a_slice) seen = files_a_slice;
    }
    for (auto const no : marked)
        expire_.run(no);
    if (seen == files_a_slice) return;
    out.oldest_kept = from_ms(oldest_kept_.value_or(std::numeric_limits<std::int64_t>::max()));
    end_stage();
}

/// A file goes after its records: its name is what they refer to.
void pruner::files(sqlite_store&, prune_slice& out) {
    if (keep_.file_days == 0) return end_stage();
    std::uint64_t no = 0;
    std::int64_t seen = 0;
    {
        auto rows =
            files_.rows(day_ - keep_.file_days, keep_.done_days, after_file_, files_a_slice);
        while (no == 0 && rows.next()) {
            ++seen;
            if (rows.integer(1) != 0)
                no = rows.number(0);
            else
                after_file_ = rows.number(0);
        }
    }
    if (no == 0) {
        if (seen < files_a_slice) end_stage();
        return;
    }
    if (drop_refused_.run(no, lines_a_slice) > 0) return;
    if (drop_duplicates_.run(no, lines_a_slice) > 0) return;
    drop_file_.run(no);
    after_file_ = no;
    ++out.files;
}

result<void> sqlite_store::files_removed(std::span<file_no const> files) {
    auto const done = change(purpose::settle, "ledger.prune", [&] {
        for (auto const no : files)
            t_->files.removed(no);
        return true;
    });
    if (!done) return done.error();
    return {};
}

}  // namespace setclick::ledger
