#include "setclickd/spool/incoming_view.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "setclickd/base/unique_dir.hpp"

namespace setclick::spool {
namespace {

/// Nothing: it is to be taken, as far as that shows.
std::optional<left_reason> why_left(int dir, char const* name, std::uint64_t max_file,
                                    text_names const& text_tables) {
    auto const kind = kind_of(name, text_tables);
    if (kind == name_kind::leave_silently) return left_reason::temporary_name;
    struct stat seen {};
    bool const is_seen = ::fstatat(dir, name, &seen, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_seen && !S_ISREG(seen.st_mode)) return left_reason::not_regular;
    if (kind == name_kind::leave) return left_reason::other_name;
    if (!is_seen) return std::nullopt;
    if (seen.st_size == 0) return left_reason::empty;
    if (seen.st_nlink > 1) return left_reason::several_links;
    if (static_cast<std::uint64_t>(seen.st_size) > max_file) return left_reason::too_large;
    return std::nullopt;
}

}  // namespace

std::optional<incoming_view> look_into_incoming(std::string const& spool_dir,
                                                std::uint64_t max_file,
                                                text_names const& text_tables) {
    incoming_view out;
    unique_dir const dir(::opendir((spool_dir + "/incoming").c_str()));
    if (!dir) return errno == ENOENT ? std::optional(out) : std::nullopt;
    std::uint64_t entries = 0;
    while (auto const* const entry = ::readdir(dir.get())) {
        std::string_view const name(entry->d_name);
        if (name == "." || name == "..") continue;
        if (entries++ == incoming_view::most_entries) {
            out.is_cut = true;
            break;
        }
        auto const why = why_left(::dirfd(dir.get()), entry->d_name, max_file, text_tables);
        ++(why ? out.left[static_cast<std::size_t>(*why)] : out.to_take);
    }
    return out;
}

}  // namespace setclick::spool
