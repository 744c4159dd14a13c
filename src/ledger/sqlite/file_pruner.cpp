#include "file_pruner.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace setclick::ledger {
namespace {

constexpr std::int64_t lines_a_slice = 500;
constexpr std::int64_t files_a_slice = 1000;
constexpr std::size_t expired_a_slice = 64;

}  // namespace

file_pruner::file_pruner(tables& t)
    : names_(
          t.db,
          "SELECT no, name, inode, state, finished_at, done_day, done_name, offset, reader_state "
          "FROM file WHERE no > ? ORDER BY no LIMIT ?"),
      expire_(t.db, "UPDATE file SET done_name = '/' || done_name WHERE no = ?"),
      // Its name refers to a file in done/ for as long as that is there.
      files_(t.db,
             "SELECT no, state = 3 AND done_day <= ? AND (? = 0 OR done_name = '/') AND NOT EXISTS "
             "(SELECT 1 FROM pack WHERE pack.file = file.no) FROM file WHERE no > ? ORDER BY no "
             "LIMIT ?"),
      drop_refused_(t.db,
                    "DELETE FROM refused WHERE file = ?1 AND line <= (SELECT max(line) FROM "
                    "(SELECT line FROM refused WHERE file = ?1 ORDER BY line LIMIT ?2))"),
      drop_duplicates_(t.db,
                       "DELETE FROM duplicate WHERE file = ?1 AND line <= (SELECT max(line) FROM "
                       "(SELECT line FROM duplicate WHERE file = ?1 ORDER BY line LIMIT ?2))"),
      drop_file_(t.db, "DELETE FROM file WHERE no = ?") {}

void file_pruner::begin() noexcept {
    after_ = 0;
    oldest_kept_.reset();
}

/// Finished files whose time in done/ is over. What an earlier sweep named and nobody reported as
/// removed is named again.
bool file_pruner::expiry(std::int64_t today, retention const& keep, prune_slice& out) {
    if (keep.done_days == 0) return true;
    std::vector<std::uint64_t> marked;
    std::int64_t seen = 0;
    {
        auto rows = names_.rows(after_, files_a_slice);
        while (out.expired.size() < expired_a_slice && rows.next()) {
            ++seen;
            after_ = rows.number(0);
            auto done_name = rows.text(6);
            auto const marks =
                std::min(done_name.find_first_not_of(removed_mark), done_name.size());
            done_name.remove_prefix(marks);
            if (marks == 1 && done_name.empty()) continue;
            bool const is_marked = marks == 1 || marks == 3;
            bool const is_old = rows.integer(3) == static_cast<int>(file_state::done) &&
                                rows.integer(5) <= today - keep.done_days;
            if (!is_marked && !is_old) {
                auto const finished = rows.integer(4);
                if (finished != 0)
                    oldest_kept_ = std::min(oldest_kept_.value_or(finished), finished);
                continue;
            }
            if (!is_marked) marked.push_back(after_);
            out.expired.push_back({static_cast<file_no>(after_), std::string(rows.text(1)),
                                   std::string(done_name), rows.number(2), rows.number(7),
                                   std::string(rows.text(8))});
        }
        if (out.expired.size() == expired_a_slice) seen = files_a_slice;
    }
    for (auto const no : marked)
        expire_.run(no);
    if (seen == files_a_slice) return false;
    out.oldest_kept = from_ms(oldest_kept_.value_or(std::numeric_limits<std::int64_t>::max()));
    return true;
}

/// A file goes after its records: its name is what they refer to.
bool file_pruner::files(std::int64_t today, retention const& keep, prune_slice& out) {
    if (keep.file_days == 0) return true;
    std::uint64_t no = 0;
    std::int64_t seen = 0;
    {
        auto rows = files_.rows(today - keep.file_days, keep.done_days, after_, files_a_slice);
        while (no == 0 && rows.next()) {
            ++seen;
            if (rows.integer(1) != 0)
                no = rows.number(0);
            else
                after_ = rows.number(0);
        }
    }
    if (no == 0) return seen < files_a_slice;
    if (drop_refused_.run(no, lines_a_slice) > 0) return false;
    if (drop_duplicates_.run(no, lines_a_slice) > 0) return false;
    drop_file_.run(no);
    after_ = no;
    ++out.files;
    return false;
}

}  // namespace setclick::ledger
