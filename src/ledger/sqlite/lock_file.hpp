// The lock that makes one process the only writer of a ledger: PATH.lock, locked by flock(2), with
// the owner's pid inside, and bytes of the ledger itself, far beyond those that SQLite locks, by
// an open file description lock: a lock file can be removed by whoever takes it for a stale one.
//
// The kernel lets go of both when the process ends, however it ends; the file PATH.lock itself
// stays and means nothing. Trap: closing any descriptor of the ledger gives up the locks that SQLite
// has on it in this process. The object outlives the connection.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {

class lock_file {
public:
    /// `busy` names the pid of the one who holds it.
    static result<lock_file> take(std::string const& ledger_path);

    /// Of the ledger itself, which exists. Before SQLite opens it.
    result<void> take_ledger(std::string const& ledger_path);

private:
    explicit lock_file(unique_fd fd) : fd_(std::move(fd)) {}
    unique_fd fd_;
    unique_fd ledger_;
};

}  // namespace setclick::ledger
