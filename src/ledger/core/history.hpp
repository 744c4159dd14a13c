// How many events became what in each quarter of an hour. Pure.
//
// A slot is named by the wall clock of the moment in which its events were counted, in UTC: a clock
// that is set gives other slots and loses nothing. How many slots are kept goes by the order in which
// they were begun, so that no clock, however wrong, pushes out what is there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// The slot of a moment.
std::int64_t slot_of(wall_time at) noexcept;

/// Six numbers, for one value of the table `meta`.
std::string text_of(history_counts const& counts);
/// Nothing for nonsense.
std::optional<history_counts> history_counts_from(std::string_view text) noexcept;

/// The slot that is being counted in. Its counts are what came since it was begun, or begun again.
class open_slot {
public:
    open_slot() = default;
    /// "SLOT d r df id du di", as `text` gave it; nothing for nonsense.
    static std::optional<open_slot> from(std::string_view text) noexcept;
    std::string text() const;

    /// Counts, at this moment. The slot that is over with it, if it holds anything.
    std::optional<history_slot> add(history_counts const& more, wall_time now);

    history_slot const& now() const noexcept { return slot_; }

private:
    history_slot slot_;
};

}  // namespace setclick::ledger
