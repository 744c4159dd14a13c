// What lies in incoming/, counted by what its names and a look at each of them show: for whoever only
// wants to know, such as `status`.
//
// Promises: opens no file and changes nothing; looks at `most_entries` at most. Never: finds what only
// the daemon's tries show (unreadable, cannot be moved, open for writing): those count as `to_take`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "setclickd/spool/left_alone.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::spool {

struct incoming_view {
    static constexpr std::uint64_t most_entries = 10'000;

    std::uint64_t to_take = 0;
    left_counts left{};
    bool is_cut = false;  ///< there are more than were looked at
};

/// Nothing where this user may not list it; a spool that is not there holds nothing. `max_file`:
/// bytes of the largest file that is taken; `text_tables`: as in claim_options.
std::optional<incoming_view> look_into_incoming(std::string const& spool_dir,
                                                std::uint64_t max_file,
                                                text_names const& text_tables = {});

}  // namespace setclick::spool
