#include "lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

std::string owner_of(int fd) {
    std::array<char, 32> text{};
    auto const n = ::pread(fd, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0; i < n && text[static_cast<std::size_t>(i)] >= '0' &&
                        text[static_cast<std::size_t>(i)] <= '9';
         ++i)
        pid += text[static_cast<std::size_t>(i)];
    return pid.empty() ? "unknown" : pid;
}

/// SQLite locks bytes at 1 GiB, and the first ones of its shared memory.
constexpr off_t own_byte = off_t{1} << 62;

/// Who has the file open, for the message: locks of this kind name nobody.
std::string holder_of(int fd) {
    struct stat wanted {};
    if (::fstat(fd, &wanted) != 0) return "pid unknown";
    std::error_code ec;
    auto const own = std::to_string(::getpid());
    for (auto const& process : std::filesystem::directory_iterator("/proc", ec)) {
        auto const pid = process.path().filename().string();
        if (pid.find_first_not_of("0123456789") != std::string::npos || pid == own) continue;
        std::error_code hidden;
        for (auto const& open :
             std::filesystem::directory_iterator(process.path() / "fd", hidden)) {
            struct stat found {};
            if (::stat(open.path().c_str(), &found) == 0 && found.st_dev == wanted.st_dev &&
                found.st_ino == wanted.st_ino)
                return "pid " + pid;
        }
    }
    return "pid unknown";
}

}  // namespace

result<lock_file> lock_file::take(std::string const& ledger_path) {
    // One ledger, one lock, by whatever way it is named: SQLite follows links, too.
    std::error_code ec;
    auto const real = std::filesystem::weakly_canonical(ledger_path, ec);
    auto const path = (ec ? ledger_path : real.string()) + ".lock";
    unique_fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd) return errno_error(errno, "open the lock file", printable(path, 4096));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return errno_error(errno, "lock", printable(path, 4096));
        return fail(errc::busy, "the ledger " + printable(ledger_path, 4096) +
                                    " is used by setclickd, pid " + owner_of(fd.get()));
    }
    // Only for people and for the message above: a failure (a full disk) costs the pid, not the
    // lock.
    auto const pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd.get(), 0) == 0) [[maybe_unused]]
        auto const n = ::pwrite(fd.get(), pid.data(), pid.size(), 0);
    return lock_file(std::move(fd));
}

result<void> lock_file::take_ledger(std::string const& ledger_path) {
    unique_fd fd(::open(ledger_path.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd) return errno_error(errno, "open the ledger", printable(ledger_path, 4096));
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = own_byte;
    range.l_len = 1;
    if (::fcntl(fd.get(), F_OFD_SETLK, &range) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return fail(errc::busy, "the ledger " + printable(ledger_path, 4096) +
                                        " is used by another setclickd (" + holder_of(fd.get()) +
                                        "); its lock file is gone, do not remove it. Nothing was "
                                        "touched");
        // A file system without such locks: the lock file has to do.
        if (errno != EINVAL && errno != ENOLCK && errno != EOPNOTSUPP)
            return errno_error(errno, "lock the ledger", printable(ledger_path, 4096));
    }
    ledger_ = std::move(fd);
    return {};
}

}  // namespace setclick::ledger
