#include "setclickd/spool/scan.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "setclickd/spool/name.hpp"

namespace setclick::spool {

result<bool> scanner::next(directory& spool, std::size_t limit, std::vector<candidate>& out) {
    if (!dir_) {
        if (auto r = spool.refresh_incoming(); !r) return r.error();
        int const fd = ::openat(spool.fd(place::incoming), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        dir_.reset(fd < 0 ? nullptr : ::fdopendir(fd));
        if (!dir_) {
            auto const value = errno;
            if (fd >= 0) ::close(fd);
            return errno_error(value, "list", spool.path_of(place::incoming));
        }
    }
    for (std::size_t taken = 0; taken < limit;) {
        errno = 0;
        dirent const* const entry = ::readdir(dir_.get());
        if (entry == nullptr) {
            auto const value = errno;
            dir_.reset();
            if (value != 0) return errno_error(value, "list", spool.path_of(place::incoming));
            return true;
        }
        std::string_view const name(entry->d_name);
        if (kind_of(name) == name_kind::leave_silently) continue;
        out.push_back({std::string(name), entry->d_type, arrival::found});
        ++taken;
    }
    return false;
}

}  // namespace setclick::spool
