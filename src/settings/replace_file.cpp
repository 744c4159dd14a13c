#include "setclickd/settings/replace_file.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/fault/fault.hpp"

namespace setclick::settings {
namespace {

struct rights {
    mode_t mode = 0600;
    uid_t user = static_cast<uid_t>(-1);  ///< as it is
    gid_t group = static_cast<gid_t>(-1);
};

/// Root writes for the daemon; anybody else only for himself.
rights rights_of_secret() {
    if (::geteuid() != 0) return {};
    auto const* const entry = ::getpwnam(daemon_user);
    return entry == nullptr ? rights{} : rights{0600, entry->pw_uid, entry->pw_gid};
}

rights rights_of_configuration(std::string const& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return {.mode = 0644};
    return {info.st_mode & 07777U, info.st_uid, info.st_gid};
}

int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
}

/// Takes its name away again unless it was renamed.
struct part_file {
    int directory;
    std::string name;
    bool is_done = false;
    part_file(int directory_fd, std::string own_name)
        : directory(directory_fd), name(std::move(own_name)) {}
    part_file(part_file const&) = delete;
    part_file& operator=(part_file const&) = delete;
    ~part_file() {
        if (!is_done) ::unlinkat(directory, name.c_str(), 0);
    }
};

result<void> replace(std::string const& path, std::string_view content, rights const& to) {
    auto const shown = printable(path, 4096);
    auto const slash = path.rfind('/');
    auto const folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    auto const name = path.substr(slash + 1);  // npos + 1 = 0
    unique_fd const directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory) return errno_error(errno, "open the directory of", shown);
    struct stat info {};
    if (::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(info.st_mode))
        return fail(errc::config, shown + " is not a regular file: it is not replaced");

    part_file part(directory.get(), "." + name + "." + std::to_string(::getpid()) + ".part");
    ::unlinkat(directory.get(), part.name.c_str(), 0);  // of an earlier process with this id
    unique_fd const file{::openat(directory.get(), part.name.c_str(),
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!file) return errno_error(errno, "write", shown);
    bool const has_owner = to.user != static_cast<uid_t>(-1);
    if ((has_owner && ::fchown(file.get(), to.user, to.group) != 0) ||
        ::fchmod(file.get(), to.mode) != 0)
        return errno_error(errno, "set owner and mode of", shown);
    if (durable_step("file.write", [&] { return write_all(file.get(), content); }) != 0 ||
        durable_step("file.sync", [&] { return ::fsync(file.get()); }) != 0)
        return errno_error(errno, "write", shown);
    int const renamed = durable_step("file.rename", [&] {
        return ::renameat(directory.get(), part.name.c_str(), directory.get(), name.c_str());
    });
    if (renamed != 0) return errno_error(errno, "replace", shown);
    part.is_done = true;
    if (durable_step("file.sync_dir", [&] { return ::fsync(directory.get()); }) != 0 &&
        errno != EINVAL)
        return errno_error(errno, "make durable", shown);
    return {};
}

}  // namespace

result<void> write_secret(std::string const& path, secret<std::string> const& content) {
    return replace(path, content.reveal() + "\n", rights_of_secret());
}

result<void> write_configuration(std::string const& path, std::string_view content) {
    return replace(path, content, rights_of_configuration(path));
}

result<void> write_note(std::string const& path, std::string_view content) {
    return replace(path, content, {.mode = 0644});
}

}  // namespace setclick::settings
