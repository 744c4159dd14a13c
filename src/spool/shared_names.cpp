#include "setclickd/spool/shared_names.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_dir.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::spool {
namespace {

constexpr std::string_view group_list = ".group.names";
constexpr std::string_view user_prefix = ".uid-";
constexpr std::string_view suffix = ".names";
/// Of a list that is read: a person cannot use more.
constexpr std::size_t longest_list = std::size_t{64} << 20;
constexpr int read_flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

std::string user_list(uid_t user) {
    return std::string(user_prefix) + std::to_string(user) + std::string(suffix);
}

bool is_list(std::string_view name) noexcept {
    return name.ends_with(suffix) && (name == group_list || name.starts_with(user_prefix));
}

/// Nothing where it is not there, or not for us.
std::string content_of(int dir, std::string const& list) {
    unique_fd const fd(::openat(dir, list.c_str(), read_flags));
    std::string out;
    char buffer[64 * 1024];
    while (fd && out.size() < longest_list) {
        auto const got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
}

template <class Each>
void for_each_in(std::string_view list, Each const& each) {
    while (!list.empty()) {
        auto const end = list.find('\0');
        if (end == std::string_view::npos) return;  // half a name
        if (end > 0) each(std::string(list.substr(0, end)));
        list.remove_prefix(end + 1);
    }
}

bool is_there(int dir, std::string const& name) {
    struct stat seen {};
    return ::fstatat(dir, name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0;
}

gid_t group_of(int dir) {
    struct stat seen {};
    return ::fstat(dir, &seen) == 0 ? seen.st_gid : ::getegid();
}

/// Of a folder that this process may list; the names with a dot in front, or the others.
std::vector<std::string> names_in(int dir, bool hidden) {
    std::vector<std::string> out;
    int const own = ::openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unique_dir const list(own < 0 ? nullptr : ::fdopendir(own));
    if (!list) {
        if (own >= 0) ::close(own);
        return out;
    }
    while (auto const* entry = ::readdir(list.get()))
        if ((entry->d_name[0] == '.') == hidden) out.emplace_back(entry->d_name);
    return out;
}

}  // namespace

std::string shared_names::list_of(readers const& to) const {
    return to.user ? user_list(*to.user) : std::string(group_list);
}

result<void> shared_names::gather() {
    int const dir = spool_->fd(place::rejected);
    auto const group = group_of(dir);
    std::map<std::string, std::pair<readers, std::string>> lists;
    auto const seen =
        spool_->for_each_name(place::rejected, [&](std::string_view name, std::uint64_t) {
            unique_fd const file(::openat(dir, std::string(name).c_str(), read_flags));
            if (!file) return true;
            auto const to = granted(file.get(), group);
            if (!to.are_any()) return true;
            readers one;
            one.user = to.user;
            if (!to.user) one.group = to.group;
            auto& [whom, names] = lists[list_of(one)];
            whom = one;
            names.append(name).push_back('\0');
            return true;
        });
    if (!seen) return seen.error();
    for (auto const& old : names_in(dir, true))
        if (is_list(old) && !lists.contains(old)) ::unlinkat(dir, old.c_str(), 0);
    for (auto const& [list, entry] : lists)
        if (auto const done = write(list, entry.first, entry.second, true); !done)
            return done.error();
    return {};
}

result<void> shared_names::add(readers const& to, std::string_view name) {
    if (!to.are_any()) return {};
    std::string entry(name);
    entry.push_back('\0');
    auto const list = list_of(to);
    if (auto const done = write(list, to, entry, false); !done) return done.error();
    struct stat seen {};
    if (::fstatat(spool_->fd(place::rejected), list.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0)
        return {};
    return static_cast<std::uint64_t>(seen.st_size) > most_bytes + 2 * shortened_[list]
               ? shorten(list, to)
               : result<void>{};
}

result<void> shared_names::shorten(std::string const& list, readers const& to) {
    int const dir = spool_->fd(place::rejected);
    std::string kept;
    for_each_in(content_of(dir, list), [&](std::string const& name) {
        if (is_there(dir, name)) kept.append(name).push_back('\0');
    });
    if (auto const done = write(list, to, kept, true); !done) return done.error();
    shortened_[list] = kept.size();
    return {};
}

/// It is its owner's alone until it has its readers.
result<void> shared_names::write(std::string const& list, readers const& to, std::string_view names,
                                 bool anew) {
    int const dir = spool_->fd(place::rejected);
    auto const where = spool_->path_of(place::rejected, list);
    if (anew) ::unlinkat(dir, list.c_str(), 0);
    bool const is_new = !is_there(dir, list);
    unique_fd const fd(
        ::openat(dir, list.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return errno_error(errno, "write", where);
    if (is_new) {
        auto whom = to;
        whom.own_group = false;
        if (auto const given = grant(fd.get(), whom); !given) return given.error();
    }
    // Not synced: the next start gathers what is lost. Half a name is one of no file.
    while (!names.empty()) {
        auto const written = ::write(fd.get(), names.data(), names.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno_error(errno, "write", where);
        names.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

result<std::vector<rejected_file>> files_to_fetch(std::string const& spool) {
    auto const folder = spool + "/" + std::string(name_of(place::rejected));
    unique_fd const dir(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!dir) return errno_error(errno, "open the directory", printable(folder, 4096));
    if (::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0) {
        auto const* const group = ::getgrgid(group_of(dir.get()));
        return fail(errc::refused,
                    "this user may not look into " + printable(folder, 4096) +
                        (group == nullptr
                             ? std::string("; ask who looks after the daemon")
                             : "; members of the group " + std::string(group->gr_name) +
                                   " may: adduser NAME " + group->gr_name + ", and log in again"));
    }
    std::set<std::string> names;
    if (::faccessat(AT_FDCWD, folder.c_str(), R_OK, AT_EACCESS) == 0) {
        auto const all = names_in(dir.get(), false);
        names.insert(all.begin(), all.end());
    } else {
        for (auto const& list : {user_list(::geteuid()), std::string(group_list)})
            for_each_in(content_of(dir.get(), list),
                        [&](std::string name) { names.insert(std::move(name)); });
    }
    std::vector<rejected_file> out;
    for (auto const& name : names) {
        unique_fd const file(::openat(dir.get(), name.c_str(), read_flags));
        struct stat seen {};
        if (!file || ::fstat(file.get(), &seen) != 0 || !S_ISREG(seen.st_mode)) continue;
        out.push_back({name, static_cast<std::uint64_t>(seen.st_size),
                       from_ms(std::int64_t{seen.st_mtim.tv_sec} * 1000)});
    }
    return out;
}

}  // namespace setclick::spool
