// Who holds SQLite's locks on a ledger, by the kernel's own list (/proc/locks): names for a message.
//
// Asks the kernel without opening a file of the ledger: closing it would give up SQLite's own locks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::ledger {

struct file_identity {
    dev_t device = 0;
    ino_t inode = 0;
};

enum class lock_use : std::uint8_t {
    writing,  ///< nobody else may write meanwhile
    reading,  ///< the log cannot begin anew while a reader looks at an old moment of it
};

/// Pids in the lines of /proc/locks, without `own`; 0 or -1 for one that cannot be seen from here.
/// Pure. `index`: the log's index, PATH-shm.
std::vector<pid_t> holders_in(std::string_view proc_locks, file_identity main, file_identity index,
                              lock_use what, pid_t own);

/// "sqlite3 (pid 4711)", several with commas; empty where nobody is found.
std::string holders_of(std::string const& ledger_path, lock_use what);

}  // namespace setclick::ledger
