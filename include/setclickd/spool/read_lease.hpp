// A read lease on a file: while it is held nobody has the file open for writing, and whoever wants
// to waits until it is given back.
//
// The kernel grants it for files of the own user, or with CAP_LEASE; a network file system or a
// container may refuse all of them. When somebody opens the file meanwhile the kernel sends SIGIO,
// which is ignored from the first lease on: the lease is held for one rename only.
#pragma once

#include "setclickd/spool/wholeness.hpp"

namespace setclick::spool {

class read_lease {
public:
    read_lease() = default;
    /// `fd` is open for reading only, and outlives this.
    explicit read_lease(int fd);
    ~read_lease();
    read_lease(read_lease&& other) noexcept;
    read_lease& operator=(read_lease&& other) noexcept;

    lease outcome() const noexcept { return outcome_; }

private:
    void give_back() noexcept;

    int fd_ = -1;
    lease outcome_ = lease::unavailable;
};

}  // namespace setclick::spool
