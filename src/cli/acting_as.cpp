#include "acting_as.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace setclick::cli {

acting_as::acting_as(std::string const& user) {
    if (user.empty() || ::geteuid() != 0) return;
    auto const* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr || entry->pw_uid == 0) return;
    auto const [uid, gid] = std::pair(entry->pw_uid, entry->pw_gid);
    group_ = ::getegid();
    groups_.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    if (::getgroups(static_cast<int>(groups_.size()), groups_.data()) < 0) return;
    if (::initgroups(user.c_str(), gid) != 0) return;
    changed_ = true;
    if (::setegid(gid) != 0 || ::seteuid(uid) != 0) return;  // what succeeded is given back
}

acting_as::~acting_as() {
    if (!changed_) return;
    // Somebody else's rights must not outlive this.
    if (::seteuid(0) != 0 || ::setegid(group_) != 0 ||
        ::setgroups(groups_.size(), groups_.data()) != 0)
        std::abort();
}

}  // namespace setclick::cli
