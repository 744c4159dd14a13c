#include "reject_sharing.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

void reject_sharing::take_up() {
    if (auto const done = names_.gather(); !done) note({}, done.error().message);
}

result<spool::readers> reject_sharing::share(spool::publication& out, int input,
                                             std::string_view name) {
    auto const owner = spool::owner_of(input);
    if (!owner) return spool::readers{};
    struct stat folder {};
    if (::fstat(spool_->fd(spool::place::rejected), &folder) != 0) folder.st_gid = ::getegid();
    auto const to = spool::readers_of(how_, *owner, ::geteuid(), folder.st_gid, ::getegid());
    auto const given = out.share(to);
    if (!given) return given.error();
    if (*given) return to;
    note(name, "the file system has no access lists");
    return spool::readers{};
}

void reject_sharing::published(spool::readers const& to, std::string_view name) {
    if (auto const done = names_.add(to, name); !done) note(name, done.error().message);
}

void reject_sharing::note(std::string_view name, std::string const& why) {
    if (std::exchange(is_reported_, true)) return;
    telemetry::log_line(
        telemetry::level::warn, "refused lines cannot be given back to who dropped them",
        {{telemetry::log_field::file, std::string(name)}, {telemetry::log_field::error, why}});
}

}  // namespace setclick::intake
