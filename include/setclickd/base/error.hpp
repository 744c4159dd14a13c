// How setclickd says that something failed.
//
// Expected failures are values: `result<T>` holds a T or an `error`. Bugs are assertions.
// Exceptions stay inside the module that meets them (a library's), they never cross a module's
// border.
//
// An error is written for a person: where (file, line, key), what, why, what to do next. It never
// holds a token, an e-mail or a `settings` value.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace setclick {

/// What kind of failure; decides the exit code of a program (DESIGN: exit codes).
enum class errc {
    usage,        ///< the command line is wrong
    config,       ///< the configuration is wrong
    io,           ///< a disk, file or ledger failed: nothing may be assumed about its content
    lost,         ///< a ledger's server has less than it had acknowledged: a person has to look
    disk_full,    ///< no room: try again when there is some
    shortage,     ///< no descriptor or no memory left: try again
    unreadable,   ///< this one input file cannot be read; others may
    not_found,    ///< what was asked for does not exist
    busy,         ///< another process holds it, or it is in flight: try again
    unreachable,  ///< the daemon or the endpoint cannot be reached
    refused,  ///< asked for something that needs a person's confirmation, or that may not be done
    invalid_data,  ///< input that cannot be read
};

struct error {
    errc code = errc::io;
    std::string message;
};

/// Exit codes that scripts rely on.
enum class exit_code : int {
    done = 0,
    failed = 1,
    usage = 2,
    partly = 3,
    unreachable = 69,
    io = 74,
    try_later = 75,
    config = 78,
};

/// True for trouble that goes by without anybody looking at the disk.
constexpr bool may_pass(errc code) noexcept {
    return code == errc::disk_full || code == errc::shortage;
}

exit_code exit_code_of(errc code) noexcept;

/// Used by `result<T>::value()` on an error: a bug, since every caller asks first.
[[noreturn]] inline void throw_exception_from_error(error const& e, boost::source_location const&) {
    throw std::logic_error("unchecked error: " + e.message);
}

template <class T>
using result = boost::system::result<T, error>;

/// `return fail(errc::io, "…")`.
inline error fail(errc code, std::string message) {
    return {code, std::move(message)};
}

/// An `errno` value in words, with the number: "No space left on device (errno 28)".
std::string errno_text(int value);

/// The error for a failed system call on a path: "cannot <what> <path>: <errno text>"; ENOSPC and
/// EDQUOT are `disk_full`; EMFILE, ENFILE and ENOMEM `shortage`; ENOENT is `not_found`, all others
/// `io`.
error errno_error(int value, std::string_view what, std::string_view path);

}  // namespace setclick
