#include "pruner.hpp"

namespace setclick::ledger {

pruner::pruner(tables& t, milliseconds window)
    : t_(t), window_(window), ages_(t), events_(t), files_(t) {}

void pruner::begin(std::int64_t today, retention const& keep) {
    if (today == day_ && keep == keep_) return;
    day_ = today;
    keep_ = keep;
    stage_ = stage::receipts;
    ages_.forget();
    events_.begin();
    files_.begin();
    next_identity_.clear();
}

prune_slice pruner::slice(std::int64_t now) {
    prune_slice out;
    if (run(now, out)) end_stage();
    out.more = stage_ != stage::done;
    return out;
}

/// One slice of the present stage; true at its end.
bool pruner::run(std::int64_t now, prune_slice& out) {
    switch (stage_) {
        case stage::receipts:
            return events_.receipts(keep_.receipt_days, now, ages_, out);
        case stage::bodies:
            return events_.bodies(keep_.body_days, ages_, out);
        case stage::expiry:
            return files_.expiry(day_, keep_, out);
        case stage::files:
            return files_.files(day_, keep_, out);
        case stage::identities:
            return identities(out);
        case stage::done:
            break;
    }
    return false;
}

void pruner::end_stage() {
    stage_ = static_cast<stage>(static_cast<int>(stage_) + 1);
    ages_.forget();
    events_.begin();
    files_.next_stage();
}

bool pruner::identities(prune_slice& out) {
    auto const days = static_cast<std::int64_t>(days_kept(window_));
    if (days == 0 || day_ < days) return true;
    auto const keep = [&](identity_entry const& e) {
        auto const account = event_no{e.event}.account();
        if (!t_.accounts.at(account).is_owned) return true;  // its owner looks after it
        if (e.event >= ages_.of(account, days)) return true;
        return !is_final(t_.spans.find(e.event).state_of(e.event));
    };
    next_identity_ = t_.identities.sweep(next_identity_, keep, out.identities);
    return next_identity_.empty();
}

}  // namespace setclick::ledger
