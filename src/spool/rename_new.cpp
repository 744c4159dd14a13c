#include "rename_new.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace setclick::spool {
namespace {

bool is_unsupported(int value) noexcept {
    return value == EINVAL || value == ENOSYS || value == EOPNOTSUPP;
}

}  // namespace

int rename_new(int from_dir, char const* from, int to_dir, char const* to, fault_step step) {
    if (!fault_refuses_noreplace()) {
        int const moved = durable_step(
            step, [&] { return ::renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE); });
        if (moved == 0 || !is_unsupported(errno)) return moved;
    }
    struct stat seen {};
    if (::fstatat(to_dir, to, &seen, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    if (errno != ENOENT) return -1;
    return durable_step(step, [&] { return ::renameat(from_dir, from, to_dir, to); });
}

}  // namespace setclick::spool
