// The spool on disk: one directory with incoming/, work/, done/ and rejected/ below it, held by one
// daemon at a time.
//
//     .lock        flock; holds the pid of the daemon that has it
//     .setclickd   which ledger knows the files in work/: its id, and the start counter of its
//                  last run
//
// Promises: the descriptors stay open, so every later step works with names below them (*at calls)
// and a renamed parent changes nothing. The four directories lie on one file system. Never follows
// a link inside the spool.
//
// Missing directories are made, parents too: the spool itself 0755, incoming/ 0770 with the
// set-group-id bit, the others 0750, less the umask. Existing ones keep their owner and mode; who
// may drop files is for the operator to decide (a group on incoming/, or 0777 without the sticky bit,
// which would forbid the daemon's rename unless it is root).
//
// Threads: one owner; `sync` may be called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/fault/fault.hpp"

namespace setclick::spool {

enum class place : std::uint8_t { root, incoming, work, done, rejected };
std::string_view name_of(place p) noexcept;

/// Makes what is missing; takes no lock (for `submit` and for the daemon).
result<void> create_directories(std::string const& path);

/// What `directory::open` would refuse of the folders that are there. Makes nothing, takes no lock.
result<void> verify_folders(std::string const& path);

class directory {
public:
    /// Makes what is missing, opens everything and takes the lock. `errc::busy` names the pid of
    /// the daemon that has it.
    static result<directory> open(std::string const& path);

    /// Before a ledger is begun: `errc::io` when this spool has been used by one, or holds files in
    /// work/. What was lost is never replaced silently.
    result<void> may_begin_ledger(std::string_view ledger_path) const;

    /// Before anything is changed in the ledger, with its id and the start counter that this run
    /// will have (it grows with each run). `errc::io` with both values when the spool belongs to
    /// another ledger, when the ledger is older than the spool (a restored copy), or when files lie
    /// in work/ and nothing records which ledger knows them. Changes nothing, so that a refused start
    /// can be tried as often as one likes.
    result<void> verify_identity(std::string_view ledger_id, std::uint64_t run) const;

    /// Once a start, before anything is claimed: the same, then the pair is recorded durably.
    result<void> check_identity(std::string_view ledger_id, std::uint64_t run);

    /// Records the pair without asking: a person decided that this ledger is the one.
    result<void> adopt_identity(std::string_view ledger_id, std::uint64_t run);

    /// The start counter that the spool remembers; 0 when no ledger has used it yet.
    result<std::uint64_t> last_run() const;

    /// Opens incoming/ again when somebody replaced it. True when it is another directory than
    /// before.
    result<bool> refresh_incoming();

    /// Whether work/, done/ and rejected/ are still the folders that were opened. `errc::io` where one
    /// was removed, replaced or covered by a mount: what lies in the other one is not ours.
    result<void> check_folders() const;

    int fd(place p) const noexcept { return fds_[static_cast<std::size_t>(p)].get(); }
    std::string const& path() const noexcept { return path_; }
    /// For messages: PATH/incoming/NAME, the name printable.
    std::string path_of(place p, std::string_view name = {}) const;

    /// fsync of a directory: names made and removed there are durable. A failure is `errc::io` and
    /// must not be retried.
    result<void> sync(place p, fault_step step) const;

    /// Every name in `p` but those with a dot in front, with its inode, in no order; until `each`
    /// returns false. A pass of its own, nothing is kept in memory.
    result<void> for_each_name(
        place p, std::function<bool(std::string_view, std::uint64_t)> const& each) const;

private:
    directory() = default;
    result<void> open_all();
    result<void> lock();

    std::string path_;
    std::array<unique_fd, 5> fds_;
    unique_fd lock_;
};

}  // namespace setclick::spool
