// The durable steps of the program by name, so that a test can stop it at each of them, or let one
// fail.
//
// Every rename, fsync, durable write and commit that a promise rests on runs inside `durable_step`.
// Unset, the cost is one predicted branch. Set, the environment variable SETCLICKD_FAULT decides
// what happens at which pass:
//
//     NAME:N           the process is killed (SIGKILL) before the N-th time this step is taken
//     NAME:N:after     ... after it
//     NAME:N:ENOSPC    the N-th call fails with this errno instead
//                      (ENOSPC EIO EDQUOT EROFS EACCES EEXIST EXDEV EINVAL)
//     NAME:N+:EIO      the N-th and all later ones fail
//     observe          a test in the same process is called for each step (observe_faults)
//     list             the names, one a line on standard output, and exit 0
//     count:FILE       at the end of the process the passes of each step are written to FILE
//                      ("NAME COUNT" lines)
//     noreplace:…      as what follows (perhaps nothing); and no file system knows RENAME_NOREPLACE
//     line:TEXT:SEGV   not a step: reading a spool line that holds TEXT ends the process by this
//                      signal (SEGV, ABRT, KILL), by running out of stack (DEEP), or never ends
//                      (HANG)
//
// A step that is not in `fault_points` does not compile, so the table is complete.
//
// This module reads the environment, opens files and kills the process: it is an edge, and the pure
// modules do not use it.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace setclick {

inline constexpr std::array fault_points = {
    // who owns the spool
    std::string_view{"spool.identity.write"},
    std::string_view{"spool.identity.sync"},
    std::string_view{"spool.identity.rename"},
    std::string_view{"spool.identity.sync_dir"},
    // incoming → work
    std::string_view{"spool.claim.rename"},
    std::string_view{"spool.claim.sync_work"},
    std::string_view{"spool.claim.sync_incoming"},
    // a refused file or a result file appears
    std::string_view{"spool.publish.write"},
    std::string_view{"spool.publish.sync"},
    std::string_view{"spool.publish.rename"},
    std::string_view{"spool.publish.sync_dir"},
    // work → done
    std::string_view{"spool.done.rename"},
    std::string_view{"spool.done.sync_done"},
    std::string_view{"spool.done.sync_work"},
    // done → work, of a file that grew
    std::string_view{"spool.return.rename"},
    std::string_view{"spool.return.sync_work"},
    std::string_view{"spool.return.sync_done"},
    // done/results-YYYYMMDD.ndjson
    std::string_view{"spool.results.write"},
    std::string_view{"spool.results.sync"},
    std::string_view{"spool.results.sync_dir"},
    // commits of the ledger
    std::string_view{"ledger.create"},
    std::string_view{"ledger.recover"},
    std::string_view{"ledger.account"},
    std::string_view{"ledger.import"},
    std::string_view{"ledger.cycle"},
    std::string_view{"ledger.done"},
    std::string_view{"ledger.operate"},
    std::string_view{"ledger.prune"},
    // after each of them: how many there were, outside of the ledger
    std::string_view{"ledger.mark"},
    // a command drops a file into incoming
    std::string_view{"submit.write"},
    std::string_view{"submit.sync"},
    std::string_view{"submit.rename"},
    std::string_view{"submit.sync_dir"},
    // a command writes a token or the configuration
    std::string_view{"file.write"},
    std::string_view{"file.sync"},
    std::string_view{"file.rename"},
    std::string_view{"file.sync_dir"},
    // a copy of the ledger appears
    std::string_view{"backup.sync"},
    std::string_view{"backup.rename"},
    std::string_view{"backup.sync_dir"},
};

/// Called for every step, with its index in `fault_points`, on the thread that takes it: before the
/// step and after it.
using fault_observer = void (*)(std::size_t index, bool is_done);
void observe_faults(fault_observer observer) noexcept;

/// A name of the table; anything else is a compile error.
class fault_step {
public:
    consteval fault_step(char const* name)
        : index_(index_of(name)) {}  // NOLINT: meant to be implicit
    constexpr std::size_t index() const noexcept { return index_; }

private:
    static consteval std::size_t index_of(std::string_view name) {
        for (std::size_t i = 0; i < fault_points.size(); ++i)
            if (fault_points[i] == name) return i;
        throw "this step is missing in fault_points";
    }
    std::size_t index_;
};

namespace fault_detail {
extern bool const armed;
/// Before a step: may not return; else the errno to fail with, or 0.
int before(std::size_t index) noexcept;
/// Behind it: may not return. Keeps errno.
void after(std::size_t index) noexcept;
/// Sets errno. Returns -1.
int failed(int value) noexcept;
bool refuses_noreplace() noexcept;
/// May not return.
void reading(std::string_view line) noexcept;
}  // namespace fault_detail

/// Runs `call` (which reports failure with -1 and errno, as system calls do) and returns what it
/// returns.
template <class Call>
auto durable_step(fault_step step, Call&& call) -> decltype(call()) {
    if (!fault_detail::armed) [[likely]]
        return std::forward<Call>(call)();
    if (int const value = fault_detail::before(step.index()); value != 0)
        return fault_detail::failed(value);
    auto outcome = std::forward<Call>(call)();
    fault_detail::after(step.index());
    return outcome;
}

/// True where RENAME_NOREPLACE is to be refused, as NFS does.
inline bool fault_refuses_noreplace() noexcept {
    return fault_detail::armed && fault_detail::refuses_noreplace();
}

/// A line of a spool file is about to be read.
inline void fault_at_line(std::string_view line) noexcept {
    if (fault_detail::armed) [[unlikely]]
        fault_detail::reading(line);
}

}  // namespace setclick
