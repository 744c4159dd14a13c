#include "setclickd/spool/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "setclickd/spool/name.hpp"

namespace setclick::spool {

result<watch> watch::open(directory const& spool) {
    auto const failed = [&](char const* what) {
        return fail(errc::io, std::string("cannot watch ") + spool.path_of(place::incoming) + " (" +
                                  what + "): " + errno_text(errno));
    };
    unique_fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!fd) return failed("inotify_init1; see fs.inotify.max_user_instances");
    // Through the descriptor: the directory that is open, whatever the path means by now.
    auto const path = "/proc/self/fd/" + std::to_string(spool.fd(place::incoming));
    if (::inotify_add_watch(
            fd.get(), path.c_str(),
            IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR) < 0)
        return failed("inotify_add_watch; see fs.inotify.max_user_watches");
    return watch(std::move(fd));
}

watch::reading watch::read(std::vector<candidate>& out) {
    alignas(inotify_event) char buffer[32 << 10];
    reading seen;
    auto const got = ::read(fd_.get(), buffer, sizeof buffer);
    if (got <= 0) {
        seen.overflow = got < 0 && errno != EAGAIN && errno != EINTR;
        return seen;
    }
    seen.more = true;
    for (auto const* at = buffer; at < buffer + got;) {
        inotify_event event{};
        std::memcpy(&event, at, sizeof event);
        auto const* const text = at + sizeof event;
        at = text + event.len;
        if ((event.mask & (IN_Q_OVERFLOW | IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)) != 0) {
            seen.overflow = true;
            continue;
        }
        if ((event.mask & IN_ISDIR) != 0 || event.len == 0) continue;
        std::string_view const name(text);
        if (kind_of(name) != name_kind::leave_silently)
            out.push_back({std::string(name), DT_UNKNOWN, true});
    }
    return seen;
}

}  // namespace setclick::spool
