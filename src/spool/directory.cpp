#include "setclickd/spool/directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_dir.hpp"

namespace setclick::spool {
namespace {

constexpr std::array<std::string_view, 5> names{"", "incoming", "work", "done", "rejected"};
constexpr std::array<mode_t, 5> modes{0755, 02770, 0750, 0750, 0750};
constexpr int open_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

result<void> make_directory(std::string const& path, mode_t mode) {
    // The set-group-id bit comes afterwards: some systems ignore it here, and RestrictSUIDSGID= of
    // the unit refuses a call with it even where the directory is there already. It is left out
    // where it is refused. The umask still counts.
    if (::mkdir(path.c_str(), mode & 0777) != 0) {
        if (errno == EEXIST) return {};
        return errno_error(errno, "create the directory", path);
    }
    if ((mode & 07000) != 0) {
        struct stat seen {};
        if (::stat(path.c_str(), &seen) == 0)
            ::chmod(path.c_str(), (seen.st_mode & 0777) | (mode & 07000));
    }
    return {};
}

result<void> make_parents(std::string const& path) {
    for (auto slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
        if (auto r = make_directory(path.substr(0, slash), 0755); !r) return r;
    return make_directory(path, modes[0]);
}

std::string whole_path(std::string const& root, place p) {
    auto const name = name_of(p);
    return name.empty() ? root : root + "/" + std::string(name);
}

/// `may_be_missing`: what is not there is passed over; the spool itself is there.
result<void> open_folders(std::string const& root, std::array<unique_fd, 5>& fds,
                          bool may_be_missing) {
    std::optional<dev_t> first;
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto const where = whole_path(root, static_cast<place>(i));
        auto& fd = fds[i];
        fd = unique_fd(i == 0 ? ::open(where.c_str(), open_flags)
                              : ::openat(fds[0].get(), std::string(names[i]).c_str(),
                                         open_flags | O_NOFOLLOW));
        if (!fd && may_be_missing && errno == ENOENT && i > 0) continue;
        if (!fd) return errno_error(errno, "open the directory", where);
        struct stat seen {};
        if (::fstat(fd.get(), &seen) != 0) return errno_error(errno, "look at", where);
        if (i > 0 && seen.st_dev != first.value_or(seen.st_dev))
            return fail(
                errc::config,
                fmt::format("spool.dir: {} lies on another file system than {}; a file moves "
                            "by one rename, so all four must be on one",
                            where, whole_path(root, place::incoming)));
        if (i > 0) first = seen.st_dev;
        if (::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS) != 0)
            return fail(errc::io, fmt::format("cannot write to {} as user {}: {}", where,
                                              ::geteuid(), errno_text(errno)));
    }
    return {};
}

}  // namespace

std::string_view name_of(place p) noexcept {
    return names[static_cast<std::size_t>(p)];
}

result<void> create_directories(std::string const& path) {
    if (auto r = make_parents(path); !r) return r;
    for (std::size_t i = 1; i < names.size(); ++i)
        if (auto r = make_directory(path + "/" + std::string(names[i]), modes[i]); !r) return r;
    return {};
}

result<void> verify_folders(std::string const& path) {
    std::array<unique_fd, 5> fds;
    return open_folders(path, fds, true);
}

result<directory> directory::open(std::string const& path) {
    directory out;
    out.path_ = path;
    while (out.path_.size() > 1 && out.path_.back() == '/')
        out.path_.pop_back();
    if (auto r = create_directories(out.path_); !r) return r.error();
    if (auto r = out.open_all(); !r) return r.error();
    if (auto r = out.lock(); !r) return r.error();
    return out;
}

result<void> directory::open_all() {
    return open_folders(path_, fds_, false);
}

