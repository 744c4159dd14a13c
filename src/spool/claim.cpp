#include "setclickd/spool/claim.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "rename_new.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/spool/read_lease.hpp"

namespace setclick::spool {
namespace {

std::string user_text(uid_t uid) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return std::string(entry.pw_name) + " (uid " + std::to_string(uid) + ")";
    return "uid " + std::to_string(uid);
}

/// As a command takes it.
std::string group_text(gid_t gid) {
    group entry{};
    group* found = nullptr;
    std::array<char, 4096> buffer{};
    if (::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.gr_name;
    return std::to_string(gid);
}

std::string mode_text(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
    return text.data();
}

std::string_view type_text(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFLNK:
            return "a symbolic link";
        case S_IFDIR:
            return "a directory";
        case S_IFIFO:
            return "a FIFO";
        case S_IFSOCK:
            return "a socket";
        case S_IFCHR:
        case S_IFBLK:
            return "a device";
        default:
            return "of an unknown kind";
    }
}

std::int64_t nanoseconds_of(timespec const& t) {
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

constexpr std::size_t end_size = std::size_t{64} << 10;

/// Where it cannot be read, whoever reads it says so.
file_end end_of_file(int fd, std::string_view name, std::uint64_t size) {
    std::string tail(static_cast<std::size_t>(std::min<std::uint64_t>(size, end_size)), '\0');
    auto const got = ::pread(fd, tail.data(), tail.size(), static_cast<off_t>(size - tail.size()));
    if (got != static_cast<ssize_t>(tail.size())) return file_end::inside;
    std::array<char, 64> head{};
    auto const seen = ::pread(fd, head.data(), head.size(), 0);
    std::string_view const front(head.data(), static_cast<std::size_t>(std::max<ssize_t>(seen, 0)));
    return is_table_name(name) ? end_of_table(front, tail)
                               : end_of(is_lines_name(name), front, tail, tail.size() == size);
}

std::uint64_t links_of(int fd) {
    struct stat seen {};
    return ::fstat(fd, &seen) == 0 ? seen.st_nlink : 1;
}

milliseconds forget_after(claim_options const& o) {
    return 10 * std::max(o.settle, o.patience) + std::chrono::minutes{1};
}

bool may_be_regular(unsigned char type) {
    return type == DT_REG || type == DT_UNKNOWN;
}

/// Nothing is wrong with the file: it is the system that has no room.
bool is_shortage(int value) {
    return value == EMFILE || value == ENFILE || value == ENOMEM || value == ENOSPC ||
           value == EDQUOT || value == EIO || value == EROFS;
}

}  // namespace

result<void> sync_claims(directory const& spool) {
    // work/ first: a crash between the two leaves a name too many, never one too few.
    if (auto r = spool.sync(place::work, "spool.claim.sync_work"); !r) return r.error();
    return spool.sync(place::incoming, "spool.claim.sync_incoming");
}

claimer::claimer(directory const& spool, claim_options const& options)
    : spool_(&spool), options_(options), quiet_(forget_after(options)), sequence_(options.after) {}

void claimer::leave(candidate& c, left_reason reason, std::uint64_t inode, std::string why,
                    claim_round& round) {
    round.left.push_back({std::move(c.name), reason, inode, std::move(why)});
}

result<claim_round> claimer::claim(std::span<candidate> names, steady_time now) {
    claim_round round;
    round.files.reserve(names.size());
    for (auto& c : names)
        if (look_at(c, now, round) == step::stop) break;
    if (round.files.empty()) return round;
    if (auto r = sync_claims(*spool_); !r) return r.error();
    return round;
}

claimer::step claimer::look_at(candidate& c, steady_time now, claim_round& round) {
    int const incoming = spool_->fd(place::incoming);
    if (!may_be_regular(c.type)) {
        // Not opened at all: opening a device or the other end of a FIFO has effects.
        struct stat seen {};
        if (::fstatat(incoming, c.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0)
            return step::go_on;
        if (!S_ISREG(seen.st_mode)) {
            leave(c, left_reason::not_regular, seen.st_ino,
                  "is " + std::string(type_text(seen.st_mode)) + ": only regular files are taken",
                  round);
            return step::go_on;
        }
    }
    if (kind_of(c.name, options_.text_tables) != name_kind::take) {
        auto why = std::string(
            "the name must end in .json, .ndjson, .jsonl, .csv or .tsv (in .txt where match of a "
            "[[csv.profile]] has it)");
        if (is_packed(c.name)) why = "is compressed: unpack it first, and drop what was in it";
        if (auto const cure = cure_of_document(c.name); !cure.empty()) why = cure;
        why +=
            " (others such as " + printable(pattern_of(c.name), 60) + " are left without a line)";
        leave(c, left_reason::other_name, 0, std::move(why), round);
        return step::go_on;
    }
    unique_fd fd(::openat(incoming, c.name.c_str(),
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!fd) return cannot_open(c, errno, round);
    struct stat seen {};
    if (::fstat(fd.get(), &seen) != 0) return cannot_open(c, errno, round);
    if (!S_ISREG(seen.st_mode)) {
        leave(c, left_reason::not_regular, seen.st_ino,
              "is " + std::string(type_text(seen.st_mode)) + ": only regular files are taken",
              round);
        return step::go_on;
    }
    file_look const look{seen.st_ino, static_cast<std::uint64_t>(seen.st_size),
                         nanoseconds_of(seen.st_ctim), nanoseconds_of(seen.st_mtim)};
    // A file with several links waits for the scan: its producer may be about to remove the other
    // name.
    if (seen.st_nlink > 1) c.how = arrival::found;
    claimed file{{}, {}, std::move(fd), seen.st_dev, seen.st_ino, look.size};
    return judge(c, std::move(file), look, now, round);
}

/// Whether it is whole, with as much evidence as that takes; and if so, whether it may be taken.
claimer::step claimer::judge(candidate& c, claimed file, file_look const& look, steady_time now,
                             claim_round& round) {
    evidence seen{c.how, look.size, {}, {}, {}};
    if (c.how != arrival::renamed_in && options_.settle > milliseconds{0})
        seen.quiet_for = quiet_.quiet_for(look, now);
    read_lease held;
    for (;;) {
        switch (decide(seen, {options_.settle, options_.patience})) {
            case decision::look_at_end:
                seen.end = end_of_file(file.fd.get(), c.name, look.size);
                continue;
            case decision::try_lease:
                held = read_lease(file.fd.get());
                seen.open = held.outcome();
                continue;
            case decision::wait:
                c.how = arrival::found;
                round.unquiet.push_back(std::move(c));
                return step::go_on;
            case decision::wait_open:
                leave(c, left_reason::open_for_writing, look.inode,
                      "waits: somebody has it open for writing, and has written nothing for " +
                          duration_text(seen.quiet_for) + "; it is taken when it is closed",
                      round);
                return step::go_on;
            case decision::leave_empty:
                leave(c, left_reason::empty, look.inode,
                      "is empty: it is left until something is written to it", round);
                return step::go_on;
            case decision::take:
                break;
        }
        break;
    }
    if (auto const links = links_of(file.fd.get()); links > 1) {
        leave(c, left_reason::several_links, look.inode,
              "waits: it has " + std::to_string(links) +
                  " links, and is taken when it has one (somebody may still write through the "
                  "other name)",
              round);
        return step::go_on;
    }
    if (look.size > options_.max_file) {
        leave(c, left_reason::too_large, look.inode,
              "has " + grouped(look.size) + " bytes, more than spool.max_file (" +
                  grouped(options_.max_file) + "): split it, or raise the limit",
              round);
        return step::go_on;
    }
    // The lease lasts until the file has its new name, under which nobody can open it.
    return take(c, std::move(file), round);
}

claimer::step claimer::cannot_open(candidate& c, int value, claim_round& round) {
    if (value == ENOENT) return step::go_on;  // taken away in between
    auto const where = spool_->path_of(place::incoming, c.name);
    if (is_shortage(value)) {
        round.trouble = errno_error(value, "open", where);
        return step::stop;
    }
    struct stat seen {};
    if (::fstatat(spool_->fd(place::incoming), c.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0)
        return step::go_on;
    if (!S_ISREG(seen.st_mode)) {
        leave(c, left_reason::not_regular, seen.st_ino,
              "is " + std::string(type_text(seen.st_mode)) + ": only regular files are taken",
              round);
        return step::go_on;
    }
    auto const incoming = spool_->path_of(place::incoming);
    leave(c, left_reason::unreadable, seen.st_ino,
          "cannot be read by user " + user_text(::geteuid()) + ": it belongs to " +
              user_text(seen.st_uid) + " with mode " + mode_text(seen.st_mode) + " (" +
              errno_text(value) + "); cure, which keeps it from everybody else: " +
              cure_command("chgrp " + group_text(::getegid()), incoming, c.name, seen.st_ino) +
              " && " + cure_command("chmod g+r,o=", incoming, c.name, seen.st_ino),
          round);
    return step::go_on;
}

/// Its producer may have put another file in the place of the one that was looked at: that one lies
/// in work/ now, and is what is read.
bool claimer::take_what_was_moved(claimed& file) const {
    struct stat seen {};
    int const work = spool_->fd(place::work);
    if (::fstatat(work, file.work_name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) return true;
    if (seen.st_ino == file.inode && seen.st_dev == file.device) return true;
    if (!S_ISREG(seen.st_mode)) return false;
    file.device = seen.st_dev;
    file.inode = seen.st_ino;
    file.size = static_cast<std::uint64_t>(seen.st_size);
    // Where it cannot be opened, the reader finds that out and reports it.
    file.fd = unique_fd(::openat(work, file.work_name.c_str(),
                                 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    return true;
}

/// A link or a folder was put in the place of the file at that moment: it goes back where it came
/// from, under a name that is free.
void claimer::give_back(candidate& c, claimed const& file, claim_round& round) {
    constexpr std::uint32_t most_tries = 8;
    for (std::uint32_t n = 1; n <= most_tries; ++n) {
        auto name = numbered(c.name, n);
        if (rename_new(spool_->fd(place::work), file.work_name.c_str(), spool_->fd(place::incoming),
                       name.c_str(), "spool.claim.rename") == 0) {
            c.name = std::move(name);
            break;
        }
        if (errno != EEXIST) break;
    }
    leave(c, left_reason::not_regular, file.inode,
          "was replaced by something that is no regular file while it was taken", round);
}

claimer::step claimer::take(candidate& c, claimed file, claim_round& round) {
    int moved = -1;
    do {
        file.work_name = work_name(options_.run, ++sequence_, c.name);
        moved = rename_new(spool_->fd(place::incoming), c.name.c_str(), spool_->fd(place::work),
                           file.work_name.c_str(), "spool.claim.rename");
    } while (moved != 0 && errno == EEXIST);
    if (moved == 0) {
        quiet_.forget(file.inode);
        if (!take_what_was_moved(file)) {
            give_back(c, file, round);
            return step::go_on;
        }
        file.name = std::move(c.name);
        round.files.push_back(std::move(file));
        return step::go_on;
    }
    int const value = errno;
    struct stat seen {};
    bool const is_there =
        ::fstatat(spool_->fd(place::incoming), c.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0;
    if (value == ENOENT && !is_there) return step::go_on;  // taken away in between
    // It is still there, so it is work/ that is not.
    if (is_shortage(value) || value == ENOENT) {
        round.trouble =
            errno_error(value, "move to work/:", spool_->path_of(place::incoming, c.name));
        return step::stop;
    }
    auto const incoming = spool_->path_of(place::incoming);
    auto why = "cannot be moved to " + spool_->path_of(place::work) + " by user " +
               user_text(::geteuid()) + ": " + errno_text(value);
    if (value == EPERM || value == EACCES)
        why += "; cure: the daemon's user needs write access to '" + incoming +
               "', which must not be sticky: chmod g+w,-t '" + incoming + "'";
    leave(c, left_reason::cannot_move, file.inode, std::move(why), round);
    return step::go_on;
}

}  // namespace setclick::spool
