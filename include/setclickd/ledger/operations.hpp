// The operator's hands, and the ledger's broom: changes that a person or the retention asks for, in slices that never hold
// up delivery.
//
//     hold      waiting, deferred                      → held
//     release   held                                   → waiting
//     retry     rejected, discarded, deferred, held    → waiting; delivered or in doubt only with `force`
//     discard   waiting, deferred, held, rejected      → discarded
//     confirm   held and in doubt                      → delivered (the vendor's report shows that it was recorded)
//
// What matches the filter and is in no such state is left alone; an event in flight is left alone and counted. The receipt
// keeps both states: each touched event gets a line of its own among its attempts, with who, what and when.
#pragma once

#include <cstdint>
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
    bool dry_run = false;  ///< only count
    bool force = false;    ///< retry: also what was delivered or may have been received
    std::string who;       ///< for the receipt, such as "uid 0"
};

struct operation_counts {
    std::uint64_t touched = 0;
    std::uint64_t in_flight = 0;          ///< skipped: in flight, try again
    std::uint64_t needs_force = 0;        ///< skipped: delivered or in doubt
    std::uint64_t maybe_received = 0;     ///< of those touched: may have been received before, so booked a second time
};

struct operation_slice {
    operation_counts counts;
    std::vector<file_no> reopened;        ///< files that were finished and have pending events again
    std::vector<file_no> complete_files;  ///< as in cycle_result
    std::vector<queue_depth> depths;      ///< of the accounts touched
    event_no next;                        ///< go on after this one
    bool done = false;
};

/// How long what is kept. Zero keeps for ever. Counted in days in which the clock moved plausibly: a clock that jumps
/// prunes nothing.
struct retention {
    std::uint32_t receipt_days = 0;  ///< records and attempts of final events of finished files
    std::uint32_t file_days = 0;     ///< finished files with their refused and duplicate lines
};

struct prune_slice {
    std::uint64_t events = 0;
    std::uint64_t files = 0;
    std::uint64_t identities = 0;
    bool more = false;  ///< call again soon
};

class store;

/// The whole command: slices until it is done. For tests, and for a command that holds the lock itself; the daemon posts
/// slice by slice, so that delivery goes on in between.
result<operation_slice> operate_all(store& ledger, operation const& what, wall_time now);

}  // namespace setclick::ledger
