// A ledger in an SQLite file taken over into PostgreSQL, whole. A program for people; no daemon works with
// either of them meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/place.hpp"

namespace setclick::ledger {

/// How many of each, and sums over what they hold: equal on both sides, or the transfer is refused.
struct transfer_counts {
    std::uint64_t accounts = 0;
    std::uint64_t events = 0;  ///< that were given numbers
    std::uint64_t delivered = 0;
    std::uint64_t pending = 0;  ///< waiting, in flight, deferred or held
    std::uint64_t spans = 0;
    std::uint64_t packs = 0;
    std::uint64_t record_bytes = 0;
    std::uint64_t identities = 0;
    std::uint64_t attempts = 0;
    std::uint64_t files = 0;
    std::uint64_t accepted = 0;  ///< by the files
    std::uint64_t refused_lines = 0;
    std::uint64_t duplicate_lines = 0;
    std::uint64_t notes = 0;
    std::uint64_t marks = 0;
    std::uint64_t counted = 0;  ///< by the history's slots, all kinds together

    friend bool operator==(transfer_counts const&, transfer_counts const&) = default;
};
struct transfer_count {
    std::string_view name;
    std::uint64_t transfer_counts::*value;
};
/// In the order in which they are shown.
inline constexpr std::array transfer_count_names{
    transfer_count{"accounts", &transfer_counts::accounts},
    transfer_count{"events", &transfer_counts::events},
    transfer_count{"delivered", &transfer_counts::delivered},
    transfer_count{"pending", &transfer_counts::pending},
    transfer_count{"spans", &transfer_counts::spans},
    transfer_count{"packs", &transfer_counts::packs},
    transfer_count{"record_bytes", &transfer_counts::record_bytes},
    transfer_count{"identities", &transfer_counts::identities},
    transfer_count{"attempts", &transfer_counts::attempts},
    transfer_count{"files", &transfer_counts::files},
    transfer_count{"accepted_by_files", &transfer_counts::accepted},
    transfer_count{"refused_lines", &transfer_counts::refused_lines},
    transfer_count{"duplicate_lines", &transfer_counts::duplicate_lines},
    transfer_count{"notes", &transfer_counts::notes},
    transfer_count{"day_marks", &transfer_counts::marks},
    transfer_count{"counted_by_history", &transfer_counts::counted},
};

struct transfer_report {
    transfer_counts counts;
    std::string id;
    std::uint64_t run = 0;
    /// It had been taken over before, and only the file had not been marked yet.
    bool was_there = false;
};

struct transfer_options {
    /// Called now and then with what is being done.
    std::function<void(std::string_view)> progress{};
};

/// Takes the ledger in the file over into an empty ledger in PostgreSQL. Takes the file's lock, checks all of
/// it first, writes all of it in one transaction, compares counts and sums and checks the result inside that
/// transaction, commits, and marks the file so that no daemon works with it any more. Killed or refused at
/// any time there is either all of it in PostgreSQL or nothing; run again it does what is left. `refused`: the
/// database holds something else, or something does not add up, by name.
result<transfer_report> transfer_ledger(std::string const& from, place const& to,
                                        transfer_options const& how = {});

}  // namespace setclick::ledger
