#include "lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
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

}  // namespace setclick::ledger
