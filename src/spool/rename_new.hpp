// A rename that never overwrites, on any file system.
//
// RENAME_NOREPLACE does it in one step where the file system can. Where it cannot (EINVAL: NFS,
// older ZFS, FUSE, 9p) the name is looked at and then renamed to: that is safe in folders in which
// only the daemon makes names, and for names that nobody else makes.
#pragma once

#include "setclickd/fault/fault.hpp"

namespace setclick::spool {

/// 0; or -1 with errno, EEXIST where the name is taken.
int rename_new(int from_dir, char const* from, int to_dir, char const* to, fault_step step);

}  // namespace setclick::spool
