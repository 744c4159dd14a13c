#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

/// On a disk, so that a large one takes no memory.
result<unique_fd> nameless_file() {
    char const* const wanted = std::getenv("TMPDIR");
    std::string const folder = wanted != nullptr && *wanted == '/' ? wanted : "/tmp";
    unique_fd made{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (made) return made;
    // Not every file system has files without a name.
    std::string name = folder + "/setclickd-XXXXXX";
    made = unique_fd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!made) return errno_error(errno, "write a temporary file in", folder);
    ::unlink(name.c_str());
    return made;
}

result<void> write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error(errno, "write", "a temporary file");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

result<input_file> copied(int from, std::string const& shown, std::uint64_t most) {
    auto to = nameless_file();
    if (!to) return to.error();
    input_file out{std::move(*to), 0};
    std::string chunk(std::size_t{256} << 10, '\0');
    for (;;) {
        auto const n = ::read(from, chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno_error(errno, "read", shown);
        if (n == 0) break;
        out.size += static_cast<std::uint64_t>(n);
        if (out.size > most)
            return fail(errc::invalid_data,
                        shown + " gives more than spool.max_file (" + grouped(most) + " bytes)");
        if (auto done = write_all(out.fd.get(),
                                  std::string_view(chunk).substr(0, static_cast<std::size_t>(n)));
            !done)
            return done.error();
    }
    if (::lseek(out.fd.get(), 0, SEEK_SET) != 0) return errno_error(errno, "read", shown);
    return out;
}

}  // namespace

result<input_file> open_again(std::string const& path, std::uint64_t most) {
    bool const is_standard = path == "-";
    auto const shown = is_standard ? std::string("standard input") : printable(path, 4096);
    unique_fd opened{is_standard ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat about {};
    if (!opened || ::fstat(opened.get(), &about) != 0) return errno_error(errno, "read", shown);
    if (S_ISDIR(about.st_mode)) return fail(errc::io, shown + " is a directory");
    if (!is_standard && (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)))
        return fail(errc::usage, shown + " is a device");
    if (!S_ISREG(about.st_mode)) return copied(opened.get(), shown, most);
    if (::lseek(opened.get(), 0, SEEK_SET) != 0) return errno_error(errno, "read", shown);
    return input_file{std::move(opened), static_cast<std::uint64_t>(about.st_size)};
}

}  // namespace setclick::cli
