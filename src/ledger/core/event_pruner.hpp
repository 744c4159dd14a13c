// The part of pruning that goes by events: receipts that are past their time, and the contents of
// delivered ones.
//
// Keeps true: no event goes before it is final and its file is done; states stay for ever. An
// account after the other, by event number, a bounded number of packs a slice.
#pragma once

#include <cstdint>
#include <optional>

#include "age_bounds.hpp"
#include "tables.hpp"

namespace setclick::ledger {

class event_pruner {
public:
    explicit event_pruner(tables& t) : t_(t) {}

    /// Begins with the first account.
    void begin() noexcept { next_event_ = 0; }
    /// A slice of what is older than `days`; true when no account is left. 0 days keep everything.
    bool receipts(std::uint32_t days, std::int64_t now, age_bounds& ages, prune_slice& out);
    bool bodies(std::uint32_t days, age_bounds& ages, prune_slice& out);

private:
    /// The part of an account's events that is still to be looked at; nothing when all accounts are
    /// through.
    struct stretch {
        std::uint64_t from = 0;
        std::uint64_t end = 0;  ///< after the last one that is old enough
    };
    std::optional<stretch> next_stretch(std::uint32_t days, age_bounds& ages);
    void next_account() noexcept;
    bool all_final(std::uint64_t first, std::uint64_t last);
    void forget_times(std::uint64_t first, std::uint64_t last, std::int64_t now);

    tables& t_;
    std::uint64_t next_event_ = 0;
};

}  // namespace setclick::ledger
