// Who may read a file of rejected/ beside the daemon's user: decided by whose the input was, granted by an
// entry in the file's access list (POSIX ACL).
//
// The owner cannot be changed without a capability that the daemon does not have, and a group's right
// would show everybody's e-mails to every producer. Promises: nobody gets more than he could read of the
// input: one that only its owner may read comes back to its owner alone. Where the file system has no access
// lists nothing fails: the file is the daemon's own then.
#pragma once

#include <sys/types.h>

#include <optional>

#include "setclickd/base/error.hpp"
#include "setclickd/base/sharing.hpp"

namespace setclick::spool {

/// What the input file says of who it is for.
struct input_owner {
    uid_t user = 0;
    mode_t mode = 0;
};

/// Nothing where it cannot be asked: the file is gone.
std::optional<input_owner> owner_of(int fd) noexcept;

struct readers {
    bool own_group = true;        ///< the daemon's group keeps its right
    std::optional<uid_t> user{};  ///< who dropped the file
    std::optional<gid_t> group{};

    bool are_any() const noexcept { return user || group; }
    friend bool operator==(readers const&, readers const&) = default;
};

/// `own` is the daemon's user; `folder_group` the group of rejected/, `own_group` that of the files which the
/// daemon makes there: where they are the same there is no group of producers. Root needs no entry. Pure.
readers readers_of(sharing how, input_owner const& input, uid_t own, gid_t folder_group,
                   gid_t own_group) noexcept;

/// Gives a file of ours to them. False where the file system has no access lists: a group then gets the
/// file as its group, a user gets nothing.
result<bool> grant(int fd, readers const& to);

/// Whom the access list names; `folder_group` as above. For what an earlier run has granted.
readers granted(int fd, gid_t folder_group);

}  // namespace setclick::spool
