#include "setclickd/spool/incoming_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "rename_new.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/fault/fault.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::spool {
namespace {

constexpr std::uint32_t most_names = 1'000'000;

result<unique_fd> open_incoming(std::string const& spool_dir, std::string const& path) {
    int const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    unique_fd fd{::open(path.c_str(), flags)};
    if (!fd && errno == ENOENT) {
        if (auto made = create_directories(spool_dir); !made) return made.error();
        fd = unique_fd{::open(path.c_str(), flags)};
    }
    // Members of the drop group may write into it and not list it, so they may not open it for reading.
    if (!fd && errno == EACCES)
        fd = unique_fd{::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return errno_error(errno, "open", printable(path, 4096));
    return fd;
}

/// What a user who may not write here has to do.
error no_permission(int directory, std::string const& path) {
    struct stat info {};
    auto const* const user = ::getpwuid(::geteuid());
    auto const name = user == nullptr ? "USER" : std::string(user->pw_name);
    auto message = "cannot write to " + printable(path, 4096) + ": " + errno_text(EACCES);
    if (::fstat(directory, &info) == 0 && (info.st_mode & S_IWGRP) != 0)
        if (auto const* const group = ::getgrgid(info.st_gid); group != nullptr)
            message += "; who drops files is a member of the group " + printable(group->gr_name) +
                       " (as root: adduser " + printable(name) + " " + printable(group->gr_name) +
                       "; it holds from the next login on)";
    return fail(errc::io, std::move(message));
}

/// Readable for the daemon: by incoming/'s group where files inherit it, else for all.
mode_t mode_for(int directory) {
    struct stat info {};
    bool const inherits = ::fstat(directory, &info) == 0 && (info.st_mode & S_ISGID) != 0;
    return inherits ? 0640 : 0644;
}

/// ".NAME.part"; where that is too long or taken by another submit, one that is neither.
std::string part_name(std::string const& name, std::uint32_t n) {
    auto const part = "." + name + (n == 1 ? "" : "." + std::to_string(n)) + ".part";
    if (part.size() <= max_name) return part;
    return ".submit-" + std::to_string(::getpid()) + "-" + std::to_string(n) + ".part";
}

}  // namespace

incoming_file::incoming_file(unique_fd directory, unique_fd file, std::string directory_path,
                             std::string name, std::string part)
    : directory_(std::move(directory)),
      file_(std::move(file)),
      path_(std::move(directory_path)),
      name_(std::move(name)),
      part_(std::move(part)) {}

incoming_file::~incoming_file() {
    if (directory_ && !part_.empty()) ::unlinkat(directory_.get(), part_.c_str(), 0);
}

result<incoming_file> incoming_file::begin(std::string const& spool_dir, std::string name) {
    auto path = spool_dir + "/incoming";
    auto directory = open_incoming(spool_dir, path);
    if (!directory) return directory.error();
    for (std::uint32_t n = 1; n < most_names; ++n) {
        auto part = part_name(name, n);
        unique_fd file{::openat(directory->get(), part.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
        if (file) {
            ::fchmod(file.get(), mode_for(directory->get()));
            return incoming_file(std::move(*directory), std::move(file), std::move(path),
                                 std::move(name), std::move(part));
        }
        if (errno == EACCES) return no_permission(directory->get(), path);
        if (errno != EEXIST) return errno_error(errno, "write", printable(path + "/" + part, 4096));
    }
    return fail(errc::busy,
                printable(path, 4096) + " holds too many unfinished files of this name");
}

result<void> incoming_file::append(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = durable_step(
            "submit.write", [&] { return ::write(file_.get(), bytes.data(), bytes.size()); });
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error(errno, "write", printable(path_ + "/" + part_, 4096));
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

/// 0, or -1 with errno. Where the file system has no rename that does not overwrite, our own file gets
/// a second name, which never overwrites one either, and loses the first.
int incoming_file::give_name(std::string const& name) const {
    int const dir = directory_.get();
    if (!fault_refuses_noreplace()) {
        int const named = durable_step("submit.rename", [&] {
            return ::renameat2(dir, part_.c_str(), dir, name.c_str(), RENAME_NOREPLACE);
        });
        if (named == 0 || (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)) return named;
    }
    int const linked = durable_step(
        "submit.rename", [&] { return ::linkat(dir, part_.c_str(), dir, name.c_str(), 0); });
    if (linked == 0) {
        // It is published, whatever becomes of its other name.
        ::unlinkat(dir, part_.c_str(), 0);
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP) return -1;
    // No links either: the name is looked at, then taken.
    return rename_new(dir, part_.c_str(), dir, name.c_str(), "submit.rename");
}

std::uint64_t incoming_file::inode() const noexcept {
    struct stat seen {};
    return ::fstat(file_.get(), &seen) == 0 ? seen.st_ino : 0;
}

std::string incoming_file::unfinished() const {
    return path_ + "/" + part_;
}

result<std::string> incoming_file::commit() {
    if (durable_step("submit.sync", [&] { return ::fsync(file_.get()); }) != 0)
        return errno_error(errno, "make durable", printable(path_ + "/" + part_, 4096));
    for (std::uint32_t n = 1; n < most_names; ++n) {
        auto const name = numbered(name_, n);
        int const named = give_name(name);
        if (named == 0) {
            part_.clear();
            // The file is there and will be delivered; only a power cut in this moment could take
            // it away again.
            int synced = durable_step("submit.sync_dir", [&] { return ::fsync(directory_.get()); });
            // Not on this file system, or not for a user who may not read the directory.
            if (synced != 0 && (errno == EINVAL || errno == EBADF)) synced = ::syncfs(file_.get());
            // It is published all the same: whoever dropped it again would drop it twice.
            if (synced != 0)
                doubt_ = "it is dropped, but " + printable(path_, 4096) +
                         " cannot be made durable (" + errno_text(errno) +
                         "): a power cut now could take it away";
            return name;
        }
        if (errno != EEXIST)
            return errno_error(errno, "rename", printable(path_ + "/" + part_, 4096));
    }
    return fail(errc::busy,
                printable(path_, 4096) + " holds too many files named " + printable(name_));
}

}  // namespace setclick::spool