result<void> directory::lock() {
    lock_ = unique_fd(
        ::openat(fd(place::root), ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    auto const where = path_ + "/.lock";
    if (!lock_) return errno_error(errno, "open", where);
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return errno_error(errno, "lock", where);
        char pid[32];
        auto const got = ::pread(lock_.get(), pid, sizeof pid, 0);
        std::string_view text(pid, got > 0 ? static_cast<std::size_t>(got) : 0);
        text = text.substr(0, text.find('\n'));
        return fail(
            errc::busy,
            fmt::format("the spool {} is in use by process {}; only one daemon may use a spool",
                        path_, text.empty() ? "(unknown)" : printable(text)));
    }
    auto const pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock_.get(), 0) != 0 ||
        ::pwrite(lock_.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
        return errno_error(errno, "write", where);
    return {};
}

result<bool> directory::refresh_incoming() {
    auto& held = fds_[static_cast<std::size_t>(place::incoming)];
    struct stat now {};
    struct stat then {};
    auto const where = whole_path(path_, place::incoming);
    if (::fstat(held.get(), &then) != 0) return errno_error(errno, "look at", where);
    if (::fstatat(fd(place::root), "incoming", &now, AT_SYMLINK_NOFOLLOW) != 0)
        return errno_error(errno, "look at", where);
    if (now.st_ino == then.st_ino && now.st_dev == then.st_dev) return false;
    unique_fd fresh(::openat(fd(place::root), "incoming", open_flags | O_NOFOLLOW));
    if (!fresh) return errno_error(errno, "open the directory", where);
    struct stat work {};
    if (::fstat(fd(place::work), &work) == 0 && work.st_dev != now.st_dev)
        return fail(errc::io, where + " lies on another file system than " +
                                  whole_path(path_, place::work) +
                                  " now; a file moves by one rename, so nothing is taken from it");
    held = std::move(fresh);
    return true;
}

result<void> directory::check_folders() const {
    for (auto const p : {place::work, place::done, place::rejected}) {
        struct stat held {};
        struct stat named {};
        if (::fstat(fd(p), &held) != 0) return errno_error(errno, "look at", path_of(p));
        auto const name = std::string(name_of(p));
        if (::fstatat(fd(place::root), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0 &&
            errno != ENOENT && errno != ENOTDIR)
            continue;  // nothing is known then
        if (named.st_ino == held.st_ino && named.st_dev == held.st_dev) continue;
        bool const is_gone = named.st_ino == 0;
        return fail(errc::io, path_of(p) + (is_gone ? " was removed or renamed" : " was replaced") +
                                  " while the daemon runs: stop what did it, put the folder back "
                                  "with what lay in it, and start again");
    }
    return {};
}

std::string directory::path_of(place p, std::string_view name) const {
    auto out = whole_path(path_, p);
    return name.empty() ? out : out + "/" + printable(name, 1024);
}

result<void> directory::for_each_name(
    place p, std::function<bool(std::string_view, std::uint64_t)> const& each) const {
    int const own = ::openat(fd(p), ".", open_flags);
    unique_dir const dir(own < 0 ? nullptr : ::fdopendir(own));
    if (!dir) {
        auto const value = errno;
        if (own >= 0) ::close(own);
        return errno_error(value, "list", path_of(p));
    }
    for (;;) {
        errno = 0;
        dirent const* const entry = ::readdir(dir.get());
        if (entry == nullptr) break;
        if (entry->d_name[0] != '.' && !each(entry->d_name, entry->d_ino)) return {};
    }
    return errno == 0 ? result<void>{} : result<void>{errno_error(errno, "list", path_of(p))};
}

result<void> directory::sync(place p, fault_step step) const {
    if (durable_step(step, [&] { return ::fsync(fd(p)); }) == 0) return {};
    // Some file systems (FUSE, 9p) have no fsync of a directory: then all of theirs is synced.
    if (errno == EINVAL && ::syncfs(fd(p)) == 0) return {};
    return fail(errc::io, "cannot sync the directory " + path_of(p) + ": " + errno_text(errno));
}

}  // namespace setclick::spool
