// The ledger's broom. It counts in days of the ledger's own age, so that a clock that jumps prunes
// nothing.
#include <algorithm>

#include "pruner.hpp"

namespace setclick::ledger {
namespace {

constexpr std::int64_t packs_a_slice = 12;
constexpr std::size_t identity_blocks_a_slice = 6;
/// Looked at for contents that are still there; only their heads are read.
constexpr std::int64_t packs_looked_at = 400;
/// The daemon was down for longer: nobody knows whether the clock or the calendar moved.
constexpr std::int64_t longest_downtime_ms = 7 * day_ms;

bool is_final(event_state s) noexcept {
    return s == event_state::delivered || s == event_state::rejected || s == event_state::discarded;
}

}  // namespace

pruner::pruner(connection& db)
    : packs_(db,
             "SELECT first, count, file, ifnull((SELECT state FROM file WHERE no = file), 3) FROM "
             "pack WHERE first >= ? AND first < ? ORDER BY first LIMIT ?"),
      drop_pack_(db, "DELETE FROM pack WHERE first = ?"),
      drop_attempts_(db, "DELETE FROM attempt WHERE event BETWEEN ? AND ?"),
      bodies_(db,
              "SELECT first, count, lengths GLOB '*[1-9]*' FROM pack WHERE first >= ? AND first < "
              "? ORDER BY first LIMIT ?"),
      names_(db,
             "SELECT no, name, inode, state, finished_at, done_day, done_name FROM file WHERE no > "
             "? ORDER BY no LIMIT ?"),
      expire_(db, "UPDATE file SET done_name = '/' || done_name WHERE no = ?"),
      // Its name refers to a file in done/ for as long as that is there.
      files_(db,
             "SELECT no, state = 3 AND done_day <= ? AND (? = 0 OR done_name = '/') AND NOT EXISTS "
             "(SELECT 1 FROM pack WHERE pack.file = file.no) FROM file WHERE no > ? ORDER BY no "
             "LIMIT ?"),
      drop_refused_(db,
                    "DELETE FROM refused WHERE file = ?1 AND line <= (SELECT max(line) FROM "
                    "(SELECT line FROM refused WHERE file = ?1 ORDER BY line LIMIT ?2))"),
      drop_duplicates_(db,
                       "DELETE FROM duplicate WHERE file = ?1 AND line <= (SELECT max(line) FROM "
                       "(SELECT line FROM duplicate WHERE file = ?1 ORDER BY line LIMIT ?2))"),
      drop_file_(db, "DELETE FROM file WHERE no = ?") {}

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

std::uint64_t pruner::bound(sqlite_store& ledger, account_no account, std::int64_t days) {
    auto const it = bounds_.find(account);
    if (it != bounds_.end()) return it->second;
    return bounds_.emplace(account, ledger.older_than(account, days)).first->second;
}

prune_slice pruner::slice(sqlite_store& ledger, std::int64_t now) {
    prune_slice out;
    switch (stage_) {
        case stage::receipts:
            receipts(ledger, now, out);
            break;
        case stage::bodies:
            bodies(ledger, out);
            break;
        case stage::expiry:
            expiry(out);
            break;
        case stage::files:
            files(ledger, out);
            break;
        case stage::identities:
            identities(ledger, out);
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

std::optional<pruner::stretch> pruner::next_stretch(sqlite_store& ledger, std::uint32_t days) {
    auto const account = std::max(event_no{next_event_}.account(), account_no{1});
    if (days == 0 || static_cast<std::size_t>(account) > ledger.t_->accounts.all().size())
        return std::nullopt;
    next_event_ = std::max(next_event_, event_no::of(account, 1).value);
    return stretch{next_event_, bound(ledger, account, days)};
}

void pruner::next_account() noexcept {
    auto const account = static_cast<std::uint32_t>(event_no{next_event_}.account());
    next_event_ = event_no::of(account_no{account + 1}, 0).value;
}

void pruner::receipts(sqlite_store& ledger, std::int64_t now, prune_slice& out) {
    auto const part = next_stretch(ledger, keep_.receipt_days);
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
            if (last < end && file_done && all_final(ledger, first, last))
                old.push_back({first, last});
        }
    }
    for (auto const& p : old) {
        forget_times(ledger, p.first, p.last, now);
        drop_pack_.run(p.first);
        drop_attempts_.run(p.first, p.last);
        out.events += p.last - p.first + 1;
    }
    if (!old.empty()) ledger.t_->packs.forget();
    if (seen < packs_a_slice) next_account();
}

/// What was delivered is not needed again: its personal data goes, everything else about it stays.
void pruner::bodies(sqlite_store& ledger, prune_slice& out) {
    auto const part = next_stretch(ledger, keep_.body_days);
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
        out.bodies += ledger.t_->packs.drop_records(first, [&, last = end](std::uint64_t id) {
            return id < last && ledger.t_->spans.find(id).state_of(id) == event_state::delivered;
        });
    if (seen < packs_looked_at) next_account();
}

bool pruner::all_final(sqlite_store& ledger, std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last;) {
        auto const& span = ledger.t_->spans.find(id);
        if (!is_final(span.is.state)) return false;
        id = span.last + 1;
    }
    return true;
}

