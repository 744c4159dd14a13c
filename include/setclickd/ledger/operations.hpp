// Changes that a person's command or the retention asks for, in slices that never hold up
// delivery.
//
//     hold      waiting, deferred                      → held
//     release   held                                   → waiting
//     retry     rejected, discarded, deferred, held    → waiting; delivered or in doubt only with
//                                                        `force`, superseded only when named
//     discard   waiting, deferred, held, rejected      → discarded
//     confirm   held and in doubt                      → delivered (the vendor's report shows that
//                                                        it was recorded)
//
// Superseded: rejected or discarded, and its line was dropped again since, mended or not. That is a
// newer event with the same identity, which goes its own way.
//
// What matches the filter and is in no such state is left alone; an event in flight is left alone
// and counted. The receipt keeps both states: each touched event gets a line of its own among its
// attempts, with who, what and when.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/ledger/filter.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

enum class operator_verb : std::uint8_t { hold, release, retry, discard, confirm };
std::string_view name_of(operator_verb verb) noexcept;

struct operation {
    operator_verb verb = operator_verb::hold;
    event_filter filter;
    bool dry_run = false;         ///< only count
    bool force = false;           ///< retry: also what was delivered or may have been received
    bool superseded_too = false;  ///< retry: also what was superseded; a person's word alone
    std::string who;              ///< for the receipt, such as "uid 0"
};

struct operation_counts {
    std::uint64_t touched = 0;
    std::uint64_t in_flight = 0;    ///< skipped: in flight, try again
    std::uint64_t needs_force = 0;  ///< skipped: delivered or in doubt
    std::uint64_t maybe_received =
        0;  ///< of those touched: may have been received before, so booked a second time (also
            ///< out of a newer event that superseded it)
    std::uint64_t without_contents =
        0;  ///< skipped: delivered, and nothing is left that could be sent (retention.body_days)
    std::uint64_t superseded = 0;  ///< skipped: its line was dropped again, as a newer event

    operation_counts& operator+=(operation_counts const& more) noexcept {
        touched += more.touched;
        in_flight += more.in_flight;
        needs_force += more.needs_force;
        maybe_received += more.maybe_received;
        without_contents += more.without_contents;
        superseded += more.superseded;
        return *this;
    }
};

struct operation_slice {
    operation_counts counts;
    std::vector<file_no> reopened;  ///< files that were finished and have pending events again
    std::vector<file_info> complete_files;  ///< as in cycle_result
    std::vector<queue_depth> depths;        ///< of the accounts touched
    /// Accounts that the filter means and that another node owns: nothing of them was touched. A command
    /// that only counts counts them, too.
    std::vector<account_no> elsewhere;
    event_no next;  ///< go on after this one
    bool done = false;
};

/// How long what is kept. Zero keeps for ever. Counted in days in which the clock moved plausibly:
/// a clock that jumps prunes nothing.
struct retention {
    std::uint32_t receipt_days = 0;  ///< records and attempts of final events of finished files
    std::uint32_t file_days = 0;     ///< finished files with their refused and duplicate lines
    std::uint32_t body_days = 0;  ///< records of delivered events; everything else about them stays
    std::uint32_t done_days = 0;  ///< finished files in done/ (what `files_removed` reports)

    friend bool operator==(retention const&, retention const&) = default;
};

/// What a finished file leaves.
struct done_file {
    file_no no{};
    std::string name{};  ///< in done/; empty: the file is gone
    /// As the file was when its result was written: a person's command may have opened it since,
    /// and it is complete anew. Unset: however it is.
    std::optional<wall_time> finished_at{};
    /// Of what was moved to done/: a person may have put the file back into work/ as another one.
    /// Zero: as it was claimed.
    std::uint64_t inode = 0;
};

/// What is past its time in done/. It was finished, with all its events final, when this was
/// decided: from then on the ledger calls it gone, also when a person opens one of its events
/// again.
struct expired_file {
    file_no no{};
    std::string name;       ///< the producer's
    std::string done_name;  ///< empty: it was never found
    bool is_there = true;   ///< false: the file itself has gone before, its result has not
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  ///< its bytes that were read: what is longer has grown since
    std::string reader_state;  ///< as its last import_chunk gave it
};

/// The days after which what is to be kept so long may go: it came at any moment of its day, and
/// nothing goes before its time. 0 for 0.
constexpr std::uint32_t days_kept(milliseconds time) noexcept {
    return time <= milliseconds{0}
               ? 0
               : static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::days>(time).count()) + 1;
}

struct prune_slice {
    std::uint64_t events = 0;
    std::uint64_t files = 0;
    std::uint64_t identities = 0;
    std::uint64_t bodies = 0;
    std::vector<expired_file>
        expired;  ///< to be removed from done/, then to be named to `files_removed`
    /// Once a sweep: of what lies in done/ nothing finished before this moment.
    std::optional<wall_time> oldest_kept;
    bool more = false;  ///< call again soon
};

class store;

/// The whole command: slices until it is done. For tests, and for a command that holds the lock
/// itself; the daemon posts slice by slice, so that delivery goes on in between.
result<operation_slice> operate_all(store& ledger, operation const& what, wall_time now);

}  // namespace setclick::ledger
