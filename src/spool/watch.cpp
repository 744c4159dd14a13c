#include "setclickd/spool/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "setclickd/spool/name.hpp"

namespace setclick::spool {

namespace {

error failed(directory const& spool, char const* what) {
    return fail(errc::io, std::string("cannot watch ") + spool.path_of(place::incoming) + " (" +
                              what + "): " + errno_text(errno));
}

}  // namespace

result<watch> watch::open(directory const& spool) {
    unique_fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!fd) return failed(spool, "inotify_init1; see fs.inotify.max_user_instances");
    watch out(std::move(fd));
    if (auto r = out.follow(spool); !r) return r.error();
    return out;
}

result<void> watch::follow(directory const& spool) {
    if (watched_ >= 0) ::inotify_rm_watch(fd_.get(), watched_);
    // Through the descriptor: the directory that is open, whatever the path means by now.
    auto const path = "/proc/self/fd/" + std::to_string(spool.fd(place::incoming));
    watched_ = ::inotify_add_watch(
        fd_.get(), path.c_str(),
        IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR);
    if (watched_ < 0) return failed(spool, "inotify_add_watch; see fs.inotify.max_user_watches");
    return {};
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
            out.push_back(
                {std::string(name), DT_UNKNOWN,
                 (event.mask & IN_MOVED_TO) != 0 ? arrival::renamed_in : arrival::closed});
    }
    return seen;
}

}  // namespace setclick::spool
