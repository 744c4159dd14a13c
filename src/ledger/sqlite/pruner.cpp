#include "pruner.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace setclick::ledger {
namespace {

constexpr std::int64_t packs_a_slice = 12;
constexpr std::size_t identity_blocks_a_slice = 6;
/// Looked at for contents that are still there; only their heads are read.
constexpr std::int64_t packs_looked_at = 400;
constexpr std::int64_t lines_a_slice = 500;
constexpr std::int64_t files_a_slice = 1000;
constexpr std::size_t expired_a_slice = 64;

}  // namespace

pruner::pruner(tables& t, milliseconds window)
    : t_(t),
      window_(window),
      packs_(t.db,
             "SELECT first, count, file, ifnull((SELECT state FROM file WHERE no = file), 3) FROM "
             "pack WHERE first >= ? AND first < ? ORDER BY first LIMIT ?"),
      drop_pack_(t.db, "DELETE FROM pack WHERE first = ?"),
      drop_attempts_(t.db, "DELETE FROM attempt WHERE event BETWEEN ? AND ?"),
      bodies_(t.db,
              "SELECT first, count, lengths GLOB '*[1-9]*' FROM pack WHERE first >= ? AND first < "
              "? ORDER BY first LIMIT ?"),
      names_(t.db,
             "SELECT no, name, inode, state, finished_at, done_day, done_name, offset FROM file "
             "WHERE no > "
             "? ORDER BY no LIMIT ?"),
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

void pruner::begin(std::int64_t today, retention const& keep) {
    if (today == day_ && keep == keep_) return;
    day_ = today;
    keep_ = keep;
    stage_ = stage::receipts;
    next_event_ = 0;
    next_identity_.clear();
    after_file_ = 0;
    oldest_kept_.reset();
    bounds_.clear();
}

std::uint64_t pruner::bound(account_no account, std::int64_t days) {
    auto const it = bounds_.find(account);
    if (it != bounds_.end()) return it->second;
    return bounds_.emplace(account, t_.older_than(account, days)).first->second;
}

prune_slice pruner::slice(std::int64_t now) {
    prune_slice out;
    switch (stage_) {
        case stage::receipts:
            receipts(now, out);
            break;
        case stage::bodies:
            bodies(out);
            break;
        case stage::expiry:
            expiry(out);
            break;
        case stage::files:
            files(out);
            break;
        case stage::identities:
            identities(out);
            break;
        case stage::done:
            break;
    }
    out.more = stage_ != stage::done;
    return out;
}

void pruner::end_stage() {
    stage_ = static_cast<stage>(static_cast<int>(stage_) + 1);
    bounds_.clear();
    next_event_ = 0;
    after_file_ = 0;
}

std::optional<pruner::stretch> pruner::next_stretch(std::uint32_t days) {
    auto const account = std::max(event_no{next_event_}.account(), account_no{1});
    if (days == 0 || static_cast<std::size_t>(account) > t_.accounts.all().size())
        return std::nullopt;
    next_event_ = std::max(next_event_, event_no::of(account, 1).value);
    return stretch{next_event_, bound(account, days)};
}

void pruner::next_account() noexcept {
    auto const account = static_cast<std::uint32_t>(event_no{next_event_}.account());
    next_event_ = event_no::of(account_no{account + 1}, 0).value;
}

void pruner::receipts(std::int64_t now, prune_slice& out) {
    auto const part = next_stretch(keep_.receipt_days);
    if (!part) return end_stage();
    auto const [from, end] = *part;
    struct pack {
        std::uint64_t first;
        std::uint64_t last;
    };
    std::vector<pack> old;
    std::int64_t seen = 0;
    {
        auto rows = packs_.rows(from, end, packs_a_slice);
        while (rows.next()) {
            ++seen;
            auto const first = rows.number(0);
            auto const last = first + rows.number(1) - 1;
            next_event_ = last + 1;
            bool const file_done = rows.integer(3) == static_cast<int>(file_state::done);
            if (last < end && file_done && all_final(first, last)) old.push_back({first, last});
        }
    }
    for (auto const& p : old) {
        forget_times(p.first, p.last, now);
        drop_pack_.run(p.first);
        drop_attempts_.run(p.first, p.last);
        out.events += p.last - p.first + 1;
    }
    if (!old.empty()) t_.packs.forget();
    if (seen < packs_a_slice) next_account();
}

/// What was delivered is not needed again: its personal data goes, everything else about it stays.
void pruner::bodies(prune_slice& out) {
    auto const part = next_stretch(keep_.body_days);
    if (!part) return end_stage();
    auto const [from, end] = *part;
    std::vector<std::uint64_t> with_contents;
    std::int64_t seen = 0;
    {
        auto rows = bodies_.rows(from, end, packs_looked_at);
        while (with_contents.size() < packs_a_slice && rows.next()) {
            ++seen;
            next_event_ = rows.number(0) + rows.number(1);
            if (rows.integer(2) != 0) with_contents.push_back(rows.number(0));
        }
        if (with_contents.size() == packs_a_slice) seen = packs_looked_at;
    }
    for (auto const first : with_contents)
        out.bodies += t_.packs.drop_records(first, [&, last = end](std::uint64_t id) {
            return id < last && t_.spans.find(id).state_of(id) == event_state::delivered;
        });
    if (seen < packs_looked_at) next_account();
}

bool pruner::all_final(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last;) {
        auto const& span = t_.spans.find(id);
        if (!is_final(span.is.state)) return false;
        id = span.last + 1;
    }
    return true;
}

/// States stay for ever, in spans without times and reasons, which merge.
void pruner::forget_times(std::uint64_t first, std::uint64_t last, std::int64_t now) {
    for (auto id = first; id <= last;) {
        auto const& span = t_.spans.find(id);
        auto const end = std::min(last, span.last);
        span_state bare;
        bare.state = span.is.state;
        if (span.is != bare) t_.spans.carve(id, end, bare.state, bare, now);
        id = end + 1;
    }
}

void pruner::identities(prune_slice& out) {
    auto const days = static_cast<std::int64_t>(days_kept(window_));
    if (days == 0 || day_ < days) {
        end_stage();
        return;
    }
    auto const keep = [&](identity_entry const& e) {
        auto const account = event_no{e.event}.account();
        if (e.event >= bound(account, days)) return true;
        return !is_final(t_.spans.find(e.event).state_of(e.event));
    };
    next_identity_ =
        t_.identities.sweep(next_identity_, identity_blocks_a_slice, keep, out.identities);
    if (next_identity_.empty()) end_stage();
}

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
                                   std::string(done_name), rows.number(2), rows.number(7)});
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
void pruner::files(prune_slice& out) {
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

}  // namespace setclick::ledger
