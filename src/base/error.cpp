#include "setclickd/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace setclick {

exit_code exit_code_of(errc code) noexcept {
    switch (code) {
        case errc::usage:
            return exit_code::usage;
        case errc::config:
            return exit_code::config;
        case errc::io:
            return exit_code::io;
        case errc::lost:
            return exit_code::io;
        case errc::disk_full:
            return exit_code::io;
        case errc::shortage:
            return exit_code::io;
        case errc::unreadable:
            return exit_code::io;
        case errc::not_found:
            return exit_code::failed;
        case errc::busy:
            return exit_code::try_later;
        case errc::unreachable:
            return exit_code::unreachable;
        case errc::refused:
            return exit_code::failed;
        case errc::invalid_data:
            return exit_code::failed;
    }
    return exit_code::failed;
}

std::string errno_text(int value) {
    return fmt::format("{} (errno {})", std::generic_category().message(value), value);
}

error errno_error(int value, std::string_view what, std::string_view path) {
    errc code = errc::io;
    if (value == ENOSPC || value == EDQUOT) code = errc::disk_full;
    if (value == EMFILE || value == ENFILE || value == ENOMEM) code = errc::shortage;
    if (value == ENOENT) code = errc::not_found;
    return fail(code, fmt::format("cannot {} {}: {}", what, path, errno_text(value)));
}

}  // namespace setclick
