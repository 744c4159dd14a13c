#include "setclickd/spool/share.hpp"

#include <acl/libacl.h>
#include <sys/acl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <type_traits>

namespace setclick::spool {
namespace {

struct acl_freer {
    void operator()(void* acl) const noexcept { ::acl_free(acl); }
};
using acl_holder = std::unique_ptr<std::remove_pointer_t<acl_t>, acl_freer>;

/// One more entry. `id` is of the user or group that a named entry is for. 0, or -1 with errno.
int add(acl_t& list, acl_tag_t tag, acl_perm_t rights, void const* id = nullptr) {
    acl_entry_t entry{};
    acl_permset_t set{};
    if (::acl_create_entry(&list, &entry) != 0 || ::acl_set_tag_type(entry, tag) != 0 ||
        ::acl_get_permset(entry, &set) != 0 || ::acl_clear_perms(set) != 0)
        return -1;
    if (id != nullptr && ::acl_set_qualifier(entry, id) != 0) return -1;
    for (auto const right : {ACL_READ, ACL_WRITE})
        if ((rights & static_cast<acl_perm_t>(right)) != 0 &&
            ::acl_add_perm(set, static_cast<acl_perm_t>(right)) != 0)
            return -1;
    return 0;
}

/// The mask is written out: what a later chmod of the group's bits takes from, too.
int set_list(int fd, readers const& to, bool group_may_read) {
    acl_t raw = ::acl_init(6);
    if (raw == nullptr) return -1;
    int done = add(raw, ACL_USER_OBJ, ACL_READ | ACL_WRITE);
    if (done == 0 && to.user) done = add(raw, ACL_USER, ACL_READ, &*to.user);
    if (done == 0) done = add(raw, ACL_GROUP_OBJ, group_may_read ? ACL_READ : 0);
    if (done == 0 && to.group) done = add(raw, ACL_GROUP, ACL_READ, &*to.group);
    if (done == 0) done = add(raw, ACL_MASK, ACL_READ);
    if (done == 0) done = add(raw, ACL_OTHER, 0);
    acl_holder const list(raw);  // its address may have changed meanwhile
    return done == 0 ? ::acl_set_fd(fd, list.get()) : -1;
}

/// The file system has none, or not for us; nothing tells of its disk.
bool has_no_lists(int value) noexcept {
    return value == ENOTSUP || value == EOPNOTSUPP || value == ENOSYS || value == EPERM ||
           value == EACCES || value == EINVAL;
}

/// The user or group of a named entry.
template <class Id>
std::optional<Id> id_of(acl_entry_t entry) {
    std::unique_ptr<Id, acl_freer> const id(static_cast<Id*>(::acl_get_qualifier(entry)));
    return id ? std::optional<Id>(*id) : std::nullopt;
}

}  // namespace

std::optional<input_owner> owner_of(int fd) noexcept {
    struct stat seen {};
    if (fd < 0 || ::fstat(fd, &seen) != 0) return std::nullopt;
    return input_owner{seen.st_uid, seen.st_mode & 07777U};
}

readers readers_of(sharing how, input_owner const& input, uid_t own, gid_t folder_group,
                   gid_t own_group) noexcept {
    bool const is_private = (input.mode & (S_IRGRP | S_IROTH)) == 0;
    readers out;
    out.own_group = !is_private;
    if (how == sharing::no) return out;
    if (how == sharing::group && !is_private && folder_group != own_group) {
        out.group = folder_group;
        return out;
    }
    if (input.user != own && input.user != 0) out.user = input.user;
    return out;
}

result<bool> grant(int fd, readers const& to) {
    struct stat seen {};
    if (::fstat(fd, &seen) != 0) return errno_error(errno, "look at", "a file of rejected/");
    bool const group_may_read = to.own_group && (seen.st_mode & S_IRGRP) != 0;
    if (!to.own_group && ::fchmod(fd, 0600) != 0)
        return errno_error(errno, "set the mode of", "a file of rejected/");
    if (!to.are_any() || set_list(fd, to, group_may_read) == 0) return true;
    if (!has_no_lists(errno))
        return errno_error(errno, "set the access list of", "a file of rejected/");
    // Its group may be changed to one that the daemon's user is in.
    return to.group && ::fchown(fd, static_cast<uid_t>(-1), *to.group) == 0 &&
           ::fchmod(fd, 0640) == 0;
}

readers granted(int fd, gid_t folder_group) {
    readers out;
    struct stat seen {};
    if (::fstat(fd, &seen) != 0) return out;
    if (seen.st_gid == folder_group && folder_group != ::getegid() && (seen.st_mode & S_IRGRP) != 0)
        out.group = folder_group;
    if (::acl_extended_fd(fd) != 1) return out;
    acl_holder const list(::acl_get_fd(fd));
    if (!list) return out;
    acl_entry_t entry{};
    for (int at = ACL_FIRST_ENTRY; ::acl_get_entry(list.get(), at, &entry) == 1;
         at = ACL_NEXT_ENTRY) {
        acl_tag_t tag{};
        if (::acl_get_tag_type(entry, &tag) != 0) continue;
        if (tag == ACL_USER) out.user = id_of<uid_t>(entry);
        if (tag == ACL_GROUP && id_of<gid_t>(entry) == folder_group) out.group = folder_group;
    }
    return out;
}

}  // namespace setclick::spool