/// States stay for ever, in spans without times and reasons, which merge.
void pruner::forget_times(sqlite_store& ledger, std::uint64_t first, std::uint64_t last,
                          std::int64_t now) {
    for (auto id = first; id <= last;) {
        auto const& span = ledger.t_->spans.find(id);
        auto const end = std::min(last, span.last);
        span_state bare;
        bare.state = span.is.state;
        if (span.is != bare) ledger.t_->spans.carve(id, end, bare.state, bare, now);
        id = end + 1;
    }
}

void pruner::identities(sqlite_store& ledger, prune_slice& out) {
    auto const days = static_cast<std::int64_t>(days_kept(ledger.options_.identity_window));
    if (days == 0 || day_ < days) {
        end_stage();
        return;
    }
    auto const keep = [&](identity_entry const& e) {
        auto const account = event_no{e.event}.account();
        if (e.event >= bound(ledger, account, days)) return true;
        return !is_final(ledger.t_->spans.find(e.event).state_of(e.event));
    };
    next_identity_ =
        ledger.t_->identities.sweep(next_identity_, identity_blocks_a_slice, keep, out.identities);
    if (next_identity_.empty()) end_stage();
}

/// The age grows by what the steady clock says while the daemon runs, and by a plausible downtime.
void sqlite_store::grow_older(wall_time now, milliseconds elapsed) {
    auto const seen_at = meta("age_seen_at");
    auto grown = elapsed.count();
    if (grown == 0 && !age_seen_) {
        auto const downtime = to_ms(now) - seen_at;
        if (seen_at != 0 && downtime > 0 && downtime <= longest_downtime_ms) grown = downtime;
    }
    age_ms_ += std::max<std::int64_t>(grown, 0);
    bool const first = !std::exchange(age_seen_, true);
    // Once a minute is exact enough for days.
    if (!first && age_ms_ - meta("age_ms") < 60'000) return;
    set_meta("age_ms", age_ms_);
    set_meta("age_seen_at", to_ms(now));
}

result<prune_slice> sqlite_store::prune(retention const& keep, wall_time now,
                                        milliseconds elapsed) {
    auto const before = age_ms_;
    auto done = change(purpose::grow, "ledger.prune", [&] {
        grow_older(now, elapsed);
        if (!pruner_) pruner_ = std::make_unique<pruner>(db_);
        pruner_->begin(today(), keep);
        return pruner_->slice(*this, to_ms(now));
    });
    // What was swept in a transaction that failed is swept again.
    if (!done) {
        age_ms_ = before;
        pruner_.reset();
    }
    return done;
}

}  // namespace setclick::ledger
