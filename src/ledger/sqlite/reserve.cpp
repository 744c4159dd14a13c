#include "reserve.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>

#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {
namespace {

/// More than the reserve must be free before work goes on, or the next claim would fill the disk
/// again.
constexpr std::uint64_t margin = std::uint64_t{1} << 20;

std::string directory_of(std::string const& path) {
    auto const slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

reserve::reserve(std::string ledger_path, std::uint64_t bytes)
    : path_(std::move(ledger_path) + ".reserve"), bytes_(bytes) {}

bool reserve::restore() noexcept {
    if (whole_ || bytes_ == 0) {
        whole_ = true;
        return true;
    }
    struct stat found {};
    bool const exists = ::stat(path_.c_str(), &found) == 0;
    auto const held = exists ? static_cast<std::uint64_t>(found.st_blocks) * 512 : 0;
    if (held < bytes_) {
        auto const room = free_bytes();
        if (!room || *room + held < bytes_ + margin) return false;
        unique_fd fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
        // posix_fallocate would write zeros where the file system cannot allocate: slow, but as
        // good.
        if (!fd || ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes_)) != 0) {
            release();
            return false;
        }
    }
    whole_ = true;
    return true;
}

bool reserve::has_room_again() noexcept {
    if (!restore()) return false;
    auto const room = free_bytes();
    return room && *room >= margin;
}

void reserve::release() noexcept {
    whole_ = false;
    // Its blocks are free at once; the empty file costs nothing and keeps the directory as it is.
    [[maybe_unused]] int const done = ::truncate(path_.c_str(), 0);
}

result<std::uint64_t> reserve::free_bytes() const {
    struct statvfs found {};
    auto const directory = directory_of(path_);
    if (::statvfs(directory.c_str(), &found) != 0)
        return errno_error(errno, "ask for the free space of", printable(directory, 4096));
    return static_cast<std::uint64_t>(found.f_bavail) * found.f_frsize;
}

}  // namespace setclick::ledger
