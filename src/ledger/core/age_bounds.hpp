// From which of its events on an account's events are too young for a stage of pruning; asked of the
// ledger once an account.
#pragma once

#include <cstdint>
#include <map>

#include "tables.hpp"

namespace setclick::ledger {

class age_bounds {
public:
    explicit age_bounds(tables& t) : t_(t) {}

    /// Another stage, or another day.
    void forget() { known_.clear(); }
    /// Of the events that were imported before the last `days` days; the same number of days until
    /// `forget`.
    std::uint64_t of(account_no account, std::int64_t days) {
        auto const it = known_.find(account);
        if (it != known_.end()) return it->second;
        return known_.emplace(account, t_.older_than(account, days)).first->second;
    }

private:
    tables& t_;
    std::map<account_no, std::uint64_t> known_;
};

}  // namespace setclick::ledger
