#include "setclickd/spool/publish.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <unordered_map>

#include "rename_new.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::spool {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::uint32_t most_tries = 100'000;

bool exists(int dir, std::string const& name) noexcept {
    struct stat seen {};
    return ::fstatat(dir, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/// Both from their start; `a` is open for reading too.
bool same_content(int a, int dir, std::string const& name) {
    unique_fd const b(::openat(dir, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat of_a {};
    struct stat of_b {};
    if (!b || ::fstat(a, &of_a) != 0 || ::fstat(b.get(), &of_b) != 0) return false;
    if (!S_ISREG(of_b.st_mode) || of_a.st_size != of_b.st_size) return false;
    std::string left(buffer_size, '\0');
    std::string right(buffer_size, '\0');
    for (off_t at = 0; at < of_a.st_size;) {
        auto const got_a = ::pread(a, left.data(), left.size(), at);
        auto const got_b = ::pread(b.get(), right.data(), right.size(), at);
        if (got_a <= 0 || got_a != got_b) return false;
        auto const length = static_cast<std::size_t>(got_a);
        if (std::string_view(left).substr(0, length) != std::string_view(right).substr(0, length))
            return false;
        at += got_a;
    }
    return true;
}

/// Of a file in done/ or rejected/: the plain name of a results file is never given to another one.
std::uint32_t first_number(std::string_view name) noexcept {
    return is_results_name(name) ? 2 : 1;
}

/// Renames with RENAME_NOREPLACE to the first free name of the row. 0, or the errno.
int rename_to_free(fault_step step, int from_dir, std::string const& from, int to_dir,
                   std::string_view name, std::string& got) {
    auto const first = first_number(name);
    got = numbered(name, first);
    auto const move = [&] { return rename_new(from_dir, from.c_str(), to_dir, got.c_str(), step); };
    if (move() == 0) return 0;
    for (std::uint32_t tries = 0; errno == EEXIST && tries < most_tries; ++tries) {
        // Somebody may take the name between question and move: then the next free one.
        got = numbered(name, first_free([&](std::uint32_t n) {
                           return n < first || exists(to_dir, numbered(name, n));
                       }));
        if (move() == 0) return 0;
    }
    return errno;
}

/// Of a file of ours in done/ that a person has made one which is not to be written or read: that
/// tells nothing of the disk.
error of_own_file(int value, std::string_view what, std::string const& path) {
    auto e = errno_error(value, what, path);
    if (value == EACCES || value == EPERM || value == ELOOP || value == EISDIR)
        e.code = errc::unreadable;
    return e;
}

/// A folder of ours that a person has taken away from us: it is waited for, as room is.
error of_own_folder(int value, std::string_view what, std::string const& path) {
    auto e = errno_error(value, what, path);
    if (value != EACCES && value != EPERM) return e;
    e.code = errc::shortage;
    e.message += "; the daemon's user must be able to write to its folders in the spool";
    return e;
}

}  // namespace

int write_all(int fd, std::string_view bytes, fault_step step) {
    while (!bytes.empty()) {
        auto const written =
            durable_step(step, [&] { return ::write(fd, bytes.data(), bytes.size()); });
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

result<publication> publication::begin(directory const& spool, place where, std::string_view key) {
    auto temporary = "." + std::string(key) + ".tmp";
    int const dir = spool.fd(where);
    ::unlinkat(dir, temporary.c_str(), 0);  // what a crash left
    unique_fd fd(
        ::openat(dir, temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640));
    // A file that does not exist yet is not found only where its folder is gone.
    if (!fd && errno == ENOENT)
        return fail(errc::io, "cannot create " + spool.path_of(where, temporary) +
                                  ": its folder was removed (errno 2)");
    if (!fd) return of_own_folder(errno, "create", spool.path_of(where, temporary));
    return publication(spool, where, std::move(temporary), std::move(fd));
}

publication::publication(directory const& spool, place where, std::string temporary, unique_fd fd)
    : spool_(&spool), where_(where), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

publication::publication(publication&& other) noexcept
    : spool_(other.spool_),
      where_(other.where_),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      buffer_(std::move(other.buffer_)) {}

publication::~publication() {
    if (!temporary_.empty()) ::unlinkat(spool_->fd(where_), temporary_.c_str(), 0);
}

error publication::failed(int value, std::string_view what) const {
    return errno_error(value, what, spool_->path_of(where_, temporary_));
}

result<void> publication::append(std::string_view bytes) {
    buffer_ += bytes;
    return buffer_.size() < buffer_size ? result<void>{} : flush();
}

result<void> publication::flush() {
    int const value = write_all(fd_.get(), buffer_, "spool.publish.write");
    buffer_.clear();
    return value == 0 ? result<void>{} : result<void>{failed(value, "write")};
}

result<bool> publication::share(readers const& to) {
    auto const given = grant(fd_.get(), to);
    return given ? given
                 : fail(given.error().code,
                        given.error().message + " (" + spool_->path_of(where_, temporary_) + ")");
}

result<std::string> publication::publish(std::string_view name, bool again) {
    if (auto r = flush(); !r) return r.error();
    int const dir = spool_->fd(where_);
    if (again)
        for (auto n = first_number(name); n <= 64 && exists(dir, numbered(name, n)); ++n)
            if (same_content(fd_.get(), dir, numbered(name, n))) return numbered(name, n);
    if (auto r = sync(); !r) return r.error();
    std::string got;
    int const value = rename_to_free("spool.publish.rename", dir, temporary_, dir, name, got);
    if (value != 0) return failed(value, "rename");
    temporary_.clear();
    return got;
}

result<void> publication::sync() {
    if (durable_step("spool.publish.sync", [&] { return ::fsync(fd_.get()); }) == 0) return {};
    return failed(errno, "sync");
}

result<void> publication::replace(std::string const& name) {
    if (auto r = flush(); !r) return r.error();
    if (auto r = sync(); !r) return r.error();
    int const dir = spool_->fd(where_);
    if (durable_step("spool.publish.rename",
                     [&] { return ::renameat(dir, temporary_.c_str(), dir, name.c_str()); }) != 0)
        return failed(errno, "rename");
    temporary_.clear();
    return {};
}

std::uint32_t first_free(std::function<bool(std::uint32_t)> const& taken) {
    std::uint32_t n = 1;
    while (n <= 8)
        if (!taken(n))
            return n;
        else
            ++n;
    std::uint32_t below = 8;  // taken
    while (taken(n) && n < (1U << 30U)) {
        below = n;
        n *= 2;
    }
    while (n - below > 1) {
        auto const middle = below + (n - below) / 2;
        (taken(middle) ? below : n) = middle;
    }
    return n;
}

result<std::string> move_to_done(directory const& spool, std::string const& work_name,
                                 std::string_view name) {
    std::string got;
    int const value = rename_to_free("spool.done.rename", spool.fd(place::work), work_name,
                                     spool.fd(place::done), name, got);
    if (value == 0) return got;
    return of_own_folder(value, "move to " + spool.path_of(place::done) + ":",
                         spool.path_of(place::work, work_name));
}

result<void> move_back(directory const& spool, std::string const& done_name,
                       std::string const& work_name) {
    if (rename_new(spool.fd(place::done), done_name.c_str(), spool.fd(place::work),
                   work_name.c_str(), "spool.return.rename") != 0)
        return of_own_folder(errno, "move back to work/:", spool.path_of(place::done, done_name));
    // work/ first: a crash between the two leaves a name too many, never one too few.
    if (auto r = spool.sync(place::work, "spool.return.sync_work"); !r) return r.error();
    return spool.sync(place::done, "spool.return.sync_done");
}

result<std::string> give_back(directory const& spool, std::string const& done_name,
                              std::string_view name) {
    std::string got;
    int const value = rename_to_free("spool.return.rename", spool.fd(place::done), done_name,
                                     spool.fd(place::incoming), name, got);
    if (value != 0)
        return of_own_folder(value,
                             "give back to incoming/:", spool.path_of(place::done, done_name));
    if (auto r = spool.sync(place::incoming, "spool.claim.sync_incoming"); !r) return r.error();
    if (auto r = spool.sync(place::done, "spool.return.sync_done"); !r) return r.error();
    return got;
}

result<void> append_durably(directory const& spool, std::string const& file, std::string_view lines,
                            bool again) {
    int const dir = spool.fd(place::done);
    auto const where = spool.path_of(place::done, file);
    bool const is_new = !exists(dir, file);
    unique_fd const fd(
        ::openat(dir, file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd) return of_own_file(errno, "open", where);
    char last = '\n';
    auto const size = ::lseek(fd.get(), 0, SEEK_END);
    if (size > 0 && ::pread(fd.get(), &last, 1, size - 1) != 1)
        return errno_error(errno, "read", where);
    std::string text(last == '\n' ? "" : "\n");
    text += lines;
    if (int const value = write_all(fd.get(), text, "spool.results.write"); value != 0) {
        auto const e = errno_error(value, "write", where);
        // Half a line is worse than none; what cannot be taken back is ended at the next append.
        if (size >= 0) [[maybe_unused]]
            int const r = ::ftruncate(fd.get(), size);
        return e;
    }
    if (durable_step("spool.results.sync", [&] { return ::fdatasync(fd.get()); }) != 0)
        return fail(errc::io, "cannot sync " + where + ": " + errno_text(errno));
    return is_new || again ? spool.sync(place::done, "spool.results.sync_dir") : result<void>{};
}

result<std::string> tail_of(directory const& spool, std::string const& file, std::size_t limit) {
    unique_fd const fd(
        ::openat(spool.fd(place::done), file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        if (errno == ENOENT) return std::string{};
        return of_own_file(errno, "read", spool.path_of(place::done, file));
    }
    auto const size = ::lseek(fd.get(), 0, SEEK_END);
    auto const length = std::min<std::size_t>(limit, size > 0 ? static_cast<std::size_t>(size) : 0);
    std::string out(length, '\0');
    auto const got = ::pread(fd.get(), out.data(), length, size - static_cast<off_t>(length));
    if (got < 0) return of_own_file(errno, "read", spool.path_of(place::done, file));
    out.resize(static_cast<std::size_t>(got));
    return out;
}

result<bool> remove_done(directory const& spool, std::string const& name, std::uint64_t inode) {
    struct stat seen {};
    if (::fstatat(spool.fd(place::done), name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return true;
        return errno_error(errno, "look at", spool.path_of(place::done, name));
    }
    // Somebody put another one there.
    if (!S_ISREG(seen.st_mode) || seen.st_ino != inode) return false;
    auto const removed = remove_own(spool, name);
    if (!removed) return removed.error();
    return true;
}

result<bool> remove_own(directory const& spool, std::string const& name) {
    if (::unlinkat(spool.fd(place::done), name.c_str(), 0) == 0) return true;
    if (errno == ENOENT) return false;
    return errno_error(errno, "remove", spool.path_of(place::done, name));
}

result<std::vector<std::string>> names_of(directory const& spool, place where,
                                          std::span<moved_file const> files) {
    std::vector<std::string> out(files.size());
    std::unordered_multimap<std::uint64_t, std::size_t> wanted;
    for (std::size_t i = 0; i < files.size(); ++i)
        wanted.emplace(files[i].inode, i);
    auto const is_one = [&](std::string const& name, moved_file const& file) {
        struct stat found {};
        return is_numbered(name, file.name) &&
               ::fstatat(spool.fd(where), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISREG(found.st_mode) && found.st_ino == file.inode &&
               static_cast<std::uint64_t>(found.st_size) >= file.size;
    };
    auto const seen = spool.for_each_name(where, [&](std::string_view name, std::uint64_t inode) {
        auto const [first, last] = wanted.equal_range(inode);
        for (auto it = first; it != last; ++it)
            if (std::string const text(name); is_one(text, files[it->second]))
                out[it->second] = text;
        return true;
    });
    if (!seen) return seen.error();
    return out;
}

}  // namespace setclick::spool
