// The lock that makes one process the only writer of a ledger: PATH.lock, locked by flock(2), with
// the owner's pid inside.
//
// The kernel lets go of it when the process ends, however it ends; the file itself stays and means
// nothing.
#pragma once

#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {

class lock_file {
public:
    /// `busy` names the pid of the one who holds it.
    static result<lock_file> take(std::string const& ledger_path);

private:
    explicit lock_file(unique_fd fd) : fd_(std::move(fd)) {}
    unique_fd fd_;
};

}  // namespace setclick::ledger
